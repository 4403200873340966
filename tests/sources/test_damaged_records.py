"""What is wrong with a record, and what must be said."""

import math
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ecgbook.errors import DataCorrupt, DataMissing, EcgError, RecordInvalid
from ecgbook.sources.reading import read_wfdb
from tests.sources.records import edit, write_record


def test_missing_header(record):
    record.with_name("100.hea").unlink()
    with pytest.raises(DataMissing, match=r"100\.hea is not there.*fetch"):
        read_wfdb(record)


def test_missing_signal_file(record):
    record.with_name("100.dat").unlink()
    with pytest.raises(DataMissing, match=r"100\.dat is not there, 100\.hea names it"):
        read_wfdb(record)


def test_missing_annotations(record):
    record.with_name("100.atr").unlink()
    with pytest.raises(DataMissing, match=r"100\.atr is not there.*fetch"):
        read_wfdb(record, "atr")


@pytest.mark.parametrize("left", [0, 2, 4, -2, -1])
def test_annotations_that_are_cut_off(record, left):
    marks = record.with_name("100.atr")
    marks.write_bytes(marks.read_bytes()[:left])
    with pytest.raises(DataCorrupt, match=r"100\.atr is cut off.*fetch"):
        read_wfdb(record, "atr")


def test_annotations_beyond_the_end_name_record_and_number(record):
    edit(record, " 1000", " 500")
    with pytest.raises(RecordInvalid, match=r"mine/100: 1 of 3 annotations lie at or beyond"):
        read_wfdb(record, "atr", database="mine")
    assert read_wfdb(record).duration_s == pytest.approx(500 / 360)


def test_a_name_that_wfdb_does_not_allow(record):
    edit(record, "100 2 ", "100.5 2 ")
    with pytest.raises(RecordInvalid, match=r"a record cannot be called '100\.5'; rename"):
        read_wfdb(record)


@pytest.mark.parametrize("fmt", ["16", "24", "80", "212"])
def test_truncated_signal_file(tmp_path, fmt):
    write_record(tmp_path, "r", fmt=fmt)
    data = tmp_path / "r.dat"
    data.write_bytes(data.read_bytes()[:-5])
    with pytest.raises(DataCorrupt, match=r"r\.dat has .* bytes and r\.hea promises .*cut off"):
        read_wfdb(tmp_path / "r")


def test_truncated_flac(tmp_path):
    write_record(tmp_path, "r", fmt="516")
    data = tmp_path / "r.dat"
    data.write_bytes(data.read_bytes()[:-50])
    with pytest.raises(DataCorrupt, match=r"r\.(hea|dat).*fetch"):
        read_wfdb(tmp_path / "r")


def test_garbage_instead_of_flac(tmp_path):
    write_record(tmp_path, "r", fmt="516")
    (tmp_path / "r.dat").write_bytes(b"no music" * 100)
    with pytest.raises(DataCorrupt, match=r"r\.dat is no FLAC file"):
        read_wfdb(tmp_path / "r")


def test_flac_of_other_leads(tmp_path):
    write_record(tmp_path, "r", fmt="516")
    write_record(tmp_path, "s", fmt="516", leads=("I", "II", "III"))
    shutil.copy(tmp_path / "s.dat", tmp_path / "r.dat")
    with pytest.raises(DataCorrupt, match=r"has 3 signals .* promises 2"):
        read_wfdb(tmp_path / "r")


def test_header_promises_more_leads_than_the_file_has(record):
    edit(record, "100 2 ", "100 3 ")
    lines = record.with_name("100.hea").read_text().splitlines()
    lines.append(lines[-1].replace("V5", "V6"))
    record.with_name("100.hea").write_text("\n".join(lines) + "\n")
    with pytest.raises(DataCorrupt, match=r"100\.dat has 4,000 bytes and .* promises 6,000"):
        read_wfdb(record)


def test_header_promises_more_leads_than_it_describes(record):
    edit(record, "100 2 ", "100 3 ")
    with pytest.raises(DataCorrupt, match=r"100\.hea promises 3 signals and describes 2"):
        read_wfdb(record)


def test_header_that_promises_the_moon(record):
    edit(record, " 1000", " 1000000000000")
    with pytest.raises(DataCorrupt, match="promises 4,000,000,000,000"):
        read_wfdb(record)


def test_unknown_format(record):
    edit(record, " 16 ", " 999 ")
    with pytest.raises(RecordInvalid, match=r"100\.hea: storage format 999 is unknown"):
        read_wfdb(record)


@pytest.mark.parametrize("gain", [" 0(0)/mV", " 0.0(0)/mV", " 0"])
def test_zero_gain(record, gain):
    edit(record, " 100.0(0)/mV", gain)
    with pytest.raises(RecordInvalid, match=r"100\.hea: .* has gain 0 or none"):
        read_wfdb(record)


def test_no_gain(record):
    record.with_name("100.hea").write_text("100 1 360 1000\n100.dat 16\n")
    with pytest.raises(RecordInvalid, match="has gain 0 or none"):
        read_wfdb(record)


def test_unknown_unit(record):
    edit(record, "/mV", "/mmHg")
    with pytest.raises(RecordInvalid, match=r"100\.hea: unknown unit 'mmHg'"):
        read_wfdb(record)


def test_signal_without_a_name(record):
    edit(record, " V5", "")
    with pytest.raises(RecordInvalid, match=r"100\.hea: a signal has no name"):
        read_wfdb(record)


def test_several_segments(record):
    edit(record, "100 2", "100/3 2")
    with pytest.raises(RecordInvalid, match="several segments"):
        read_wfdb(record)


@pytest.mark.parametrize("line", ["100 2 0 1000", "100 2 360", "100 2 360 0"])
def test_no_rate_or_length(record, line):
    edit(record, "100 2 360 1000", line)
    with pytest.raises(RecordInvalid, match="sampling rate and a number of samples"):
        read_wfdb(record)


def test_formats_that_differ_within_a_file(record):
    lines = record.with_name("100.hea").read_text().splitlines()
    lines[2] = lines[2].replace(" 16 ", " 212 ")
    record.with_name("100.hea").write_text("\n".join(lines) + "\n")
    with pytest.raises(RecordInvalid, match=r"the signals of 100\.dat differ in their format"):
        read_wfdb(record)


@pytest.mark.parametrize("content", [b"", b"\0\0", b"<html>404</html>", b"\xff" * 1000])
def test_garbage_header(record, content):
    record.with_name("100.hea").write_bytes(content)
    with pytest.raises(DataCorrupt, match=r"100\.hea"):
        read_wfdb(record)


def test_header_of_a_megabyte(record):
    record.with_name("100.hea").write_bytes(b"# a comment\n" * 100_000)
    with pytest.raises(DataCorrupt, match=r"100\.hea is too long"):
        read_wfdb(record)


def test_header_that_names_a_file_elsewhere(record):
    edit(record, "100.dat", "../100.dat")
    with pytest.raises(DataCorrupt, match="describes no signal"):
        read_wfdb(record)


def test_missing_samples_are_nan(record):
    samples = np.frombuffer(record.with_name("100.dat").read_bytes(), "<i2").reshape(-1, 2).copy()
    samples[10:20, 1] = -32768  # the code for "no sample" in format 16
    record.with_name("100.dat").write_bytes(samples.tobytes())
    signal = read_wfdb(record).signal
    assert np.isnan(signal[1]).nonzero()[0].tolist() == list(range(10, 20))
    assert not np.isnan(signal[0]).any()


@given(content=st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_as_annotations(record, content):
    record.with_name("100.atr").write_bytes(content)
    try:
        marks = read_wfdb(record, "atr").annotations
    except EcgError:
        return
    assert len(marks.sample) == len(marks.symbol)


@given(text=st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_as_header(record, text):
    record.with_name("100.hea").write_text(text, "utf-8")
    with pytest.raises(EcgError):
        read_wfdb(record)


VALID = """100 2 360 1000
100.dat 16 100(0)/mV 16 0 0 0 0 MLII
100.dat 16 100(0)/mV 16 0 0 0 0 V5
"""
word = st.integers(-9, 999).map(str) | st.sampled_from(
    [
        *("", "1e3", "-1", "1.5", "nan", "inf", "999999999999", "9" * 5000, "é", "0x10", "#"),
        *("100.dat", "100.hea", "nothing.dat", "~", ".", "V5", "100/2", "360/360(0)", "500"),
        *("8", "24", "61", "80", "212", "310", "508", "516", "7", "16x2", "16x999999", "16:3"),
        *("16:999999999", "16+24", "16+4000", "212x1:1+1", "200", "-1", "1e-300", "1/V"),
        *("0.001(99999999)/V", "100/uV", "0/mV", "100(0)/", "100()/mV", "12:00:00", "99/99/9999"),
    ]
)


@st.composite
def headers(draw):
    """Headers that are nearly right: a few words of a right one replaced or left out."""
    lines = [line.split(" ") for line in VALID.splitlines()]
    for _ in range(draw(st.integers(0, 3))):
        line = draw(st.sampled_from(lines))
        if line:
            line[draw(st.integers(0, len(line) - 1))] = draw(word)
    if draw(st.booleans()):
        line = draw(st.sampled_from(lines))
        del line[draw(st.integers(0, len(line))) :]
    return "\n".join(" ".join(line) for line in lines) + "\n"


@given(text=headers())
@example(text="100 1 360 10\n100.dat 16:999999999 200 16 0 0 0 0 V5\n")
@example(text="100 1 360 1000\n100.dat 8 200 16 0 0 0 0 V5\n")
@settings(
    max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_nearly_right_headers(record, text):
    record.with_name("100.hea").write_text(text, "utf-8")
    try:
        got = read_wfdb(record)
    except EcgError:
        return
    # What is read fits into the file of 4,000 bytes.
    assert got.signal.size <= 4000
    assert math.isfinite(got.fs)
