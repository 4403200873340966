import doctest

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ecgbook.classical import cascade as module
from ecgbook.classical.cascade import Cascade
from ecgbook.errors import ModelInvalid, ScoreInvalid

# Six beats of (score, class that level 2 would answer).
X = np.array([[0.1, 0], [0.2, 2], [0.5, 1], [0.6, 0], [0.9, 2], [0.3, 1]])


def first(x):
    return x[:, 0]


def second(x):
    return np.eye(3)[x[:, 1].astype(int)]


def refuse(*inputs):
    raise AssertionError("this level was asked")


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0


def test_low_scores_are_normal_and_level_2_classifies_the_others():
    predicted = Cascade(first, second, 0.5).predict(X)
    # Beat 3 is a false alarm put right; beats 1 and 5 are rejected and lost.
    np.testing.assert_array_equal(predicted, [0, 0, 1, 0, 2, 0])
    assert predicted.dtype == np.int64


def test_a_score_at_the_threshold_is_forwarded():
    classifier = Cascade(first, second, 0.3)
    np.testing.assert_array_equal(classifier.forwarded(X), [0, 0, 1, 1, 1, 1])


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 2)), min_size=1, max_size=20),
    st.sampled_from([-np.inf, 0.0, 0.25, 0.5, 1.0, np.inf]),
)
def test_every_beat_is_classified_as_if_it_came_alone(beats, threshold):
    predicted = Cascade(first, second, threshold).predict(np.array(beats))
    expected = [answer if score >= threshold else 0 for score, answer in beats]
    np.testing.assert_array_equal(predicted, expected)


def test_level_2_sees_only_what_is_forwarded_with_its_features():
    asked = []

    def second(x, rr, age):
        asked.append((x, rr, age))
        return np.tile([0.2, 0.5, 0.3], (len(x), 1))

    rr, age = np.arange(12.0).reshape(6, 2), np.arange(6)
    predicted = Cascade(first, second, 0.6).predict(X, rr, age)
    np.testing.assert_array_equal(predicted, [0, 0, 0, 1, 1, 0])
    ((x, seen_rr, seen_age),) = asked
    np.testing.assert_array_equal(x, X[3:5])
    np.testing.assert_array_equal(seen_rr, [[6, 7], [8, 9]])
    np.testing.assert_array_equal(seen_age, [3, 4])


def test_if_nothing_is_forwarded_level_2_is_not_asked():
    for threshold in (0.91, np.inf):
        predicted = Cascade(first, refuse, threshold).predict(X)
        np.testing.assert_array_equal(predicted, np.zeros(6))


def test_if_all_is_forwarded_the_answer_is_that_of_level_2():
    for threshold in (0.1, -np.inf):
        predicted = Cascade(first, second, threshold).predict(X)
        np.testing.assert_array_equal(predicted, X[:, 1])


def test_level_1_is_not_asked_twice():
    forwarded = np.array([True, False, False, True, True, True])
    cascade = Cascade(refuse, second, 0.5)
    np.testing.assert_array_equal(cascade.predict(X, forwarded=forwarded), [0, 0, 0, 0, 2, 1])
    with pytest.raises(ScoreInvalid, match=r"lengths \[5, 6\]"):
        cascade.predict(X, forwarded=forwarded[1:])


def test_tensors_of_float32_are_taken():
    x = torch.tensor(X, dtype=torch.float32)

    def one_hot(x):
        return torch.nn.functional.one_hot(x[:, 1].long(), 3).float()

    # As a float64, 0.3 of float32 is a little more than 0.3.
    classifier = Cascade(first, one_hot, float(np.float32(0.3)))
    np.testing.assert_array_equal(classifier.predict(x), [0, 0, 1, 0, 2, 1])


def test_a_threshold_without_value_is_refused():
    with pytest.raises(ModelInvalid, match="is NaN: no beat would be forwarded"):
        Cascade(first, second, np.nan)


def test_a_score_without_value_is_refused_not_called_normal():
    x = X.copy()
    x[[2, 4], 0] = np.nan
    with pytest.raises(ScoreInvalid, match="scores 2 of 6 beats NaN, the first is beat 2"):
        Cascade(first, second, 0.5).predict(x)


def test_one_score_a_beat_is_asked_for():
    with pytest.raises(ScoreInvalid, match=r"one score a beat: \(6, 2\) for 6 beats"):
        Cascade(lambda x: x, second, 0.5).predict(X)


@pytest.mark.parametrize(
    "answer", [np.ones(3), np.ones((6, 3)), np.array([[0, 1], [0, np.nan], [1, 0]])]
)
def test_a_row_of_numbers_a_beat_is_asked_of_level_2(answer):
    with pytest.raises(ScoreInvalid, match="each of 3 beats"):
        Cascade(first, lambda x: answer, 0.5).predict(X)


def test_inputs_of_different_length_are_refused():
    with pytest.raises(ScoreInvalid, match=r"lengths \[6, 6, 5\]"):
        Cascade(first, refuse, 0.5).predict(X, np.zeros(5))
