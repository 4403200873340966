"""What a model says and what is true, laid out as yes–no questions, one a column.

Every task comes down to such columns: a class against all others, each of several labels, or an
abnormal class against the normal one. What the scores need is counted once for each patient, so
that a bootstrap replicate is a sum over the patients drawn.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation._checks import (
    checked_distribution,
    checked_labels,
    checked_multi_hot,
    checked_probabilities,
    checked_scores,
    numbered_groups,
)
from ecgbook.evaluation.ec57 import EXEMPT

_INTEGERS = "iub"  # kinds of dtype: an answer, not a probability


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers of one run, arrays of shape (sample, column) but for ``patient``."""

    columns: tuple[str, ...]
    classes: slice  # columns that macro and pooled scores are of
    patient: np.ndarray  # numbers without gaps, (sample,)
    positive: np.ndarray  # what is true
    counted: np.ndarray  # which samples take part
    called: np.ndarray | None  # what the model answers; None for a score without threshold
    probability: np.ndarray | None  # how sure it is; None where only answers are known

    def __getitem__(self, rows):
        """Return the answers to some of the samples, an array of bool."""
        patient = np.unique(self.patient[rows], return_inverse=True)[1]
        return replace(self, patient=patient, **self._each(lambda values: values[rows]))

    def pooled(self):
        """Return the answers to the questions of all classes in one column."""
        own = self._each(lambda values: values[:, self.classes].reshape(-1, 1))
        patient = np.repeat(self.patient, len(own["positive"]) // len(self.patient))
        return replace(self, columns=("pooled",), classes=slice(1), patient=patient, **own)

    def ec57(self):
        """Return the answers to S and V without the cells that EC57 leaves out."""
        counted = self.counted.copy()
        for ectopic, exempt in EXEMPT.items():
            k, others = self.columns.index(ectopic), np.isin(self.columns, exempt)
            counted[:, k] = ~(self.called[:, k] & self.positive[:, others].any(axis=1))
        own = replace(self, counted=counted)._each(lambda values: values[:, 1:3])
        return replace(self, columns=self.columns[1:3], **own)

    def _each(self, change):
        """Return the arrays of all questions after a change."""
        names = ("positive", "counted", "called", "probability")
        arrays = {name: getattr(self, name) for name in names}
        return {name: x if x is None else change(x) for name, x in arrays.items()}

    def by_patient(self, values):
        """Add up the samples of each patient, (sample, …) to (patient, …)."""
        order = np.argsort(self.patient, kind="stable")
        first = np.searchsorted(self.patient[order], np.arange(self.patient.max() + 1))
        return np.add.reduceat(values[order].astype(np.float64), first, axis=0)

    @cached_property
    def outcomes(self):
        """TP, FP, FN and TN, shape (patient, outcome, column); without a threshold all negative."""
        called = np.zeros_like(self.positive) if self.called is None else self.called
        yes, no = self.counted & called, self.counted & ~called
        cells = yes & self.positive, yes & ~self.positive, no & self.positive, no & ~self.positive
        return self.by_patient(np.stack(cells, axis=1))

    def support(self, rests_on):
        """Return how many samples of each patient a score rests on, shape (patient, column)."""
        tp, fp, fn, tn = np.moveaxis(self.outcomes, 1, 0)
        sizes = {"positives": tp + fn, "negatives": fp + tn, "called": tp + fp}
        return sizes.get(rests_on, tp + fp + fn + tn)


def checked_target(task, y):
    """Return labels that fit a task: class numbers, or what is positive and what is known."""
    y, n_classes, is_many = np.asarray(y), len(task.classes), task.kind == "multi_label"
    if (y.ndim == 2) != is_many or (is_many and y.shape[1] != n_classes):
        wanted = f"multi-hot labels (sample, {n_classes})" if is_many else "one class a sample"
        other = "single_label" if is_many else "multi_label"
        raise ScoreInvalid(
            f"a {task.kind} task needs {wanted}, got labels of shape {y.shape}; see tasks.{other}"
        )
    return checked_multi_hot(y, "y") if is_many else checked_labels(y, n_classes, "y")


def lay_out(task, y, probability, patient, thresholds=None):
    """Return a list of `Answers`, one a run; parameters as for `ecgbook.evaluation.report`."""
    questions, answers = _KINDS[task.kind]
    positive, counted, columns, classes = questions(task, y)
    patient, _ = numbered_groups(patient, len(positive), "patient")
    values = np.asarray(probability)
    are_numbers = task.kind == "single_label" and values.dtype.kind in _INTEGERS
    axes = 1 if task.kind == "reconstruction" or are_numbers else 2
    if values.ndim not in (axes, axes + 1) or not values.size:
        raise ScoreInvalid(
            f"probability needs shape {('(sample,)', '(sample, class)')[axes - 1]}, or one more "
            f"axis of runs in front, got {values.shape}"
        )
    runs = values if values.ndim > axes else values[None]
    asked = (columns, classes, patient, positive, counted)
    limits = _limits(task, thresholds, len(runs))
    return [
        Answers(*asked, *answers(task, run, limit, counted))
        for run, limit in zip(runs, limits, strict=True)
    ]


def _limits(task, thresholds, runs):
    """Return the thresholds of each run: one a class, or one of a score."""
    if thresholds is None:
        return [0.5 if task.kind == "multi_label" else None] * runs
    shape = (runs, len(task.classes)) if task.kind == "multi_label" else (runs,)
    if task.kind == "single_label" or np.shape(thresholds) not in (shape, shape[1:], ()):
        raise ScoreInvalid(
            f"thresholds of {runs} runs of a {task.kind} task cannot have shape "
            f"{np.shape(thresholds)}; give one a class or, of a reconstruction, one a run"
        )
    return np.broadcast_to(np.asarray(thresholds, dtype=float), shape)


def _single_questions(task, y):
    y = checked_target(task, y)
    if np.ptp(y) == 0:
        raise ScoreInvalid(
            f"all {len(y)} samples are of class {task.classes[y[0]]}; "
            f"scores of a classifier need samples of two classes or more"
        )
    positive = y[:, None] == np.arange(len(task.classes))
    return positive, np.ones_like(positive), task.classes, slice(None)


def _single_answers(task, values, limit, counted):
    probability = None
    if values.dtype.kind not in _INTEGERS:
        probability = checked_distribution(values, counted.shape, "probability")
        values = probability.argmax(axis=1)
    values = checked_labels(values, len(task.classes), "probability")
    if len(values) != len(counted):
        raise ScoreInvalid(f"{len(counted)} labels in y but {len(values)} answers")
    return values[:, None] == np.arange(len(task.classes)), probability


def _multi_questions(task, y):
    positive, counted = checked_target(task, y)
    classes = slice(len(task.classes))
    if not task.none:
        return positive, counted, task.classes, classes
    some, known = positive.any(axis=1), counted.all(axis=1)
    arrays = np.c_[positive, ~some & known], np.c_[counted, some | known]
    return *arrays, (*task.classes, "none"), classes


def _multi_answers(task, values, limit, counted):
    shape, probability = (len(counted), len(task.classes)), None
    if values.dtype.kind not in _INTEGERS:
        probability = checked_probabilities(values, shape, "probability")
        values = probability >= limit
    called, _ = checked_multi_hot(values, "probability")
    if called.shape != shape:
        raise ScoreInvalid(f"answers need shape {shape}, one row a label, got {called.shape}")
    if task.none:
        called = np.c_[called, ~called.any(axis=1)]
    if task.none and probability is not None:  # as if the classes came and went on their own
        probability = np.c_[probability, (1 - probability).prod(axis=1)]
    return called, probability


def _abnormal_questions(task, y):
    is_flag = np.asarray(y).dtype == bool  # abnormal or not, no more is known
    y, normal = checked_target(task, y), task.classes.index(task.normal)
    is_normal = y == (0 if is_flag else normal)
    if is_normal.all() or not is_normal.any():
        raise ScoreInvalid(
            f"{'all' if is_normal.all() else 'none'} of the {len(y)} samples are of the normal "
            f"class {task.normal}; a detector is judged on normal and abnormal ones"
        )
    abnormal = [k for k in range(len(task.classes)) if k != normal and not is_flag]
    positive = np.column_stack([~is_normal, y[:, None] == abnormal])
    columns = ("all", *(task.classes[k] for k in abnormal))
    return positive, positive | is_normal[:, None], columns, slice(1, None)


def _abnormal_answers(task, values, limit, counted):
    score = checked_scores(values, (len(counted),), "probability")
    score = np.repeat(score[:, None], counted.shape[1], axis=1)
    return (None if limit is None else score >= limit), score


_KINDS = {
    "single_label": (_single_questions, _single_answers),
    "multi_label": (_multi_questions, _multi_answers),
    "reconstruction": (_abnormal_questions, _abnormal_answers),
}
