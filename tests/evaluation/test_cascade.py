import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import cascade as module
from ecgbook.evaluation import cascade_cost, cascade_report
from tests.evaluation.oracles import copies


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0


def test_cost_by_hand():
    y = np.array([0, 0, 0, 0, 1, 1, 1, 2])
    forwarded = np.array([0, 0, 0, 1, 0, 1, 1, 1], dtype=bool)
    predicted = [0, 0, 0, 2, 0, 1, 0, 2]
    table = cascade_cost(y, forwarded, predicted, classes="NSVF")
    assert list(table.index) == list("NSVF")
    assert table.loc["N"].to_dict() == {
        "beats": 4, "rejected": 3, "right": 0, "wrong": 1, "rejected_share": 3 / 4,
    }  # fmt: skip
    assert table.loc["S"].to_dict() == {
        "beats": 3, "rejected": 1, "right": 1, "wrong": 1, "rejected_share": 1 / 3,
    }  # fmt: skip
    assert table.loc["V", "right"] == 1
    assert table.loc["F", "beats"] == 0
    assert np.isnan(table.loc["F", "rejected_share"])


beats = st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 2))


@given(st.lists(beats, min_size=1, max_size=30), st.integers(0, 2))
def test_cost_counts_every_beat_once(rows, normal):
    y, forwarded, answer = (np.array(column) for column in zip(*rows, strict=True))
    predicted = np.where(forwarded, answer, normal)
    table = cascade_cost(y, forwarded, predicted, classes="abc", normal=normal)
    for k, row in enumerate(table.itertuples()):
        of_class = [
            (p, a) for label, p, a in zip(y, forwarded, predicted, strict=True) if label == k
        ]
        assert row.rejected == sum(not p for p, _ in of_class)
        assert row.right == sum(p and a == k for p, a in of_class)
        assert row.wrong == sum(p and a != k for p, a in of_class)
        assert row.beats == row.rejected + row.right + row.wrong


def test_a_beat_that_was_rejected_can_only_be_normal():
    with pytest.raises(ScoreInvalid, match=r"1 beats were rejected .* the first is beat 2"):
        cascade_cost([0, 1, 1], np.array([1, 1, 0], dtype=bool), [0, 1, 1], classes="NV")


@pytest.mark.parametrize("forwarded", [np.array([0, 1]), np.array([True])])
def test_forwarded_must_be_a_flag_a_beat(forwarded):
    with pytest.raises(ScoreInvalid, match="forwarded must be bool"):
        cascade_cost([0, 1], forwarded, [0, 1], classes="NV")


def test_an_unknown_class_is_refused():
    with pytest.raises(ScoreInvalid, match="unknown class 2"):
        cascade_cost([0, 2], np.array([True, True]), [0, 1], classes="NV")


def test_rejected_shares_equal_those_of_copied_patients_over_runs():
    rng = np.random.default_rng(1)
    y, forwarded = rng.integers(0, 3, 200), rng.random((2, 200)) < 0.6
    rejected = ~forwarded
    patient = rng.integers(0, 8, 200)
    table = cascade_report(y, forwarded, patient, classes="NSVF", n=15, seed=2)
    assert list(table["class"]) == list("NSVF")
    assert (table["score"] == "rejected").all()
    for k, row in enumerate(table.itertuples()):
        own = y == k
        assert row.n == own.sum()
        assert row.n_patients == len(np.unique(patient[own]))
        if not own.any():
            assert np.isnan([row.value, row.low, row.high]).all()
            continue
        assert row.value == pytest.approx(rejected[:, own].mean(axis=1).mean())
        drawn = [
            flags[i][own[i]].mean()
            for run, flags in enumerate(rejected)
            for i in copies(patient, 15, 2 + run)
        ]
        assert [row.low, row.high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]))


@pytest.mark.parametrize(
    ("y", "forwarded", "patient", "message"),
    [
        ([0, 1], [0, 1], "ab", "forwarded must be bool"),
        ([0, 1], [True], "ab", "forwarded must be bool, one a beat"),
        ([0, 3], [True, False], "ab", "unknown class 3"),
        ([0, 1], [True, False], ["a", None], "missing"),
        ([0, 1], [True, False], "aa", "two patients"),
    ],
)
def test_shares_of_bad_input_are_refused(y, forwarded, patient, message):
    with pytest.raises(ScoreInvalid, match=message):
        cascade_report(y, forwarded, list(patient), classes="NV" if max(y) < 2 else "NSV")
