from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook import RecordInvalid
from ecgbook.datasets import few_labels
from tests.datasets.recordings import make_beats

N_NORMAL = 40


def labelled(*counts):
    """Return normal beats and ``counts`` abnormal ones a class, and a split to learn from all."""
    y = np.repeat(np.arange(len(counts) + 1), [N_NORMAL, *counts])
    beats = make_beats("N" * len(y), classes=tuple("NABCDEFG"[: len(counts) + 1]), y=y)
    return beats, SimpleNamespace(train=np.arange(len(y)))


def drawn(beats, rows):
    return np.bincount(beats.y[rows], minlength=len(beats.classes)).tolist()


def test_labels_are_shared_out_as_classes_occur_and_the_rest_goes_to_the_commonest():
    beats, split = labelled(30, 60, 10)
    # 3, 6 and 1 in ten; of 5 labels 1.5, 3 and 0.5, so 1 and 1 beside the commonest.
    assert drawn(beats, few_labels(beats, split, 10, normal=20)) == [20, 3, 6, 1]
    assert drawn(beats, few_labels(beats, split, 5, normal=20)) == [20, 1, 3, 1]
    assert drawn(beats, few_labels(beats, split, 3, normal=20)) == [20, 1, 1, 1]


@given(
    counts=st.lists(st.integers(0, 40), min_size=2, max_size=7).filter(any),
    n_labels=st.integers(7, 300),
    seed=st.integers(0, 99),
)
def test_as_many_labels_as_asked_for_and_every_class_is_there(counts, n_labels, seed):
    beats, split = labelled(*counts)
    rows = few_labels(beats, split, n_labels, normal=5, seed=seed)
    assert len(set(rows)) == len(rows)
    of_class = np.array(drawn(beats, rows))
    assert of_class[0] == 5
    assert of_class[1:].sum() == min(n_labels, sum(counts))
    assert ((of_class[1:] > 0) == (np.array(counts) > 0)).all()


def test_classes_of_like_size_do_not_use_up_the_label_of_the_commonest():
    beats, split = labelled(30, 30, 30, 3, 3, 3, 1)
    # Two each of the first three, by their share, and one each of the others would be ten.
    assert drawn(beats, few_labels(beats, split, 7, normal=0)) == [0] + [1] * 7


def test_only_training_examples_are_taken():
    beats, split = labelled(20, 20, 20)
    half = SimpleNamespace(train=split.train[::2])
    rows = few_labels(beats, half, 10, normal=10**6)
    assert set(rows) <= set(half.train)
    assert drawn(beats, rows)[0] == N_NORMAL // 2


def test_all_labels_are_all_of_them_once():
    beats, split = labelled(7, 5, 2)
    for n_labels in ("all", 10**6):
        rows = few_labels(beats, split, n_labels, normal=10**6)
        assert sorted(rows) == sorted(split.train)


def test_labels_come_from_the_seed_and_more_of_them_hold_the_fewer():
    beats, split = labelled(60, 90, 50)
    first, again, other = (few_labels(beats, split, 20, normal=9, seed=s) for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert set(first) != set(other)
    assert set(first) < set(few_labels(beats, split, 40, normal=9))


def test_fewer_labels_than_classes_are_refused():
    beats, split = labelled(9, 9, 9)
    with pytest.raises(RecordInvalid, match="2 labels are too few for 3 classes"):
        few_labels(beats, split, 2, normal=5)
