"""Scale whole recordings or windows: each by what it holds itself, so that nothing leaks."""

from dataclasses import replace

import numpy as np

from ecgbook.datasets.ragged import Ragged

__all__ = ["standardised"]


def standardised(examples):
    """Return examples with mean 0 and standard deviation 1 in each lead of each (z-score).

    The voltage is gone, and what it told. A recording is scaled before it is cut, so that its
    windows share one scale; a lead that is flat becomes 0. Padding stays 0 and does not count.

    Parameters
    ----------
    examples : Examples

    Returns
    -------
    examples : Examples
        ``x`` without unit, `Ragged` if it was.

    Examples
    --------
    >>> import pandas as pd
    >>> from ecgbook.datasets import Examples
    >>> rows = pd.DataFrame({"patient": ["p"], "record": ["a"], "sample": [0]})
    >>> one = Examples([[[1, 3, 1, 3]]], [0], ["N"], rows, fs=300, leads=["ECG"])
    >>> standardised(one).x
    array([[[-1.,  1., -1.,  1.]]], dtype=float32)
    """
    ragged = isinstance(examples.x, Ragged)
    scaled = map(_standard, (x[:, :n] for x, n in zip(examples.x, examples.length, strict=True)))
    if ragged:
        x = Ragged.of(list(scaled))
    else:
        x = np.zeros_like(examples.x)
        for row, signal in zip(x, scaled, strict=True):
            row[:, : signal.shape[1]] = signal
    return replace(examples, x=x, recipe=examples.recipe | {"standardised": True})


def _standard(signal):
    """Scale one signal, (lead, time) to the same in float32."""
    centred = signal - signal.mean(axis=1, keepdims=True, dtype=np.float64)
    spread = centred.std(axis=1, keepdims=True)
    # The mean of equal float32 values may be off by one rounding step, which is no spread.
    flat = np.ptp(signal, axis=1, keepdims=True) == 0
    return np.where(flat, 0, centred / np.where(flat, 1, spread)).astype(np.float32)
