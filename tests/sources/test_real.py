"""Facts of the real databases."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
import wfdb

from ecgbook.conventions import TWELVE_LEADS
from ecgbook.errors import DataMissing
from ecgbook.sources import open_database

pytestmark = pytest.mark.real

# Symbols of all 48 records, counted over the published annotation files.
BEATS = dict(
    zip(
        "N L R V / A f F j a E J Q e S".split(),
        (75052, 8075, 7259, 7130, 7028, 2546, 982, 803, 229, 150, 106, 83, 33, 16, 2),
        strict=True,
    )
)


def opened(name):
    try:
        return open_database(name)
    except DataMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def mitdb():
    return opened("mitdb")


def test_mitdb_equals_wfdb(mitdb):
    assert len(mitdb.records) == 48
    for decoded in mitdb.read_all(progress=False):
        stem = str(mitdb.files.folder / decoded.record)
        record, marks = wfdb.rdrecord(stem), wfdb.rdann(stem, "atr")
        expected = record.p_signal.T.astype(np.float32)
        for recording in (decoded, mitdb.read(decoded.record)):  # the second is from the store
            np.testing.assert_array_equal(recording.signal, expected)
            assert list(recording.leads) == record.sig_name
            assert recording.fs == record.fs == 360
            np.testing.assert_array_equal(recording.annotations.sample, marks.sample)
            assert recording.annotations.symbol.tolist() == marks.symbol
            texts = [text.rstrip("\0") for text in marks.aux_note]
            assert recording.annotations.aux.tolist() == texts


def test_mitdb_beats(mitdb):
    found = Counter()
    for recording in mitdb.read_all(progress=False):
        found.update(recording.annotations.beats().symbol.tolist())
    assert found == BEATS
    assert sum(found.values()) == 109_494


def test_mitdb_patients(mitdb):
    labels = mitdb.metadata
    assert labels["patient"].nunique() == 47
    assert labels.loc["201", "patient"] == labels.loc["202", "patient"]
    same = labels.loc[["201", "202"], ["age", "sex"]]
    assert same.drop_duplicates().to_numpy().tolist() == [[68, "M"]]
    # 25 men of 32 to 89 years and 22 women of 23 to 89 years, says the directory.
    people = labels.drop_duplicates("patient")
    assert people["sex"].value_counts().to_dict() == {"M": 25, "F": 22}
    assert people.groupby("sex")["age"].agg(["min", "max"]).to_numpy().tolist() == [
        [23, 89],
        [32, 89],
    ]


def test_mitdb_paced_records_have_paced_beats(mitdb):
    paced = {
        record for record in mitdb.records if "/" in mitdb.read(record).annotations.symbol.tolist()
    }
    assert set(mitdb.metadata.index[mitdb.metadata["paced"]]) == paced


def test_mitdb_leads(mitdb):
    assert mitdb.read("114").leads == ("V5", "MLII")
    without = {record for record in mitdb.records if "MLII" not in mitdb.read(record).leads}
    assert without == {"102", "104"}


def test_challenge_2017():
    found = opened("challenge-2017")
    labels = found.metadata
    assert labels["label"].value_counts().to_dict() == {"N": 5076, "O": 2415, "A": 758, "~": 279}
    assert labels["patient"].nunique() == 8528 - 2
    for twins in (("A00227", "A01176"), ("A02656", "A03123")):
        first, second = found.read_all(twins, progress=False)
        np.testing.assert_array_equal(first.signal, second.signal)
        assert first.patient == second.patient
        assert (first.fs, first.leads) == (300, ("ECG",))


def test_ptbxl_labels():
    found = opened("ptb-xl")
    if len(found.records) != 2992:
        pytest.skip("the counts below are of the subset with 2,992 records")
    labels = found.metadata
    folds = labels["fold"].value_counts().sort_index()
    assert folds.tolist() == [260, 307, 307, 266, 307, 281, 288, 315, 333, 328]
    assert labels.groupby("patient")["fold"].nunique().max() == 1
    assert labels["patient"].nunique() == 2900
    classes = labels[["NORM", "STTC", "MI", "CD", "HYP"]]
    assert classes.sum().tolist() == [1433, 703, 665, 602, 346]
    assert (~classes.any(axis=1)).sum() == 61


def test_ptbxl_signal():
    found = opened("ptb-xl")
    for record in found.records[::500]:
        recording = found.read(record)
        stem = str(found.files.folder / found.files.path_of(record))
        expected = wfdb.rdrecord(stem).p_signal.T.astype(np.float32)
        np.testing.assert_array_equal(recording.signal, expected)
        assert recording.leads == TWELVE_LEADS
        assert recording.signal.shape == (12, 5000)
        # Einthoven and Goldberger, within the rounding to 1 µV.
        i, ii, iii, avr = recording.signal[:4]
        np.testing.assert_allclose(i + iii, ii, atol=0.003)
        np.testing.assert_allclose(avr, -(i + ii) / 2, atol=0.003)


def test_ptbxl_men_are_taller():
    # The table codes sex as 0 and 1; the heights tell which is which.
    found = opened("ptb-xl")
    table = pd.read_csv(found.files.fetch(["ptbxl_database.csv"])[0], index_col="filename_hr")
    height = table["height"].set_axis(table.index.str.rsplit("/", n=1).str[-1])
    mean = height.reindex(found.metadata.index).groupby(found.metadata["sex"]).mean()
    assert mean["M"] > mean["F"] + 5


def test_challenge_2021():
    found = opened("challenge-2021")
    labels = found.metadata
    assert labels["dx"].map(len).min() >= 1
    assert set(labels["sex"]) <= {"M", "F", ""}
    some = found.records[::4]
    for record, recording in zip(some, found.read_all(some, progress=False), strict=True):
        assert recording.record == record
        assert recording.leads == TWELVE_LEADS
        assert 0.1 < np.abs(recording.signal).max() < 20


def test_ptbdb():
    found = opened("ptbdb")
    recording = found.read("s0010_re")
    assert recording.leads == (*TWELVE_LEADS, "VX", "VY", "VZ")
    assert (recording.fs, recording.duration_s, recording.patient) == (1000, 38.4, "patient001")
    assert found.metadata.loc["s0010_re"].to_dict() == {
        "patient": "patient001",
        "age": 81,
        "sex": "F",
        "diagnosis": "Myocardial infarction",
    }
    i, ii, iii = recording.signal[:3]
    np.testing.assert_allclose(i + iii, ii, atol=0.003)


def test_ludb_labels():
    found = opened("ludb")
    if len(found) != 100:
        pytest.skip("the counts below are of the 100 people with odd numbers")
    labels = found.metadata
    assert labels["patient"].is_unique
    assert labels["sex"].value_counts().to_dict() == {"M": 60, "F": 40}
    assert not labels["age"].isna().any()
    assert (labels["rhythm"] == "Sinus rhythm").sum() == 73
    assert labels["axis"].value_counts().to_dict() == {
        "normal": 38,
        "left axis deviation": 35,
        "vertical": 11,
        "horizontal": 10,
        "": 4,
        "right axis deviation": 2,
    }
    assert labels["hypertrophies"].map(lambda x: "Left ventricular hypertrophy" in x).sum() == 56
    # What the table says stands in the comments of the header, too.
    for record, row in labels[::9].iterrows():
        (header,) = found.files.fetch([f"data/{record}.hea"])
        text = header.read_text().lower()
        assert f"<age>: {row['age']:.0f}" in text
        assert f"<sex>: {row['sex'].lower()}" in text


def test_ludb_waves():
    found = opened("ludb")
    counts = Counter()
    for record in found.records[::5]:
        waves, recording = found.waves(record), found.read(record)
        assert tuple(waves) == recording.leads == TWELVE_LEADS
        assert (recording.fs, recording.signal.shape) == (500, (12, 5000))
        stem = str(found.files.folder / found.files.path_of(record))
        original = wfdb.rdrecord(stem, physical=False)
        expected = (original.d_signal - np.array(original.baseline)).T / 1000
        np.testing.assert_allclose(recording.signal, expected, atol=1e-6)
        for lead, marks in waves.items():
            original = wfdb.rdann(stem, lead.lower())
            np.testing.assert_array_equal(marks.sample, original.sample)
            assert marks.symbol.tolist() == original.symbol
            counts.update(original.symbol)
        np.testing.assert_array_equal(recording.annotations.sample, waves["II"].sample)
    assert set(counts) == set("()pNt")
    # Cardiologists marked 58,429 waves in 200 records of twelve leads.
    peaks = counts["p"] + counts["N"] + counts["t"]
    assert peaks / len(found.records[::5]) == pytest.approx(58_429 / 200, rel=0.2)


def test_ludb_units_are_microvolts():
    ludb, ptbxl = opened("ludb"), opened("ptb-xl")
    heights = {"ludb": [], "ptb-xl": []}
    for record in ludb.records[::4]:
        signal = ludb.read(record).signal
        # The gains of the header would make every lead as tall as the others.
        stem = str(ludb.files.folder / ludb.files.path_of(record))
        np.testing.assert_allclose(np.ptp(wfdb.rdrecord(stem).p_signal, axis=0), 1)
        # Up to the few microvolts of each lead's own baseline.
        i, ii, iii = signal[:3] - signal[:3].mean(axis=1, keepdims=True)
        np.testing.assert_allclose(i + iii, ii, atol=1e-5)
        heights["ludb"].append(np.ptp(signal, axis=1))
    for record in ptbxl.records[:100]:
        heights["ptb-xl"].append(np.ptp(ptbxl.read(record).signal, axis=1))
    ours, theirs = (np.median(rows, axis=0) for rows in heights.values())
    np.testing.assert_allclose(ours, theirs, rtol=0.35)


def test_nstdb():
    found, clean = opened("nstdb"), opened("mitdb").read("118")
    noisy = found["118e24"]
    assert (noisy.patient, noisy.leads, noisy.fs) == ("118", ("MLII", "V1"), 360)
    np.testing.assert_array_equal(noisy.annotations.sample, clean.annotations.sample)
    # The first five minutes are clean: record 118 itself, up to a constant.
    added = noisy.signal - clean.signal
    minute = np.arange(added.shape[1]) / 360 / 60
    assert np.ptp(added[:, minute < 4.99], axis=1).max() < 0.011
    assert np.ptp(added[:, (minute > 5) & (minute < 7)], axis=1).min() > 0.1
    noise = found["ma"]
    assert (noise.patient, noise.annotations, noise.leads) == ("", None, ("noise1", "noise2"))
    assert noise.signal.shape == (2, 650_000)
    stem = str(found.files.folder / "ma")
    digital = wfdb.rdrecord(stem, physical=False).d_signal
    np.testing.assert_allclose(noise.signal, digital.T / 200, rtol=1e-6)
