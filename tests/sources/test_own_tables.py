"""Tables of strangers: as watches, belts and recorders export them, and what is wrong with some."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ecgbook
from ecgbook.errors import DataCorrupt, DataMissing, EcgError, RecordInvalid

WATCH = """Name,Doe
Date of Birth,1970-01-01
Recorded Date,2024-05-01 10:11:12 +0200
Classification,Sinus Rhythm
Symptoms,
Software Version,1.90
Device,"Watch 6,1"
Sample Rate,512 hertz

Lead,Lead I
Unit,µV

-31.5
0
250
"""
WATCH_GERMAN = """Name,Doe III
Messrate,512,000\xa0Hertz

Ableitung,Ableitung I
Einheit,µV

-31,5
0
250,0
"""
BELT = """Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV]
2024-05-01T10:11:12.100;599616000000000;0.0;-31
2024-05-01T10:11:12.108;599616007692307;7.692307;0
2024-05-01T10:11:12.116;599616015384615;15.384615;250
"""
RDSAMP = """'sample #','MLII','V5'
'hh:mm:ss.mmm','mV','mV'
0,-0.145,-0.065
1,-0.145,-0.065
2,0.120,0.4
"""
COUNTED = """,Lead II (mV),v1 (mV),HR
0,1.0,0.5,60
1,2.0,0.25,61
2,,0.125,62
"""


def written(folder, text, name="mine.csv", encoding="utf-8"):
    path = folder / name
    path.write_text(text, encoding)
    return path


@pytest.mark.parametrize("text", [WATCH, WATCH_GERMAN])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_the_export_of_a_watch(tmp_path, text, encoding):
    recording = ecgbook.read(written(tmp_path, text, encoding=encoding), patient="me")
    assert (recording.leads, recording.fs, recording.patient) == (("I",), 512, "me")
    np.testing.assert_allclose(recording.signal, [[-0.0315, 0, 0.25]], rtol=1e-6)


def test_the_export_of_a_belt_with_times(tmp_path):
    recording = ecgbook.read(written(tmp_path, BELT, "belt.txt"))
    assert recording.leads == ("ECG",)
    assert recording.fs == pytest.approx(130, rel=1e-6)
    np.testing.assert_allclose(recording.signal, [[-0.031, 0, 0.25]], rtol=1e-6)


def test_the_table_that_physionet_offers(tmp_path):
    recording = ecgbook.read(written(tmp_path, RDSAMP), fs=360)
    assert recording.leads == ("MLII", "V5")
    np.testing.assert_allclose(recording.signal[:, 2], [0.12, 0.4], rtol=1e-6)


def test_numbered_rows_gaps_and_what_is_no_ecg(tmp_path):
    with pytest.warns(UserWarning, match=r"left out what is no ECG: HR$"):
        recording = ecgbook.read(written(tmp_path, COUNTED), fs=250)
    assert recording.leads == ("II", "V1")
    np.testing.assert_array_equal(recording.signal, [[1, 2, np.nan], [0.5, 0.25, 0.125]])


def test_one_column_and_nothing_else(tmp_path):
    recording = ecgbook.read(written(tmp_path, "1\n2\n-3\n", "raw.txt"), fs=100, unit="uV")
    assert recording.leads == ("ECG",)
    np.testing.assert_allclose(recording.signal, [[0.001, 0.002, -0.003]], rtol=1e-6)


M = {"fs": 250, "unit": "mV"}
DELIMITERS = {",": ".", ";": ",", "\t": ",", " ": "."}


@given(
    st.lists(
        st.tuples(*[st.integers(-9_999, 9_999)] * 3),
        min_size=2,
        max_size=30,
        unique_by=lambda r: r[0],
    ),
    st.sampled_from([*DELIMITERS]),
    st.booleans(),
)
def test_what_is_written_is_read(tmp_path_factory, rows, delimiter, comma):
    """In units of a thousandth of a mV, with every delimiter, and decimal commas where allowed."""
    path = tmp_path_factory.mktemp("table") / "x.csv"
    mark = "," if comma and delimiter != "," else "."
    lines = [delimiter.join(("I", "II", "V3"))]
    lines += [delimiter.join(f"{v / 1000:.3f}".replace(".", mark) for v in row) for row in rows]
    path.write_text("\n".join(lines))
    recording = ecgbook.read(path, fs=250, unit="mV")
    assert recording.leads == ("I", "II", "V3")
    np.testing.assert_allclose(recording.signal, np.array(rows).T / 1000, rtol=1e-6, atol=1e-9)


@given(st.integers(100, 1200), st.integers(3, 6), st.integers(600, 900))
def test_the_rate_is_read_from_rounded_times(tmp_path_factory, fs, digits, n):
    path = tmp_path_factory.mktemp("table") / "x.csv"
    rows = [f"{k / fs:.{digits}f},0.5" for k in range(n)]
    path.write_text("\n".join(["time (s),ECG (mV)", *rows]))
    found = ecgbook.read(path).fs
    assert found == pytest.approx(fs, rel=2 * 10.0**-digits * fs / n)


@pytest.mark.parametrize(
    ("text", "how", "error", "match"),
    [
        ("I (mV)\n1\n2\n3\n", {}, RecordInvalid, r"does not say its sampling rate, .* pass fs="),
        ("I\n1\n2\n3\n", {"fs": 100}, RecordInvalid, r"does not say the unit .* pass unit="),
        ("I\n1\n2\n3\n", {"fs": 100, "unit": "bpm"}, RecordInvalid, r"unit must be mV"),
        ("I (mV)\n1\n2\n", {"fs": 100, "unit": "uV"}, RecordInvalid, r"says mV, unit says uV"),
        ("I (mmHg)\n1\n2\n", {"fs": 100}, RecordInvalid, r"no column is an ECG by its name and"),
        (WATCH, {"fs": 500}, RecordInvalid, r"512 Hz by what the file says, 500 Hz by fs"),
        ("HR,steps\n60,1\n61,5\n", {"fs": 1}, RecordInvalid, r"no column is an ECG .*HR, steps"),
        ("I,II\n1,2\n3,oops\n", {"fs": 100, "unit": "mV"}, DataCorrupt, r"line 3: 'oops' is no"),
        ("I,II\n1,2\n3,4,5\n6,7\n", M, DataCorrupt, r"line 3: '3, 4, 5' is neither names"),
        ("1,5\n2,5\n", {"fs": 9, "unit": "mV"}, DataCorrupt, r"two numbers, or one with a decimal"),
        ("a story\nof no number\n", {}, DataCorrupt, r"no line of numbers"),
        ("", {}, DataCorrupt, r"is empty"),
        ("x" * 5000, {}, DataCorrupt, r"more than 4096 characters"),
        (
            "time (s),I (mV)\n0,1\n0.01,1\n0.02,1\n5,1\n5.01,1\n",
            {},
            RecordInvalid,
            r"the column 'time \(s\)' is not even",
        ),
    ],
)
def test_what_is_not_said_or_contradicts_is_refused(tmp_path, text, how, error, match):
    with pytest.raises(error, match=match):
        ecgbook.read(written(tmp_path, text), **how)


def test_a_decimal_comma_in_the_only_column(tmp_path):
    path = written(tmp_path, "ECG\n1,5\n-0,25\n")
    np.testing.assert_allclose(ecgbook.read(path, fs=9, unit="mV").signal, [[1.5, -0.25]])


def test_rate_and_unit_are_for_tables(record):
    with pytest.raises(EcgError, match="fs and unit are for tables"):
        ecgbook.read(record, fs=100)


@pytest.mark.parametrize(
    ("text", "how", "signal"),
    [
        ("I (mV),II (mV),\n1,2\n3,4\n", {"fs": 250}, [[1, 3], [2, 4]]),
        ("ECG (mV)\r\r\n1\r\r\n2\r\r\n", {"fs": 250}, [[1, 2]]),
        ("ECG (mV)\n\u22121.5\n2\n", {"fs": 250}, [[-1.5, 2]]),
        ("I;II\n" + "0;0\n" * 3000 + "0,5;0,5\n", M, None),
        ("time,ECG (mV)\n0,1\n1,2\n2,3\n", {"fs": 250}, [[1, 2, 3]]),
        ("timestamp,ECG (mV)\n1714550000000,1\n1714550000004,2\n1714550000008,3\n", M, [[1, 2, 3]]),
        ("when,label,ECG (mV)\n10:00 AM,N,1\n10:00 AM,V,2\n", {"fs": 250}, [[1, 2]]),
        ("ECG (Lead II) (mV)\n1\n2\n", {"fs": 250}, [[1, 2]]),
    ],
)
@pytest.mark.filterwarnings("ignore:.*left out what is no ECG")
def test_what_people_really_have(tmp_path, text, how, signal):
    recording = ecgbook.read(written(tmp_path, text), **how)
    if signal is not None:
        np.testing.assert_allclose(recording.signal, signal, rtol=1e-6)
    else:
        assert (recording.signal[:, -1] == 0.5).all()


@pytest.mark.parametrize(
    ("text", "how", "match"),
    [
        ("I,II,III\n1,2,3\n4,5,6\n7,8\n", M, r"line 4: 2 cells instead of 3"),
        ("index,ECG\n0,995\n1,1011\n2\n", M, r"line 4: 1 cells instead of 2"),
        ("I;II\n1;oops\n3;4\n5;6\n", M, r"line 2: '1, oops' is neither names nor numbers"),
        ("I;II\n1,5;2,5\n5;oops\n2,5;3,5\n", M, r"line 3: '5, oops' is neither names nor"),
        ('ECG (uV)\n"1,234"\n"2,345"\n', {"fs": 250}, r"may be a thousand or a decimal"),
        ("time (s),EEG (uV)\n0,1\n0.01,2\n0.02,3\n", {}, r"no column is an ECG"),
        ("PPG\n1\n2\n", M, r"no column is an ECG"),
        ("-aVR\n1\n2\n", M, r"no column is an ECG .*-aVR"),
        ("t,vx,vy,vz\n0,1,2,3\n1,2,3,4\n", M, r"no column is an ECG .*vx, vy, vz"),
        ("Notch filter 50 Hz\nECG (mV)\n1\n2\n", {}, r"does not say its sampling rate"),
        ("time,ECG (mV)\n0,1\n1,2\n2,3\n", {}, r"does not say its sampling rate"),
        ("Sampling rate unknown.\nECG (mV)\n1\n2\n", {}, r"does not say its sampling rate"),
        ("ECG (mV)\n1\n2\n", {"fs": "250"}, r"must be a positive number of Hz"),
        ("ECG (mV)\n" + "1\n" * 2500 + "x" * 200_000, {"fs": 9}, r"is no number"),
    ],
)
def test_what_can_be_read_in_two_ways_or_is_cut_is_refused(tmp_path, text, how, match):
    with pytest.raises(EcgError, match=match):
        ecgbook.read(written(tmp_path, text), **how)


@pytest.mark.parametrize(
    ("line", "fs"),
    [
        ("Sample Rate,511,422 hertz", 511.422),
        ("Messrate,511,562\xa0Hertz", 511.562),
        ("Sampling frequency: 1.000 Hz", 1000),
        ("Sampling rate [Hz];1,000", 1000),
        ("Fréquence d’échantillonnage : 512 Hz", 512),
        ("# sampling rate: 250.5", 250.5),
    ],
)
def test_the_rate_is_taken_from_the_line_that_says_it(tmp_path, line, fs):
    text = f"Filter: 0.5-40 Hz\n{line}\nECG (mV)\n1\n2\n"
    assert ecgbook.read(written(tmp_path, text)).fs == pytest.approx(fs)


def test_only_leads_are_taken_of_what_a_toolbox_writes(tmp_path):
    text = "ECG_Raw,ECG_Clean,ECG_Rate,ECG_Quality,ECG_R_Peaks\n1,2,70,0.9,0\n3,4,71,0.8,1\n"
    with pytest.warns(UserWarning, match="ECG_Rate, ECG_Quality, ECG_R_Peaks"):
        recording = ecgbook.read(written(tmp_path, text), **M)
    np.testing.assert_array_equal(recording.signal, [[1, 3], [2, 4]])


def test_uneven_times_are_warned_of_where_the_rate_is_given(tmp_path):
    path = written(tmp_path, "time (s),I (mV)\n0,1\n0.01,1\n0.02,1\n5,1\n5.01,1\n")
    with pytest.warns(UserWarning, match="is not even"):
        assert ecgbook.read(path, fs=100).fs == 100


def test_a_table_beside_a_record_of_its_name_is_read(record):
    path = written(record.parent, "I (mV)\n1\n2\n", "100.csv")
    assert ecgbook.read(path, fs=9).leads == ("I",)
    with pytest.raises(DataMissing, match=r"nowhere\.csv is not there"):
        ecgbook.read(record.parent / "nowhere.csv", fs=9)
