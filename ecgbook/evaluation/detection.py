"""Scores of beat detectors, after ANSI/AAMI EC57.

A detection and a reference beat form a pair if each is the other's nearest within the
tolerance. What is left of the reference was missed, what is left of the detections is false.
"""

from functools import partial

import numpy as np
import pandas as pd

from ecgbook.errors import RecordInvalid, ScoreInvalid
from ecgbook.evaluation.bootstrap import bootstrap
from ecgbook.evaluation.confusion import ratio
from ecgbook.recording import whole_samples

__all__ = ["detection_difference", "detection_influence", "detection_rows", "flutter_episodes"]
__all__ += ["match_beats", "score_beats"]

_COUNTS = ["tp", "fp", "fn", "hours"]

# Scores of all beats counted together, and their units.
_GROSS = {
    "f1": (lambda tp, fp, fn, hours: ratio(2 * tp, 2 * tp + fp + fn), "%"),
    "sensitivity": (lambda tp, fp, fn, hours: ratio(tp, tp + fn), "%"),
    "ppv": (lambda tp, fp, fn, hours: ratio(tp, tp + fp), "%"),
    "missed_per_hour": (lambda tp, fp, fn, hours: ratio(fn, hours), "/h"),
    "false_per_hour": (lambda tp, fp, fn, hours: ratio(fp, hours), "/h"),
}


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
        If samples do not rise, or are no whole numbers (seconds are refused).

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
        If there are no annotations, or as in `match_beats`.
    """
    if annotations is None:
        raise ScoreInvalid("a detector is scored on annotated beats, this recording has none")
    beats = annotations.beats().sample
    detected = _checked_samples(detected, "detected")
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
        One row a recording, tolerance and counting: ``patient``, ``tolerance_ms``, ``counting``,
        ``hours`` that were counted, and what `score_beats` returns.
    n, seed : int
        Replicates of the bootstrap over patients, and its seed.

    Returns
    -------
    DataFrame
        Rows as of `ecgbook.evaluation.report`, with ``unit``, ``tolerance_ms`` and ``counting``:
        over all beats together (gross) F1, sensitivity, PPV, and beats missed and invented an
        hour, each with its 95 % interval; the median over recordings of ``bias_ms`` and
        ``bias_iqr_ms``.

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


def detection_difference(ours, others, n=1000, seed=0):
    """Score how much better one detector is than another on the same recordings.

    Both are judged on the same draws of patients, so that what makes a draw hard for both
    cancels out.

    Parameters
    ----------
    ours, others : DataFrame
        As for `detection_rows`, each of one tolerance and counting, with a column ``record``.
    n, seed : int
        As there.

    Returns
    -------
    DataFrame
        Gross scores as there, ours minus others, without the time errors.

    Raises
    ------
    ScoreInvalid
        If the recordings differ, or there are not two patients.
    """
    ours, others = (table.set_index("record") for table in (ours, others))
    if sorted(ours.index) != sorted(others.index):
        raise ScoreInvalid("two detectors are compared on the same recordings, each once")
    counts = ours[_COUNTS].to_numpy(), others.loc[ours.index, _COUNTS].to_numpy()
    rows = _gross_rows(_difference, counts, ours["patient"], n, seed)
    return _as_table(rows, ours)


def detection_influence(scores, score="f1"):
    """Leave one patient out after another, to see who decides a gross score of a detector.

    ``scores`` are as for `detection_rows`, of one tolerance and counting; the result is as of
    `ecgbook.evaluation.influence`, with the ``unit`` of the score. ScoreInvalid if there are not
    two patients.
    """
    if scores["patient"].nunique() < 2:
        raise ScoreInvalid("influence needs two patients or more to leave one out")
    whole = _gross(score, scores[_COUNTS].to_numpy())
    rows = [
        (name, _gross(score, scores.loc[scores["patient"] != name, _COUNTS].to_numpy()))
        for name in scores["patient"].unique()
    ]
    table = pd.DataFrame(rows, columns=["patient", "value"])
    table["change"], table["unit"] = table["value"] - whole, _GROSS[score][1]
    largest = {"key": np.abs, "ascending": False, "kind": "stable", "ignore_index": True}
    return table.sort_values("change", **largest)


def _rows_of(part, n, seed):
    rows = _gross_rows(_gross, [part[_COUNTS].to_numpy()], part["patient"], n, seed)
    for name in ("bias_ms", "bias_iqr_ms"):
        rows.append((name, part[name].median(), np.nan, np.nan, "ms"))
    return _as_table(rows, part)


def _gross_rows(statistic, counts, patient, n, seed):
    return [
        (name, *bootstrap(partial(statistic, name), *counts, groups=patient, n=n, seed=seed), unit)
        for name, (_, unit) in _GROSS.items()
    ]


def _as_table(rows, part):
    table = pd.DataFrame(rows, columns=["score", "value", "low", "high", "unit"])
    tp, fp, fn = part[["tp", "fp", "fn"]].sum()
    found = table["score"].isin(["ppv", "false_per_hour"])
    n = np.where(found, tp + fp, tp + fn)
    return table.assign(**{"class": "all", "n_patients": part["patient"].nunique(), "n": n})


def _gross(name, counts):
    return _GROSS[name][0](*counts.sum(axis=0))


def _difference(name, ours, others):
    return _gross(name, ours) - _gross(name, others)


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
    try:
        samples = whole_samples(samples, f"{name} beats")
    except RecordInvalid as error:
        raise ScoreInvalid(str(error)) from None
    if (np.diff(samples) < 0).any():
        raise ScoreInvalid(f"{name} samples must be in rising order; sort them first")
    return samples
