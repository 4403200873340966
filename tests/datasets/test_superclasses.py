"""PTB-XL's superclasses: labels, leads and rates of made recordings, and the real table."""

import ast
import csv
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecgbook import DataMissing, Recording, RecordInvalid, open_database
from ecgbook.datasets import Split, filtered, ptbxl_superclasses, superclass_likelihoods
from ecgbook.signals import lowpass, published_bandpass
from tests.datasets.recordings import MadeDatabase

LEADS = ("V2", "II", "I", "aVR")  # another order than the one asked for
CODES = {
    "00001_hr": {"NORM": 100.0, "SR": 0.0},
    "00002_hr": {"IMI": 15.0, "ASMI": 35.0, "ISC_": 100.0},
    "00003_hr": {"LVH": 0.0, "NORM": 80.0},  # 0: no likelihood was given
    "00004_hr": {"PACE": 0.0, "AFIB": 100.0},  # no diagnosis
    "00005_hr": {"CLBBB": 100.0},
}


def database(leads=LEADS, fs=500, unit="mV"):
    """Five recordings; lead number k of the twelve is a sine of k + 1 Hz, of 1 mV."""
    time = np.arange(10 * fs) / fs
    waves = {"I": 1, "II": 2, "V2": 8, "aVR": 4}
    scale = {"mV": 1, "uV": 1000}[unit]
    signal = np.stack([np.sin(2 * np.pi * waves[lead] * time) for lead in leads]) * scale
    made = MadeDatabase(
        [
            Recording(signal, fs, leads, record=name, patient=f"p{i}", unit=unit)
            for i, name in enumerate(CODES)
        ]
    )
    made.info.version = made.name  # no test reads what another one has stored
    made.name = "ptb-xl"
    table = {"fold": [1, 9, 10, 2, 1], "age": 60.0, "sex": "F", "scp_codes": list(CODES.values())}
    made.metadata = pd.DataFrame(table, index=list(CODES))
    return made


def test_labels_are_those_that_were_named():
    examples = ptbxl_superclasses(database())
    assert examples.classes == ("NORM", "MI", "STTC", "CD", "HYP")
    assert examples.record.tolist() == ["00001_hr", "00002_hr", "00003_hr", "00005_hr"]
    expected = [[1, 0, 0, 0, 0], [0, 1, 1, 0, 0], [1, 0, 0, 0, 1], [0, 0, 0, 1, 0]]
    assert examples.y.dtype == bool
    assert examples.y.astype(int).tolist() == expected
    assert examples.rows["fold"].tolist() == [1, 9, 10, 1]
    assert examples.patient.tolist() == ["p0", "p1", "p2", "p4"]


def test_likelihoods_are_kept_the_largest_of_a_class():
    rows = ptbxl_superclasses(database()).rows
    kept = rows[[f"likelihood_{name}" for name in ("NORM", "MI", "STTC", "CD", "HYP")]]
    nan = np.nan
    expected = [[100, nan, nan, nan, nan], [nan, 35, 100, nan, nan], [80, nan, nan, nan, 0]]
    np.testing.assert_array_equal(kept[:3], expected)


def test_from_a_likelihood_on():
    examples = ptbxl_superclasses(database(), least_likelihood=50)
    assert examples.y.astype(int).tolist() == [
        [1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [1, 0, 0, 0, 0],
        [0, 0, 0, 1, 0],
    ]
    least = ptbxl_superclasses(database(), least_likelihood=100)
    assert least.record.tolist() == ["00001_hr", "00002_hr", "00005_hr"]


def test_four_classes_leave_normal_as_none_of_them():
    examples = ptbxl_superclasses(database(), classes=("MI", "STTC", "CD", "HYP"))
    assert examples.y.astype(int).tolist() == [[0] * 4, [1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]


@pytest.mark.parametrize("fs", [100, 500])
@pytest.mark.parametrize("source", [LEADS, ("I", "II", "V2")])
def test_leads_are_found_by_their_name_at_the_rate_asked_for(fs, source):
    examples = ptbxl_superclasses(database(source), fs=fs)
    assert (examples.leads, examples.fs) == (("I", "II", "V2"), fs)
    assert examples.x.shape == (4, 3, 10 * fs)
    time = np.arange(10 * fs) / fs
    expected = np.stack([np.sin(2 * np.pi * f * time) for f in (1, 2, 8)])
    inside = slice(fs, -fs)
    np.testing.assert_allclose(examples.x[0][:, inside], expected[:, inside], atol=2e-3)


def test_leads_in_the_order_asked_for_and_microvolts():
    one = ptbxl_superclasses(database(unit="uV"), leads=("V2", "I"), fs=500)
    two = ptbxl_superclasses(database(), leads=("V2", "I"), fs=500)
    assert one.leads == ("V2", "I")
    np.testing.assert_allclose(one.x, two.x, atol=1e-6)
    assert ptbxl_superclasses(database(), leads="II").leads == ("II",)


def test_a_filter_is_run_at_the_new_rate():
    raw = ptbxl_superclasses(database())
    examples = filtered(raw, published_bandpass)
    for signal, before in zip(examples.x, raw.x, strict=True):
        expected = published_bandpass(Recording(before, 100, raw.leads)).signal
        np.testing.assert_array_equal(signal, expected)
    assert examples.recipe == raw.recipe | {"filtered": "published_bandpass"}
    assert examples.rows.equals(raw.rows)
    with pytest.raises(RecordInvalid, match="00001_hr: cut-off 60 Hz"):
        filtered(raw, partial(lowpass, cutoff_hz=60))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"leads": ("I", "V9")}, "no lead V9; it has V2, II, I, aVR"),
        ({"fs": 0}, "positive number of Hz"),
        ({"classes": ("MI", "AFIB")}, "different ones of NORM, MI"),
        ({"classes": ()}, "different ones of"),
        ({"classes": ("MI", "MI")}, "different ones of"),
        ({"least_likelihood": 120}, "0 to 100 per cent, got 120"),
        ({"records": ["00004_hr"]}, "no example in any"),
    ],
)
def test_what_cannot_be_is_refused(settings, words):
    with pytest.raises(RecordInvalid, match=words):
        ptbxl_superclasses(database(), **settings)


def test_another_database_is_refused():
    with pytest.raises(RecordInvalid, match=r"mitdb has no SCP statements; take ptb-xl"):
        ptbxl_superclasses(open_database("mitdb", data="synthetic"))


def test_the_stand_in_has_the_labels_of_its_table():
    stand_in = open_database("ptb-xl", data="synthetic")
    named = superclass_likelihoods(stand_in)
    table = stand_in.metadata[list(named)]
    pd.testing.assert_frame_equal(named.notna(), table, check_names=False)
    some = ptbxl_superclasses(stand_in, records=stand_in.records[:30])
    assert some.x.shape[1:] == (3, 1000)


@pytest.mark.real
def test_the_real_table_says_the_same_read_by_hand():
    try:
        real = open_database("ptb-xl")
    except DataMissing:
        pytest.skip("no PTB-XL here")
    database_csv, statements_csv = map(Path, real.files.fetch(real.info.tables))
    with statements_csv.open() as file:
        rows = list(csv.reader(file))
    at = rows[0].index("diagnostic"), rows[0].index("diagnostic_class")
    of = {row[0]: row[at[1]] for row in rows[1:] if row[at[0]] == "1.0"}
    assert len(of) == 44
    with database_csv.open() as file:
        said = {row["filename_hr"][-8:]: row for row in csv.DictReader(file)}
    named = superclass_likelihoods(real)
    for record in real.records[::50]:
        codes = ast.literal_eval(said[record]["scp_codes"])
        for name in named:
            values = [v for code, v in codes.items() if of.get(code) == name]
            expected = max(values, default=np.nan)
            np.testing.assert_equal(named.at[record, name], expected)
    table = real.metadata[list(named)]
    pd.testing.assert_frame_equal(named.notna(), table, check_names=False)

    few = [*real.records[:20], *real.records[-20:]]
    examples = ptbxl_superclasses(real, records=few)
    folds = {record: int(said[record]["strat_fold"]) for record in examples.record}
    assert examples.rows["fold"].tolist() == list(folds.values())
    assert examples.x.shape[1:] == (3, 1000)
    assert np.abs(examples.x).max() < 20  # mV


def test_folds_make_the_official_split():
    examples = ptbxl_superclasses(open_database("ptb-xl", data="synthetic"), fs=100)
    split = Split.by_fold(examples, valid=9, test=10)
    assert set(examples.rows["fold"].iloc[split.train]) == set(range(1, 9))
