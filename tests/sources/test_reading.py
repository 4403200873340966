import numpy as np
import pytest
import wfdb

from ecgbook.errors import DataCorrupt, RecordInvalid
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


def write_frames(folder, frames):
    """Write a record at 125 frames a second; return its samples, one array a signal."""
    rng = np.random.default_rng(0)
    signals = [rng.integers(-2000, 2000, 500 * k).astype("<i2") for k in frames]
    rows = [signal.reshape(500, -1) for signal in signals]
    np.concatenate(rows, axis=1).tofile(folder / "r.dat")
    names = ("II", "V5", "V1")
    named = zip(frames, names, strict=False)
    lines = [f"r.dat 16x{k} 1000/mV 16 0 0 0 0 {name}" for k, name in named]
    (folder / "r.hea").write_text("\n".join([f"r {len(frames)} 125 500", *lines]) + "\n")
    return signals


def test_several_samples_a_frame_are_all_read(tmp_path, monkeypatch):
    samples = write_frames(tmp_path, (8, 8))
    wfdb.wrann("r", "atr", np.array([10, 499]), ["N", "V"], write_dir=str(tmp_path))
    for piece in (10**6, 300):
        monkeypatch.setattr(reading, "_PIECE", piece)
        recording = read_wfdb(tmp_path / "r", "atr")
        assert (recording.fs, recording.signal.shape) == (1000, (2, 4000))
        np.testing.assert_allclose(recording.signal[1], samples[1] / 1000, rtol=1e-6)
        # Annotations count frames.
        assert recording.annotations.sample.tolist() == [80, 3992]


def test_a_missing_sample_in_a_frame_stays_one(tmp_path):
    write_frames(tmp_path, (8,))
    samples = np.fromfile(tmp_path / "r.dat", "<i2")
    samples[77] = -32768
    samples.tofile(tmp_path / "r.dat")
    assert np.isnan(read_wfdb(tmp_path / "r").signal[0]).nonzero()[0].tolist() == [77]


def test_signals_of_two_rates_are_refused_together_and_read_apart(tmp_path):
    samples = write_frames(tmp_path, (1, 4))
    with pytest.raises(RecordInvalid, match=r"r\.hea: its signals differ in their sampling rate"):
        read_wfdb(tmp_path / "r")
    for k, fs in ((0, 125), (1, 500)):
        recording = read_wfdb(tmp_path / "r", signals=[k])
        assert recording.fs == fs
        np.testing.assert_allclose(recording.signal[0], samples[k] / 1000, rtol=1e-6)


def test_annotations_at_a_rate_of_their_own(tmp_path):
    write_record(tmp_path, "r", n_samples=7200)
    times_s = np.array([1.0, 2.5, 19.0])
    for fs in (250, 1000):
        wfdb.wrann(
            *("r", "atr", (times_s * fs).astype(int), ["N", "V", "N"]),
            fs=fs,
            write_dir=str(tmp_path),
        )
        marks = read_wfdb(tmp_path / "r", "atr").annotations
        assert marks.sample.tolist() == [360, 900, 6840]


def test_differences_of_format_8_are_summed_from_the_beginning(tmp_path, monkeypatch):
    steps = np.random.default_rng(0).integers(-127, 128, 5000).astype("i1")
    steps.tofile(tmp_path / "r.dat")
    (tmp_path / "r.hea").write_text("r 1 250 5000\nr.dat 8 1000/mV 12 0 700 0 0 II\n")
    monkeypatch.setattr(reading, "_PIECE", 1000)
    signal = read_wfdb(tmp_path / "r").signal[0]
    np.testing.assert_allclose(signal, (700 + np.cumsum(steps.astype(int))) / 1000, atol=1e-6)


@pytest.mark.parametrize(
    ("fs", "unit", "per_mv"),
    [(1000 / 3, "mV", 1), (250, "uV", 33.37e3), (600.614990234375, "V", 1)],
)
def test_numbers_of_many_digits(tmp_path, fs, unit, per_mv):
    signal = (np.sin(np.arange(1000) / 40)[:, None] + 0.2) * 1e-3 * per_mv
    facts = {"units": [unit], "sig_name": ["II"], "fmt": ["16"], "write_dir": str(tmp_path)}
    wfdb.wrsamp("r", fs=fs, p_signal=signal, **facts)
    recording = read_wfdb(tmp_path / "r")
    assert recording.fs == pytest.approx(fs, rel=1e-12)
    in_mv = {"mV": 1, "uV": 1e-3, "V": 1e3}[unit]
    np.testing.assert_allclose(recording.signal[0], signal[:, 0] * in_mv, atol=1e-3)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_headers_with_letters_beyond_ascii(record, encoding):
    before = read_wfdb(record).signal
    header = record.with_name("100.hea")
    text = header.read_text().replace("/mV", "/µV").replace(" V5", " Bäuchlein")
    header.write_bytes(f"{text}# Müller-Syndrom\u0085 2\n".encode(encoding))
    recording = read_wfdb(record)
    np.testing.assert_allclose(recording.signal, before / 1000, rtol=1e-6)
    assert recording.leads == ("MLII", "Bäuchlein")
    assert read_header(header).comments == ("Müller-Syndrom\u0085 2",)


def test_diagnoses_in_any_script(tmp_path):
    write_record(tmp_path, "r")
    with (tmp_path / "r.hea").open("a", encoding="utf-8") as file:
        file.write("# Dx: 心房颤动\n")
    assert read_header(tmp_path / "r.hea").comments == ("Dx: 心房颤动",)
    assert read_wfdb(tmp_path / "r").leads == ("MLII", "V5")
