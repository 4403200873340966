"""One table for everything that is printed of a model, and what changes it: methods, patients."""

from itertools import repeat

import numpy as np
import pandas as pd

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation._checks import numbered_groups
from ecgbook.evaluation.answers import lay_out
from ecgbook.evaluation.replicates import Drawn, LeftOut, replicates
from ecgbook.evaluation.resampling import percentile_interval
from ecgbook.evaluation.scores import queries

__all__ = ["difference_by_patient", "influence", "paired_difference", "report", "score"]

_ALONE = Drawn(np.ones((1, 1), np.int32))  # one patient, of whom no replicate is drawn


def report(task, y, probability, patient, *, scores=None, thresholds=None, by=None, n=1000, seed=0):
    """Score a model, with intervals over patients and runs.

    Patients are drawn with replacement, ``n`` times for each run; the interval holds the middle
    95 % of the scores of all draws of all runs. So it speaks of other patients and other runs.
    Beats of one patient resemble each other: an interval over beats would be far too narrow.

    Parameters
    ----------
    task : ecgbook.tasks.Task
    y : array of int, shape (sample,), or of bool, shape (sample, class)
        Class numbers or, of several labels, multi-hot; NaN or −1 there is a label that is not
        known and counts nowhere. A reconstruction takes bool as well, abnormal or not.
    probability : array of float, shape (sample, class)
        From `ecgbook.tasks.Task.probability`; of a reconstruction how abnormal each sample is,
        shape (sample,). Runs (seeds) are one more axis, the first. Class numbers or multi-hot
        bool, answers in place of probabilities, leave scores that rank out.
    patient : array, shape (sample,)
        Whose sample it is.
    scores : sequence of str, optional
        Names of `ecgbook.evaluation.SCORES`, also with ``macro_``, ``pooled_`` or ``ec57_`` in
        front; those of the task if left out.
    thresholds : float or array, shape (class,) or (run, class), optional
        From which probability on one of several labels is called, 0.5 if left out; of a
        reconstruction one number or one a run. Chosen on validation (`choose_thresholds`).
    by : array, shape (sample,), optional
        Groups that are reported each by itself, such as sources or sexes.
    n, seed : int
        Bootstrap replicates of a run; seed of the first run, the next ones take the next seeds.

    Returns
    -------
    pandas.DataFrame
        ``score``; ``class``, or ``macro`` (mean over classes), ``pooled`` or ``all``; with
        ``by`` the ``group``; ``value``, the mean over runs; ``low``, ``high``; ``n_patients`` and
        ``n``, how many of both the value rests on: samples of the class (of a PPV those called
        so, of a specificity all others, of agreement all); labels if pooled; else every sample.

    Raises
    ------
    ScoreInvalid
        If shapes differ, labels or probabilities are none of the task's, a patient is missing,
        there is one patient or one class only, or a score is unknown or not to be had.

    Notes
    -----
    A score without a value is NaN, never 0: the sensitivity of a class without samples, the PPV
    of a class never called. Means are over the classes, and intervals over the replicates, that
    have a value. ``j_kappa`` and ``ec57_…`` count 0 instead, as a rare class never called must not
    make a classifier look better.

    An abnormal class is set against normal samples only: other abnormal ones are neither found
    nor false alarms there. ``all`` sets all abnormal samples against the normal ones.

    The threshold of ``best_f1`` is chosen on the samples that it is judged by, in every replicate
    anew, as the literature on anomalies does: it is optimistic.

    Examples
    --------
    The V beat scores highest; the S beat lies below one of the three normal beats:

    >>> from ecgbook import tasks
    >>> task = tasks.reconstruction(classes="NSV", scores=["auroc"])
    >>> report(task, [0, 0, 0, 1, 2], [1, 2, 4, 3, 5], list("abcab"))[["class", "value", "n"]]
      class     value  n
    0   all  0.833333  2
    1     S  0.666667  1
    2     V  1.000000  1
    """
    runs = lay_out(task, y, probability, patient, thresholds)
    asked = queries(task, scores, *runs)
    if by is None:
        return tabulate(map(replicates, runs, repeat(asked), Drawn.of_runs(runs, n, seed)))
    group, names = numbered_groups(by, len(runs[0].patient), "by")
    tables = []
    for k, name in enumerate(names):
        part = [run[group == k] for run in runs]
        draws = Drawn.of_runs(part, n, seed) if part[0].patient.any() else repeat(_ALONE)
        tables.append(tabulate(map(replicates, part, repeat(asked), draws)))
        tables[-1].insert(2, "group", name)
    return pd.concat(tables, ignore_index=True)


def paired_difference(
    task, y, probability_a, probability_b, patient, *, scores=None, thresholds=None, n=1000, seed=0
):
    """Score how much better one model is than another on the same patients.

    Both are judged on the same draws of patients, run by run, so what makes a draw hard for both
    cancels out: that says more than whether the intervals of the models overlap.

    Parameters
    ----------
    task, y, patient, scores, n, seed
        As for `report`, and errors likewise.
    probability_a, probability_b : arrays
        As ``probability`` there, of equally many runs, or of one to compare with all the other's.
    thresholds : tuple of two, optional
        As there, of each model.

    Returns
    -------
    pandas.DataFrame
        As `report`, of A − B, losses and error rates too; ``n`` of the model with fewer.

    Examples
    --------
    A finds one of two V beats more, and no draw of patients changes who is better:

    >>> from ecgbook import tasks
    >>> task = tasks.single_label("NV", scores=["accuracy"])
    >>> a, b = [0, 1, 0, 1], [0, 0, 0, 0]
    >>> paired_difference(task, [0, 1, 0, 1], a, b, list("ppqq"))[["value", "low", "high"]]
       value  low  high
    0    0.5  0.5   0.5
    """
    limits = (None, None) if thresholds is None else thresholds
    models = zip((probability_a, probability_b), limits, strict=True)
    sides = [lay_out(task, y, values, patient, limit) for values, limit in models]
    return _difference(task, scores, *sides, n, seed)


def difference_by_patient(task, ours, theirs, *, scores=None, n=1000, seed=0):
    """Score how much a model gains where other samples of the same patients are judged.

    Two sets of samples, such as beats before and after a rule has left some out, have no sample
    by sample pairs. But their patients are drawn alike, and what makes a draw hard for both cancels
    out.

    Parameters
    ----------
    task, scores, n, seed
        As for `report`, and errors likewise; ScoreInvalid too if the patients are not the same.
    ours, theirs : tuple ``(y, probability, patient)``
        As for `report`, of as many runs.

    Returns
    -------
    pandas.DataFrame
        As of `paired_difference`.

    Examples
    --------
    Of each patient one beat was judged in the first place, two in the second:

    >>> from ecgbook import tasks
    >>> task = tasks.single_label("NV", scores=["accuracy"])
    >>> cleaned = [0, 1], [0, 1], list("pq")
    >>> whole = [0, 1, 1, 0], [0, 1, 0, 1], list("pqpq")
    >>> difference_by_patient(task, cleaned, whole)[["value", "low", "high"]]
       value  low  high
    0    0.5  0.5   0.5
    """
    if set(ours[2]) != set(theirs[2]):
        raise ScoreInvalid("a difference by patient needs the same patients on both sides")
    sides = [lay_out(task, *side) for side in (ours, theirs)]
    return _difference(task, scores, *sides, n, seed)


def influence(task, y, probability, patient, *, score, class_=None, thresholds=None):
    """Leave one patient out after another, to see who decides a score.

    Parameters
    ----------
    task, y, probability, patient, thresholds
        As for `report`, and errors likewise; with several runs the values are means over them.
    score, class_ : str
        Its name as there, and the row of it; ``all`` or ``macro`` if left out.

    Returns
    -------
    pandas.DataFrame
        ``patient``; ``value`` of the score without this one; ``change``, how much more that is
        than with all. The largest change, up or down, comes first, and NaN last.

    Examples
    --------
    Patient b has the only error:

    >>> from ecgbook import tasks
    >>> task = tasks.single_label("NV")
    >>> influence(task, [0, 1, 0, 1, 1], [0, 1, 0, 0, 1], list("aabbc"), score="accuracy")
      patient     value    change
    0       b  1.000000  0.200000
    1       a  0.666667 -0.133333
    2       c  0.750000 -0.050000
    """
    runs = lay_out(task, y, probability, patient, thresholds)
    _, names = numbered_groups(patient, len(runs[0].patient), "patient")
    if len(names) < 2:
        raise ScoreInvalid("influence needs two patients or more to leave one out, got 1")
    values = _row(task, runs, score, class_, LeftOut(len(names)))
    table = pd.DataFrame({"patient": names, "value": values[1:], "change": values[1:] - values[0]})
    largest = {"key": np.abs, "ascending": False, "kind": "stable", "ignore_index": True}
    return table.sort_values("change", **largest)


def score(task, y, probability, name, class_=None, *, thresholds=None):
    """Return one score as a number without an interval, with parameters as for `influence`.

    Examples
    --------
    >>> from ecgbook import tasks
    >>> score(tasks.single_label("NV"), [0, 1, 1, 1], [0, 1, 0, 0], "sensitivity", "V")
    0.3333333333333333
    """
    runs = lay_out(task, y, probability, np.zeros(len(y)), thresholds)
    return float(_row(task, runs, name, class_, _ALONE)[0])


def _difference(task, scores, ours, theirs, n, seed):
    """Return the rows of A − B, lists of `Answers` with the same numbers of patients."""
    asked, size = queries(task, scores, ours[0], theirs[0]), max(len(ours), len(theirs))
    if any(len(side) not in (1, size) for side in (ours, theirs)):
        raise ScoreInvalid(
            f"{len(ours)} runs of A but {len(theirs)} of B: compare as many, or one with all"
        )
    a, b = (side * (size // len(side)) for side in (ours, theirs))
    drawn = []
    for *pair, draws in zip(a, b, Drawn.of_runs(a, n, seed), strict=True):
        first, second = (replicates(run, asked, draws) for run in pair)
        both = {row: zip(first[row], second[row], strict=True) for row in first}
        drawn.append({row: (np.subtract(*v), np.minimum(*n)) for row, (v, n) in both.items()})
    return tabulate(drawn)


def _row(task, runs, name, class_, draws):
    """Return one row of a report, mean over runs, shape (replicate,)."""
    tables = [replicates(run, queries(task, [name], *runs), draws) for run in runs]
    of_class = {row[1]: row for row in tables[0]}
    wanted = ("all", "macro", "pooled") if class_ is None else (class_,)
    row = next((of_class[name] for name in wanted if name in of_class), None)
    if row is None:
        raise ScoreInvalid(f"score {name!r} has no row {class_!r}, choose of {', '.join(of_class)}")
    return np.mean([table[row][0] for table in tables], axis=0)


def tabulate(drawn):
    """Lay out what `replicates` returns for each run as a table like that of `report`."""
    drawn = list(drawn)
    rows = list(drawn[0])
    values = np.stack([np.stack([of[row][0] for row in rows], axis=1) for of in drawn])
    support = np.mean([[of[row][1] for row in rows] for of in drawn], axis=0)  # (row, patient)
    low, high = percentile_interval(np.concatenate(values[:, 1:]))
    table = pd.DataFrame(rows, columns=["score", "class"])
    table["value"], table["low"], table["high"] = values[:, 0].mean(axis=0), low, high
    table["n_patients"] = (support > 0).sum(axis=1)
    table["n"] = support.sum(axis=1).round().astype(int)
    return table
