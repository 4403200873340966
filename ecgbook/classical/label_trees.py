"""Boosted trees for several labels at once, one set of trees a label."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils.validation import check_is_fitted

from ecgbook.errors import ScoreInvalid

__all__ = ["LabelTrees"]


class LabelTrees(ClassifierMixin, BaseEstimator):
    """Gradient-boosted trees on features that may be missing (NaN), for each label anew.

    A label that all examples have or none has gets the same answer for everyone.

    Parameters
    ----------
    rounds : int, default 100
        Trees a label, of at most 15 leaves.
    seed : int
        Kept for other settings: with these nothing is drawn.

    Examples
    --------
    >>> x, y = np.arange(100.0)[:, None], np.arange(100)[:, None] >= [50, 0]
    >>> LabelTrees(20).fit(x, y).predict_proba([[10.0], [90.0]]).round(1)
    array([[0.1, 1. ],
           [0.9, 1. ]])
    """

    def __init__(self, rounds=100, *, seed=0):
        self.rounds = rounds
        self.seed = seed

    def fit(self, x, y):
        """Learn from features (example, feature) and labels (example, class) of 0 and 1."""
        x, y = np.asarray(x), np.asarray(y)
        if y.ndim != 2 or len(y) != len(x) or not np.isin(y, (0, 1)).all():
            raise ScoreInvalid(
                f"LabelTrees needs labels of 0 and 1 (example, class) for {len(x)} examples, got "
                f"{y.dtype} of shape {y.shape}"
            )
        how = {"max_iter": self.rounds, "max_leaf_nodes": 15, "early_stopping": False}
        self.trees_ = []
        for own in y.T:
            trees = HistGradientBoostingClassifier(**how, random_state=self.seed)
            both = own.any() and not own.all()
            self.trees_.append(trees.fit(x, own) if both else float(own.any()))
        return self

    def predict_proba(self, x):
        """Return a probability for each label, (example, class)."""
        check_is_fitted(self, "trees_")
        x = np.asarray(x)
        said = [
            np.full(len(x), one) if isinstance(one, float) else one.predict_proba(x)[:, 1]
            for one in self.trees_
        ]
        return np.stack(said, axis=1)
