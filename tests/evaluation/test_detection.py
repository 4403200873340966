"""Pairs, counts and reports of beat detectors: hand-worked cases and wfdb as oracle."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wfdb.processing import compare_annotations

from ecgbook import Annotations, ScoreInvalid
from ecgbook.evaluation.detection import (
    detection_difference,
    detection_influence,
    detection_rows,
    flutter_episodes,
    match_beats,
    score_beats,
)

FS = 1000

samples = st.lists(st.integers(0, 3000), max_size=40, unique=True).map(sorted)


@pytest.mark.parametrize(
    ("reference", "detected", "pairs"),
    [
        ([100], [100], [[0, 0]]),
        ([100], [250], [[0, 0]]),  # exactly 150 ms
        ([100], [251], []),
        ([], [100], []),
        ([100], [], []),
        ([100, 200], [190, 400], [[1, 0]]),  # the nearer beat wins
        ([100, 200], [110, 190], [[0, 0], [1, 1]]),
        ([100, 200], [90, 150], [[0, 0], [1, 1]]),  # 150 is taken by what 100 leaves
        ([100, 1000], [90, 110, 1000], [[0, 0], [1, 2]]),  # the earlier of two equals
    ],
)
def test_pairs_of_hand_worked_cases(reference, detected, pairs):
    expected = np.array(pairs).reshape(-1, 2)
    np.testing.assert_array_equal(match_beats(reference, detected, FS), expected)


@given(samples, samples)
def test_pairs_are_one_to_one_near_and_symmetric(reference, detected):
    pairs = match_beats(reference, detected, FS)
    assert len(np.unique(pairs[:, 0])) == len(np.unique(pairs[:, 1])) == len(pairs)
    gap = np.array(reference)[pairs[:, 0]] - np.array(detected)[pairs[:, 1]] if len(pairs) else []
    assert (np.abs(gap) <= 150).all()
    assert len(match_beats(detected, reference, FS)) == len(pairs)


@given(samples, samples)
def test_no_free_pair_is_left(reference, detected):
    pairs = match_beats(reference, detected, FS)
    missed = np.delete(np.array(reference, int), pairs[:, 0])
    false = np.delete(np.array(detected, int), pairs[:, 1])
    assert (np.abs(missed[:, None] - false[None]) > 150).all()


@pytest.mark.parametrize("seed", range(20))
def test_same_pairs_as_wfdb_on_a_rhythm(seed):
    # Beats at least 300 ms apart: where no two beats compete for one detection and no two
    # detections for one beat, pairs are unique and both programs must agree.
    rng = np.random.default_rng(seed)
    reference = np.cumsum(rng.integers(301, 1200, 300))
    kept = reference[rng.random(300) > 0.1]
    detected = np.unique(kept + rng.integers(-140, 141, len(kept)))
    oracle = compare_annotations(reference, detected, 151)  # wfdb asks for less than
    pairs = match_beats(reference, detected, FS)
    assert len(pairs) == oracle.tp
    np.testing.assert_array_equal(pairs[:, 0], oracle.matched_ref_inds)
    np.testing.assert_array_equal(pairs[:, 1], oracle.matched_test_inds)


def test_tolerance_that_is_a_hair_below_a_whole_sample():
    # 0.29 * 100 is 28.999999999999996 in binary.
    assert len(match_beats([0], [29], fs=100, tolerance_s=0.29)) == 1


def test_unsorted_samples_are_refused():
    with pytest.raises(ScoreInvalid, match="detected"):
        match_beats([1, 2], [2, 1], FS)


@pytest.mark.parametrize("seconds", [[0.4, 1.2, 2.0], [400.0, 1200.0]])
def test_seconds_are_refused(seconds):
    with pytest.raises(ScoreInvalid, match=r"np\.rint\(seconds \* fs\)"):
        match_beats(seconds, [1, 2], 250)
    with pytest.raises(ScoreInvalid, match="detected beats"):
        score_beats(marks((1, "N")), seconds, 250)


def marks(*pairs):
    sample, symbol = zip(*pairs, strict=True)
    return Annotations(sample, symbol)


def test_counts_leave_out_non_beats_and_give_the_bias():
    reference = marks((0, "+"), (1000, "N"), (2000, "V"), (3000, "N"), (4000, "N"), (4500, "~"))
    scores = score_beats(reference, [1010, 2020, 3040, 4500], FS)
    # Offsets 10, 20, 40: median 20, quartiles 15 and 30 by linear interpolation.
    assert scores == {"tp": 3, "fp": 1, "fn": 1, "bias_ms": 20.0, "bias_iqr_ms": 15.0}


def test_learning_period_is_not_counted_but_its_beats_hold_their_detections():
    reference = marks((500, "N"), (2950, "N"), (3950, "N"))
    scores = score_beats(reference, [800, 3010, 3950], FS, start_s=3.0)
    # 800 is false but early; 3010 belongs to the beat at 2950, which is not counted.
    assert (scores["tp"], scores["fp"], scores["fn"]) == (1, 0, 0)


def test_detections_in_ventricular_flutter_are_not_counted():
    reference = marks((1000, "N"), (2000, "["), (2300, "!"), (5000, "]"), (6000, "N"))
    scores = score_beats(reference, [1000, 2300, 2600, 5500, 6000], FS)
    assert (scores["tp"], scores["fp"], scores["fn"]) == (2, 1, 0)


def test_flutter_without_end_lasts_to_the_end():
    episodes = flutter_episodes(marks((10, "["), (20, "]"), (30, "[")))
    assert episodes.tolist() == [[10, 20], [30, np.iinfo(np.int64).max]]


def test_a_detector_that_finds_nothing():
    scores = score_beats(marks((1000, "N")), [], FS)
    assert (scores["tp"], scores["fp"], scores["fn"]) == (0, 0, 1)
    assert np.isnan(scores["bias_ms"])


def table(*rows, tolerance_ms=150):
    names = ["patient", "tp", "fp", "fn", "bias_ms", "bias_iqr_ms"]
    made = pd.DataFrame(rows, columns=names).assign(tolerance_ms=tolerance_ms, counting="all")
    return made.assign(hours=0.5, record=[f"{name} {k}" for k, name in enumerate(made["patient"])])


def test_rows_of_a_hand_worked_table():
    found = detection_rows(table(("a", 80, 20, 0, 0.0, 4.0), ("b", 10, 0, 10, 6.0, 8.0)))
    found = found.set_index("score")
    assert found["value"].to_dict() == pytest.approx(
        {
            "f1": 180 / 210,
            "sensitivity": 90 / 100,
            "ppv": 90 / 110,
            "missed_per_hour": 10 / 1.0,
            "false_per_hour": 20 / 1.0,
            "bias_ms": 3.0,
            "bias_iqr_ms": 6.0,
        }
    )
    assert found["unit"].tolist() == ["%"] * 3 + ["/h"] * 2 + ["ms"] * 2
    assert found["n"].tolist() == [100, 100, 110, 100, 110, 100, 100]
    assert (found[["class", "n_patients"]] == ["all", 2]).all(axis=None)
    # The replicates are patient a twice, both, or patient b twice.
    ends = found[["low", "high"]].T.to_dict("list")
    assert ends["f1"] == pytest.approx([20 / 30, 160 / 180])
    assert ends["sensitivity"] == pytest.approx([0.5, 1])
    assert ends["ppv"] == pytest.approx([0.8, 1])
    assert ends["missed_per_hour"] == pytest.approx([0, 20])
    assert ends["false_per_hour"] == pytest.approx([0, 40])
    assert np.isnan([ends["bias_ms"], ends["bias_iqr_ms"]]).all()


def test_a_difference_is_taken_patient_by_patient():
    # B misses five beats more of each patient: no draw of patients changes that.
    a = table(("p", 90, 0, 10, 0, 0), ("q", 60, 0, 40, 0, 0), ("q", 60, 0, 40, 0, 0))
    b = table(("p", 85, 0, 15, 0, 0), ("q", 55, 0, 45, 0, 0), ("q", 55, 0, 45, 0, 0))
    found = detection_difference(a, b.iloc[::-1]).set_index("score")
    row = found.loc["sensitivity"]
    assert row[["value", "low", "high"]].tolist() == pytest.approx([0.05] * 3)
    assert found.loc["missed_per_hour", "value"] == pytest.approx(-10)
    assert row["n_patients"] == 2
    # The intervals of the two overlap widely.
    alone = [detection_rows(one).set_index("score").loc["sensitivity"] for one in (a, b)]
    assert alone[0]["low"] < alone[1]["high"]


def test_detectors_are_compared_on_the_same_recordings():
    with pytest.raises(ScoreInvalid, match="same recordings"):
        detection_difference(table(("p", 9, 0, 1, 0, 0)), table(("q", 9, 0, 1, 0, 0)))


def test_who_decides_the_score_stands_first():
    found = detection_influence(
        table(("p", 90, 0, 0, 0, 0), ("q", 45, 0, 45, 0, 0), ("r", 90, 0, 10, 0, 0))
    )
    assert found["patient"].tolist()[0] == "q"
    assert found["value"].tolist()[0] == pytest.approx(360 / 370)
    assert found["change"].tolist()[0] == pytest.approx(360 / 370 - 450 / 505)
    with pytest.raises(ScoreInvalid, match="two patients"):
        detection_influence(table(("p", 9, 0, 1, 0, 0)))


def test_each_tolerance_and_counting_has_its_rows():
    one = table(("a", 8, 2, 0, 0.0, 4.0), ("b", 1, 0, 1, 6.0, 8.0))
    other = table(("a", 1, 0, 0, 0.0, 0.0), ("b", 1, 0, 0, 0.0, 0.0), tolerance_ms=50)
    found = detection_rows(pd.concat([one, other]), n=5)
    assert found["tolerance_ms"].tolist() == [150] * 7 + [50] * 7
    assert found.loc[7:, "value"].tolist() == [1, 1, 1, 0, 0, 0, 0]
    assert set(found["counting"]) == {"all"}


def test_a_recording_without_detections_has_no_bias_and_counts_as_missed():
    rows = ("a", 10, 0, 0, 1.0, 0.0), ("b", 0, 0, 10, np.nan, np.nan)
    value = detection_rows(table(*rows)).set_index("score")["value"]
    expected = {"f1": 2 / 3, "sensitivity": 0.5, "ppv": 1, "bias_ms": 1, "bias_iqr_ms": 0}
    assert value[list(expected)].to_dict() == pytest.approx(expected)


def test_where_nothing_is_detected_ppv_has_no_value():
    value = detection_rows(table(*[(p, 0, 0, 3, np.nan, np.nan) for p in "ab"]), n=5)["value"]
    np.testing.assert_array_equal(value, [0, 0, np.nan, 6, 0, np.nan, np.nan])


def test_report_of_nothing_is_refused():
    with pytest.raises(ScoreInvalid, match="at least one recording"):
        detection_rows(table())


def test_a_recording_without_annotations_cannot_be_scored():
    with pytest.raises(ScoreInvalid, match="annotated beats"):
        score_beats(None, [100], 360)
