"""What a model says and what is true, laid out as yes–no questions: one a class, for each sample.

Every task comes down to such columns. With a single label a class stands against all others; with
several labels each class is a question of its own; an abnormal class stands against the normal one
only. What the scores need of them is counted once for each patient, so that a bootstrap replicate
is a sum over the patients drawn.
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
from ecgbook.evaluation.confusion import confusion_by_group
from ecgbook.evaluation.ranking import Ranking


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers of one run.

    Parameters
    ----------
    columns : tuple of str
        Names of the questions.
    classes : slice
        The columns that a macro or pooled score is of.
    patient : array of int, shape (sample,)
        Numbers of the patients, from 0 without gaps.
    positive, counted : arrays of bool, shape (sample, column)
        The true answer, and whether the sample takes part in the question.
    called : array of bool, shape (sample, column), or None
        The model's answer; None for a score without a threshold.
    probability : array of float, shape (sample, column), or None
        How sure it is; None where only the answers are known.
    """

    columns: tuple
    classes: slice
    patient: np.ndarray
    positive: np.ndarray
    counted: np.ndarray
    called: np.ndarray | None
    probability: np.ndarray | None

    def __getitem__(self, rows):
        """Return the answers to some of the samples, an array of bool."""
        values = {
            name: value[rows]
            for name, value in vars(self).items()
            if isinstance(value, np.ndarray) and name in self.__dataclass_fields__
        }
        values["patient"] = np.unique(values["patient"], return_inverse=True)[1]
        return replace(self, **values)

    @cached_property
    def _order(self):
        order = np.argsort(self.patient, kind="stable")
        return order, np.searchsorted(self.patient[order], np.arange(self.patient.max() + 1))

    def by_patient(self, values):
        """Add up the samples of each patient, (sample, …) to (patient, …)."""
        order, first = self._order
        return np.add.reduceat(values[order].astype(np.float64), first, axis=0)

    @cached_property
    def outcomes(self):
        """Count TP, FP, FN and TN, shape (patient, outcome, column); uncalled is not called."""
        called = np.zeros_like(self.positive) if self.called is None else self.called
        yes, no = self.counted & called, self.counted & ~called
        cells = yes & self.positive, yes & ~self.positive, no & self.positive, no & ~self.positive
        return self.by_patient(np.stack(cells, axis=1))

    @cached_property
    def matrix(self):
        """Count each class taken for each other, shape (patient, class, class): a single label."""
        y_true, y_pred = (x.argmax(axis=1) for x in (self.positive, self.called))
        return confusion_by_group(y_true, y_pred, len(self.columns), self.patient)[1]

    @cached_property
    def right(self):
        """Count the samples that are right in every class, and all samples: (patient, 2)."""
        wrong = self.counted & (self.called != self.positive)
        right = ~wrong[:, self.classes].any(axis=1)
        return self.by_patient(np.stack([right, np.ones_like(right)], axis=1))

    @cached_property
    def squares(self):
        """Sum squared errors of the probability, and count them: (patient, 2, column)."""
        squares = np.where(self.counted, (self.probability - self.positive) ** 2, 0)
        return self.by_patient(np.stack([squares, self.counted], axis=1))

    @cached_property
    def ranking(self):
        """Sort the samples by the probability of each column."""
        return Ranking(self.positive, self.probability, self.patient, self.counted)

    @cached_property
    def pooled_ranking(self):
        """Sort the samples of all classes together."""
        arrays = (self.positive, self.probability, self.counted)
        positive, probability, counted = (x[:, self.classes].reshape(-1, 1) for x in arrays)
        patient = np.repeat(self.patient, len(positive) // len(self.patient))
        return Ranking(positive, probability, patient, counted)


def checked_target(task, y):
    """Return labels that fit a task: class numbers, or what is positive and what is known.

    Raises
    ------
    ScoreInvalid
        If they are multi-hot where one class number a sample is asked for, the reverse, or hold
        another class than those of the task.
    """
    y, n_classes = np.asarray(y), len(task.classes)
    if task.kind != "multi_label":
        if y.ndim == 2:
            raise ScoreInvalid(
                f"a {task.kind} task needs one class number a sample, got labels of shape "
                f"{y.shape}; multi-hot labels go with tasks.multi_label"
            )
        return checked_labels(y, n_classes, "y")
    if y.ndim != 2 or y.shape[1] != n_classes:
        raise ScoreInvalid(
            f"a multi_label task needs multi-hot labels of shape (sample, {n_classes}), got "
            f"{y.shape}; one class number a sample goes with tasks.single_label"
        )
    return checked_multi_hot(y, "y")


def lay_out(task, y, probability, patient, thresholds=None):
    """Return a list of `Answers`, one a run; parameters as for `ecgbook.evaluation.report`."""
    questions, answer = _KINDS[task.kind]
    positive, counted, columns, classes = questions(task, y)
    patient, _ = numbered_groups(patient, len(positive), "patient")
    values = np.asarray(probability)
    flat = task.kind == "reconstruction" or (
        task.kind == "single_label" and values.dtype.kind in _ANSWERS
    )
    shape = "(sample,)" if flat else "(sample, class)"
    if values.ndim not in (2 - flat, 3 - flat) or not values.size:
        raise ScoreInvalid(
            f"probability needs shape {shape}, or that with an axis of runs before it, got "
            f"{values.shape}"
        )
    runs = values if values.ndim == 3 - flat else values[None]
    limits = _limits(task, thresholds, len(runs))
    return [
        Answers(columns, classes, patient, positive, counted, *answer(task, run, limit, counted))
        for run, limit in zip(runs, limits, strict=True)
    ]


_ANSWERS = "iub"  # kinds of number of what is an answer, not a probability


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
    numbers, probability = values, None
    if values.dtype.kind not in _ANSWERS:
        probability = checked_distribution(values, counted.shape, "probability")
        numbers = probability.argmax(axis=1)
    numbers = checked_labels(numbers, len(task.classes), "probability")
    if len(numbers) != len(counted):
        raise ScoreInvalid(f"{len(counted)} labels in y but {len(numbers)} answers")
    return numbers[:, None] == np.arange(len(task.classes)), probability


def _multi_questions(task, y):
    positive, counted = checked_target(task, y)
    columns, classes = task.classes, slice(len(task.classes))
    if task.none:
        found, known = positive.any(axis=1), counted.all(axis=1)
        positive, counted = np.c_[positive, ~found & known], np.c_[counted, found | known]
        columns = (*columns, "none")
    return positive, counted, columns, classes


def _multi_answers(task, values, limit, counted):
    shape, probability = (len(counted), len(task.classes)), None
    if values.dtype.kind in _ANSWERS:
        called, _ = checked_multi_hot(values, "probability")
        if called.shape != shape:
            raise ScoreInvalid(f"answers need shape {shape}, one row a label, got {called.shape}")
    else:
        probability = checked_probabilities(values, shape, "probability")
        called = probability >= limit
    if task.none:
        called = np.c_[called, ~called.any(axis=1)]
        if probability is not None:  # of none: as if the classes came and went on their own
            probability = np.c_[probability, (1 - probability).prod(axis=1)]
    return called, probability


def _abnormal_questions(task, y):
    """Ask for all abnormal samples, then for each class; ``y`` of bool says abnormal or not."""
    is_flag = np.asarray(y).dtype == bool
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
    score = checked_scores(values, (len(counted),), "probability")[:, None]
    score = np.repeat(score, counted.shape[1], axis=1)
    return (None if limit is None else score >= limit), score


_KINDS = {
    "single_label": (_single_questions, _single_answers),
    "multi_label": (_multi_questions, _multi_answers),
    "reconstruction": (_abnormal_questions, _abnormal_answers),
}


def _limits(task, thresholds, runs):
    """Return the thresholds of each run: one a class, or one of a score."""
    if thresholds is None:
        return [0.5 if task.kind == "multi_label" else None] * runs
    if task.kind == "single_label":
        raise ScoreInvalid("a single-label task names the likeliest class: leave thresholds out")
    shape = (runs, len(task.classes)) if task.kind == "multi_label" else (runs,)
    if np.shape(thresholds) not in {shape[i:] for i in range(len(shape) + 1)}:
        raise ScoreInvalid(
            f"thresholds need shape {shape}, or that of one run, got {np.shape(thresholds)}"
        )
    return np.broadcast_to(np.asarray(thresholds, dtype=float), shape)
