"""Scores of beat detectors, after ANSI/AAMI EC57.

A detection and a reference beat form a pair if each is the other's nearest within the
tolerance. What is left of the reference was missed, what is left of the detections is false.
"""

import numpy as np
import pandas as pd

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation.bootstrap import bootstrap
from ecgbook.evaluation.confusion import ratio

__all__ = ["detection_rows", "flutter_episodes", "match_beats", "score_beats"]


def match_beats(reference, detected, fs, tolerance_s=0.15):
    """Pair reference beats with detections, nearest first and one to one.

    Parameters
    ----------
    reference, detected : arrays of int, shape (beat,) and (detection,)
        Samples in rising order, at ``fs`` Hz.
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
    detected, fs, tolerance_s
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


def detection_rows(scores, n=1000, seed=0):
    """Sum the scores of recordings up, for each tolerance and counting.

    Parameters
    ----------
    scores : DataFrame
        One row a recording, tolerance and counting: ``patient``, ``tolerance_ms``, ``counting``
        and the columns of `score_beats`.
    n, seed : int
        Replicates of the bootstrap over patients, and its seed.

    Returns
    -------
    DataFrame
        Rows as of `ecgbook.evaluation.report`, with ``unit``, ``tolerance_ms`` and ``counting``:
        over all beats together (gross) F1 with its 95 % interval, sensitivity and PPV; the median
        over recordings of ``bias_ms`` and ``bias_iqr_ms``.

    Raises
    ------
    ScoreInvalid
        If there is no recording, or there are not two patients.
    """
    if not len(scores):
        raise ScoreInvalid("a detection report needs the score of at least one recording")
    cases = scores.groupby(["tolerance_ms", "counting"], sort=False)
    tables = [
        _rows_of(part, n, seed).assign(tolerance_ms=tolerance_ms, counting=counting)
        for (tolerance_ms, counting), part in cases
    ]
    return pd.concat(tables, ignore_index=True)


def _rows_of(part, n, seed):
    counts = part[["tp", "fp", "fn"]].to_numpy()
    f1 = bootstrap(_f1, counts, groups=part["patient"], n=n, seed=seed)
    tp, fp, fn = counts.sum(axis=0)
    bias_ms, bias_iqr_ms = part[["bias_ms", "bias_iqr_ms"]].median()
    rows = [("f1", *f1, "%"), ("sensitivity", ratio(tp, tp + fn), np.nan, np.nan, "%")]
    rows += [("ppv", ratio(tp, tp + fp), np.nan, np.nan, "%")]
    rows += [("bias_ms", bias_ms, np.nan, np.nan, "ms")]
    rows += [("bias_iqr_ms", bias_iqr_ms, np.nan, np.nan, "ms")]
    table = pd.DataFrame(rows, columns=["score", "value", "low", "high", "unit"])
    return table.assign(**{"class": "all", "n_patients": part["patient"].nunique(), "n": tp + fn})


def _f1(counts):
    tp, fp, fn = counts.sum(axis=0)
    return ratio(2 * tp, 2 * tp + fp + fn)


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
