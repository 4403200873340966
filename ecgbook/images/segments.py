"""What all pictures ask of a signal first, and how it gets shorter."""

from numbers import Integral

import torch
from torch.nn import functional

from ecgbook.errors import RecordInvalid

__all__ = ["averaged", "bounds", "checked", "in_full", "lowest_and_range", "segment_means"]


def checked(x, size=None):
    """Return signals as a tensor of float32 or float64, and the size of their picture.

    Parameters
    ----------
    x : tensor or array, shape (…, time)
        Two samples or more; float64 stays as it is, everything else becomes float32.
    size : int, optional
        Pixels of a side, 2 to ``time``; all samples if left out.

    Raises
    ------
    RecordInvalid
        If there is no signal, it is too short, a sample is NaN or infinite, or no picture of it
        has this size.
    """
    x = torch.as_tensor(x)
    if x.ndim == 0 or x.is_complex() or 0 in x.shape or x.shape[-1] < 2:
        raise RecordInvalid(
            f"a picture needs real signals (…, time) of 2 samples or more, got {x.dtype} of shape "
            f"{tuple(x.shape)}"
        )
    x = x if x.dtype == torch.float64 else x.float()
    time = x.shape[-1]
    size = time if size is None else size
    if isinstance(size, bool) or not isinstance(size, Integral) or not 2 <= size <= time:
        raise RecordInvalid(
            f"size must be a whole number from 2 to the {time} samples of the signal, got {size!r}"
        )
    # A graph that is compiled or exported cannot look at values.
    if not torch.compiler.is_compiling() and not torch.stack(x.aminmax()).isfinite().all():
        raise RecordInvalid(
            "a signal has NaN or infinite samples, which would spread over its whole picture; "
            "close short gaps with signals.fill_gaps or leave it out"
        )
    return x, int(size)


def bounds(time, size):
    """Return first samples and ends of ``size`` segments, each int64 (size,).

    Segment k is ``floor(k · time / size)`` to ``floor((k + 1) · time / size) - 1``, as in pyts.
    Where ``time`` is no multiple of ``size`` some are a sample longer than others; torch's
    ``adaptive_avg_pool1d`` rounds its ends up instead, so that its segments overlap.
    """
    edges = [*(int(k * (time / size)) for k in range(size)), time]
    return torch.tensor(edges[:-1]), torch.tensor(edges[1:])


def segment_means(x, size):
    """Return the mean of each of ``size`` segments: (…, time) to (…, size).

    It is the piecewise aggregate approximation of Keogh et al. (2001) with the segments of pyts.

    Examples
    --------
    Ten samples in four segments of 2, 3, 2 and 3:

    >>> segment_means(torch.arange(10.0), 4)
    tensor([0.5000, 3.0000, 5.5000, 8.0000])
    """
    return averaged(*checked(x, size))


def averaged(x, size):
    """Do what `segment_means` does, of what is checked already."""
    time = x.shape[-1]
    if time % size == 0:
        return x if time == size else x.unflatten(-1, (size, -1)).mean(-1)
    first, end = (edge.to(x.device) for edge in bounds(time, size))
    until = functional.pad(in_full(x).cumsum(-1), (1, 0))  # sums of the samples before each
    return ((until[..., end] - until[..., first]) / (end - first)).to(x.dtype)


def in_full(x):
    """Return numbers in float64, or as they are on a device that has none."""
    return x if x.device.type == "mps" else x.double()


def lowest_and_range(x):
    """Return the least value of each signal and its range, each (…, 1); a range of 0 becomes 1."""
    low, high = x.aminmax(dim=-1, keepdim=True)
    span = high - low
    return low, torch.where(span > 0, span, torch.ones_like(span))
