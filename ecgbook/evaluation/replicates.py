"""Scores of many replicates at once, from what each patient adds to them."""

from functools import cached_property

import numpy as np

from ecgbook.evaluation.confusion import Outcomes, mean_of_defined, ratio
from ecgbook.evaluation.ec57 import ECTOPIC, ec57_outcomes
from ecgbook.evaluation.ranking import RANK_SCORES
from ecgbook.evaluation.resampling import patient_weights

_BLOCK = 256  # patients that are left out, one each, in one go


class Drawn:
    """Replicates that count each patient as often as it was drawn."""

    def __init__(self, weights):
        self.weights, self._floats = weights, weights.astype(np.float64)  # which add up faster

    @classmethod
    def of_runs(cls, runs, n, seed):
        """Draw patients for each run, with seeds that follow each other."""
        n_patients = runs[0].patient.max() + 1
        return [cls(patient_weights(n_patients, n, seed + run)) for run in range(len(runs))]

    def sums(self, counts):
        """Add up patients, (patient, …) to (replicate, …)."""
        return np.tensordot(self._floats, counts, axes=1)

    def ranks(self, ranking, names):
        """Return scores of rank by name, each of shape (replicate, column)."""
        return ranking.scores(self.weights, names)


class LeftOut:
    """All patients, and then all but one, for each one in turn."""

    def __init__(self, n_patients):
        self.n_patients = n_patients

    def sums(self, counts):
        """Add up patients, (patient, …) to (1 + patient, …)."""
        total = counts.sum(axis=0)
        return np.concatenate([total[None], total - counts])

    def ranks(self, ranking, names):
        """Return scores of rank by name, each of shape (1 + patient, column)."""
        patients, parts = np.arange(self.n_patients), []
        for first in range(-1, self.n_patients, _BLOCK):  # −1 leaves out nobody
            left_out = np.arange(first, min(first + _BLOCK, self.n_patients))
            weights = (left_out[:, None] != patients).astype(np.int32)
            parts.append(ranking.scores(weights, names))
        return {name: np.concatenate([part[name] for part in parts]) for name in names}


class Totals:
    """What the answers of the patients of each replicate add up to, counted when asked for.

    Parameters
    ----------
    answers : Answers
    draws : Drawn or LeftOut
    view : {"", "pooled", "ec57"}
        One column a class, one for all classes together, or S and V after EC57.
    ranked : sequence of str
        The scores of rank that will be asked for.
    """

    def __init__(self, answers, draws, view, ranked):
        self.answers, self.draws, self.view, self.ranked = answers, draws, view, ranked

    @cached_property
    def outcomes(self):
        """Outcomes of each column, four arrays of shape (replicate, column)."""
        return _outcomes(self.answers, self.view, self.draws.sums)

    @cached_property
    def matrix(self):
        """Confusion matrices, shape (replicate, class, class)."""
        return self.draws.sums(self.answers.matrix)

    @cached_property
    def right(self):
        """Share of samples that are right in every class, shape (replicate,)."""
        return ratio(*self.draws.sums(self.answers.right).T)

    @property
    def wrong_labels(self):
        """Share of labels that are wrong, of all classes, shape (replicate,)."""
        tp, fp, fn, tn = (x[:, self.answers.classes].sum(axis=1) for x in self.outcomes)
        return ratio(fp + fn, tp + fp + fn + tn)

    @cached_property
    def ranks(self):
        """The scores of rank by name, each of shape (replicate, column)."""
        pooled = self.view == "pooled"
        ranking = self.answers.pooled_ranking if pooled else self.answers.ranking
        return self.draws.ranks(ranking, self.ranked)

    @property
    def brier(self):
        """Mean squared error of the probability, shape (replicate, column)."""
        squares = _pooled(self.answers.squares, self.answers, self.view)
        return ratio(*np.moveaxis(self.draws.sums(squares), 1, 0))


def replicates(answers, asked, draws):
    """Compute the scores of all replicates.

    Parameters
    ----------
    answers : Answers
    asked : list of Query
    draws : Drawn or LeftOut

    Returns
    -------
    dict of (score, class) to (values, support)
        ``values`` of shape (replicate,), and ``support`` of shape (patient,): how many samples of
        each patient the score rests on.
    """
    every = answers.by_patient(np.ones(len(answers.patient)))
    rows, totals = {}, {}
    for view in {_source(q) for q in asked}:
        ranked = [q.name for q in asked if _source(q) == view and q.name in RANK_SCORES]
        totals[view] = Totals(answers, draws, view, tuple(dict.fromkeys(ranked)))
    for q in asked:
        of_view = totals[_source(q)]
        if q.is_whole:
            rows[q.title, "all"] = q.score.whole(of_view), every
            continue
        values = q.score.column(of_view)
        if q.view in ("", "ec57"):
            rows |= _by_class(q, values, answers, of_view)
        if q.view == "pooled":
            rows[q.title, "pooled"] = values[:, 0], every
        if q.view == "macro" or q.has_mean:
            rows[q.title, "macro"] = mean_of_defined(values[:, answers.classes]), every
    return rows


def _source(q):
    return "" if q.view == "macro" else q.view


def _by_class(q, values, answers, totals):
    """Return a row for each column, as `replicates` does."""
    own = _outcomes(answers, q.view, lambda counts: counts)  # of each patient
    support = {
        "positives": own.tp + own.fn,
        "negatives": own.fp + own.tn,
        "called": own.tp + own.fp,
        "all": sum(own),
    }[q.score.rests_on]
    names = answers.columns
    if q.view == "ec57":
        # As in the j-kappa, what has no value in a replicate counts as 0, if the class is there.
        names, there = ECTOPIC, (own.tp + own.fn).any(axis=0)
        values = np.where(there, np.nan_to_num(values), values)
    columns = zip(names, values.T, support.T, strict=True)
    return {(q.title, name): (value, n) for name, value, n in columns}


def _outcomes(answers, view, sums):
    """Return the `Outcomes` of each column of a view, of patients that are summed in some way."""
    if view == "ec57":
        return ec57_outcomes(sums(answers.matrix))
    return Outcomes(*np.moveaxis(sums(_pooled(answers.outcomes, answers, view)), 1, 0))


def _pooled(counts, answers, view):
    """Put the columns of all classes together if that is the view."""
    return counts[..., answers.classes].sum(-1, keepdims=True) if view == "pooled" else counts
