"""Boosted trees for several labels."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from ecgbook.classical.label_trees import LabelTrees
from ecgbook.errors import ScoreInvalid

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3))
Y = np.c_[X[:, 0] > 0, X[:, 1] > 0.5]


def test_each_label_has_the_trees_of_scikit_learn():
    how = {"max_iter": 20, "max_leaf_nodes": 15, "early_stopping": False, "random_state": 0}
    said = LabelTrees(20).fit(X, Y).predict_proba(X)
    for own, column in zip(Y.T, said.T, strict=True):
        expected = HistGradientBoostingClassifier(**how).fit(X, own).predict_proba(X)[:, 1]
        np.testing.assert_array_equal(column, expected)


def test_features_may_be_missing():
    x = np.where(RNG.random(X.shape) < 0.2, np.nan, X)
    assert np.isfinite(LabelTrees(5).fit(x, Y).predict_proba(x)).all()


def test_a_label_that_all_or_none_have_is_said_of_everyone():
    y = np.c_[np.ones(200), np.zeros(200), Y[:, 0]]
    said = LabelTrees(5).fit(X, y).predict_proba(X[:4])
    assert said[:, :2].tolist() == [[1, 0]] * 4


def test_classes_by_number_are_refused():
    with pytest.raises(ScoreInvalid, match="labels of 0 and 1"):
        LabelTrees().fit(X, np.arange(200))
