"""Answers that are not given: limits worked by hand, and what holds for any of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import choose_confidence, coverage_report

# Eight answers, surest first; the third and the sixth are wrong, and two are equally sure.
SURE = np.array([0.95, 0.9, 0.8, 0.8, 0.7, 0.65, 0.6, 0.55])
RIGHT = np.array([1, 1, 0, 1, 1, 0, 1, 1], dtype=bool)
PROBABILITY = np.stack([SURE, 1 - SURE], axis=1)
Y = np.where(RIGHT, 0, 1)


@pytest.mark.parametrize(
    ("asked", "value", "coverage", "accuracy"),
    [
        ({"coverage": 0.25}, 0.9, 2 / 8, 1),
        ({"coverage": 0.3}, 0.8, 4 / 8, 3 / 4),  # both of 0.8 are answered
        ({"coverage": 1}, 0.55, 1, 6 / 8),
        ({"accuracy": 1}, 0.9, 2 / 8, 1),
        ({"accuracy": 0.8}, 0.7, 5 / 8, 4 / 5),
        ({"accuracy": 0.75}, 0.55, 1, 6 / 8),
    ],
)
def test_limits_worked_by_hand(asked, value, coverage, accuracy):
    order = np.random.default_rng(0).permutation(8)
    chosen = choose_confidence(Y[order], PROBABILITY[order], **asked)
    assert chosen == pytest.approx((value, coverage, accuracy))


answers = st.lists(st.tuples(st.booleans(), st.integers(50, 100)), min_size=1, max_size=30)


@given(answers, st.floats(0.01, 1))
def test_what_is_reached_is_what_the_limit_gives(found, wanted):
    right, percent = np.array(found).T
    sure = percent / 100
    y, probability = 1 - right, np.stack([sure, 1 - sure], axis=1)
    # At exactly one half the first class is called, as argmax does.
    chosen = choose_confidence(y, probability, coverage=wanted)
    answered = probability.max(axis=1) >= chosen.value
    assert chosen.coverage == answered.mean() >= wanted
    assert chosen.accuracy == pytest.approx((y[answered] == 0).mean())
    fewer = probability.max(axis=1) > chosen.value
    assert fewer.mean() < wanted


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "name one of both"),
        ({"coverage": 0.5, "accuracy": 0.9}, "name one of both"),
        ({"coverage": 0}, "above 0 and at most 1"),
        ({"accuracy": 1.1}, "above 0 and at most 1"),
        ({"accuracy": np.nan}, "above 0 and at most 1"),
    ],
)
def test_what_cannot_be_chosen_by_is_refused(asked, message):
    with pytest.raises(ScoreInvalid, match=message):
        choose_confidence(Y, PROBABILITY, **asked)


def test_an_accuracy_out_of_reach_names_the_best():
    with pytest.raises(ScoreInvalid, match=r"makes 0.9 .* the most is 0.667"):
        choose_confidence(
            Y[2:], PROBABILITY[2:], accuracy=0.9
        )  # 1 of 2, 2 of 3, 2 of 4, 3 of 5, 4 of 6
    with pytest.raises(ScoreInvalid, match="NaN"):
        choose_confidence(Y, np.full((8, 2), np.nan), coverage=0.5)


def test_coverage_of_each_class():
    # Of class N (the right ones) 4 of 6 are at 0.7 or above, all right; of A one of two, wrong.
    table = coverage_report("NA", Y, PROBABILITY, 0.7, np.arange(8), n=50)
    rows = table.set_index(["class", "score"])
    assert rows["value"].to_dict() == {
        ("all", "coverage"): 5 / 8,
        ("all", "accuracy"): 4 / 5,
        ("N", "coverage"): 4 / 6,
        ("N", "accuracy"): 1,
        ("A", "coverage"): 1 / 2,
        ("A", "accuracy"): 0,
    }
    assert rows["n"].tolist() == [8, 5, 6, 4, 2, 1]
    assert rows.loc[("all", "coverage"), "low"] < 5 / 8 < rows.loc[("all", "coverage"), "high"]


def test_nothing_answered_has_a_coverage_of_0_and_no_accuracy():
    rows = coverage_report("NAO", [0, 1], np.full((2, 3), 1 / 3), 0.9, ["a", "b"], n=10)
    values = rows.set_index(["class", "score"])["value"]
    assert values["all", "coverage"] == values["N", "coverage"] == 0
    assert values[[("all", "accuracy"), ("O", "coverage"), ("O", "accuracy")]].isna().all()
    with pytest.raises(ScoreInvalid, match="2 names for 3 classes"):
        coverage_report("NA", [0, 1], np.full((2, 3), 1 / 3), 0.9, ["a", "b"])
