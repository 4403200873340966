"""EDF and BDF files, written by edfio and read again; and those that are damaged."""

from contextlib import suppress

import numpy as np
import pytest

import ecgbook
from ecgbook.errors import DataCorrupt, EcgError, RecordInvalid

edfio = pytest.importorskip("edfio")

FS = 256
WAVE = 1000 * np.sin(np.arange(10 * FS) / 20)  # µV


def signal(label, unit="uV", fs=FS, data=None):
    data = WAVE[: 10 * fs] if data is None else data
    return edfio.EdfSignal(data, fs, label=label, physical_dimension=unit)


def written(folder, *signals, notes=()):
    path = folder / "night.edf"
    edfio.Edf([*signals], annotations=[edfio.EdfAnnotation(*note) for note in notes]).write(path)
    return path


def test_leads_are_read_in_mv_and_the_others_named(tmp_path):
    signals = [signal("ECG II"), signal("V1", "mV", data=WAVE / 1000), signal("Resp chest", "", 32)]
    path = written(tmp_path, *signals, signal("ECG HR", "bpm", 1), signal("ECG Imp", "Ohm", 32))
    with pytest.warns(UserWarning, match=r"left out what is no ECG: Resp chest, ECG HR, ECG Imp$"):
        recording = ecgbook.read(path, patient="p")
    assert (recording.leads, recording.fs, recording.patient) == (("II", "V1"), FS, "p")
    step = 2000 / 2**16  # µV, of one number of 16 bits
    np.testing.assert_allclose(recording.signal, [WAVE / 1000] * 2, atol=step / 1000)


def test_texts_become_comments(tmp_path):
    path = written(tmp_path, signal("EKG"), notes=[(1.5, None, "felt dizzy"), (99, None, "after")])
    marks = ecgbook.read(path).annotations
    assert (marks.sample.tolist(), marks.aux.tolist()) == ([round(1.5 * FS)], ["felt dizzy"])
    assert len(marks.beats()) == 0


def test_bdf(tmp_path):
    path = tmp_path / "night.bdf"
    own = edfio.BdfSignal(WAVE, FS, label="ECG", physical_dimension="uV")
    edfio.Bdf([own]).write(path)
    np.testing.assert_allclose(ecgbook.read(path).signal, [WAVE / 1000], atol=1e-6)


@pytest.mark.parametrize(
    ("signals", "error", "match"),
    [
        ([("EEG Fpz-Cz", "uV", FS)], EcgError, r"none of its signals is an ECG .*: EEG Fpz-Cz"),
        ([("ECG I", "uV", FS), ("ECG II", "uV", 128)], RecordInvalid, r"differ in their sampling"),
        ([("ECG I", "mmHg", FS)], EcgError, r"is an ECG by its label and unit: ECG I"),
    ],
)
def test_what_is_no_ecg_is_refused(tmp_path, signals, error, match):
    with pytest.raises(error, match=match):
        ecgbook.read(written(tmp_path, *(signal(*one) for one in signals)))


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 0.8, 0.999])
def test_a_file_that_is_cut_off_is_refused(tmp_path, share):
    path = written(tmp_path, signal("ECG II"))
    raw = path.read_bytes()
    path.write_bytes(raw[: int(share * len(raw))])
    with pytest.raises(DataCorrupt, match="export it again"):
        ecgbook.read(path)


@pytest.mark.filterwarnings("ignore:.*left out what is no ECG")
def test_damaged_files_end_in_one_sentence(tmp_path):
    path, random = written(tmp_path, signal("ECG II")), np.random.default_rng(0)
    raw = path.read_bytes()
    for _ in range(200):
        changed = bytearray(raw)
        for at in random.integers(0, 512, 3):  # of the header
            changed[at] = random.integers(256)
        path.write_bytes(changed)
        with suppress(EcgError):
            ecgbook.read(path)
