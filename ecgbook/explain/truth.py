"""Floors and the ceiling: attributions that know no model, and the truth itself.

A method that does not beat these has explained nothing: chance, the size of the signal, and the
QRS complex, where most of the voltage is. Nothing can beat the mask of the lesion. The floor that
knows a model, one with reset weights, is in `ecgbook.explain.sanity`.
"""

import numpy as np

from ecgbook.errors import ExplanationInvalid

__all__ = ["qrs_attribution", "random_attribution", "signal_attribution", "truth_attribution"]


def random_attribution(x, seed=0):
    """Return numbers that know nothing of the signal: uniform, float32 (batch, lead, time)."""
    return np.random.default_rng(seed).random(np.shape(x), dtype=np.float32)


def signal_attribution(x):
    """Return how far each sample is from the median of its lead, float32 (batch, lead, time).

    >>> signal_attribution(np.array([[[1.0, 1.0, -2.0, 3.0, 1.0]]]))
    array([[[0., 0., 3., 2., 0.]]], dtype=float32)
    """
    x = np.asarray(x, np.float32)
    return np.abs(x - np.median(x, axis=-1, keepdims=True))


def qrs_attribution(x, r_peak, *, fs, width_s=0.12):
    """Return 1 around the R peaks and 0 elsewhere, float32 (batch, lead, time).

    Parameters
    ----------
    x : array, shape (batch, lead, time)
    r_peak : int, or sequence of int or of arrays of int, one a signal
        Sample of the R peak in all signals, or of one or more in each.
    fs, width_s : float
        Sampling rate in Hz, and how long a complex is taken to be, half of it before R.
    """
    n, leads, time = np.shape(x)
    peaks = [r_peak] * n if isinstance(r_peak, int | np.integer) else r_peak
    if len(peaks) != n:
        raise ExplanationInvalid(f"{len(peaks)} rows of R peaks for {n} signals")
    sample = np.arange(time)[:, None]
    near = [(abs(sample - np.atleast_1d(p)) <= width_s * fs / 2).any(axis=1) for p in peaks]
    return np.repeat(np.array(near, np.float32)[:, None], leads, axis=1)


def truth_attribution(mask):
    """Return the mask itself, the ceiling of every score, float32 (batch, lead, time)."""
    return np.asarray(mask).astype(np.float32)
