"""Points of waves, paired and counted by hand."""

import doctest

import numpy as np
import pandas as pd
import pytest

from ecgbook import Annotations
from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import delineation
from ecgbook.evaluation.delineation import (
    delineation_table,
    found_points,
    marked_points,
    score_delineation,
)
from ecgbook.signals import Wave, Waves

# At 1000 Hz: two complexes, the P wave of the second, the T wave of the first.
MARKS = Annotations(
    [1000, 1040, 1090, 1250, 1300, 1380, 1700, 1750, 1800, 1850, 1890, 1940],
    list("(N)(t)(p)(N)"),
)


def wave(*triples):
    return Wave(*np.array(triples, np.int64).reshape(-1, 3).T)


def row(table, name, point):
    return table[(table["wave"] == name) & (table["point"] == point)].iloc[0]


def test_examples_in_docstrings_hold():
    assert doctest.testmod(delineation).failed == 0


def test_what_is_marked_scores_in_full():
    score = score_delineation(MARKS, marked_points(MARKS), 1000)
    assert score["tp"].tolist() == [1] * 3 + [2] * 3 + [1] * 3
    assert score[["fp", "fn"]].to_numpy().sum() == 0
    assert np.concatenate([*score["error_ms"]]).tolist() == [0] * 12


def test_errors_and_counts_by_hand():
    # Both complexes 10 ms late; no P wave at 1750, one at 1500 instead; T 160 ms late.
    found = Waves(
        p=wave((-1, -1, -1), (1480, 1500, 1520)),
        qrs=wave((1010, 1050, 1100), (1860, 1900, 1950)),
        t=wave((1410, 1460, 1540), (-1, -1, -1)),
    )
    score = score_delineation(MARKS, found_points(found), 1000)
    counts = {w: row(score, w, "peak")[["tp", "fp", "fn"]].tolist() for w in ("P", "QRS", "T")}
    assert counts == {"P": [0, 1, 1], "QRS": [2, 0, 0], "T": [0, 1, 1]}
    assert row(score, "QRS", "end")["error_ms"].tolist() == [10, 10]
    table = delineation_table(score)
    assert row(table, "QRS", "begin")[["mean_ms", "sd_ms", "n"]].tolist() == [10, 0, 2]
    assert row(table, "P", "peak")[["sensitivity", "ppv"]].tolist() == [0, 0]
    assert np.isnan(row(table, "T", "end")["mean_ms"])


def test_outside_the_marks_nothing_is_false():
    found = marked_points(MARKS)
    found["QRS", "peak"] = np.array([200, 1040, 1890, 2700])
    found["P", "peak"] = np.array([900, 1750])
    score = score_delineation(MARKS, found, 1000)
    assert score["fp"].sum() == 0
    found["P", "peak"] = np.array([1100, 1750])
    assert score_delineation(MARKS, found, 1000)["fp"].sum() == 1


def test_150_ms_are_a_pair_and_152_are_none():
    for late, hits in ((75, 1), (76, 0)):  # samples of 2 ms
        found = marked_points(MARKS)
        found["T", "peak"] = np.array([1300 + late])
        assert row(score_delineation(MARKS, found, 500), "T", "peak")["tp"] == hits


def test_leads_are_summed_and_kept_apart():
    score = score_delineation(MARKS, marked_points(MARKS), 1000)
    missed = score.assign(tp=0, fn=score["tp"], error_ms=[np.empty(0)] * 9, lead="V1")
    leads = pd.concat([score.assign(lead="II"), missed])
    both = delineation_table(leads)
    assert both["sensitivity"].tolist() == [0.5] * 9
    by = delineation_table(leads, ["lead"])
    assert by["sensitivity"].tolist() == [1.0] * 9 + [0.0] * 9


@pytest.mark.parametrize("marks", [None, Annotations([], [])])
def test_a_lead_without_marks_is_refused(marks):
    with pytest.raises(ScoreInvalid, match="marked waves"):
        score_delineation(marks, marked_points(MARKS), 1000)


def test_points_of_several_leads_are_refused():
    many = Waves(*(Wave(*np.ones((3, 2, 4), np.int64)) for _ in range(3)))
    with pytest.raises(ScoreInvalid, match="one lead"):
        found_points(many)
