"""Scores of how well a number ranks one class above the others, under many weights at once."""

from typing import NamedTuple

import numpy as np

from ecgbook.evaluation._checks import checked_labels, checked_scores
from ecgbook.evaluation.confusion import ratio

__all__ = ["RANK_SCORES", "Ranking", "auroc"]

RANK_SCORES = ("auroc", "auprc", "best_f1", "equal_error_rate")


class _Steps(NamedTuple):
    """What lies above each positive, and up to it and its equals, in each replicate."""

    own: np.ndarray  # weight of the positive itself, (replicate, positive)
    above: np.ndarray
    through: np.ndarray
    true_above: np.ndarray  # the positives among them
    true_through: np.ndarray
    positives: np.ndarray  # all there are, (replicate, class)
    negatives: np.ndarray


class Ranking:
    """Samples sorted once by their score, for each class, and scored under any weights.

    Sorting costs the most and does not change when patients are drawn again: a bootstrap
    replicate only weighs the sorted samples anew.

    Parameters
    ----------
    positive : array of bool, shape (sample, class)
        Which samples belong to each class.
    score : array of float, shape (sample, class)
        How much each sample looks like each class; higher means more.
    group : array of int, shape (sample,)
        Number of the patient of each sample, the column of its weight.
    counted : array of bool, shape (sample, class), optional
        Which samples are positives or negatives of each class; all of them if left out.

    Notes
    -----
    The samples of all classes lie in one row, class after class, highest score first. With
    running sums over that row, the samples scored above, and up to, each positive are two
    look-ups, and samples of equal score count as one step. A sample that does not count
    belongs to one more patient, who weighs nothing.
    """

    def __init__(self, positive, score, group, counted=True):
        n, n_classes = score.shape
        order = np.argsort(-score.T, axis=1)  # (class, sample)
        ranked = np.take_along_axis(score.T, order, axis=1)
        first = np.ones((n_classes, n), dtype=bool)  # of the samples of one score
        first[:, 1:] = ranked[:, 1:] != ranked[:, :-1]
        place = np.flatnonzero(np.take_along_axis(positive.T, order, axis=1))  # (positive)
        self.of_class = place // n
        start = np.append(np.flatnonzero(first), n * n_classes)
        step = np.cumsum(first)[place]
        ties = start[step - 1], start[step]  # where a positive's equals begin and end
        self.shape = n_classes, n
        self.n_positive = np.bincount(self.of_class, minlength=n_classes)
        group = np.where(counted, group[:, None], -1) + np.zeros(n_classes, np.int64)
        self.group = np.take_along_axis(group.T, order, axis=1).ravel()
        self.positive_group = self.group[place]
        # The same places in the running sums: those of all samples start anew with each class,
        # those of the positives alone run on, so what came before the class is taken off.
        self.all_ties = tuple(at + self.of_class for at in ties)
        self.true_ties = tuple(np.searchsorted(place, at) for at in ties)
        self.true_base = np.searchsorted(self.of_class, self.of_class)

    def scores(self, weights, names=RANK_SCORES):
        """Return scores of each class under each row of weights, from the same running sums.

        Parameters
        ----------
        weights : array of int, shape (replicate, patient)
            How often each patient counts.
        names : sequence of str
            Of `RANK_SCORES`. For the best F1, each replicate of each class takes the threshold that
            suits it; the equal error rate is where a straight line between two thresholds has
            as many of the negatives above it as of the positives below.

        Returns
        -------
        dict of str to array, shape (replicate, class)
            NaN for a class without positive or, for AUROC and equal error rate, without
            negative samples.
        """
        functions = self._auroc, self._average_precision, self._best_f1, self._equal_error_rate
        statistics = dict(zip(RANK_SCORES, functions, strict=True))
        # The smallest integers that hold the running sums are the fastest to add up.
        largest = np.min_scalar_type(-2 * self.group.size * int(weights.max()))
        weights = weights.astype(np.promote_types(np.int32, largest))
        weights = np.pad(weights, ((0, 0), (0, 1)))  # column −1 is of what does not count
        # A few replicates at a time keep the running sums in the processor's cache.
        chunk = max(1, 250_000 // self.group.size)
        parts = []
        for i in range(0, len(weights), chunk):
            steps = self._steps(weights[i : i + chunk])
            parts.append([statistics[name](steps) for name in names])
        joined = (np.concatenate(part) for part in zip(*parts, strict=True))
        return dict(zip(names, joined, strict=True))

    def _steps(self, weights):
        own = weights.take(self.positive_group, axis=1)
        true = _running_sum(own)
        every = weights.take(self.group, axis=1).reshape(len(weights), *self.shape)
        every = _running_sum(every).reshape(len(weights), -1)
        above, through = (every.take(at, axis=1) for at in self.all_ties)
        true_base = true.take(self.true_base, axis=1)
        true_above, true_through = (true.take(at, axis=1) - true_base for at in self.true_ties)
        positives = self._by_class(np.add, own)
        negatives = every[:, self.shape[1] :: self.shape[1] + 1] - positives
        return _Steps(own, above, through, true_above, true_through, positives, negatives)

    def _auroc(self, steps):
        # Of the negatives that tie with a positive, half count as scored above it.
        false = steps.above - steps.true_above + steps.through - steps.true_through
        lost = self._by_class(np.add, false / 2 * steps.own)
        return 1 - ratio(lost, steps.positives * steps.negatives)

    def _average_precision(self, steps):
        # A sum of steps: a trapezium would promise operating points that no threshold has
        # (Davis and Goadrich 2006).
        precision = steps.true_through / np.maximum(steps.through, 1) * steps.own
        return ratio(self._by_class(np.add, precision), steps.positives)

    def _best_f1(self, steps):
        # Between two positives a lower threshold only adds false alarms: none is missed here.
        whole = steps.through + steps.positives.take(self.of_class, axis=1)
        f1 = 2 * steps.true_through / np.maximum(whole, 1)
        return np.where(steps.positives == 0, np.nan, self._by_class(np.maximum, f1))

    def _equal_error_rate(self, steps):
        # Where found and false alarms add up to 1, on the line through a positive's equals or,
        # if they already do above it, with what was found there. No later positive errs more.
        positives, negatives = (
            n.take(self.of_class, axis=1) for n in (steps.positives, steps.negatives)
        )
        false = steps.above - steps.true_above, steps.through - steps.true_through
        false = [ratio(n, negatives) for n in false]
        found = [ratio(n, positives) for n in (steps.true_above, steps.true_through)]
        before, after = false[0] + found[0] - 1, false[1] + found[1] - 1
        part = np.clip(-before, 0, None) / np.maximum(after - before, np.finfo(float).tiny)
        error = np.where(before < 0, false[0] + part * (false[1] - false[0]), 1 - found[0])
        error = self._by_class(np.maximum, np.where(after >= 0, error, 0))
        return np.where(steps.positives * steps.negatives == 0, np.nan, error)

    def _by_class(self, function, values):
        """Join the positives of each class, (replicate, positive) to (replicate, class)."""
        joined = np.zeros((len(values), len(self.n_positive)))
        there = np.flatnonzero(self.n_positive)
        if len(there):
            start = (np.cumsum(self.n_positive) - self.n_positive)[there]
            joined[:, there] = function.reduceat(values, start, axis=1)
        return joined


def _running_sum(values):
    """Sum along the last axis, from 0 on."""
    sums = np.zeros((*values.shape[:-1], values.shape[-1] + 1), dtype=values.dtype)
    np.cumsum(values, axis=-1, dtype=values.dtype, out=sums[..., 1:])
    return sums


def auroc(positive, score):
    """Chance that a positive sample scores higher than a negative one, ties counted half.

    The area under the receiver operating characteristic, as a float; NaN if one class is empty.

    Parameters
    ----------
    positive, score : arrays of bool and of float, shape (sample,)
        Which samples should score high, and their scores.

    Raises
    ------
    ScoreInvalid
        If shapes differ or a score is NaN.

    Examples
    --------
    Of the four pairs, three are in the right order:

    >>> auroc([False, True, False, True], [0.1, 0.3, 0.4, 0.8])
    0.75
    """
    positive = checked_labels(positive, 2, "positive")
    score = checked_scores(score, positive.shape, "score")
    ranking = Ranking(positive[:, None] == 1, score[:, None], np.zeros(len(score), np.int64))
    return float(ranking.scores(np.ones((1, 1), np.int32), ["auroc"])["auroc"][0, 0])
