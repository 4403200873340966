"""Several models, one answer: votes, the best k, and a regression on what the models say.

Every function takes the probabilities of all models as one array of shape (model, example, class).
`ScoreInvalid` is raised if the models differ in shape, a value is NaN or no probability, or labels
and examples differ in number.

>>> soft_vote([[[0.9, 0.1]], [[0.4, 0.6]], [[0.4, 0.6]]]).round(2)
array([[0.57, 0.43]])
>>> hard_vote([[[0.9, 0.1]], [[0.4, 0.6]], [[0.4, 0.6]]]).round(2)
array([[0.33, 0.67]])
"""

import numpy as np
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from ecgbook.errors import ModelInvalid, ScoreInvalid
from ecgbook.evaluation._checks import checked_labels, numbered_groups
from ecgbook.evaluation.reporting import score
from ecgbook.evaluation.scores import query

__all__ = ["Stacked", "hard_vote", "ranked", "soft_vote", "top_k"]


def soft_vote(probability):
    """Return the mean of the models' probabilities, shape (example, class)."""
    return _checked(probability).mean(axis=0)


def hard_vote(probability):
    """Return which share of the models answers with each class, shape (example, class).

    A model that holds several classes for equally likely answers with the first of them. Where
    two classes get equally many votes, both have the same share: ``argmax`` takes the first.
    """
    probability = _checked(probability)
    return np.eye(probability.shape[2])[probability.argmax(axis=2)].mean(axis=0)


def ranked(task, y, probability, *, select=None):
    """Return the positions of the models, the best one first, an array of int.

    Parameters
    ----------
    task : ecgbook.tasks.Task
        Of one or of several labels.
    y : array
        Labels of the examples, as for `ecgbook.evaluation.report`: of a validation part.
    probability : array, shape (model, example, class)
    select : str, optional
        The score that decides, that of the task if left out; an error rate counts as better
        where it is lower. Equally good models keep their order; those without a score come last.

    Raises
    ------
    ScoreInvalid
        If there is one model only, or the score is not to be had.

    Notes
    -----
    A ranking on the test part has looked at the answers: the best of eight models looks better
    there than it is. So published ensembles of heartbeats often report the highest of several
    test scores. Rank on validation, and test the one ensemble that is chosen.
    """
    probability, select = _checked(probability, least=2), _decides(task, select)
    return np.argsort([-_goodness(task, y, p, select) for p in probability], kind="stable")


def top_k(task, y_valid, valid, *, select=None, combine=soft_vote):
    """Choose on validation which of the best models to combine.

    The models are ranked, and the first 1, 2, … of them combined; the best of these ensembles is
    taken, the smallest among equals. Nothing is seen of the test part, unlike in the published
    way, where both the ranking and k are those with the highest test score: see `ranked`.

    Parameters
    ----------
    task, y_valid, select
        As for `ranked`, and errors likewise.
    valid : array, shape (model, example, class)
        Probabilities of the validation part.
    combine : callable, default `soft_vote`
        Makes of the probabilities of some models one, shape (example, class).

    Returns
    -------
    array of int, shape (k,)
        Positions of the models, the best first: ``combine(test[chosen])``.

    Examples
    --------
    Model 1 is the best. Model 0 mends its only error, model 2 spoils this again:

    >>> from ecgbook import tasks
    >>> of_v = np.array([[0.4, 0.6, 0.9, 0.4], [0.1, 0.1, 0.45, 0.8], [0.9, 0.9, 0.1, 0.1]])
    >>> valid = np.stack([1 - of_v, of_v], axis=2)
    >>> top_k(tasks.single_label("NV", select="accuracy"), [0, 0, 1, 1], valid)
    array([1, 0])
    """
    select, valid = _decides(task, select), _checked(valid, least=2)
    order = ranked(task, y_valid, valid, select=select)
    ensembles = [combine(valid[order[: k + 1]]) for k in range(len(order))]
    goodness = [_goodness(task, y_valid, ensemble, select) for ensemble in ensembles]
    return order[: np.argmax(goodness) + 1]


def _decides(task, select):
    select = task.select if select is None else select
    if select == "loss":
        raise ScoreInvalid("models are ranked by a score, not by the loss: name one in select")
    return select


def _goodness(task, y, probability, select):
    """Return a score as a number of which more is better; a score without a value is worst."""
    value = score(task, y, probability, select)
    sign = 1 if query(select, task).score.higher_is_better else -1
    return -np.inf if np.isnan(value) else sign * value


class Stacked:
    """A multinomial logistic regression on the logarithms of all models' probabilities.

    Logarithms, for the regression can then be a weighted product of the models. Each of the
    model × class columns is brought to mean 0 and standard deviation 1 of the examples learnt
    from, so that weights can be compared. Learn from examples that the models have not seen, such
    as the validation part: of its own training examples a model is far too sure (Wolpert 1992).

    Parameters
    ----------
    C : float, default 1
        As in scikit-learn: the smaller, the more the weights are drawn to 0 (an L2 penalty of
        ``1 / (2 C)`` beside the sum of the losses).
    floor : float, default 1e-6
        Smaller probabilities count as this one, as 0 has no logarithm.

    Notes
    -----
    After `fit`, ``weights``, shape (class, model, class), hold what a standard deviation more of
    log p(last class) by a model adds to the logit of the first class; over the first axis they add
    up to 0. ``bias``, shape (class,), is −∞ for a class that was not learnt from.

    References
    ----------
    Wolpert (1992), https://doi.org/10.1016/S0893-6080(05)80023-1.

    Examples
    --------
    The first model knows the class, the second guesses:

    >>> y, guess = np.arange(40) % 2, np.arange(40) // 2 % 2
    >>> probability = np.array([np.eye(2)[y], np.eye(2)[guess]]) * 0.8 + 0.1
    >>> stacked = Stacked().fit(y, probability)
    >>> stacked.predict_proba(probability)[:2].argmax(axis=1)
    array([0, 1])
    >>> int(np.abs(stacked.weights).max(axis=(0, 2)).argmax())
    0
    """

    def __init__(self, *, C=1.0, floor=1e-6):
        if not (C > 0 and 0 < floor < 1):
            raise ModelInvalid(f"C must be above 0, floor between 0 and 1, got {C} and {floor}")
        self.C, self.floor = C, floor
        self.weights = self.bias = None

    def fit(self, y, probability):
        """Learn from class numbers (example,) and probabilities (model, example, class).

        Returns itself. `ScoreInvalid` is also raised for one model alone, or one class.
        """
        y, probability = _checked_pair(y, probability)
        if np.ptp(y) == 0:
            raise ScoreInvalid(f"all {len(y)} examples are of class {y[0]}: nothing to learn")
        return self._fit(y, probability)

    def predict_proba(self, probability):
        """Return probabilities (example, class) from those of the same models, in their order."""
        if self.weights is None:
            raise ModelInvalid("this ensemble has not learnt yet: call fit first")
        probability, wanted = _checked(probability), self.weights.shape[1:]
        if probability.shape[::2] != wanted:
            raise ScoreInvalid(
                f"learnt from {wanted[0]} models and {wanted[1]} classes, got probabilities of "
                f"shape {probability.shape}"
            )
        x = self._scaler.transform(self._flat(probability))
        return softmax(x @ self.weights.reshape(wanted[1], -1).T + self.bias, axis=1)

    def cross_fitted(self, y, probability, patient, *, k=5, seed=0):
        """Return probabilities (example, class) by regressions on other patients' examples.

        They show how good the ensemble is on the examples that it learns from. This one is left
        as it is. A class that the patients learnt from do not have gets probability 0.

        Parameters
        ----------
        y, probability
            As for `fit`, and errors likewise.
        patient : array, shape (example,)
            Whose example it is; with one patient alone `ScoreInvalid` is raised.
        k, seed : int
            Parts that the patients are drawn into, at most as many as there are patients.
        """
        y, probability = _checked_pair(y, probability)
        person, names = numbered_groups(patient, len(y), "patient")
        if len(names) < 2 or k < 2:
            raise ScoreInvalid(
                f"{len(names)} patients, {k} parts: it takes two of each or more, to learn from "
                f"some and answer for others"
            )
        made = np.empty(probability.shape[1:])
        folds = GroupKFold(min(k, len(names)), shuffle=True, random_state=seed)
        for learnt, held_out in folds.split(y, groups=person):
            one = Stacked(C=self.C, floor=self.floor)._fit(y[learnt], probability[:, learnt])
            made[held_out] = one.predict_proba(probability[:, held_out])
        return made

    def _fit(self, y, probability):
        models, _, classes = probability.shape
        there = np.unique(y)
        weights, self.bias = np.zeros((classes, models * classes)), np.full(classes, -np.inf)
        self._scaler = StandardScaler().fit(self._flat(probability))
        self.bias[there] = 0.0
        if len(there) > 1:
            x = self._scaler.transform(self._flat(probability))
            found = LogisticRegression(C=self.C, max_iter=2000).fit(x, y)
            both = len(there) == 2  # of which scikit-learn keeps the difference of the logits
            halves = np.array([[-0.5], [0.5]]) if both else np.eye(len(there))
            weights[there] = halves @ found.coef_
            self.bias[there] = halves @ found.intercept_
        self.weights = weights.reshape(classes, models, classes)
        return self

    def _flat(self, probability):
        """Return logarithms, (model, example, class) to (example, model × class)."""
        logs = np.log(np.maximum(probability, self.floor))
        return logs.transpose(1, 0, 2).reshape(logs.shape[1], -1)


def _checked_pair(y, probability):
    probability = _checked(probability, least=2)
    y = checked_labels(y, probability.shape[2], "y")
    if len(y) != probability.shape[1]:
        raise ScoreInvalid(f"{len(y)} labels in y but {probability.shape[1]} examples")
    return y, probability


def _checked(probability, least=1):
    """Return the probabilities of all models as float64, shape (model, example, class)."""
    shapes = list(dict.fromkeys(np.shape(one) for one in probability))
    if len(shapes) != 1 or len(shapes[0]) != 2 or 0 in shapes[0]:
        raise ScoreInvalid(
            f"every model needs probabilities of one shape (example, class), got "
            f"{', '.join(map(str, shapes)) or 'no model'}"
        )
    probability = np.asarray(probability, dtype=np.float64)
    if len(probability) < least:
        raise ScoreInvalid("one model alone is no ensemble: two or more are needed")
    bad = ~((probability >= 0) & (probability <= 1)).all(axis=(1, 2))  # which NaN is not
    if bad.any():
        raise ScoreInvalid(
            f"model {bad.argmax()} gives NaN or numbers outside 0 to 1; pass logits through "
            f"Task.probability first, or look for a diverged model"
        )
    return probability
