"""Markov transition fields: pixel (i, j) is how often one level follows another."""

from numbers import Integral

import numpy as np
import torch
from scipy.stats import norm

from ecgbook.errors import RecordInvalid
from ecgbook.images.segments import bounds, checked, in_full

__all__ = ["levels", "mtf", "rank_twin", "transitions"]


def mtf(x, size=None, *, bins=8, strategy="quantile"):
    """Return the Markov transition field: how often the level at i is followed by that at j.

    Each sample gets one of ``bins`` levels, and M counts which level comes after which, each row
    as shares of 1. Pixel (a, b) is the mean of ``M[level[i], level[j]]`` over the samples i of
    segment a and j of segment b. The mean over all of these pairs depends only on how many samples
    of each level a segment has: with these shares P, the field is ``P · M · Pᵀ``, and the long
    field of ``time × time`` pixels is never made.

    Parameters
    ----------
    x : tensor or array, shape (…, time)
        Signals in any unit. A constant signal, of one level, gives 1 everywhere.
    size : int, optional
        Pixels of a side, at most ``time``; all samples if left out.
    bins : int, default 8
        Levels, 2 or more.
    strategy : {"quantile", "uniform", "normal"}
        Levels with as many samples each, of one width between the least and the largest value, or
        between quantiles of a standard normal distribution. Quantiles less than 1e-8 apart count
        as one, as in pyts.

    Returns
    -------
    tensor, shape (…, size, size)
        On the device of ``x``, values 0 … 1. Levels are steps, so it has no gradient.

    Raises
    ------
    RecordInvalid
        As of `ecgbook.images.gasf`; or if ``bins`` or ``strategy`` cannot be.

    References
    ----------
    Wang, Oates (2015), Imaging time-series to improve classification and imputation, IJCAI.
    Values are those of ``pyts.image.MarkovTransitionField`` 0.13.

    Examples
    --------
    The lower level is followed once by itself and once by the upper one, the upper by none:

    >>> mtf([0.0, 1.0, 3.0], bins=2)
    tensor([[0.5000, 0.5000, 0.5000],
            [0.5000, 0.5000, 0.5000],
            [0.0000, 0.0000, 0.0000]])
    """
    x, size = checked(x, size)
    level = levels(x, bins, strategy)
    follows = transitions(level, bins).to(x)
    if size == x.shape[-1]:
        return _whole_field(follows, level)
    share = _shares(level, size, bins, x.dtype)
    return share @ follows @ share.mT


def levels(x, bins=8, strategy="quantile"):
    """Return the level of each sample, int64 (…, time) from 0 to ``bins - 1``.

    A sample at an edge belongs to the level below; parameters and errors as for `mtf`.

    >>> levels([0.0, 1.0, 2.0, 10.0], bins=2, strategy="uniform")
    tensor([0, 0, 0, 1])
    """
    x, _ = checked(x.detach() if torch.is_tensor(x) else x)
    if isinstance(bins, bool) or not isinstance(bins, Integral) or bins < 2:
        raise RecordInvalid(f"bins must be a whole number of 2 or more, got {bins!r}")
    if strategy not in _EDGES:
        known = ", ".join(map(repr, _EDGES))
        raise RecordInvalid(f"strategy must be one of {known}, got {strategy!r}")
    edges = _rounded_down(_EDGES[strategy](x, bins), x.dtype)
    edges = edges.expand(*x.shape[:-1], -1).sort(dim=-1).values.contiguous()
    return torch.searchsorted(edges, x.contiguous())  # how many edges lie below


def transitions(level, bins):
    """Return which share of the samples of each level is followed by each: (…, bins, bins).

    A level that is followed by none has a row of 0.

    >>> transitions(torch.tensor([0, 0, 1]), 2)
    tensor([[0.5000, 0.5000],
            [0.0000, 0.0000]])
    """
    pair = level[..., :-1] * bins + level[..., 1:]
    count = _counts(pair, bins * bins, torch.float32).unflatten(-1, (bins, bins))
    return count / count.sum(dim=-1, keepdim=True).clamp(min=1)


def rank_twin(x, *, factor=2.0, share=0.1):
    """Return other signals whose samples have the same order from least to largest.

    The largest ``share`` of the samples is drawn upwards, ``factor`` times as far from the one
    below them, as a taller R wave. Levels with as many samples each see the order alone, so every
    `mtf` with quantiles of both is the same. Of a signal upside down *every* field is that of the
    signal, unless a sample lies on an edge: levels are renamed, and transitions stay.

    >>> rank_twin([0.0, 1.0, 2.0, 3.0, 4.0], share=0.4)
    tensor([0., 1., 2., 4., 6.])
    """
    x, _ = checked(x)
    if not factor > 0 or not 0 < share < 1:
        raise RecordInvalid(
            f"factor must be above 0 and share between 0 and 1, got {factor!r} and {share!r}"
        )
    above = max(1, round(share * x.shape[-1]))
    knee = x.sort(dim=-1).values[..., -above - 1, None]
    return torch.where(x > knee, knee + factor * (x - knee), x)


def _quantiles(x, bins):
    """Return the edges between levels of as many samples each, as numpy's percentile has them."""
    at = [(x.shape[-1] - 1) * (k * (100 / bins) / 100) for k in range(1, bins)]
    below = torch.tensor([int(place) for place in at], device=x.device)
    share = torch.tensor(at, dtype=torch.float64) - below.cpu()
    ranked = _sorted(x)
    low, high = (in_full(ranked[..., place]) for place in (below, below + 1))
    step, share = high - low, share.to(low)
    edges = torch.where(share < 0.5, low + step * share, high - step * (1 - share))
    same = edges.diff(dim=-1).abs() <= 1e-8
    edges[..., :-1].masked_fill_(same, torch.inf)
    return edges


def _sorted(x):
    if x.device.type != "cpu" or torch.compiler.is_compiling():
        return x.sort(dim=-1).values
    return torch.as_tensor(np.sort(x.numpy(), axis=-1))  # torch sorts places too, at length


def _uniform(x, bins):
    low, high = map(in_full, x.aminmax(dim=-1, keepdim=True))
    return low + torch.arange(1, bins, device=x.device) * ((high - low) / bins)


def _normal(x, bins):
    return torch.as_tensor(norm.ppf(np.linspace(0, 1, bins + 1)[1:-1])).to(in_full(x[..., :1]))


_EDGES = {"quantile": _quantiles, "uniform": _uniform, "normal": _normal}


def _rounded_down(edges, dtype):
    """Return the largest numbers of a type that are not above ``edges``.

    A sample of this type is above an edge exactly if it is above that number, so levels do not
    depend on how edges are rounded.
    """
    near = edges.to(dtype)
    less = torch.nextafter(near, torch.full_like(near, -torch.inf))
    return torch.where(in_full(near) > edges, less, near)


def _whole_field(follows, level):
    """Return ``M[level[i], level[j]]``: its rows are copies of no more rows than there are levels.

    It is ``P · M · Pᵀ`` with a P of zeros and ones, in a third of the time.
    """
    bins, time = follows.shape[-1], level.shape[-1]
    column = level[..., None, :].expand(*level.shape[:-1], bins, time)
    rows = follows.gather(-1, column).reshape(-1, time)
    signal = torch.arange(level[..., 0].numel(), device=level.device)
    index = level.reshape(-1, time) + bins * signal[:, None]
    return rows.index_select(0, index.flatten()).reshape(*level.shape, time)


def _shares(level, size, bins, dtype):
    """Return the share of each level in each segment: (…, time) to (…, size, bins)."""
    time = level.shape[-1]
    first, end = bounds(time, size)
    length = (end - first).to(level.device)
    segment = torch.arange(size, device=level.device).repeat_interleave(length, output_size=time)
    place = segment * bins + level
    return _counts(place, size * bins, dtype).unflatten(-1, (size, bins)) / length[:, None]


def _counts(index, n, dtype):
    """Return how often each of ``n`` numbers stands in the last axis: (…, time) to (…, n)."""
    count = torch.zeros(*index.shape[:-1], n, dtype=dtype, device=index.device)
    one = torch.ones((), dtype=dtype, device=index.device).expand(index.shape)
    return count.scatter_add_(-1, index, one)
