"""How well one score tells abnormal beats from normal ones, all together and class by class."""

import numpy as np
import pandas as pd

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation._checks import checked_labels, checked_scores, numbered_groups
from ecgbook.evaluation.ranking import Ranking
from ecgbook.evaluation.resampling import patient_weights, percentile_interval

__all__ = ["anomaly_report"]

_SCORES = ("auroc", "auprc", "best_f1")


def anomaly_report(y, score, group, *, classes, normal=0, n=1000, seed=0):
    """Score an anomaly detector against all abnormal beats and against each of their classes.

    A class is set against the normal beats only: beats of other abnormal classes are neither
    found nor false alarms there. With scores of several training runs, each value is the mean
    over the runs, and every run's patients are drawn ``n`` times: the interval holds the middle
    95 % of the draws of all runs, so it speaks of other patients and of other runs.

    Parameters
    ----------
    y : array of int, shape (beat,)
        Classes of the test beats, indices into ``classes``.
    score : array of float, shape (beat,) or (run, beat)
        How abnormal each beat is; higher means less normal. One row a training run (a seed).
    group : array, shape (beat,)
        The patient of each beat.
    classes : sequence of str
        Names of the classes.
    normal : int, default 0
        The class that is normal.
    n : int, default 1000
        Number of bootstrap replicates for each run.
    seed : int, default 0
        Seed of the bootstrap of the first run; the next runs take the next seeds.

    Returns
    -------
    pandas.DataFrame
        One row for ``all`` abnormal beats and one for each abnormal class. Columns ``auroc``,
        ``auprc`` (average precision) and ``best_f1``, each followed by its ``_low`` and
        ``_high``; ``n``, the beats of the row, normal ones included; ``n_abnormal``; and
        ``runs``.

    Raises
    ------
    ScoreInvalid
        If shapes differ, a score is NaN, a label is no index into ``classes``, all beats are
        normal or none is, or there is one patient only.

    Notes
    -----
    The threshold of ``best_f1`` is chosen on the beats that it is judged by, in every replicate
    anew, as the literature on anomalies does: it is optimistic. AUPRC and F1 of a rare class are
    low even for a good score, for they fall with its share.

    A class without beats is NaN, with ``n_abnormal`` 0; replicates without its patients are
    left out of its intervals.

    Examples
    --------
    The V beat scores highest; the S beat lies below one of the three normal beats:

    >>> report = anomaly_report([0, 0, 0, 1, 2], [1, 2, 4, 3, 5], list("abcab"), classes="NSV")
    >>> report["auroc"].round(2).to_dict()
    {'all': 0.83, 'S': 0.67, 'V': 1.0}
    """
    y = checked_labels(y, len(classes), "y")
    runs = _checked_runs(score, len(y))
    positive, counted, names = _questions(y, classes, normal)
    patient, patients = numbered_groups(group, len(y), "group")
    drawn = []
    for run, values in enumerate(runs):
        weights = patient_weights(len(patients), n, seed + run)
        columns = np.repeat(values[:, None], len(names), axis=1)
        ranking = Ranking(positive, columns, patient, counted)
        drawn.append(ranking.scores_and_best_f1(weights))
    counts = {"n": counted.sum(axis=0), "n_abnormal": positive.sum(axis=0), "runs": len(runs)}
    return pd.DataFrame(_columns(drawn) | counts, index=pd.Index(names, name="class"))


def _checked_runs(score, n):
    """Return finite scores of shape (run, beat)."""
    score = np.asarray(score)
    if score.ndim not in (1, 2) or not score.size:
        raise ScoreInvalid(f"score needs shape (beat,) or (run, beat), got {score.shape}")
    return [checked_scores(values, (n,), "score") for values in np.atleast_2d(score)]


def _questions(y, classes, normal):
    """Return which beats are abnormal and which count, (beat, row), and the names of the rows."""
    if not 0 <= normal < len(classes):
        raise ScoreInvalid(f"normal must index {len(classes)} classes, got {normal}")
    is_normal = y == normal
    if is_normal.all() or not is_normal.any():
        raise ScoreInvalid(
            f"{'all' if is_normal.all() else 'none'} of the {len(y)} beats are of the normal "
            f"class {classes[normal]}; a detector is judged on normal and abnormal beats"
        )
    abnormal = [k for k in range(len(classes)) if k != normal]
    positive = np.column_stack([~is_normal, y[:, None] == abnormal])
    return positive, positive | is_normal[:, None], ["all", *(classes[k] for k in abnormal)]


def _columns(drawn):
    """Return the mean of the runs and the interval of all draws, by name of the column."""
    table = {}
    for name, runs in zip(_SCORES, zip(*drawn, strict=True), strict=True):
        table[name] = np.mean([replicates[0] for replicates in runs], axis=0)
        low, high = percentile_interval(np.concatenate([replicates[1:] for replicates in runs]))
        table |= {f"{name}_low": low, f"{name}_high": high}
    return table
