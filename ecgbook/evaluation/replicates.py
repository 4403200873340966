"""Scores of many replicates at once, from what each patient adds to them."""

from functools import cached_property

import numpy as np

from ecgbook.evaluation.answers import Answers
from ecgbook.evaluation.confusion import Outcomes, confusion_by_group, mean_of_defined, ratio
from ecgbook.evaluation.ranking import RANK_SCORES, Ranking
from ecgbook.evaluation.resampling import patient_weights

_BLOCK = 256  # patients that are left out, one each, in one go


class Drawn:
    """Replicates that count each patient as often as the weights say, (replicate, patient)."""

    def __init__(self, weights):
        self.weights, self._floats = weights, weights.astype(np.float64)  # which add up faster

    @classmethod
    def of_runs(cls, runs, n, seed):
        """Draw patients for one run after another, with seeds that follow each other."""
        for run, answers in enumerate(runs):
            yield cls(patient_weights(answers.patient.max() + 1, n, seed + run))

    def sums(self, counts):
        """Add up patients, (patient, …) to (replicate, …)."""
        return np.tensordot(self._floats, counts, axes=1)

    def ranks(self, ranking, names):
        """Return scores of rank by name, each of shape (replicate, column)."""
        return ranking.scores(self.weights, names)


class LeftOut:
    """All patients first, and then all but one, for each one in turn; methods as of `Drawn`."""

    def __init__(self, n_patients):
        self.n_patients = n_patients

    def sums(self, counts):
        """Take each patient off the total."""
        total = counts.sum(axis=0)
        return np.concatenate([total[None], total - counts])

    def ranks(self, ranking, names):
        """Weigh one patient after another with 0."""
        parts = []
        for first in range(-1, self.n_patients, _BLOCK):  # −1 leaves out nobody
            left_out = np.arange(first, min(first + _BLOCK, self.n_patients))
            weights = left_out[:, None] != np.arange(self.n_patients)
            parts.append(ranking.scores(weights.astype(np.int32), names))
        return {name: np.concatenate([part[name] for part in parts]) for name in names}


class Totals:
    """What the patients of each replicate add up to: arrays of shape (replicate, …)."""

    def __init__(self, answers, draws, ranked):
        self.answers, self.draws, self.ranked = answers, draws, ranked

    @cached_property
    def outcomes(self):
        """Outcomes of each column, four arrays of shape (replicate, column)."""
        return Outcomes(*np.moveaxis(self.draws.sums(self.answers.outcomes), 1, 0))

    @cached_property
    def matrix(self):
        """Confusion matrices of a single label, shape (replicate, class, class)."""
        own = self.answers
        y_true, y_pred = own.positive.argmax(axis=1), own.called.argmax(axis=1)
        return self.draws.sums(confusion_by_group(y_true, y_pred, len(own.columns), own.patient)[1])

    @property
    def right(self):
        """Share of samples that are right in every class, shape (replicate,)."""
        own = self.answers
        wrong = (own.counted & (own.called != own.positive))[:, own.classes].any(axis=1)
        return self._mean(~wrong, np.ones(len(wrong)))

    @property
    def brier(self):
        """Mean squared error of the probability, shape (replicate, column)."""
        own = self.answers
        return self._mean(own.counted * (own.probability - own.positive) ** 2, own.counted)

    @cached_property
    def ranks(self):
        """The scores of rank by name, each of shape (replicate, column)."""
        own = self.answers
        ranking = Ranking(own.positive, own.probability, own.patient, own.counted)
        return self.draws.ranks(ranking, self.ranked)

    def _mean(self, values, weights):
        return ratio(*(self.draws.sums(self.answers.by_patient(x)) for x in (values, weights)))


def replicates(answers, asked, draws):
    """Compute the scores of a list of `Query`.

    Returns
    -------
    dict of (score, class) to (values, support)
        ``values`` of shape (replicate,), and ``support`` of shape (patient,): how many samples of
        each patient the score rests on.
    """
    every = answers.by_patient(np.ones(len(answers.patient)))
    rows, totals = {}, {}
    for view in {q.view for q in asked}:
        shown = {"pooled": Answers.pooled, "ec57": Answers.ec57}.get(view, lambda x: x)(answers)
        ranked = {q.name for q in asked if q.view == view} & set(RANK_SCORES)
        totals[view] = Totals(shown, draws, sorted(ranked))
    for q in asked:
        own = totals[q.view]
        if q.is_whole:
            rows[q.name, "all"] = q.score.whole(own), every
            continue
        values, title = q.score.column(own), q.name
        support = own.answers.support(q.score.rests_on)
        if q.view == "ec57":
            title = f"ec57_{q.name}"
            # As in the j-kappa a replicate without a value counts as 0, if the class is there.
            is_there = own.answers.support("positives").any(axis=0)
            values = np.where(is_there, np.nan_to_num(values), values)
        if q.view != "macro":
            columns = zip(own.answers.columns, values.T, support.T, strict=True)
            rows |= {(title, name): column for name, *column in columns}
        if q.has_mean:
            rows[q.name, "macro"] = mean_of_defined(values[:, own.answers.classes]), every
    return rows
