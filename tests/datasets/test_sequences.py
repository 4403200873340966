import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook import PatientLeak, RecordInvalid
from ecgbook.datasets.sequences import class_sorted_sequences, majority_vote
from ecgbook.evaluation import confusion_matrix, ec57_scores

# N, S, V and F of DS2, and a weak classifier of single beats (rows: reference) whose V has
# sensitivity 0.86 and positive predictivity about 0.755, and whose S has 0.50 and 0.27.
DS2_BEATS = (44259, 1837, 3221, 388)
WEAK = np.array(
    [
        [0.934, 0.050, 0.016, 0.000],
        [0.420, 0.500, 0.080, 0.000],
        [0.060, 0.080, 0.860, 0.000],
        [0.600, 0.000, 0.300, 0.100],
    ]
)


def weak_classifier():
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat(np.arange(4), DS2_BEATS))
    draw = rng.random(len(y))[:, None]
    return y, (draw > WEAK.cumsum(axis=1)[y]).sum(axis=1)


def scores(y, y_pred):
    result = ec57_scores(confusion_matrix(y, y_pred, 4))
    return result["sensitivity"], result["ppv"]


def test_the_weak_classifier_is_as_weak_as_stated():
    sensitivity, ppv = scores(*weak_classifier())
    np.testing.assert_allclose(sensitivity, [0.50, 0.86], atol=0.03)
    np.testing.assert_allclose(ppv, [0.27, 0.755], atol=0.03)


def test_sorting_by_class_makes_a_weak_classifier_look_perfect():
    y, y_pred = weak_classifier()
    sequences = class_sorted_sequences(y, seed=0, leaky="to show what it does")
    sensitivity, ppv = scores(y, majority_vote(y_pred, sequences, 4))
    assert sensitivity[1] > 0.995
    assert ppv[1] > 0.99
    assert ppv[0] > 0.99


def test_neighbours_in_time_give_no_such_help():
    y, y_pred = weak_classifier()
    sequences = np.arange(len(y) // 10 * 10).reshape(-1, 10)
    assert scores(y, majority_vote(y_pred, sequences, 4))[0].max() < 0.05


def test_nearly_all_class_sorted_sequences_hold_one_class():
    y, _ = weak_classifier()
    of_sequence = y[class_sorted_sequences(y, seed=1, leaky="a test")]
    mixed = (of_sequence != of_sequence[:, :1]).any(axis=1).sum()
    assert mixed <= 3  # at most one where a class ends
    assert of_sequence.shape == (len(y) // 10, 10)


def test_class_sorted_sequences_are_shuffled_inside_the_class():
    y = np.zeros(1000, int)
    one, same, other = (class_sorted_sequences(y, seed=s, leaky="a test") for s in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one.ravel(), np.arange(1000))


def test_class_sorted_sequences_need_a_reason():
    with pytest.raises(PatientLeak, match="say why with leaky"):
        class_sorted_sequences(np.zeros(10, int), seed=0, leaky="")


def test_too_few_beats_are_refused():
    with pytest.raises(RecordInvalid, match="sequence of 4"):
        class_sorted_sequences(np.zeros(3, int), 4, seed=0, leaky="a test")


def test_a_tie_goes_to_the_lower_class():
    assert majority_vote([2, 1, 1, 2], np.array([[0, 1, 2, 3]]), 3).tolist() == [1, 1, 1, 1]


@given(st.lists(st.integers(0, 3), min_size=12, max_size=60), st.integers(1, 6))
def test_voting_equals_the_loop(labels, length):
    y_pred = np.array(labels)
    sequences = class_sorted_sequences(y_pred[::-1], length, seed=0, leaky="a test")
    expected = y_pred.copy()
    for sequence in sequences:
        votes = [int((y_pred[sequence] == c).sum()) for c in range(4)]
        expected[sequence] = votes.index(max(votes))
    np.testing.assert_array_equal(majority_vote(y_pred, sequences, 4), expected)
