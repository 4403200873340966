import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import Threshold, choose_threshold, choose_thresholds


@st.composite
def scored(draw):
    n = draw(st.integers(2, 30))
    y = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    assume(0 < y.sum() < n)
    score = draw(st.lists(st.sampled_from([-1.0, 0.0, 0.2, 0.5, 0.9]), min_size=n, max_size=n))
    return y, np.array(score)


def youden(y, y_pred):
    return metrics.balanced_accuracy_score(y, y_pred) * 2 - 1


def g_mean(y, y_pred):
    return np.sqrt(metrics.recall_score(y, y_pred) * metrics.recall_score(1 - y, ~y_pred))


CRITERIA = [("f1", metrics.f1_score), ("youden", youden), ("g_mean", g_mean)]


@settings(deadline=None, max_examples=50)
@given(scored(), st.sampled_from(CRITERIA))
def test_no_threshold_is_better(case, criterion):
    y, score = case
    name, function = criterion
    chosen = choose_threshold(y, score, name)
    best = max((function(y, score >= t), t) for t in np.unique(score))
    assert chosen.reached == pytest.approx(best[0])
    assert chosen.reached == pytest.approx(function(y, score >= chosen.value))
    equals = [t for t in np.unique(score) if np.isclose(function(y, score >= t), best[0])]
    assert chosen.value in equals


@settings(deadline=None, max_examples=50)
@given(scored(), st.sampled_from([0.25, 0.5, 0.9]))
def test_bounds_are_kept(case, at_least):
    y, score = case
    every = [
        (metrics.recall_score(y, score >= t), metrics.recall_score(1 - y, score < t), t)
        for t in np.unique(score)
    ]
    chosen = choose_threshold(y, score, "specificity", at_least=at_least)
    assert chosen.reached == max(sp for se, sp, _ in every if se >= at_least)
    allowed = [se for se, sp, _ in every if sp >= at_least]
    if allowed:
        chosen = choose_threshold(y, score, "sensitivity", at_least=at_least)
        assert chosen.reached == max(allowed)
    else:
        with pytest.raises(ScoreInvalid, match="no threshold"):
            choose_threshold(y, score, "sensitivity", at_least=at_least)


def test_of_equal_thresholds_the_highest_is_taken():
    # 0.3 and 0.9 both give J = 1/2: one of two found at no false alarm, or both at one of two.
    chosen = choose_threshold([1, 0, 1, 0], [0.9, 0.5, 0.3, 0.1], "youden")
    assert chosen == Threshold(0.9, "youden", 0.5)


def test_constant_scores_leave_one_threshold():
    assert choose_threshold([0, 1, 1], [0.4, 0.4, 0.4]) == Threshold(0.4, "f1", 0.8)


@pytest.mark.parametrize(
    ("y", "score", "criterion", "at_least", "message"),
    [
        ([1, 1], [0.1, 0.2], "f1", None, "one class only"),
        ([0, 0], [0.1, 0.2], "f1", None, "one class only"),
        ([0, 1], [0.1, np.nan], "f1", None, "NaN"),
        ([0, 1], [0.1], "f1", None, "shape"),
        ([0, 2], [0.1, 0.2], "f1", None, "unknown class 2"),
        ([0, 1], [0.1, 0.2], "accuracy", None, "unknown criterion 'accuracy'"),
        ([0, 1], [0.1, 0.2], "sensitivity", None, "needs at_least"),
        ([0, 1], [0.1, 0.2], "f1", 0.5, "takes no at_least"),
        ([1, 0], [0.1, 0.2], "sensitivity", 0.9, "no threshold"),
    ],
)
def test_bad_input_is_refused(y, score, criterion, at_least, message):
    with pytest.raises(ScoreInvalid, match=message):
        choose_threshold(y, score, criterion, at_least=at_least)


def test_each_class_has_the_threshold_that_it_would_have_alone():
    rng = np.random.default_rng(0)
    y, probability = rng.random((80, 3)) < [0.2, 0.4, 0.6], np.round(rng.random((80, 3)), 1)
    for options in ({}, {"criterion": "g_mean"}, {"criterion": "specificity", "at_least": 0.9}):
        expected = [choose_threshold(y[:, k], probability[:, k], **options).value for k in range(3)]
        np.testing.assert_array_equal(choose_thresholds(y, probability, **options), expected)


def test_labels_that_are_not_known_choose_nothing():
    y = np.array([[1, 0], [0, 1], [0, 0], [np.nan, -1]])
    probability = np.array([[0.6, 0.2], [0.3, 0.4], [0.1, 0.1], [0.9, 0.9]])
    chosen = choose_thresholds(y, probability)
    np.testing.assert_array_equal(chosen, choose_thresholds(y[:3] > 0, probability[:3]))


@pytest.mark.parametrize(
    ("y", "probability", "message"),
    [
        ([[True, False], [True, True]], np.zeros((2, 2)), "y_valid of class 0 holds one class"),
        ([[True, False], [False, True]], np.zeros((2, 3)), "shape"),
        ([0, 1], np.zeros((2, 2)), "multi-hot"),
    ],
)
def test_bad_labels_of_several_classes_are_refused(y, probability, message):
    with pytest.raises(ScoreInvalid, match=message):
        choose_thresholds(y, probability)
