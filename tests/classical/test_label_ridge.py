"""A ridge for several labels against refits of scikit-learn without each example."""

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import Ridge

from ecgbook.classical.label_ridge import LabelRidge
from ecgbook.errors import ScoreInvalid

ALPHAS = (1.0, 10.0, 100.0)


def examples(n=30, features=40, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, features))
    return x, np.stack([x[:, 0] + rng.normal(size=n) > 0, x[:, 1] > 0.5], axis=1)


@pytest.mark.parametrize("features", [10, 40])  # fewer than examples, and more
def test_each_label_has_the_penalty_that_is_best_without_each_example(features):
    x, y = examples(features=features)
    model = LabelRidge(ALPHAS).fit(x, y)
    answers = np.empty((len(ALPHAS), *y.shape))
    for row, alpha in zip(answers, ALPHAS, strict=True):
        for i in range(len(x)):
            rest = np.arange(len(x)) != i
            row[i] = Ridge(alpha).fit(x[rest], 2.0 * y[rest] - 1).predict(x[i : i + 1])[0]
    best = np.square(answers - (2.0 * y - 1)).mean(axis=1).argmin(axis=0)
    np.testing.assert_array_equal(model.alpha_, np.take(ALPHAS, best))
    for label in range(2):
        np.testing.assert_allclose(model.left_out_[:, label], answers[best[label], :, label])
        ridge = Ridge(model.alpha_[label]).fit(x, 2.0 * y[:, label] - 1)
        np.testing.assert_allclose(model.decision_function(x)[:, label], ridge.predict(x))
    np.testing.assert_array_equal(model.predict(x), model.decision_function(x) > 0)


def test_probabilities_lie_on_platts_curve():
    x, y = examples(n=60)
    model = LabelRidge(ALPHAS).fit(x, y)
    for label in range(2):
        answer, there = model.left_out_[:, label], y[:, label]
        some = there.sum()
        target = np.where(there, (some + 1) / (some + 2), 1 / (len(there) - some + 2))

        def loss(curve, answer=answer, target=target):
            z = curve[0] * answer + curve[1]
            return (np.logaddexp(0, z) - target * z).sum()

        slope, offset = minimize(loss, [0.0, 0.0]).x
        expected = 1 / (1 + np.exp(-(slope * model.decision_function(x)[:, label] + offset)))
        np.testing.assert_allclose(model.predict_proba(x)[:, label], expected, atol=2e-3)


def test_a_label_that_nobody_or_everybody_has_is_answered_alike():
    x, y = examples()
    y = np.stack([y[:, 0], np.zeros(30, bool), np.ones(30, bool)], axis=1)
    probability = LabelRidge(ALPHAS).fit(x, y).predict_proba(x)
    np.testing.assert_allclose(probability[:, 1], 1 / 32)
    np.testing.assert_allclose(probability[:, 2], 31 / 32)


@pytest.mark.parametrize("y", [np.zeros(30), np.full((30, 2), 2), np.zeros((29, 2))])
def test_labels_must_be_a_table_of_0_and_1(y):
    with pytest.raises(ScoreInvalid, match=r"labels of 0 and 1 \(example, class\) for 30 examples"):
        LabelRidge().fit(examples()[0], y)
