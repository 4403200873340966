"""A linear model for several labels at once, with probabilities."""

import numpy as np
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.utils.validation import check_is_fitted

from ecgbook.errors import ScoreInvalid

__all__ = ["LabelRidge"]


class LabelRidge(ClassifierMixin, BaseEstimator):
    """Ridge regression on 1 and -1 for each label, and what its answers are worth as probabilities.

    The penalty of each label is the one with the smallest squared error when every example in turn
    is left out. A logistic curve through the same answers, each given without its own example,
    turns later ones into probabilities.

    Parameters
    ----------
    alphas : sequence of float, optional
        Penalties to choose from, for standardised features; by default two a decade from 10 to 10⁶.

    Attributes
    ----------
    alpha_
        The penalties chosen, shape (class,).
    left_out_
        What the training examples are answered without themselves, shape (example, class).

    Notes
    -----
    Leaving out one example leaves in others of the same patient: with several a patient, penalties
    come out a little small and probabilities a little sure.

    References
    ----------
    Platt 1999, Probabilistic outputs for support vector machines, for the curve and for its
    targets, which are never quite 0 or 1.
    """

    def __init__(self, alphas=None):
        self.alphas = alphas

    def fit(self, x, y):
        """Learn from features (example, feature) and labels (example, class) of 0 and 1.

        A label that all examples have or none has gets the same answer for everyone.
        """
        y = np.asarray(y)
        if y.ndim != 2 or len(y) != len(x) or not np.isin(y, (0, 1)).all():
            raise ScoreInvalid(
                f"LabelRidge needs labels of 0 and 1 (example, class) for {len(x)} examples, got "
                f"{y.dtype} of shape {y.shape}"
            )
        alphas = np.logspace(1, 6, 11) if self.alphas is None else np.asarray(self.alphas, float)
        # With a scoring of its own, RidgeCV keeps answers; without, their squared errors.
        how = {"scoring": "neg_mean_squared_error", "store_cv_results": True}
        ridge = RidgeCV(alphas, alpha_per_target=True, **how).fit(x, 2.0 * y - 1)
        self.coef_, self.intercept_, self.alpha_ = ridge.coef_, ridge.intercept_, ridge.alpha_
        chosen = np.searchsorted(alphas, ridge.alpha_)
        self.left_out_ = ridge.cv_results_[:, np.arange(y.shape[1]), chosen]
        curves = [_curve(*pair) for pair in zip(self.left_out_.T, y.T, strict=True)]
        self.slope_, self.offset_ = np.array(curves).T
        return self

    def decision_function(self, x):
        """Return answers (example, class): above 0 for a label that is rather there than not."""
        check_is_fitted(self, "coef_")
        return np.asarray(x) @ self.coef_.T + self.intercept_

    def predict_proba(self, x):
        """Return a probability for each label, (example, class)."""
        return expit(self.decision_function(x) * self.slope_ + self.offset_)

    def predict(self, x):
        """Return which labels are there, bool (example, class)."""
        return self.decision_function(x) > 0


def _curve(answer, positive):
    """Return slope and offset of the logistic curve from answers to labels."""
    n, some = len(positive), int(positive.sum())
    if some in (0, n):
        return 0.0, logit((some + 1) / (n + 2))
    # Both outcomes of every example, weighted: a target of 0.9 is nine parts 1 and one part 0.
    target = np.where(positive, (some + 1) / (some + 2), 1 / (n - some + 2))
    model = LogisticRegression(C=np.inf)
    twice = np.concatenate([answer, answer])[:, None]
    model.fit(twice, np.repeat([1, 0], n), sample_weight=np.concatenate([target, 1 - target]))
    return model.coef_[0, 0], model.intercept_[0]
