"""Cut windows around beats and number their RR intervals, without a loop over beats."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__all__ = ["RR_FEATURES", "cut", "rr_features_s", "scale_beats"]

RR_FEATURES = ("rr_previous_s", "rr_next_s", "rr_local_s")

# De Chazal 2004 averages the RR interval over the ten that surround a beat.
_LOCAL_BEATS = 10


def cut(signal, start, length):
    """Cut one window of ``length`` samples at each ``start``: (lead, time) to (beat, lead, length).

    A window may begin before the signal or reach beyond it: there its first or last value is held.

    Examples
    --------
    >>> cut(np.array([[1, 2, 3, 4]]), np.array([-1, 2]), 3)[:, 0]
    array([[1, 1, 2],
           [3, 4, 4]])
    """
    start = np.asarray(start)
    if not len(start):
        return np.empty((0, len(signal), length), signal.dtype)
    before = max(0, -int(start.min()))
    after = max(0, int(start.max()) + length - signal.shape[1])
    if before or after:
        signal = np.pad(signal, ((0, 0), (before, after)), mode="edge")
    windows = sliding_window_view(signal, length, axis=1)  # (lead, position, time)
    return np.ascontiguousarray(windows[:, start + before].swapaxes(0, 1))


def rr_features_s(sample, fs):
    """Describe the rhythm around each beat by three intervals.

    Parameters
    ----------
    sample : array of int64, shape (beat,)
        Positions of **all** beats of one recording, in order, at ``fs`` Hz.

    Returns
    -------
    array of float32, shape (beat, 3)
        The RR interval before the beat, the one after it, and the mean of the ten
        intervals around it, in s (`RR_FEATURES`). At the ends of the recording the missing
        interval is taken as its neighbour, and the mean is over those that are there.

    References
    ----------
    De Chazal et al. (2004), IEEE Trans. Biomed. Eng. 51(7), Table III.

    Examples
    --------
    >>> rr_features_s(np.array([0, 100, 200, 250]), fs=100)[:, :2]
    array([[1. , 1. ],
           [1. , 1. ],
           [1. , 0.5],
           [0.5, 0.5]], dtype=float32)
    """
    if len(sample) < 2:
        return np.zeros((len(sample), len(RR_FEATURES)), np.float32)
    rr = np.diff(sample) / fs
    beat = np.arange(len(sample))
    first = np.maximum(beat - _LOCAL_BEATS // 2, 0)
    last = np.minimum(beat + _LOCAL_BEATS // 2, len(rr))
    elapsed = np.r_[0, np.cumsum(rr)]
    local = (elapsed[last] - elapsed[first]) / (last - first)
    columns = [np.r_[rr[0], rr], np.r_[rr, rr[-1]], local]
    return np.stack(columns, axis=1).astype(np.float32)


def scale_beats(x):
    """Stretch every lead of every beat to [−1, 1]: float32 (beat, lead, time) to the same.

    This is the scaling of BeatGAN and MadeGAN: it removes the voltage, so a tall ventricular
    beat and a small normal one look equally tall. A flat beat becomes 0.

    Examples
    --------
    >>> scale_beats(np.array([[[0, 1, 4]]], dtype=np.float32))
    array([[[-1. , -0.5,  1. ]]], dtype=float32)
    """
    smallest = x.min(axis=-1, keepdims=True)
    span = x.max(axis=-1, keepdims=True) - smallest
    scaled = x - smallest
    scaled *= 2.0 / np.where(span > 0, span, 1)
    scaled -= 1.0
    scaled[span[..., 0] == 0] = 0
    return scaled.astype(np.float32, copy=False)
