"""Windows without labels, on twelve leads, and none of them seen again in a test."""

import numpy as np
import pytest

from ecgbook import Recording, open_database
from ecgbook.conventions import TWELVE_LEADS
from ecgbook.datasets.unlabelled import (
    _windows_of,
    fingerprints,
    on_twelve_leads,
    refuse_seen,
    unlabelled_windows,
)
from ecgbook.errors import PatientLeak, RecordInvalid


def cut(leads=("MLII", "V1"), samples=750, fs=250):
    signal = np.arange(len(leads) * samples, dtype=np.float32).reshape(len(leads), -1) / 1000
    return _windows_of(Recording(signal, fs, leads, patient="p", record="r"), seconds=1, fs=fs)


def test_windows_follow_one_another_and_the_rest_is_left_out():
    windows = cut(samples=799)
    assert windows.x.shape == (3, 2, 250)
    np.testing.assert_array_equal(
        np.concatenate([*windows.x], axis=1)[0], np.float32(np.arange(750)) / 1000
    )
    assert windows.rows["sample"].tolist() == [0, 250, 500]
    assert windows.classes == ("unlabelled",)
    assert cut(samples=249) is None


def test_each_lead_has_its_place_and_others_are_zero():
    x = on_twelve_leads(cut())
    there = {TWELVE_LEADS.index("II"): 0, TWELVE_LEADS.index("V1"): 1}
    for place in range(12):
        expected = cut().x[:, there[place]] if place in there else 0
        np.testing.assert_array_equal(x[:, place], np.broadcast_to(expected, (3, 250)))


def test_a_lead_that_is_none_of_the_twelve_is_refused():
    with pytest.raises(RecordInvalid, match="VX"):
        on_twelve_leads(cut(("VX",)))


def test_a_recording_is_known_by_one_lead_under_any_name():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 12, 100)).astype(np.float32)
    alone = np.zeros_like(x[:1])
    alone[0, 1] = x[3, 1] + 1e-5  # lead II of the last one, and no other
    with pytest.raises(PatientLeak, match="1 of 4"):
        refuse_seen(alone, x)
    refuse_seen(alone, x[:3])
    assert fingerprints(np.zeros((1, 12, 5))) == [set()]


def test_windows_of_a_database_have_one_rate_and_name_their_leads():
    database = open_database("challenge-2017", "synthetic")
    some = database.records[:2]
    windows = unlabelled_windows(database, seconds=5, fs=100, records=some)
    assert windows.x.shape[1:] == (1, 500)
    assert set(windows.record) == set(some)
    assert set(windows.rows["named"]) == {"ECG"}
    assert np.isin(windows.sample % 1500, 0).all()  # of 300 Hz
