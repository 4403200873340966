import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from ecgbook.errors import EcgError, ScoreInvalid
from ecgbook.evaluation import confusion


@st.composite
def labels(draw, n_classes=4):
    n = draw(st.integers(1, 40))
    one = st.lists(st.integers(0, n_classes - 1), min_size=n, max_size=n)
    return np.array(draw(one)), np.array(draw(one))


@settings(deadline=None, max_examples=50)
@given(labels())
def test_every_score_equals_scikit_learn(pair):
    y_true, y_pred = pair
    counts = confusion.confusion_matrix(y_true, y_pred, 4)
    kinds = {"labels": range(4), "average": None, "zero_division": np.nan}
    np.testing.assert_array_equal(counts, metrics.confusion_matrix(y_true, y_pred, labels=range(4)))
    np.testing.assert_allclose(
        confusion.sensitivity(counts), metrics.recall_score(y_true, y_pred, **kinds)
    )
    np.testing.assert_allclose(
        confusion.positive_predictivity(counts), metrics.precision_score(y_true, y_pred, **kinds)
    )
    assert np.isclose(confusion.accuracy(counts), metrics.accuracy_score(y_true, y_pred))
    assert np.isclose(
        confusion.macro_f1(counts),
        metrics.f1_score(y_true, y_pred, average="macro", zero_division=0),
    )


@settings(deadline=None, max_examples=50)
@given(labels())
def test_balanced_accuracy_and_kappa_equal_scikit_learn(pair):
    y_true, y_pred = pair
    counts = confusion.confusion_matrix(y_true, y_pred, 4)
    present = np.unique(y_true)
    recall = metrics.recall_score(y_true, y_pred, labels=present, average="macro")
    assert np.isclose(confusion.balanced_accuracy(counts), recall)
    if len(np.union1d(y_true, y_pred)) == 1:
        assert np.isnan(confusion.cohen_kappa(counts))
    else:
        kappa = metrics.cohen_kappa_score(y_true, y_pred)
        assert np.isclose(confusion.cohen_kappa(counts), kappa)


def test_a_class_without_samples_has_no_sensitivity_and_one_never_predicted_no_ppv():
    counts = np.array([[3, 0, 1], [2, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(np.isnan(confusion.sensitivity(counts)), [0, 0, 1])
    np.testing.assert_array_equal(np.isnan(confusion.positive_predictivity(counts)), [0, 1, 0])
    # F1: 6/9; there, never found: 0; never there, once said: 0.
    np.testing.assert_allclose(confusion.f1(counts), [6 / 9, 0, 0])


@pytest.mark.parametrize(
    "score",
    [
        confusion.sensitivity,
        confusion.positive_predictivity,
        confusion.f1,
        confusion.macro_f1,
        confusion.accuracy,
        confusion.balanced_accuracy,
        confusion.cohen_kappa,
    ],
)
def test_many_matrices_at_once_score_as_one_by_one(score):
    counts = np.random.default_rng(1).integers(0, 3, size=(2, 30, 4, 4))
    singly = [[score(matrix) for matrix in row] for row in counts]
    np.testing.assert_array_equal(score(counts), singly)


def test_matrices_of_groups():
    names, counts = confusion.confusion_by_group(
        [0, 1, 1, 0], [0, 1, 0, 1], 2, ["b", "a", "a", "b"]
    )
    assert list(names) == ["a", "b"]
    np.testing.assert_array_equal(counts, [[[0, 0], [1, 1]], [[1, 1], [0, 0]]])


@settings(deadline=None, max_examples=50)
@given(labels(), st.integers(1, 5))
def test_matrices_of_groups_add_up_to_the_whole(pair, n_groups):
    group = np.arange(len(pair[0])) % n_groups
    _, counts = confusion.confusion_by_group(*pair, 4, group)
    np.testing.assert_array_equal(counts.sum(0), confusion.confusion_matrix(*pair, 4))


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([], [], "with a sample"),
        ([[0]], [[0]], "shape"),
        ([0, 1], [0], "2 labels in y_true but 1"),
        ([0, 3], [0, 1], "unknown class 3"),
        ([0, 1], [0, -1], "unknown class -1"),
        ([0.0, 1.0], [0, 1], "class numbers"),
        ([0, 1], [0.0, np.nan], "class numbers"),
        (["N", "V"], [0, 1], "classes.index"),
    ],
)
def test_bad_labels_are_refused(y_true, y_pred, message):
    with pytest.raises(ScoreInvalid, match=message) as error:
        confusion.confusion_matrix(y_true, y_pred, 3)
    assert isinstance(error.value, EcgError)


@pytest.mark.parametrize(
    ("group", "message"),
    [(["a"], "one entry a sample"), (["a", None], "missing for 1 of 2"), ([0, np.nan], "missing")],
)
def test_groups_that_do_not_fit_are_refused(group, message):
    with pytest.raises(ScoreInvalid, match=f"group.*{message}"):
        confusion.confusion_by_group([0, 1], [0, 1], 2, group)
