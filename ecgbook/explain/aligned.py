"""Attributions of whole recordings, averaged around R peaks: one beat that stands for all."""

import numpy as np

from ecgbook.errors import ExplanationInvalid

__all__ = ["mean_beat", "span_density"]


def mean_beat(values, peaks, fs, *, begin_s=-0.3, end_s=0.5):
    """Return the mean over the beats of each recording, such as of an attribution.

    Parameters
    ----------
    values : array, shape (recording, lead, time)
        Attributions, or the signals themselves.
    peaks : sequence of arrays of int
        R peaks of each recording, in samples. Beats that are not whole are left out.
    fs : float
        In Hz.
    begin_s, end_s : float
        Of a beat, in s from its R peak.

    Returns
    -------
    array of float32, shape (recording, lead, beat time)
        NaN where a recording has no whole beat.

    Raises
    ------
    ExplanationInvalid
        If shapes disagree, or the beat ends before it begins.

    Examples
    --------
    >>> values = np.zeros((1, 1, 300), np.float32)
    >>> values[0, 0, [50, 150]] = 1, 3
    >>> mean = mean_beat(values, [[50, 150]], fs=100)
    >>> mean.shape, float(mean.max()), int(mean.argmax())
    ((1, 1, 80), 2.0, 30)
    """
    values = np.asarray(values, np.float32)
    begin, end = round(begin_s * fs), round(end_s * fs)
    if values.ndim != 3 or len(peaks) != len(values) or end <= begin:
        raise ExplanationInvalid(
            f"a mean beat needs values (recording, lead, time) with R peaks of each recording, and "
            f"a beat that begins before it ends; got {values.shape}, peaks of {len(peaks)} "
            f"recordings, {begin_s:g} to {end_s:g} s"
        )
    return np.stack([_mean(*pair, begin, end) for pair in zip(values, peaks, strict=True)])


def _mean(value, peaks, begin, end):
    peaks = np.asarray(peaks, np.int64)
    whole = peaks[(peaks + begin >= 0) & (peaks + end <= value.shape[1])]
    if not len(whole):
        return np.full((len(value), end - begin), np.nan, np.float32)
    return value[:, whole[:, None] + np.arange(begin, end)].mean(axis=1)


def span_density(size, spans_s, fs, *, begin_s=-0.3):
    """Return how much of an attribution lies in spans around the R peak, per share of the time.

    1 is what an explanation has that does not look at the time at all.

    Parameters
    ----------
    size : array, shape (recording, lead, beat time)
        Sizes of attributions, as of `mean_beat`; all leads are taken together.
    spans_s : dict of str to (float, float)
        Begin and end of each span in s from the R peak.
    fs, begin_s : float
        In Hz; of the beat, in s from its R peak.

    Returns
    -------
    dict of str to array, shape (recording,)
        By span; NaN where a recording has no beat, or nothing is pointed at.

    Examples
    --------
    >>> size = np.ones((1, 2, 80))
    >>> size[..., 30:40] = 3
    >>> round(span_density(size, {"QRS": (0, 0.1)}, fs=100)["QRS"].item(), 2)
    2.4
    """
    total = np.asarray(size).sum(axis=1)
    whole = total.mean(axis=1)
    found = {}
    for name, ends in spans_s.items():
        first, last = (round((end - begin_s) * fs) for end in ends)
        if not 0 <= first < last <= total.shape[1]:
            raise ExplanationInvalid(f"the span {name}, {ends} s, does not lie within the beat")
        own = total[:, first:last].mean(axis=1)
        found[name] = np.divide(own, whole, out=np.full(len(own), np.nan), where=whole > 0)
    return found
