from types import SimpleNamespace

import numpy as np
import pytest

from ecgbook.errors import ScoreInvalid
from ecgbook.studies.anomaly_ward import alarms, threshold, typical
from tests.datasets.recordings import make_beats

# Six beats to choose by (patient v), then three patients: 201 has two recordings, so an hour.
LABELS = "NNNVVS" + "NNVS" + "NNN" + "NV"
PATIENTS = ["v"] * 6 + ["100"] * 4 + ["103"] * 3 + ["201"] * 2
RECORDS = [*PATIENTS[:-1], "202"]
SCORE = np.array([1, 2, 3, 5, 4, 9, 6, 1, 5, 4, 4, 4, 1, 7, 2], dtype=float)


@pytest.fixture
def beats():
    return make_beats(LABELS, PATIENTS, rows={"record": RECORDS})


@pytest.fixture
def split():
    return SimpleNamespace(valid=np.arange(6), test=np.arange(6, 15))


def test_the_threshold_finds_the_share_of_v_with_the_fewest_false_alarms(beats, split):
    # V score 5 and 4, N up to 3, the S beat is not looked at.
    assert threshold(beats, split, SCORE, found=1.0) == 4
    assert threshold(beats, split, SCORE, found=0.5) in (4, 5)  # both without a false alarm


def test_alarms_are_counted_by_patient_and_hour(beats, split):
    row = alarms(beats, split, SCORE, found=1.0)  # threshold 4
    # V: 5 of patient 100 is found, 2 of 201 is not; the S beat scores 4.
    assert row["V found"] == "50%"
    assert row["S found"] == "100%"
    # 100: one false alarm in half an hour, 103: two, 201: one in an hour: 2, 4 and 1 an hour.
    assert row["false alarms/h"] == "2"
    assert row["most"] == "4 (103)"


def test_a_threshold_of_the_test_part_finds_the_share_there(beats, split):
    # V score 5 and 2 there, so the threshold that finds both is 2; four of six N reach it.
    row = alarms(beats, split, SCORE, found=1.0, part="test")
    assert row["V found"] == "100%"
    # One of 100 in half an hour, two of 103, and one of 201 in an hour: 2, 4 and 1 an hour.
    assert (row["false alarms/h"], row["most"]) == ("2", "4 (103)")


def test_the_typical_beat_has_its_share_below():
    score, truth = [10.0, 3.0, 1.0, 2.0, 4.0, 0.0], [1, 0, 0, 0, 0, 0]
    assert typical(score, truth, 0) == 3  # 0, 1, 2, 3, 4: the middle is 2
    assert typical(score, truth, 0, share=1.0) == 4
    assert typical(score, truth, 1) == 0
    with pytest.raises(ScoreInvalid, match="no beat of class 2"):
        typical(score, truth, 2)
