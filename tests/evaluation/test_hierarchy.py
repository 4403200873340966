import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import hierarchy as module
from ecgbook.evaluation import hierarchy_cost


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0


def test_cost_by_hand():
    y = np.array([0, 0, 0, 0, 1, 1, 1, 2])
    passed = np.array([0, 0, 0, 1, 0, 1, 1, 1], dtype=bool)
    predicted = [0, 0, 0, 2, 0, 1, 0, 2]
    table = hierarchy_cost(y, passed, predicted, classes="NSVF")
    assert list(table.index) == list("NSVF")
    assert table.loc["N"].to_dict() == {
        "beats": 4, "stopped": 3, "right": 0, "wrong": 1, "stopped_share": 3 / 4,
    }  # fmt: skip
    assert table.loc["S"].to_dict() == {
        "beats": 3, "stopped": 1, "right": 1, "wrong": 1, "stopped_share": 1 / 3,
    }  # fmt: skip
    assert table.loc["V", "right"] == 1
    assert table.loc["F", "beats"] == 0
    assert np.isnan(table.loc["F", "stopped_share"])


beats = st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 2))


@given(st.lists(beats, min_size=1, max_size=30), st.integers(0, 2))
def test_cost_counts_every_beat_once(rows, normal):
    y, passed, answer = (np.array(column) for column in zip(*rows, strict=True))
    predicted = np.where(passed, answer, normal)
    table = hierarchy_cost(y, passed, predicted, classes="abc", normal=normal)
    for k, row in enumerate(table.itertuples()):
        of_class = [(p, a) for label, p, a in zip(y, passed, predicted, strict=True) if label == k]
        assert row.stopped == sum(not p for p, _ in of_class)
        assert row.right == sum(p and a == k for p, a in of_class)
        assert row.wrong == sum(p and a != k for p, a in of_class)
        assert row.beats == row.stopped + row.right + row.wrong


def test_a_beat_that_was_stopped_can_only_be_normal():
    with pytest.raises(ScoreInvalid, match=r"1 beats did not pass .* the first is beat 2"):
        hierarchy_cost([0, 1, 1], np.array([1, 1, 0], dtype=bool), [0, 1, 1], classes="NV")


@pytest.mark.parametrize("passed", [np.array([0, 1]), np.array([True])])
def test_passed_must_be_a_flag_a_beat(passed):
    with pytest.raises(ScoreInvalid, match="passed must be bool"):
        hierarchy_cost([0, 1], passed, [0, 1], classes="NV")


def test_an_unknown_class_is_refused():
    with pytest.raises(ScoreInvalid, match="unknown class 2"):
        hierarchy_cost([0, 2], np.array([True, True]), [0, 1], classes="NV")
