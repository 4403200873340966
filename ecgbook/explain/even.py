"""The same beats at even intervals: what an answer owes to the rhythm, and not to a wave."""

import numpy as np

from ecgbook.errors import ExplanationInvalid

__all__ = ["even_rhythm"]


def even_rhythm(signal, peaks, fs, *, before_s=0.3, after_s=0.4):
    """Return a lead whose beats stand at even intervals, their waves as they were.

    Between the first and the last whole beat, which stay in place, the R peaks are put on an even
    grid. Two beats that come closer than ``before_s`` + ``after_s`` are cut between them, in that
    proportion, so that no beat brings a part of its neighbour along; gaps are filled by straight
    lines.

    Parameters
    ----------
    signal : array, shape (time,)
    peaks : array of int, shape (peak,)
        R peaks, in samples and in order.
    fs : float
        In Hz.
    before_s, after_s : float
        What belongs to a beat, in s before and after its R peak, at the most.

    Returns
    -------
    array of float32, shape (time,)

    Raises
    ------
    ExplanationInvalid
        If there are fewer than three whole beats, or R peaks are out of order.

    Examples
    --------
    >>> signal = np.zeros(400)
    >>> signal[[50, 120, 250]] = 1
    >>> even_rhythm(signal, [50, 120, 250], fs=100).nonzero()[0]
    array([ 50, 150, 250])
    """
    signal, peaks = np.asarray(signal, np.float32), np.asarray(peaks, np.int64)
    before, after = round(before_s * fs), round(after_s * fs)
    whole = peaks[(peaks >= before) & (peaks + after <= len(signal))]
    if len(whole) < 3 or (np.diff(whole) <= 0).any():
        raise ExplanationInvalid(
            f"an even rhythm needs three whole beats or more, in order; got {len(whole)}"
        )
    grid = np.linspace(whole[0], whole[-1], len(whole)).round().astype(np.int64)
    moved = np.full(len(signal), np.nan, np.float32)
    moved[: whole[0] + 1], moved[whole[-1] :] = signal[: whole[0] + 1], signal[whole[-1] :]
    gaps, share = np.diff(whole), before / (before + after)
    early = np.minimum(before, np.r_[before, gaps * share]).astype(np.int64)
    late = np.minimum(after, np.r_[gaps * (1 - share), after]).astype(np.int64)
    for old, new, begin, end in zip(whole, grid, early, late, strict=True):
        moved[new - begin : new + end] = signal[old - begin : old + end]
    place, known = np.arange(len(signal)), np.isfinite(moved)
    return np.interp(place, place[known], moved[known]).astype(np.float32)
