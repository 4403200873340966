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
def test_matrix_and_kappa_equal_scikit_learn(pair):
    y_true, y_pred = pair
    counts = confusion.confusion_matrix(y_true, y_pred, 4)
    np.testing.assert_array_equal(counts, metrics.confusion_matrix(y_true, y_pred, labels=range(4)))
    size = 1 + max(y_true.max(), y_pred.max())
    np.testing.assert_array_equal(confusion.confusion_matrix(*pair), counts[:size, :size])
    if len(np.union1d(y_true, y_pred)) == 1:
        assert np.isnan(confusion.cohen_kappa(counts))
    else:
        kappa = metrics.cohen_kappa_score(y_true, y_pred)
        assert np.isclose(confusion.cohen_kappa(counts), kappa)


def test_many_matrices_at_once_have_the_kappas_of_each():
    counts = np.random.default_rng(1).integers(0, 3, size=(2, 30, 4, 4))
    singly = [[confusion.cohen_kappa(matrix) for matrix in row] for row in counts]
    np.testing.assert_array_equal(confusion.cohen_kappa(counts), singly)


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
