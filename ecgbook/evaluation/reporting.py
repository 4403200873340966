"""One table for everything that is printed of a model, and what changes it: methods, patients."""

import numpy as np
import pandas as pd

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation._checks import numbered_groups
from ecgbook.evaluation.answers import lay_out
from ecgbook.evaluation.replicates import Drawn, LeftOut, replicates
from ecgbook.evaluation.resampling import percentile_interval
from ecgbook.evaluation.scores import queries

__all__ = ["influence", "paired_difference", "report", "score"]

_ONCE = np.ones((1, 1), np.int32)  # weights of a single patient, drawn never


def report(task, y, probability, patient, *, scores=None, thresholds=None, by=None, n=1000, seed=0):
    """Score a model, with intervals over patients and runs.

    Patients are drawn with replacement, ``n`` times for each run, and every score is computed
    anew; the interval holds the middle 95 % of the draws of all runs. So it speaks of other
    patients and of other runs. Beats of one patient resemble each other: an interval over beats
    would be far too narrow.

    Parameters
    ----------
    task : ecgbook.tasks.Task
        Its ``classes`` and what is asked of them.
    y : array of int, shape (sample,), or of bool, shape (sample, class)
        Class numbers or, of a multi-label task, multi-hot labels; a label that is not known may
        be NaN or −1, and its entry is left out. Of a reconstruction also bool, whether abnormal.
    probability : array of float, shape (sample, class)
        What `Task.probability` returns; of a reconstruction, how abnormal each sample is, shape
        (sample,). With several runs (seeds) one axis more, the first. Answers in place of
        probabilities are class numbers or, multi-hot, bool; then scores that rank are left out.
    patient : array, shape (sample,)
        Whose sample it is.
    scores : sequence of str, optional
        Names as in `ecgbook.evaluation.SCORES`, which may begin with ``macro_``, ``pooled_`` or
        ``ec57_``; those of the task if left out.
    thresholds : float or array, shape (class,) or (run, class), optional
        From which probability on a class is called in a multi-label task, 0.5 if left out; or one
        number, or one a run, from which score on a sample is called abnormal. Choose them on
        validation data (`choose_thresholds`).
    by : array, shape (sample,), optional
        A group of each sample, such as its source or its patient's sex, each reported by itself.
    n : int
        Bootstrap replicates of each run.
    seed : int
        Seed of the first run's bootstrap; the next runs take the next seeds.

    Returns
    -------
    pandas.DataFrame
        Columns ``score``; ``class``, which may be ``macro`` (mean over the classes), ``pooled``
        or ``all``; with ``by``, ``group``; ``value``, the mean over runs; ``low`` and ``high``;
        ``n_patients`` and ``n``, how many have what the value rests on: samples of the class;
        for a PPV those called so, for a specificity all others; for macro and all, every sample.

    Raises
    ------
    ScoreInvalid
        If shapes differ, labels or probabilities are none of the task's, a patient is missing,
        there is one patient or one class only, or a score is unknown or not to be had.

    Notes
    -----
    A score without a value is NaN, never 0: the sensitivity of a class without samples, the PPV
    of a class never called. Macro scores average over the classes that have a value, and
    intervals leave out replicates without one. After EC57 (``j_kappa``, ``ec57_…``) it counts as
    0 instead, so that a rare class never called does not make a classifier look better.

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
        draws = Drawn.of_runs(runs, n, seed)
        return tabulate([replicates(run, asked, d) for run, d in zip(runs, draws, strict=True)])
    group, names = numbered_groups(by, len(runs[0].patient), "by")
    tables = []
    for k, name in enumerate(names):
        part = [run[group == k] for run in runs]
        draws = (
            Drawn.of_runs(part, n, seed) if part[0].patient.any() else [Drawn(_ONCE)] * len(part)
        )
        table = tabulate([replicates(run, asked, d) for run, d in zip(part, draws, strict=True)])
        table.insert(2, "group", name)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def paired_difference(
    task,
    y,
    probability_a,
    probability_b,
    patient,
    *,
    scores=None,
    thresholds=(None, None),
    n=1000,
    seed=0,
):
    """Score how much better one model is than another on the same patients.

    Both are judged on the same draws of patients, run by run, so what makes a draw hard for both
    cancels out: the interval of the difference is narrower than the two of the models, and says
    more than whether these overlap.

    Parameters
    ----------
    task, y, patient, scores, n, seed
        As for `report`.
    probability_a, probability_b : arrays
        As ``probability`` there, with equally many runs; one run of a model that has no seed is
        compared with each of the other's.
    thresholds : tuple of two
        As there, of each model.

    Returns
    -------
    pandas.DataFrame
        As `report`, of A − B; ``n`` is that of the model with fewer. Beware that less is better
        of a loss or an error rate.

    Raises
    ------
    ScoreInvalid
        As `report`, or if the numbers of runs differ.

    Examples
    --------
    A model against itself:

    >>> from ecgbook import tasks
    >>> task = tasks.single_label("NV", scores=["accuracy"])
    >>> table = paired_difference(task, [0, 1, 1], [0, 1, 0], [0, 1, 0], list("abc"))
    >>> table[["value", "low", "high"]].to_numpy()
    array([[0., 0., 0.]])
    """
    sides = [
        lay_out(task, y, probability, patient, limits)
        for probability, limits in zip((probability_a, probability_b), thresholds, strict=True)
    ]
    asked = queries(task, scores, sides[0][0], sides[1][0])
    size = max(map(len, sides))
    if any(len(side) not in (1, size) for side in sides):
        raise ScoreInvalid(
            f"{len(sides[0])} runs of A but {len(sides[1])} of B: compare as many, or one with all"
        )
    a, b = (side * (size // len(side)) for side in sides)
    drawn = []
    for *pair, draws in zip(a, b, Drawn.of_runs(a, n, seed), strict=True):
        first, second = (replicates(run, asked, draws) for run in pair)
        drawn.append(
            {
                row: (first[row][0] - second[row][0], np.minimum(first[row][1], second[row][1]))
                for row in first
            }
        )
    return tabulate(drawn)


def influence(task, y, probability, patient, *, score, class_=None, thresholds=None):
    """Leave one patient out after another: who decides a score.

    Parameters
    ----------
    task, y, probability, patient, thresholds
        As for `report`; with several runs the values are means over them.
    score : str
        One name, as there.
    class_ : str, optional
        Which row of it; that of the whole (``all``) or the mean (``macro``) if left out.

    Returns
    -------
    pandas.DataFrame
        One row a patient: ``patient``; ``value`` of the score without this one; ``change``, by
        how much that is more than the value with all. The largest change, up or down, comes first;
        NaN, last, where the score has no value without the patient.

    Raises
    ------
    ScoreInvalid
        As `report`, or if the score has no such row.

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
    largest = table["change"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[largest].reset_index(drop=True)


def score(task, y, probability, name, class_=None, *, thresholds=None):
    """Return one score as a number, without an interval: for choosing an epoch or a model.

    Parameters
    ----------
    task, y, probability, thresholds
        As for `report`; with several runs the mean over them.
    name, class_ : str
        As ``score`` and ``class_`` of `influence`.

    Returns
    -------
    float

    Raises
    ------
    ScoreInvalid
        As `influence`.

    Examples
    --------
    >>> from ecgbook import tasks
    >>> score(tasks.single_label("NV"), [0, 1, 1, 1], [0, 1, 0, 0], "sensitivity", "V")
    0.3333333333333333
    """
    runs = lay_out(task, y, probability, np.zeros(len(y)), thresholds)
    return float(_row(task, runs, name, class_, Drawn(_ONCE))[0])


def _row(task, runs, name, class_, draws):
    """Return one row of a report, mean over runs, shape (replicate,)."""
    asked = queries(task, [name], *runs)
    rows = [replicates(run, asked, draws) for run in runs]
    of_class = {row[1]: row for row in rows[0]}
    wanted = (
        [c for c in ("all", "macro", "pooled") if c in of_class] if class_ is None else [class_]
    )
    if not wanted or wanted[0] not in of_class:
        raise ScoreInvalid(f"score {name!r} has no row {class_!r}, choose of {', '.join(of_class)}")
    return np.mean([values[of_class[wanted[0]]][0] for values in rows], axis=0)


def tabulate(drawn):
    """Lay out what `replicates` returns of each run: a row each, with its interval.

    Parameters
    ----------
    drawn : list of dict of (score, class) to (values, support)

    Returns
    -------
    pandas.DataFrame
        As `report`.
    """
    rows = list(drawn[0])
    values = np.stack([np.stack([of[row][0] for row in rows], axis=1) for of in drawn])
    support = np.mean([[of[row][1] for row in rows] for of in drawn], axis=0)  # (row, patient)
    low, high = percentile_interval(np.concatenate(values[:, 1:]))
    return pd.DataFrame(
        {
            "score": [name for name, _ in rows],
            "class": [name for _, name in rows],
            "value": values[:, 0].mean(axis=0),
            "low": low,
            "high": high,
            "n_patients": (support > 0).sum(axis=1),
            "n": support.sum(axis=1).round().astype(int),
        }
    )
