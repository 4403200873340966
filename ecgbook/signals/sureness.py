"""How sure the beats of a lead are, stretch by stretch."""

import numpy as np

__all__ = ["STRETCH_S", "expected_f1"]

STRETCH_S = 10.0


def expected_f1(sample, likely, is_beat, n_time, fs, stretch_s=STRETCH_S):
    """Return the F1 that is to be expected of the beats in each stretch, float64 (stretch,).

    If each candidate is a beat with its probability, the beats found hold ``sum(likely[is_beat])``
    right ones, and all candidates ``sum(likely)`` beats: F1 is twice the first over the number
    found plus the second. NaN where there is no candidate. The last stretch takes the rest, so
    each is as long as ``stretch_s`` at least, if the recording is.

    Parameters
    ----------
    sample, likely, is_beat : arrays, shape (candidate,)
        As of `ecgbook.signals.detector.weigh`.
    n_time : int
        Length of the lead in samples, at ``fs`` Hz.
    stretch_s : float

    Examples
    --------
    Three beats, each sure to 0.8, and a fourth candidate of 0.1: 2 · 2.4 / (3 + 2.5).

    >>> import numpy as np
    >>> found = np.array([True, True, True, False])
    >>> likely = np.array([0.8, 0.8, 0.8, 0.1])
    >>> expected_f1(np.array([100, 300, 500, 700]), likely, found, 1000, fs=100).round(3)
    array([0.873])
    """
    stretches = max(1, int(n_time / fs / stretch_s))
    where = np.minimum((sample / (fs * stretch_s)).astype(np.int64), stretches - 1)
    right = np.bincount(where, likely * is_beat, stretches)
    found, beats = (np.bincount(where, of, stretches) for of in (is_beat, likely))
    with np.errstate(invalid="ignore"):
        return np.where(found + beats > 0, 2 * right / (found + beats), np.nan)
