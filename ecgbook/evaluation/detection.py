"""Scores of beat detectors, after ANSI/AAMI EC57.

A detection and a reference beat form a pair if each is the other's nearest within the
tolerance. What is left of the reference was missed, what is left of the detections is false.
"""

import numpy as np

from ecgbook.errors import ScoreInvalid

__all__ = ["detection_report", "flutter_episodes", "match_beats", "score_beats"]


def match_beats(reference, detected, fs, tolerance_s=0.15):
    """Pair reference beats with detections, nearest first and one to one.

    Parameters
    ----------
    reference, detected : arrays of int, shape (beat,) and (detection,)
        Samples in rising order.
    fs : float
        Sampling rate in Hz.
    tolerance_s : float, default 0.15
        Largest distance of a pair in s; EC57 allows 150 ms.

    Returns
    -------
    array of int64, shape (pair, 2)
        Positions in ``reference`` and in ``detected``, rising.

    Raises
    ------
    ScoreInvalid
        If samples do not rise.

    Examples
    --------
    The second detection is nearer to the second beat, so the first beat goes without:

    >>> match_beats([100, 200], [190, 400], fs=1000)
    array([[1, 0]])
    """
    beats = _checked_samples(reference, "reference")
    found = _checked_samples(detected, "detected")
    # A tolerance that is no whole number of samples must not lose one to rounding.
    tolerance = int(tolerance_s * fs + 1e-6)
    free_beats, free_found = np.arange(len(beats)), np.arange(len(found))
    pairs = [np.empty((0, 2), np.int64)]
    while len(free_beats) and len(free_found):
        to_found = _nearest(beats[free_beats], found[free_found])
        to_beats = _nearest(found[free_found], beats[free_beats])
        mutual = to_beats[to_found] == np.arange(len(free_beats))
        distance = np.abs(beats[free_beats] - found[free_found][to_found])
        paired = mutual & (distance <= tolerance)
        if not paired.any():
            break
        pairs.append(np.stack([free_beats[paired], free_found[to_found[paired]]], axis=1))
        free_beats = free_beats[~paired]
        free_found = np.delete(free_found, to_found[paired])
    pairs = np.concatenate(pairs)
    return pairs[np.argsort(pairs[:, 0])]


def flutter_episodes(annotations):
    """Return the episodes of ventricular flutter or fibrillation, shape (episode, 2).

    They run from each ``[`` to the next ``]``, or to the end of the recording. Nobody can
    count beats in them, so EC57 leaves detections in them uncounted.
    """
    start = annotations.sample[annotations.symbol == "["]
    stop = np.append(annotations.sample[annotations.symbol == "]"], np.iinfo(np.int64).max)
    return np.stack([start, stop[np.searchsorted(stop, start)]], axis=1)


def score_beats(annotations, detected, fs, tolerance_s=0.15, start_s=0.0):
    """Count hits and errors of a detector on one recording.

    Parameters
    ----------
    annotations : ecgbook.Annotations
        The reference, with all its marks.
    detected : array of int, shape (detection,)
        Samples in rising order.
    fs : float
        Sampling rate in Hz.
    tolerance_s : float, default 0.15
        As in `match_beats`.
    start_s : float, default 0.0
        Beats and detections before this time are not counted. EC57 gives detectors the
        first 300 s to learn.

    Returns
    -------
    dict
        ``tp``, ``fp``, ``fn``; ``bias_ms``, the median of detection minus reference, and
        ``bias_iqr_ms``, the range of the middle half (NaN without a hit).

    Raises
    ------
    ScoreInvalid
        If there are no annotations or detections do not rise.
    """
    if annotations is None:
        raise ScoreInvalid("a detector is scored on annotated beats, this recording has none")
    beats = annotations.beats().sample
    detected = np.asarray(detected, dtype=np.int64)
    pairs = match_beats(beats, detected, fs, tolerance_s)
    is_false = (detected >= start_s * fs) & ~_within(detected, flutter_episodes(annotations))
    is_false[pairs[:, 1]] = False
    hits = pairs[beats[pairs[:, 0]] >= start_s * fs]
    offset_ms = 1000 / fs * (detected[hits[:, 1]] - beats[hits[:, 0]])
    low, median, high = np.percentile(offset_ms, [25, 50, 75]) if len(hits) else [np.nan] * 3
    return {
        "tp": len(hits),
        "fp": int(is_false.sum()),
        "fn": int((beats >= start_s * fs).sum()) - len(hits),
        "bias_ms": float(median),
        "bias_iqr_ms": float(high - low),
    }


def detection_report(scores):
    """Summarise the scores of several recordings.

    Parameters
    ----------
    scores : DataFrame
        One row a recording, with the columns of `score_beats`.

    Returns
    -------
    dict
        ``se``, ``ppv``, ``f1``: sensitivity, positive predictive value and their harmonic mean over
        all beats together (gross); ``average_se``, ``average_ppv``, ``average_f1``: means over
        recordings, whatever their length; ``bias_ms`` and ``bias_iqr_ms``: medians over recordings.

    Raises
    ------
    ScoreInvalid
        If there is no recording.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"tp": [90, 10], "fp": [10, 0], "fn": [0, 0],
    ...                        "bias_ms": 0.0, "bias_iqr_ms": 0.0})
    >>> report = detection_report(scores)
    >>> round(report["ppv"], 3), round(report["average_ppv"], 3)
    (0.909, 0.95)
    """
    if not len(scores):
        raise ScoreInvalid("a detection report needs the score of at least one recording")
    gross = _ratios(scores[["tp", "fp", "fn"]].sum())
    average = {f"average_{name}": ratio.mean() for name, ratio in _ratios(scores).items()}
    bias = scores[["bias_ms", "bias_iqr_ms"]].median()
    return {name: float(value) for name, value in {**gross, **average, **bias}.items()}


def _ratios(counts):
    tp, fp, fn = counts["tp"], counts["fp"], counts["fn"]
    with np.errstate(invalid="ignore"):
        return {
            "se": np.divide(tp, tp + fn),
            "ppv": np.divide(tp, tp + fp),
            "f1": np.divide(2 * tp, 2 * tp + fp + fn),
        }


def _within(samples, episodes):
    start, stop = episodes[:, :1], episodes[:, 1:]
    return ((start <= samples) & (samples <= stop)).any(axis=0)


def _nearest(samples, others):
    """Return the position of the nearest of ``others`` to each sample, the earlier of two."""
    after = np.searchsorted(others, samples)
    before = np.maximum(after - 1, 0)
    after = np.minimum(after, len(others) - 1)
    earlier = np.abs(samples - others[before]) <= np.abs(others[after] - samples)
    return np.where(earlier, before, after)


def _checked_samples(samples, name):
    samples = np.asarray(samples, dtype=np.int64)
    if samples.ndim != 1 or (np.diff(samples) < 0).any():
        raise ScoreInvalid(f"{name} samples must be one row in rising order; sort them first")
    return samples
