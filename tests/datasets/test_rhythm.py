from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import wfdb
from scipy.signal import butter, sosfiltfilt

from ecgbook import Annotations, PatientLeak, Recording, RecordInvalid, open_database
from ecgbook.conventions import DS2, RHYTHMS
from ecgbook.datasets import Split, aami_beats, rhythm_at, rhythm_records, with_rr_ratios
from tests.datasets.recordings import MadeDatabase, make_beats, ramp


def labelled(labels, fs=300):
    """Return a database of one lead, a second longer from record to record."""
    rng = np.random.default_rng(0)
    signals = [rng.normal(size=(1, seconds * fs)) for seconds in range(9, 9 + len(labels))]
    recordings = [
        Recording(signal, fs=fs, leads=["ECG"], record=f"A{i}", patient=f"A{i}")
        for i, signal in enumerate(signals)
    ]
    database = MadeDatabase(recordings)
    database.metadata = pd.DataFrame({"label": list(labels)}, index=list(database.records))
    return database


def test_records_are_whole_and_keep_their_label():
    database = labelled("N~AOA")
    records = rhythm_records(database)
    assert records.classes == ("N", "A", "O", "~")
    assert records.y.tolist() == [0, 3, 1, 2, 1]
    assert records.length.tolist() == [9 * 300, 10 * 300, 11 * 300, 12 * 300, 13 * 300]
    assert records.sample.tolist() == [0] * 5
    assert (records.fs, records.leads) == (300, ("ECG",))
    for record, signal in zip(records.record, records.x, strict=True):
        np.testing.assert_array_equal(signal, database.read(record).signal)


def test_some_records_in_the_order_named():
    records = rhythm_records(labelled("NAO"), records=["A2", "A0"])
    assert records.record.tolist() == ["A2", "A0"]
    assert records.y.tolist() == [2, 0]


def test_a_band_is_that_of_a_butterworth_filter_run_both_ways():
    database = labelled("NA")
    records = rhythm_records(database, band_hz=(5, 40))
    bare = database.read("A1").signal[0].astype(float)
    expected = sosfiltfilt(butter(2, (5, 40), "bandpass", fs=300, output="sos"), bare)
    inside = slice(600, -600)  # the ends depend on what the filter takes to be outside
    np.testing.assert_allclose(records.x[1][0, inside], expected[inside], atol=1e-5)


def test_a_second_call_reads_nothing():
    database = labelled("NA")
    rhythm_records(database)
    read = len(database.read_records)
    again = rhythm_records(database)
    assert len(database.read_records) == read
    assert again.x[1].tolist() == database.by_name["A1"].signal.tolist()


@pytest.mark.parametrize("labels", [None, "NX"])
def test_other_labels_are_refused(labels):
    database = labelled(labels or "NA")
    if labels is None:
        database.metadata = database.metadata.drop(columns="label")
    with pytest.raises(RecordInvalid, match="no rhythm labels N, A, O and ~"):
        rhythm_records(database)


def test_records_of_two_rates_are_refused_by_name():
    database = labelled("NA")
    database.by_name["A1"] = replace(database.by_name["A1"], fs=500)
    with pytest.raises(RecordInvalid, match="record A0 gives 300 Hz, 1 leads, record A1 500 Hz"):
        rhythm_records(database)


def test_the_simulated_challenge_has_all_four_classes():
    database = open_database("challenge-2017", data="synthetic")
    records = rhythm_records(database, records=database.records[:60])
    assert min(records.counts.values()) > 0
    assert records.length.min() < records.length.max()


@pytest.mark.real
def test_records_of_the_challenge_are_those_of_its_tables_and_headers():
    database = open_database("challenge-2017")
    names = [*database.records[:60], "A00227", "A01176"]  # the last two are one ECG
    records = rhythm_records("challenge-2017", records=names)
    (table,) = database.files.fetch(["REFERENCE-v3.csv"])
    label = dict(line.split(",") for line in table.read_text().split())
    assert [records.classes[c] for c in records.y] == [label[name] for name in names]
    headers = [wfdb.rdheader(str(database.files.folder / database.files.path_of(n))) for n in names]
    assert records.length.tolist() == [header.sig_len for header in headers]
    np.testing.assert_array_equal(records.x[-1], records.x[-2])
    with pytest.raises(PatientLeak, match=r"\(A00227\)"):
        Split(records, np.arange(60), [60], [61], name="twins")


def marked(record, sample, aux):
    """Return a recording with a beat a second and some marks with texts."""
    beats = ramp(record).annotations
    samples = np.r_[beats.sample, sample]
    symbols = [*beats.symbol, *"+" * len(sample)]
    marks = Annotations(samples, symbols, ["MISSB", *[""] * (len(beats) - 1), *aux])
    return replace(ramp(record), annotations=marks)


def test_a_rhythm_lasts_from_its_mark_to_the_next():
    one = marked("r1", [400, 1080, 1500], ["(N", "(AFIB", "(AFL"])  # beats at 360, 720, …, 1800
    other = marked("r2", [0], ["(SBR"])
    database = MadeDatabase([one, other])
    beats = aami_beats(database)
    assert rhythm_at(database, beats).tolist() == ["", "N", "AFIB", "AFIB", "AFL"] + ["SBR"] * 5
    backwards = beats[::-1]
    assert rhythm_at(database, backwards).tolist()[-5:] == ["AFL", "AFIB", "AFIB", "N", ""]


def test_a_recording_without_marks_has_no_rhythm():
    with pytest.raises(RecordInvalid, match="a has no annotations"):
        rhythm_at(MadeDatabase([replace(ramp("a"), annotations=None)]), make_beats("NN"))


def test_in_atrial_fibrillation_being_early_says_nothing():
    # The interval before a beat of sinus rhythm varies by some per cent, in atrial fibrillation by
    # a fifth and more: a beat at 0.84 of its local mean is then nearly one standard deviation off.
    database = open_database("mitdb", data="synthetic")
    beats = aami_beats(database).only("N", "S", "V", "F")
    beats = beats[np.isin(beats.record, DS2)]
    early, normal = -with_rr_ratios(beats).features[:, 0], beats.y == 0
    alarm = early >= np.quantile(early[beats.y == 1], 0.2)  # finds four S beats in five
    fibrillating = rhythm_at(database, beats) == "AFIB"
    share = fibrillating[normal].mean()
    assert 0.1 < share < 0.4
    assert fibrillating[normal & alarm].mean() > 2 * share
    assert alarm[normal & fibrillating].mean() > 10 * alarm[normal & ~fibrillating].mean()


@pytest.mark.real
def test_every_rhythm_of_mitbih_has_words():
    database = open_database("mitdb")
    beats = aami_beats(database, records=database.records)
    rhythm = rhythm_at(database, beats)
    assert set(rhythm) == set(RHYTHMS) - {"VFL"}  # whose waves, in record 207, are no beats
    # The PhysioNet directory of record 202: atrial fibrillation and flutter beside sinus rhythm.
    assert set(rhythm[beats.record == "202"]) >= {"N", "AFIB", "AFL"}


def test_recordings_are_brought_to_another_rate():
    # A sine of 3 Hz is one at any rate that can hold it; one of 120 Hz is gone at 100 Hz.
    time_s = np.arange(3000) / 300
    database = labelled("NA")
    for name, hertz in (("A0", 3), ("A1", 120)):
        sine = np.sin(2 * np.pi * hertz * time_s)[None]
        database.by_name[name] = replace(database.by_name[name], signal=sine)
    slow = rhythm_records(database, fs=100)
    assert (slow.fs, slow.length.tolist()) == (100, [1000, 1000])
    expected = np.sin(2 * np.pi * 3 * np.arange(1000) / 100)
    np.testing.assert_allclose(slow.x[0][0, 50:-50], expected[50:-50], atol=0.01)
    assert np.abs(slow.x[1][0, 50:-50]).max() < 0.01
