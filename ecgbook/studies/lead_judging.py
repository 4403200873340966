"""Chapter 8: one answer about 31 labels, judged set by set, at several thresholds, by group.

Whether a class is called is decided by a threshold that validation has chosen. It is taken off the
logit of the probability, so that 0.5 calls in every report: that moves no score of rank.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from ecgbook import evaluation, tasks
from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import CHALLENGE_CLASSES, choose_challenge_thresholds, choose_thresholds
from ecgbook.evaluation.class_calibration import calibration_report
from ecgbook.sources.ptbxl import SUPERCLASSES
from ecgbook.studies.lead_records import (
    CLASSES,
    COMMON,
    PEOPLE,
    SHARED,
    columns_of,
    is_one_of,
    judged_rows,
)
from ecgbook.studies.study import Answer, Study

__all__ = ["JUDGED", "THRESHOLDS", "JudgedStudy", "View", "answers_of", "judging", "moved", "views"]

_RANKS = ("auroc", "auprc")
_CALLED = ("f1", "sensitivity", "specificity", "ppv")
_SMALLEST = 1e-12  # a probability, or what is left of one

# What is judged: the classes that scores of a class and their mean are of.
JUDGED = {"superclasses": SUPERCLASSES, "challenge": COMMON, "shared": SHARED}
# Which scores are told at which thresholds; scores of rank are the same at all of them.
_SCORES = {
    "half": (*_RANKS, "brier", "f1"),
    "f1": _CALLED,
    "grid": ("f1",),
    "evolution": ("f1",),
    "grid_on_test": ("f1",),
    "outputs_0_1": _RANKS,
}
_OFFICIAL = ("challenge2021_score",)


class View(NamedTuple):
    """One way to look at what a method says."""

    judged: str
    threshold: str = "half"
    tested: str = "ptb_xl"
    people: str = "all"


def views(*, labels="both", elsewhere=True, in_full=False):
    """Return the views of a method that has learnt ``labels``; the first has the plain outputs.

    ``elsewhere`` tests LUDB as well; ``in_full`` tells of groups of people, of further ways to
    choose thresholds, and of outputs that were made 0 and 1 before they were ranked.
    """
    sets = ["superclasses"] if labels == "superclasses" else ["superclasses", "challenge"]
    found = [View(one, threshold) for one in sets for threshold in ("half", "f1")]
    if "challenge" in sets:
        found.append(View("challenge", "grid"))
    if elsewhere:
        found += [View("superclasses", one, "ludb") for one in ("half", "f1")]
    if elsewhere and "challenge" in sets:
        both = [(one, tested) for one in ("half", "f1") for tested in ("ptb_xl", "ludb")]
        found += [View("shared", *pair) for pair in both]
    if in_full:
        found += [View(one, people=people) for one in sets for people in PEOPLE]
        others = ("evolution", "grid_on_test", "outputs_0_1")
        found += [View("challenge", one) for one in others] if "challenge" in sets else []
    return found


def _half(y, probability):
    return np.full(y.shape[1], 0.5)


# From which probability a class is called, shape (class,), of labels and probabilities.
THRESHOLDS = {
    "half": _half,
    "f1": partial(choose_thresholds, otherwise=0.5),
    "grid": choose_challenge_thresholds,
    "evolution": partial(choose_challenge_thresholds, method="evolution"),
    "grid_on_test": choose_challenge_thresholds,
    "outputs_0_1": _half,
}


def moved(probability, thresholds):
    """Return probabilities that are 0.5 where they were at the threshold of their class.

    >>> moved(np.array([[0.2, 0.2]]), np.array([0.2, 0.5])).round(3)
    array([[0.5, 0.2]])
    """
    sides = (np.clip(one, _SMALLEST, 1 - _SMALLEST) for one in (probability, thresholds))
    odds, limits = map(logit, sides)
    return expit(odds - limits)


def answers_of(records, split, said, which, **fields):
    """Return an `Answer` for each of the views ``which`` on what a method says.

    Parameters
    ----------
    records, split : Examples, Split
    said : tuple of two arrays, shape (record, class)
        Probabilities of `CLASSES` in the validation and the test part; of classes that were not
        learnt anything.
    which : sequence of View
    fields : further fields of the answers
    """
    return [_answer(records, split, said, view, fields) for view in which]


def _answer(records, split, said, view, fields):
    official = view.judged == "challenge"
    columns = columns_of(CHALLENGE_CLASSES if official else JUDGED[view.judged])
    sources = "ptb_xl", view.tested  # of what is chosen on, and of what is tested
    parts = [
        (rows[judged_rows(records[rows], view.judged, tested=source)], rows)
        for rows, source in zip((split.valid, split.test), sources, strict=True)
    ]
    own = [
        probability[np.isin(rows, kept)][:, columns]
        for probability, (kept, rows) in zip(said, parts, strict=True)
    ]
    seen = int(view.threshold == "grid_on_test")
    y = records.y[parts[seen][0]][:, columns]
    limits = THRESHOLDS[view.threshold](y, own[seen])
    told = []
    for (kept, rows), probability in zip(parts, own, strict=True):
        now = moved(probability, limits)
        now = (now >= 0.5).astype(float) if view.threshold == "outputs_0_1" else now
        told.append(np.full((len(rows), len(CLASSES)), np.nan))
        told[-1][np.ix_(np.isin(rows, kept), columns)] = now
        told[-1][~is_one_of(records.rows.iloc[rows], view.people)] = np.nan
    return Answer(*told, {**view._asdict(), **fields})


def judging(fields):
    """Return what an answer with these fields is judged by: pairs of a task and its scores.

    The score of the Challenge is of all its 26 classes, other scores of those in `JUDGED`.
    """
    scores = _SCORES[fields["threshold"]]
    pairs = [(tasks.multi_label(JUDGED[fields["judged"]], scores=scores), scores)]
    if fields["judged"] == "challenge" and fields["threshold"] != "outputs_0_1":
        pairs.append((tasks.multi_label(CHALLENGE_CLASSES, scores=_OFFICIAL), _OFFICIAL))
    return pairs


@dataclass(frozen=True, kw_only=True)
class JudgedStudy(Study):
    """A study whose answers say by their fields what they are judged by (`judging`).

    Parameters
    ----------
    calibrated : sequence of str
        Methods of which it is also told how far probabilities lie from what comes true.
    """

    calibrated: tuple = ()

    def report(self, units, part="test"):
        """Return ``(fields, rows)`` for each answer to a case, over the seeds that were run."""
        tables = []
        for k in range(len(units[0].answers)):
            fields = units[0].fields(k)
            found = []
            for task, scores in judging(fields):
                y, outputs, patient = _said_of(units, k, part, task.classes)
                found.append(evaluation.report(task, y, outputs, patient, scores=scores))
            if self._is_calibrated(fields):
                classes = JUDGED[fields["judged"]]
                y, outputs, patient = _said_of(units, k, part, classes)
                found.append(calibration_report(classes, y, outputs, patient))
            tables.append((fields, pd.concat(found, ignore_index=True)))
        return tables

    def difference(self, ours, others, part="test"):
        """Return the rows of the paired difference of two answers, each ``(units, number)``.

        Of several seeds those are compared that both were run with.
        """
        both, found = _of_shared_seeds(ours, others), []
        for task, scores in judging(ours[0][0].fields(ours[1])):
            sides = [_said_of(*answer, part, task.classes) for answer in both]
            (y, first, patient), (y_too, second, patient_too) = sides
            if not (np.array_equal(y, y_too) and np.array_equal(patient, patient_too)):
                raise ScoreInvalid(f"{self.chapter}: the two answers are about other recordings")
            about = task, y, first, second, patient
            found.append(evaluation.paired_difference(*about, scores=scores))
        return pd.concat(found, ignore_index=True)

    def influence(self, answer, score, part="test"):
        """Return what each patient does to the score of an answer, ``(units, number)``."""
        units, k = answer
        fields = units[0].fields(k)
        task = next(task for task, scores in judging(fields) if score in scores)
        y, outputs, patient = _said_of(units, k, part, task.classes)
        return evaluation.influence(task, y, outputs, patient, score=score)

    def _is_calibrated(self, fields):
        is_plain = fields["threshold"] == "half" and fields["people"] == "all"
        return is_plain and fields["method"] in self.calibrated


def _of_shared_seeds(ours, others):
    seeds = [{unit.case.get("seed") for unit in units} for units, _ in (ours, others)]
    if min(map(len, seeds)) == 1:
        return ours, others
    shared = seeds[0] & seeds[1]
    both = ours, others
    return [([unit for unit in units if unit.case["seed"] in shared], k) for units, k in both]


def _said_of(units, k, part, classes):
    """Return labels, answers ``(run, record, class)`` and patients of the records judged."""
    columns = columns_of(classes)
    outputs = np.stack([unit.arrays[f"{part}.{k}"][:, columns] for unit in units])
    judged = np.isfinite(outputs).all(axis=(0, 2))
    y, patient = (units[0].arrays[f"{part}.{name}"] for name in ("y", "patient"))
    return y[judged][:, columns], outputs[:, judged], patient[judged]
