import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy.signal import welch

from ecgbook import open_database
from ecgbook.conventions import TWELVE_LEADS
from ecgbook.plotting import is_simulated
from ecgbook.simulator import CONDITIONS
from ecgbook.sources.catalog import CATALOG
from ecgbook.sources.ptbxl import SUPERCLASSES
from ecgbook.sources.synthetic import simulated_database


@pytest.fixture(params=CATALOG)
def database(request):
    return simulated_database(request.param, CATALOG[request.param])


def stand_in(name):
    return open_database(name, data="synthetic")


def test_records_have_the_shape_of_the_original(database):
    with_beats = [r for r in database.records if r not in ("bw", "em", "ma")]
    recording = database.read(with_beats[-1])
    assert recording.fs == database.info.fs
    assert recording.leads == database.info.leads
    assert recording.record == with_beats[-1]
    assert recording.patient == database.metadata.at[recording.record, "patient"]
    assert len(recording.annotations.beats()) > 0.4 * recording.duration_s


def test_every_recording_is_told_apart_from_a_real_one(database):
    assert is_simulated(database.read(database.records[0]))
    assert stand_in("mitdb").read("100").name == "synthetic:mitdb/100"


def test_database_says_that_it_is_simulated(database):
    assert database.simulated
    assert "imulated" in database.origin
    assert database.licence == "BSD-3-Clause"
    assert "Sameni" in database.citation


def test_labels_have_one_row_a_record(database):
    assert tuple(database.metadata.index) == database.records
    assert database.metadata.index.is_unique
    assert not database.metadata["patient"].isna().any()


def test_record_is_the_same_every_time(database):
    again = simulated_database(database.name, database.info)
    record = database.records[3]
    first, other = database.read(record), database.read(database.records[-1])
    np.testing.assert_array_equal(first.signal, again.read(record).signal)
    assert np.abs(first.signal[:, -1000:] - other.signal[:, -1000:]).max() > 0.1


def test_truth_belongs_to_the_record(database):
    record = database.records[0]
    simulation = database.simulation(record)
    np.testing.assert_array_equal(simulation.signal[0], database.read(record).signal)


@pytest.fixture(scope="module")
def mitdb():
    return stand_in("mitdb")


def test_mitdb_has_the_48_records_of_47_patients(mitdb):
    assert len(mitdb.records) == 48
    assert (mitdb.records[0], mitdb.records[-1]) == ("100", "234")
    assert mitdb.metadata["patient"].nunique() == 47
    assert mitdb.metadata.at["202", "patient"] == mitdb.metadata.at["201", "patient"] == "201"
    assert mitdb.metadata.index[mitdb.metadata["paced"]].tolist() == ["102", "104", "107", "217"]


def test_mitdb_records_outlast_the_five_minutes_that_ec57_leaves_out(mitdb):
    recording = mitdb.read("100")
    assert recording.duration_s == 600
    assert recording.annotations.aux[0] == "(N"


def test_mitdb_has_all_classes_in_about_the_proportions_of_the_original(mitdb):
    count = Counter()
    per_record = []
    for recording in mitdb.read_all(progress=False):
        symbols = recording.annotations.beats().symbol
        count.update(symbols.tolist())
        per_record.append(np.mean(symbols == "V"))
    total = sum(count.values())
    share = {kind: count[kind] / total for kind in "NLRAVF/Q"}
    # N + L + R are 82.6 % of the original's beats, V 6.5 %, A 2.3 %, F 0.7 %, paced 6.4 %.
    assert share["N"] + share["L"] + share["R"] == pytest.approx(0.826, abs=0.05)
    assert share["V"] == pytest.approx(0.065, abs=0.03)
    assert share["A"] == pytest.approx(0.023, abs=0.015)
    assert share["F"] == pytest.approx(0.007, abs=0.005)
    assert share["/"] == pytest.approx(0.064, abs=0.02)
    assert 0 < count["Q"] < 40
    assert min(per_record) == 0
    assert max(per_record) > 0.2


def test_mitdb_119_shows_the_ventricular_beats_it_is_known_for(mitdb):
    ten_seconds = mitdb.read("119").window(60, 70)
    assert set(ten_seconds.annotations.beats().symbol) == {"N", "V"}


def test_beats_of_one_patient_are_more_alike_than_those_of_two(mitdb):
    def mean_beat(record):
        recording = mitdb.read(record)
        marks = recording.annotations.beats()
        peaks = marks.sample[(marks.symbol == "N") & (marks.sample > 100)][:200]
        return np.mean([recording.lead("MLII")[p - 25 : p + 25] for p in peaks], axis=0)

    one, two = mean_beat("201"), mean_beat("202")
    other = [mean_beat(record) for record in ("203", "210", "219", "221")]
    assert np.abs(one - two).max() < 0.4 * min(np.abs(one - x).max() for x in other)


def test_ptbxl_has_folds_by_patient_and_superclasses():
    labels = stand_in("ptb-xl").metadata
    assert set(labels["fold"]) == set(range(1, 11))
    assert (labels.groupby("patient")["fold"].nunique() == 1).all()
    assert labels["patient"].nunique() < len(labels)
    assert labels[list(SUPERCLASSES)].dtypes.eq(bool).all()
    assert (labels[list(SUPERCLASSES)].sum() > 25).all()
    assert (labels.loc[labels["fold"] == 10, list(SUPERCLASSES)].sum() > 0).all()
    named = labels["scp_codes"].map(lambda codes: "LVH" in codes)
    pd.testing.assert_series_equal(named, labels["HYP"], check_names=False)


def test_ptbxl_superclasses_are_to_be_seen_in_the_signal():
    database = stand_in("ptb-xl")
    labels = database.metadata

    def largest_st(record):
        (truth,) = database.simulation(record).truth
        clean = database.simulation(record).clean[0]
        return np.abs(clean[:, truth.qrs[2, 1] + 30] - clean[:, truth.qrs[2, 0] - 5]).max()

    infarct = [largest_st(record) for record in labels.index[labels["MI"]][:10]]
    healthy = [largest_st(record) for record in labels.index[labels["NORM"]][:10]]
    assert min(infarct) > max(healthy)


def test_challenge_2017_has_its_four_labels_and_lengths():
    database = stand_in("challenge-2017")
    share = database.metadata["label"].value_counts(normalize=True)
    original = {"N": 0.595, "O": 0.283, "A": 0.089, "~": 0.033}
    assert share.to_dict() == pytest.approx(original, abs=0.01)
    durations = [database.read(record).duration_s for record in database.records[:60]]
    assert min(durations) >= 9
    assert max(durations) <= 61
    assert durations.count(30) > 20


def test_challenge_2017_noise_drowns_the_heart():
    database = stand_in("challenge-2017")
    noisy = database.metadata.index[database.metadata["label"] == "~"][0]
    simulation = database.simulation(noisy)
    assert (simulation.signal - simulation.clean).std() > 2 * simulation.clean.std()


def test_challenge_2021_names_codes_of_its_evaluation():
    labels = stand_in("challenge-2021").metadata
    # Scored: rhythms, conduction, premature beats; not scored: hypertrophy, ST depression.
    assert {code for codes in labels["dx"] for code in codes} == {
        *("426783006", "164889003", "164890007", "270492004", "164909002", "59118001"),
        *("284470004", "427172004", "10370003", "164873001", "429622005"),
    }
    assert labels["source"].nunique() == 3


def test_ptbdb_has_fifteen_leads_and_two_records_a_patient():
    database = stand_in("ptbdb")
    assert database.read(database.records[0]).leads[12:] == ("VX", "VY", "VZ")
    assert (database.metadata["patient"].value_counts() == 2).all()
    assert database.metadata["diagnosis"].value_counts().index[0] == "Myocardial infarction"


def test_synthetic_has_ten_records_of_each_condition():
    labels = stand_in("synthetic").metadata
    assert labels["condition"].value_counts().to_dict() == dict.fromkeys(CONDITIONS, 10)


def test_ludb_marks_the_waves_that_the_simulator_knows():
    database = stand_in("ludb")
    record = database.metadata.index[database.metadata["diagnoses"].map(len) == 0][0]
    waves, (truth,) = database.waves(record), database.simulation(record).truth
    assert tuple(waves) == TWELVE_LEADS
    for marks in waves.values():
        symbols = "".join(marks.symbol)
        assert re.fullmatch(r"(\([pNt]\))+", symbols)
        begin, peak, end = marks.sample.reshape(-1, 3).T
        assert ((begin <= peak) & (peak <= end)).all()
        qrs = marks.symbol.reshape(-1, 3)[:, 1] == "N"
        whole = [(b, s - 1) for b, s in truth.qrs if b > 0 and s < 5000]
        assert list(zip(begin[qrs], end[qrs], strict=True)) == whole
    marks = database.read(record).annotations
    np.testing.assert_array_equal(marks.sample, waves["II"].sample)


def test_ludb_peaks_are_the_largest_deflections_of_their_lead():
    database = stand_in("ludb")
    clean, waves = database.simulation("1").clean[0], database.waves("1")
    for row, lead in enumerate(TWELVE_LEADS):
        for begin, peak, end in waves[lead].sample.reshape(-1, 3):
            assert np.abs(clean[row, begin : end + 1]).max() == np.abs(clean[row, peak])


def test_ludb_findings_are_those_of_the_condition():
    labels = stand_in("ludb").metadata
    hypertrophies = labels["hypertrophies"].map(len) > 0
    assert 8 <= hypertrophies.sum() <= 16
    assert set(labels["diagnoses"][hypertrophies]) == {("Left ventricular hypertrophy",)}
    assert {"Sinus rhythm", "Atrial fibrillation"} <= set(labels["rhythm"])


@pytest.mark.parametrize("snr_db", [0, 6, 24, -6])
def test_nstdb_noise_has_the_size_in_its_name(snr_db):
    database = stand_in("nstdb")
    name = f"118e{snr_db:02d}".replace("-", "_")
    ecg = database.simulation(name)
    mitdb = stand_in("mitdb").simulation("118")
    added = ecg.signal[0].astype(float) - mitdb.signal[0]
    minute = np.arange(added.shape[1]) / 360 // 60
    # Five minutes clean, then two noisy and two clean in turn.
    noisy = np.isin(minute, [5, 6, 9])
    assert not added[:, ~noisy].any()
    (truth,) = ecg.truth
    for clean, noise in zip(mitdb.clean[0], added, strict=True):
        height = np.mean([np.ptp(clean[b:s]) for b, s in truth.qrs if b >= 0])
        measured_db = 10 * np.log10(height**2 / 8 / noise[noisy].var())
        assert measured_db == pytest.approx(snr_db, abs=0.05)


def test_nstdb_has_the_patients_of_mitdb_and_noise_of_nobody():
    database = stand_in("nstdb")
    assert set(database.metadata["patient"]) == {"118", "119", ""}
    noise = database.read("em")
    assert (noise.patient, noise.annotations, noise.leads) == ("", None, ("noise1", "noise2"))
    first, second = database.read("119e00").annotations, database.read("119e24").annotations
    np.testing.assert_array_equal(first.sample, second.sample)
    assert "V" in first.symbol
    assert database.metadata.at["118e_6", "snr_db"] == -6


def test_nstdb_kinds_of_noise_differ_in_their_frequencies():
    database = stand_in("nstdb")
    above_5_hz = {}
    for kind in ("bw", "ma"):
        hertz, power = welch(database.read(kind).signal[0], 360, nperseg=3600)
        above_5_hz[kind] = power[hertz > 5].sum() / power.sum()
    assert above_5_hz["bw"] < 0.01
    assert above_5_hz["ma"] > 0.9
