import numpy as np
import pytest

import ecgbook
from ecgbook.errors import DataMissing, EcgError, RecordInvalid
from tests.sources.records import edit, write_record


@pytest.mark.parametrize("ending", ["", ".hea", ".dat", ".atr"])
def test_any_file_of_the_record_names_it(record, ending):
    recording = ecgbook.read(f"{record}{ending}")
    assert (recording.record, recording.leads, recording.fs) == ("100", ("MLII", "V5"), 360)
    assert recording.annotations.symbol.tolist() == ["N", "V", "N"]


def test_signal_and_patient(tmp_path):
    expected = write_record(tmp_path, "mine")
    recording = ecgbook.read(tmp_path / "mine", patient="me")
    np.testing.assert_array_equal(recording.signal, expected)
    assert (recording.patient, recording.annotations) == ("me", None)


def test_annotations_of_another_ending(record):
    record.with_name("100.atr").rename(record.with_name("100.qrs"))
    assert ecgbook.read(record).annotations is None
    assert len(ecgbook.read(record, "qrs").annotations) == 3
    with pytest.raises(DataMissing, match=r"100\.ecg is not there"):
        ecgbook.read(record, "ecg")


def test_a_home_folder_is_found(record, monkeypatch):
    monkeypatch.setenv("HOME", str(record.parent))
    assert ecgbook.read("~/100").record == "100"


def test_only_the_ecg_of_a_mixed_record_is_read(tmp_path):
    leads, units = ("RESP", "II", "ABP", "V"), ["mV", "mV", "mmHg", "uV"]
    expected = write_record(tmp_path, "mixed", leads=leads, units=units)
    with pytest.warns(UserWarning, match=r"mixed\.hea: left out what is no ECG: RESP, ABP$"):
        recording = ecgbook.read(tmp_path / "mixed")
    assert recording.leads == ("II", "V")
    np.testing.assert_array_equal(recording.signal[0], expected[1])
    np.testing.assert_allclose(recording.signal[1], expected[3] / 1000, rtol=1e-6)


def test_a_record_without_any_ecg_is_refused(tmp_path):
    write_record(tmp_path, "r", leads=("ABP", "RESP"), units=["mmHg", "mV"])
    with pytest.raises(EcgError, match=r"r\.hea: none of its signals is an ECG"):
        ecgbook.read(tmp_path / "r")


@pytest.mark.parametrize("name", ["night.mat", "strip.pdf", "ecg.xml"])
def test_other_formats_say_what_to_do_now(tmp_path, name):
    (tmp_path / name).write_text("x")
    with pytest.raises(
        EcgError, match=r"is no WFDB record, EDF, .*ecgbook\.Recording\(signal, fs="
    ):
        ecgbook.read(tmp_path / name)


def test_a_folder_is_no_record(record):
    with pytest.raises(DataMissing, match=r"is a folder; name one of its records"):
        ecgbook.read(record.parent)
    with pytest.raises(DataMissing, match=r"is a folder"):
        ecgbook.read(".")


def test_a_record_in_a_folder_of_its_own_name(record):
    record.with_name("100").mkdir()
    assert ecgbook.read(record).record == ecgbook.read(f"{record}.hea").record == "100"


def test_a_record_that_is_not_there(tmp_path):
    with pytest.raises(DataMissing, match=r"nothing\.hea is not there; name a WFDB record"):
        ecgbook.read(tmp_path / "nothing")
    with pytest.raises(DataMissing, match=r"nothing\.hea is not there"):
        ecgbook.read(tmp_path / "nothing.hea")


def test_a_signal_that_nobody_calibrated_is_refused(record):
    edit(record, " 100.0(0)/mV", " 0(0)/mV")
    with pytest.raises(RecordInvalid, match="has gain 0 or none"):
        ecgbook.read(record)


def test_marks_beyond_the_end_are_one_error(record):
    edit(record, " 1000", " 500")
    with pytest.raises(RecordInvalid, match=r"100: 1 of 3 annotations lie at or beyond the end"):
        ecgbook.read(record)
