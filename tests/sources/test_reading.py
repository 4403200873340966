import numpy as np
import pytest
import wfdb

from ecgbook.errors import DataCorrupt
from ecgbook.sources import reading
from ecgbook.sources.header import read_header, signal_files
from ecgbook.sources.reading import canonical_leads, read_wfdb
from tests.sources.records import edit, write_record


@pytest.mark.parametrize("fmt", ["16", "24", "32", "80", "212", "508", "516", "524"])
def test_storage_formats(tmp_path, fmt):
    write_record(tmp_path, "r", fmt=fmt)
    expected = wfdb.rdrecord(str(tmp_path / "r")).p_signal.T.astype(np.float32)
    got = read_wfdb(tmp_path / "r")
    np.testing.assert_array_equal(got.signal, expected)
    assert (got.fs, got.leads, got.record) == (360, ("MLII", "V5"), "r")


@pytest.mark.parametrize("fmt", ["310", "311"])
def test_three_samples_in_four_bytes(record, fmt):
    edit(record, " 16 ", f" {fmt} ")
    edit(record, " 1000", " 999")
    data = np.random.default_rng(0).integers(0, 256, 999 * 2 // 3 * 4, np.uint8)
    record.with_name("100.dat").write_bytes(data.tobytes())
    expected = wfdb.rdrecord(str(record)).p_signal.T.astype(np.float32)
    np.testing.assert_array_equal(read_wfdb(record).signal, expected)
    record.with_name("100.dat").write_bytes(data[:-1].tobytes())
    with pytest.raises(DataCorrupt, match="cut off"):
        read_wfdb(record)


def test_signal_is_in_millivolts(record, tmp_path):
    expected = write_record(tmp_path, "100")
    np.testing.assert_array_equal(read_wfdb(record).signal, expected)


@pytest.mark.parametrize(
    ("unit", "in_mv"), [("mV", 1), ("mv", 1), ("uV", 1e-3), ("V", 1e3), ("nV", 1e-6)]
)
def test_units(record, unit, in_mv):
    before = read_wfdb(record).signal
    edit(record, "/mV", f"/{unit}")
    if unit == "V":
        edit(record, " 100.0(0)", " 10000.0(0)")  # else no heart could do it
        before = before / 100
    np.testing.assert_allclose(read_wfdb(record).signal, before * in_mv, rtol=1e-6)


def test_leads_of_two_units(record):
    before = read_wfdb(record).signal
    header = record.with_name("100.hea")
    lines = header.read_text().splitlines()
    lines[2] = lines[2].replace("/mV", "/uV")
    header.write_text("\n".join(lines) + "\n")
    after = read_wfdb(record).signal
    np.testing.assert_array_equal(after[0], before[0])
    np.testing.assert_allclose(after[1], before[1] / 1000, rtol=1e-6)


def test_no_unit_means_millivolts(record):
    before = read_wfdb(record).signal
    edit(record, "/mV", "")
    np.testing.assert_array_equal(read_wfdb(record).signal, before)


def test_annotations(record):
    marks = read_wfdb(record, "atr").annotations
    assert marks.sample.tolist() == [100, 460, 820]
    assert marks.symbol.tolist() == ["N", "V", "N"]
    assert read_wfdb(record).annotations is None


def test_annotation_text_has_no_padding(tmp_path):
    write_record(tmp_path, "r")
    wfdb.wrann(
        "r", "atr", np.array([5, 9]), ["+", "N"], aux_note=["(AFIB\0", ""], write_dir=str(tmp_path)
    )
    assert read_wfdb(tmp_path / "r", "atr").annotations.aux.tolist() == ["(AFIB", ""]


def test_long_record_is_read_in_pieces(record, monkeypatch):
    whole = read_wfdb(record).signal
    monkeypatch.setattr(reading, "_PIECE", 2 * 300)
    np.testing.assert_array_equal(read_wfdb(record).signal, whole)


def test_record_in_two_files(tmp_path):
    first = write_record(tmp_path, "a", leads=("I", "II"))
    second = write_record(tmp_path, "b", leads=("V1", "V2"))
    lines = [(tmp_path / f"{name}.hea").read_text().splitlines()[1:] for name in "ab"]
    (tmp_path / "c.hea").write_text("\n".join(["c 4 360 1000", *lines[0], *lines[1]]) + "\n")
    assert signal_files(tmp_path / "c.hea") == ["a.dat", "b.dat"]
    np.testing.assert_array_equal(read_wfdb(tmp_path / "c").signal, np.vstack([first, second]))


def test_leads_get_canonical_names():
    names = ["i", "II", "avr", "AVL", "aVF", "v6", "mlii", "vz", "D3"]
    expected = ("I", "II", "aVR", "aVL", "aVF", "V6", "MLII", "VZ", "D3")
    assert canonical_leads(names) == expected
    assert canonical_leads(["ECG", "V1", "ecg"]) == ("ECG 1", "V1", "ECG 2")


def test_comments(tmp_path):
    write_record(tmp_path, "r", comments=["69 M 1085", "Aldomet"])
    assert read_header(tmp_path / "r.hea").comments == ("69 M 1085", "Aldomet")
