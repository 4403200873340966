"""Every construct of *header(5)*, *signal(5)* and *annot(5)*, written here and read by others too.

Expected values are the numbers that were written, and what the ``wfdb`` package reads.
"""

import struct

import numpy as np
import pytest
import wfdb

import ecgbook
from ecgbook.errors import DataCorrupt, EcgError, RecordInvalid
from ecgbook.sources import read_wfdb
from tests.sources.encoders import ENCODERS, differences
from tests.sources.records import write_record

N = 997  # no whole number of pairs or threes


def samples(*shape, seed=0, most=120):
    return np.random.default_rng(seed).integers(-most, most, shape)


def write(folder, header, name="r", **files):
    """Write a header and signal files, given as ``name=bytes`` with the ending ``dat``."""
    (folder / f"{name}.hea").write_text(header, "utf-8")
    for file, content in files.items():
        (folder / f"{file}.dat").write_bytes(content)
    return folder / name


def same_as_wfdb(stem, recording, scale=1.0):
    """Compare sample by sample, and the rate."""
    record = wfdb.rdrecord(str(stem), smooth_frames=False)
    frame = record.samps_per_frame[0]
    assert recording.fs == pytest.approx(record.fs * frame)
    expected = np.array(record.e_p_signal) * scale
    np.testing.assert_allclose(recording.signal, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("fmt", ENCODERS)
@pytest.mark.parametrize("n_signals", [1, 3])
@pytest.mark.parametrize("offset", [0, 7])
def test_formats_and_byte_offsets(tmp_path, fmt, n_signals, offset):
    x = samples(N, n_signals)
    place = f"{fmt}+{offset}" if offset else fmt
    lines = [f"r.dat {place} 100(3)/mV 12 0 0 0 0 lead {n}" for n in range(n_signals)]
    header = "\n".join([f"r {n_signals} 250 {N}", *lines]) + "\n"
    stem = write(tmp_path, header, r=b"prologue"[:offset] + ENCODERS[fmt](x.ravel()))
    recording = read_wfdb(stem)
    np.testing.assert_allclose(recording.signal, (x.T - 3) / 100, rtol=1e-6)
    if fmt not in ("212", "310", "311") or N * n_signals % 6 == 0:
        same_as_wfdb(stem, recording)


@pytest.mark.parametrize("fmt", ["8", "16", "24", "32", "80", "212", "508", "516", "524"])
def test_formats_that_wfdb_writes(tmp_path, fmt):
    if fmt == "8":
        x = np.cumsum(samples(N, 1, most=9), axis=0)
        header = f"r 1 250 {N}\nr.dat 8 100/mV 12 0 {x[0, 0]} 0 0 II\n"
        stem = write(tmp_path, header, r=differences(x[:, 0], x[0, 0]))
        np.testing.assert_allclose(read_wfdb(stem).signal[0], x[:, 0] / 100, rtol=1e-6)
    else:
        write_record(tmp_path, "r", fmt=fmt, n_samples=N)
        stem = tmp_path / "r"
    same_as_wfdb(stem, read_wfdb(stem))


def test_a_skew_of_all_signals_is_refused(tmp_path):
    # It moves the whole record, which wfdb cannot read.
    lines = [f"r.dat 16:{k} 100/mV 12 0 0 0 0 lead {k}" for k in (7, 2)]
    header = "\n".join(["r 2 250 500", *lines]) + "\n"
    with pytest.raises(DataCorrupt, match=r"r\.hea cannot be read"):
        read_wfdb(write(tmp_path, header, r=ENCODERS["16"](samples(500, 2))))


@pytest.mark.parametrize("skew", [(0, 0), (0, 5), (3, 0)])
def test_skew(tmp_path, skew):
    x = samples(500, 2)
    lines = [f"r.dat 16:{k} 100/mV 12 0 0 0 0 lead {k}{n}" for n, k in enumerate(skew)]
    stem = write(tmp_path, "\n".join(["r 2 250 500", *lines]) + "\n", r=ENCODERS["16"](x))
    recording = read_wfdb(stem)
    same_as_wfdb(stem, recording)
    for n, k in enumerate(skew):  # a signal that was late is brought forward
        np.testing.assert_allclose(recording.signal[n, : 500 - k], x[k:, n] / 100, rtol=1e-6)
        assert np.isnan(recording.signal[n, 500 - k :]).all()


@pytest.mark.parametrize(("fmt", "frames"), [("16", (4, 4)), ("212", (2, 2)), ("16", (1, 4))])
def test_samples_a_frame(tmp_path, fmt, frames):
    x = [samples(300 * k, seed=k) for k in frames]
    rows = np.concatenate([row.reshape(300, -1) for row in x], axis=1)
    lines = [f"r.dat {fmt}x{k} 100/mV 12 0 0 0 0 lead {n}" for n, k in enumerate(frames)]
    header = "\n".join(["r 2 125 300", *lines]) + "\n"
    stem = write(tmp_path, header, r=ENCODERS[fmt](rows.ravel()))
    for n, k in enumerate(frames):
        recording = read_wfdb(stem, signals=[n])
        assert recording.fs == 125 * k
        np.testing.assert_allclose(recording.signal[0], x[n] / 100, rtol=1e-6)


def test_files_of_several_formats(tmp_path):
    x = samples(600, 3)
    header = (
        "r 3 250 600\nb.dat 212 100/mV 12 0 0 0 0 II\na.dat 61 200/uV 16 0 0 0 0 V1\n"
        "a.dat 61 200/uV 16 0 0 0 0 V2\n"
    )
    content = {"b": ENCODERS["212"](x[:, 0]), "a": ENCODERS["61"](x[:, 1:].ravel())}
    recording = read_wfdb(write(tmp_path, header, **content))
    expected = x / [100, 200_000, 200_000]
    np.testing.assert_allclose(recording.signal.T, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("line", "zero", "unit"),
    [
        ("100", 0, 100),
        ("100.5/mV", 0, 100.5),
        ("100(-20)/mV 12 55", -20, 100),
        ("100/mV 12 55", 55, 100),  # without a baseline the ADC zero is one
        ("100/mV 12 55 17 0 0", 55, 100),
        ("1e2/mV", 0, 100),
        ("0.1/uV", 0, 100),
    ],
)
def test_gain_baseline_and_adc_zero(tmp_path, line, zero, unit):
    x = samples(400)
    fields = line if line.count(" ") > 1 else f"{line} 12 0" if " " not in line else line
    fields += " 0" * (5 - fields.count(" ")) + " II"
    stem = write(tmp_path, f"r 1 250 400\nr.dat 16 {fields}\n", r=ENCODERS["16"](x))
    recording = read_wfdb(stem)
    np.testing.assert_allclose(recording.signal[0], (x - zero) / unit, rtol=1e-6)
    same_as_wfdb(stem, recording, 1e-3 if "uV" in line else 1)


@pytest.mark.parametrize(
    "first",
    [
        "r 1 250 400",
        "r 1 250.0 400",
        "r 1 250/1000 400",
        "r 1 250/1000(25.5) 400",
        "r 1 250/1000(-3) 400",
        "r 1 250 400 12:30",
        "r 1 250 400 1:02:03.456",
        "r 1 250 400 00:00:00 24/12/1987",
        "  r   1\t250  400  ",
    ],
)
@pytest.mark.parametrize("comments", ["", "# Age: 74\n#\n# Dx: a b\n"])
def test_counters_times_and_comments(tmp_path, first, comments):
    x = samples(400)
    text = f"#before\n\n{first}\nr.dat 16 100/mV 12 0 0 0 0 II and more\n{comments}"
    stem = write(tmp_path, text, r=ENCODERS["16"](x))
    recording = read_wfdb(stem)
    assert (recording.fs, recording.leads) == (250, ("II and more",))
    np.testing.assert_allclose(recording.signal[0], x / 100, rtol=1e-6)


def test_a_year_as_date_is_refused_or_read(tmp_path):
    text = "r 1 250 400 12:00:00 2006\nr.dat 16 100/mV 12 0 0 0 0 II\n"
    stem = write(tmp_path, text, r=ENCODERS["16"](samples(400)))
    try:
        assert read_wfdb(stem).signal.shape == (1, 400)
    except EcgError as error:
        assert "2006" in str(error)  # noqa: PT017 - either is right


@pytest.mark.parametrize("fmt", ENCODERS)
def test_no_length(tmp_path, fmt):
    x = samples(900, 2)
    lines = [f"r.dat {fmt} 100/mV 12 0 0 0 0 {lead}" for lead in ("II", "V1")]
    stem = write(tmp_path, "\n".join(["r 2 250", *lines]) + "\n", r=ENCODERS[fmt](x.ravel()))
    recording = ecgbook.read(stem)
    np.testing.assert_allclose(recording.signal, x.T / 100, rtol=1e-6)
    assert (recording.fs, recording.leads) == (250, ("II", "V1"))


def write_segments(folder):
    """Write three parts of a record, the third with another order of signals."""
    parts = [samples(n, 2, seed=n) for n in (300, 200, 400)]
    for k, x in enumerate(parts):
        leads = ("II", "V1") if k < 2 else ("V1", "II")
        lines = [f"s{k}.dat 16 100/mV 12 0 0 0 0 {lead}" for lead in leads]
        header = "\n".join([f"s{k} 2 250 {len(x)}", *lines]) + "\n"
        write(folder, header, f"s{k}", **{f"s{k}": ENCODERS["16"](x)})
    return parts


def test_segments_of_a_fixed_layout(tmp_path):
    a, b, _ = write_segments(tmp_path)
    stem = write(tmp_path, "m/2 2 250 500\ns0 300\ns1 200\n", "m")
    wfdb.wrann("m", "atr", np.array([10, 350]), ["N", "V"], write_dir=str(tmp_path))
    recording = ecgbook.read(stem)
    np.testing.assert_allclose(recording.signal, np.concatenate([a, b]).T / 100, rtol=1e-6)
    theirs = wfdb.rdrecord(str(stem)).p_signal.T
    np.testing.assert_allclose(recording.signal, theirs, rtol=1e-6)
    assert recording.annotations.sample.tolist() == [10, 350]


def test_segments_of_a_variable_layout_with_a_gap(tmp_path):
    a, _, c = write_segments(tmp_path)
    layout = ["~ 0 100/mV 12 0 0 0 0 II", "~ 0 100/mV 12 0 0 0 0 V1"]
    write(tmp_path, "\n".join(["layout 2 250 0", *layout]) + "\n", "layout")
    stem = write(tmp_path, "m/4 2 250 750\nlayout 0\ns0 300\n~ 50\ns2 400\n", "m")
    recording = ecgbook.read(stem)
    expected = np.concatenate([a, np.full((50, 2), np.nan), c[:, ::-1]]).T / 100
    np.testing.assert_allclose(recording.signal, expected, rtol=1e-6)
    theirs = wfdb.rdrecord(str(stem)).p_signal.T
    np.testing.assert_allclose(recording.signal, theirs, rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("m/3 2 250 500\ns0 300\ns1 200\n", "promises 3 segments"),
        ("m/2 2 250 900\ns0 300\ns1 200\n", "not as long together"),
        ("m/2 2 250 501\ns0 300\ns1 201\n", r"s1\.hea is not as m\.hea says"),
        ("m/2 2 250 600\ns0 300\nm 300\n", "a segment of itself"),
        ("m/2 2 250 9000000000300\ns0 300\n~ 9000000000000\n", "more than 2,147,483,648 samples"),
        ("m/2 2 250 500\ns0 300\n../s1 200\n", "promises 2 segments"),
    ],
)
def test_segments_that_contradict_the_record(tmp_path, text, error):
    write_segments(tmp_path)
    with pytest.raises((DataCorrupt, RecordInvalid), match=error):
        ecgbook.read(write(tmp_path, text, "m"))


def word(code, low=0):
    return struct.pack("<H", code << 10 | low)


def skip(samples):
    """Write a long pause: the upper half of 32 bits first, each with its low byte first."""
    return word(59) + struct.pack("<hH", samples >> 16, samples & 0xFFFF)


def text(content):
    return word(63, len(content)) + content + b"\0" * (len(content) % 2)


@pytest.mark.parametrize("rate", [None, 360, 500])
def test_annotations_with_all_their_fields(tmp_path, rate):
    write_record(tmp_path, "r", n_samples=400_000)
    note = f"## time resolution: {rate}".encode()
    head = word(22) + text(note) if rate else b""
    marks = [
        (word(28, 5) + text(b"(AFIB"), 5, "+", "(AFIB"),
        (word(1, 1000) + word(60, 3), 1005, "N", ""),  # NUM
        (word(5, 10) + word(61, 2) + word(62, 1), 1015, "V", ""),  # SUB and CHN
        (skip(200_000) + word(1, 0), 201_015, "N", ""),
        (skip(-15) + word(8, 0) + text(b"odd"), 201_000, "A", "odd"),
        (word(0, 77), None, "", ""),  # no mark, but time goes on
        (word(22, 23) + text(b"even"), 201_100, '"', "even"),
    ]
    own = word(22) + text(b"for the reader")  # also at sample 0, where the rate is told
    content = head + own + b"".join(mark for mark, *_ in marks) + b"\0\0"
    marks = [(b"", 0, '"', "for the reader"), *marks]
    (tmp_path / "r.atr").write_bytes(content)
    found = read_wfdb(tmp_path / "r", "atr").annotations
    expected = sorted((mark[1:] for mark in marks if mark[1] is not None), key=lambda mark: mark[0])
    times = [round(time * 360 / (rate or 360)) for time, *_ in expected]
    assert found.sample.tolist() == times
    assert found.symbol.tolist() == [symbol for _, symbol, _ in expected]
    assert found.aux.tolist() == [aux for *_, aux in expected]
    theirs = wfdb.rdann(str(tmp_path / "r"), "atr")
    assert sorted(theirs.sample.tolist()) == [time for time, *_ in expected[1:]]  # without the note


def test_codes_that_a_file_names_itself(tmp_path):
    write_record(tmp_path, "r", n_samples=1000)
    names = (b"## annotation type definitions", b"42 X odd beat", b"## end of definitions")
    head = b"".join(word(22) + text(one) for one in names)
    (tmp_path / "r.atr").write_bytes(head + word(42, 100) + word(1, 200) + b"\0\0")
    found = read_wfdb(tmp_path / "r", "atr").annotations
    assert (found.sample.tolist(), found.symbol.tolist()) == ([100, 300], ["X", "N"])
