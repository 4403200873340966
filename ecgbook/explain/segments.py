"""Maps of segments: which samples belong together when parts of a signal are taken away.

A map gives each sample the number of its segment, from 0 on; −1 is never taken away. Its shape is
(time,) for all leads and signals alike, or (lead, time), (batch, 1, time) or (batch, lead, time).
"""

import numpy as np

from ecgbook.errors import ExplanationInvalid

__all__ = ["beat_segments", "by_lead", "numbered", "uniform_segments", "wave_segments"]


def uniform_segments(time, n):
    """Cut ``time`` samples into ``n`` segments whose lengths differ by one sample at most.

    >>> uniform_segments(7, 3)
    array([0, 0, 0, 1, 1, 2, 2])
    """
    if not 1 <= n <= time:
        raise ExplanationInvalid(
            f"a signal of {time} samples can be cut into 1 to {time} segments, not into {n}"
        )
    return np.arange(time) * n // time


def beat_segments(r_peak, time):
    """Cut a recording half-way between its R peaks: one segment a beat.

    Parameters
    ----------
    r_peak : array of int, shape (beat,)
        Samples of the R peaks, in order.
    time : int
        Samples of the recording.

    Examples
    --------
    >>> beat_segments([1, 5, 7], 9)
    array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    """
    r_peak = np.asarray(r_peak)
    if r_peak.ndim != 1 or not len(r_peak) or r_peak.min() < 0 or r_peak.max() >= time:
        raise ExplanationInvalid(
            f"beat segments need one R peak at least, each within 0 and {time - 1}, got {r_peak}"
        )
    if np.any(np.diff(r_peak) <= 0):
        raise ExplanationInvalid("R peaks must stand in order, each later than the one before")
    middle = (r_peak[:-1] + r_peak[1:] + 1) // 2
    return np.searchsorted(middle, np.arange(time), side="right")


def wave_segments(waves, time):
    """Cut a signal at the borders of its waves; what lies between two waves is a segment as well.

    Parameters
    ----------
    waves : array of int, shape (wave, 2)
        First sample of each wave and the one after its last, such as the P waves, QRS complexes
        and T waves of `ecgbook.simulator.Truth` one below the other. Rows with a negative number
        are waves that were not found and are left out.
    time : int
        Samples of the signal.

    Examples
    --------
    A P wave, a QRS complex that follows at once, and nothing before and after:

    >>> wave_segments([[2, 4], [4, 7]], 9)
    array([0, 0, 1, 1, 2, 2, 2, 3, 3])
    """
    waves = np.asarray(waves, dtype=np.int64).reshape(-1, 2)
    waves = waves[(waves >= 0).all(axis=1)]
    if np.any(waves > time) or np.any(waves[:, 1] <= waves[:, 0]):
        raise ExplanationInvalid(
            f"waves need a begin before their end, both within 0 and {time}; the first that does "
            f"not: {waves[(waves > time).any(axis=1) | (waves[:, 1] <= waves[:, 0])][0]}"
        )
    border = np.zeros(time + 1, np.int64)
    border[waves.ravel()] = 1
    border[0] = 0
    return np.cumsum(border[:time])


def by_lead(segments, leads):
    """Give each lead segments of its own: (time,) to (lead, time).

    >>> by_lead([0, 0, 1], leads=2)
    array([[0, 0, 1],
           [2, 2, 3]])
    """
    segments = np.asarray(segments)
    number = np.arange(leads)[:, None] * (segments.max() + 1)
    return np.where(segments < 0, -1, segments + number)


def numbered(segments, shape):
    """Check a map and return it for each signal, numbered without holes.

    Returns
    -------
    segments : array of int64, shape (batch, lead, time)
    count : array of int64, shape (batch,)
        Segments of each signal.
    """
    segments = np.asarray(segments)
    if segments.dtype.kind not in "iu":
        raise ExplanationInvalid(f"segments must be whole numbers, got {segments.dtype}")
    if segments.ndim == 0 or segments.shape[-1] != shape[-1]:
        length = segments.shape[-1] if segments.ndim else 0
        raise ExplanationInvalid(
            f"the segments are those of a signal of {length} samples, these have {shape[-1]}"
        )
    try:
        np.broadcast_to(segments, shape)
    except ValueError as error:
        raise ExplanationInvalid(
            f"a map of segments of shape {segments.shape} does not fit signals of shape {shape}"
        ) from error
    own = segments.reshape((1,) * (3 - segments.ndim) + segments.shape)
    maps, count = zip(*map(_without_holes, own), strict=True)
    return np.broadcast_to(np.stack(maps), shape), np.broadcast_to(count, shape[:1])


def _without_holes(segments):
    numbers, place = np.unique(segments, return_inverse=True)
    left = np.count_nonzero(numbers < 0)
    if left == len(numbers):
        raise ExplanationInvalid("a signal has no segment that may be taken away: all are below 0")
    place = place.reshape(segments.shape) - left
    return np.maximum(place, -1), len(numbers) - left
