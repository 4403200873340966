"""Recordings as rows of numbers: where they come from, that they are kept, and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook import Recording, RecordInvalid, open_database
from ecgbook.classical.rhythm_features import (
    QUALITY_MEASURES,
    RHYTHM_FEATURES,
    feature_table,
    features_of,
    rhythm_features,
)
from ecgbook.classical.rr_baselines import rhythm_logistic, rhythm_trees
from ecgbook.classical.rr_irregularity import RR_MEASURES, rr_measures
from ecgbook.datasets import Split, padded, rhythm_records
from ecgbook.signals import quality, r_peaks
from tests.datasets.recordings import MadeDatabase
from tests.signals.beats import beat_signal, one_lead, rhythm_s

FS = 300
HEART = one_lead(beat_signal(rhythm_s(20), FS, 20), FS)


def database_of(*signals, labels="NAO~"):
    recordings = [
        Recording(signal[None], fs=FS, leads=["ECG"], record=f"A{i}", patient=f"A{i}")
        for i, signal in enumerate(signals)
    ]
    database = MadeDatabase(recordings)
    label = [*labels][: len(signals)]
    database.metadata = pd.DataFrame({"label": label}, index=list(database.records))
    return database


def test_features_are_those_of_their_parts():
    found = features_of(HEART)
    assert tuple(found) == RHYTHM_FEATURES
    rr = rr_measures(r_peaks(HEART), FS)
    assert {name: found[name] for name in RR_MEASURES} == rr
    row = quality(HEART).iloc[0]
    assert found["wander_mv"] == row.wander_mv
    assert found["duration_s"] == 20
    assert all(isinstance(value, float) for value in found.values())


def test_voltages_and_their_spectrum():
    time_s = np.arange(20 * FS) / FS
    for hertz, name in ((0.5, "slow_share"), (10, "qrs_band_share"), (40, "fast_share")):
        found = features_of(one_lead(np.sin(2 * np.pi * hertz * time_s), FS))
        assert found[name] > 0.95
        # A sine has the fourth moment 3/8 over the square of its second, 1/2.
        assert found["kurtosis"] == pytest.approx(1.5, abs=0.02)
        assert found["skewness"] == pytest.approx(0, abs=0.02)


def test_they_are_computed_once_and_stand_in_rows():
    rng = np.random.default_rng(0)
    noise, flat = rng.normal(size=3000), np.zeros(2700)
    database = database_of(HEART.signal[0], noise, flat)
    described = rhythm_features(database)
    read = len(database.read_records)
    again = rhythm_features(database)
    assert len(database.read_records) == read
    assert described.classes == ("N", "A", "O", "~")
    assert described.y.tolist() == [0, 1, 2]
    table = feature_table(again)
    pd.testing.assert_frame_equal(table, feature_table(rhythm_records(database)))
    assert table["n_beats"][2] == 0
    assert table["flat_s"][2] == pytest.approx(9, abs=0.01)
    assert table.loc[2, list(RR_MEASURES[1:])].isna().all()
    assert described.x.shape == (3, 1, 225)
    assert not described.x[2].any()
    assert described.x[0, 0].argmax() == 90


def test_padding_is_no_part_of_a_recording():
    records = rhythm_records(database_of(HEART.signal[0], HEART.signal[0, :4000], labels="NA"))
    one, other = feature_table(records), feature_table(padded(records, 9000))
    pd.testing.assert_frame_equal(one, other)


def test_some_features_by_name():
    records = rhythm_features(database_of(HEART.signal[0]))
    assert feature_table(records, RR_MEASURES).columns.tolist() == list(RR_MEASURES)
    with pytest.raises(RecordInvalid, match="no feature of a rhythm is called pulse"):
        feature_table(records, ["pulse"])


@given(st.integers(2, 6), st.sampled_from([100, 250, 300]), st.integers(0, 4))
def test_short_and_wild_recordings_have_features(seconds, fs, kind):
    rng = np.random.default_rng(seconds)
    n = seconds * fs
    step = np.r_[np.zeros(n // 2), np.ones(n - n // 2)]
    one_beat = beat_signal([seconds / 2], fs, seconds)
    two = beat_signal([seconds / 3, seconds / 3 + 0.7], fs, seconds)
    signal = [np.zeros(n), rng.normal(size=n), step, one_beat, two][kind]
    found = features_of(one_lead(signal, fs))
    assert tuple(found) == RHYTHM_FEATURES
    assert not np.isinf(list(found.values())).any()
    always = set(QUALITY_MEASURES) - {"kurtosis", "skewness", "mains_mv", "noise_mv"}
    assert all(np.isfinite(found[name]) for name in always)


def test_what_cannot_be_described_is_refused():
    gap = HEART.signal[0].copy()
    gap[3] = np.nan
    with pytest.raises(RecordInvalid, match="no value"):
        features_of(one_lead(gap, FS))
    with pytest.raises(RecordInvalid, match="at least 2 s"):
        features_of(one_lead(HEART.signal[0, :500], FS))
    with pytest.raises(RecordInvalid, match="80 Hz is too slow"):
        features_of(replace(HEART, fs=80))
    with pytest.raises(RecordInvalid, match="no rhythm labels"):
        rhythm_features(database_of(HEART.signal[0], labels="X"))


@pytest.mark.parametrize("make", [rhythm_logistic, rhythm_trees])
def test_models_take_what_is_missing_and_tell_what_is_there(make):
    # Class A is the one with a large first feature; a second one is missing half of the time, a
    # third one always.
    rng = np.random.default_rng(0)
    y = np.arange(400) % 2
    first = y + 0.3 * rng.normal(size=400)
    second = np.where(rng.random(400) < 0.5, np.nan, rng.normal(size=400))
    table = pd.DataFrame({"a": first, "b": second, "c": np.nan})
    model = make(seed=1).fit(table[:200], y[:200])
    probability = model.predict_proba(table[200:])
    assert np.isfinite(probability).all()
    assert (probability.argmax(axis=1) == y[200:]).mean() > 0.85
    np.testing.assert_array_equal(
        probability, make(seed=1).fit(table[:200], y[:200]).predict_proba(table[200:])
    )
    # Where all is missing, it still answers.
    assert np.isfinite(model.predict_proba(table[:1] * np.nan)).all()


def test_rhythms_of_the_simulated_challenge_are_told():
    database = open_database("challenge-2017", data="synthetic")
    records = rhythm_features(database, records=database.records[:160])
    kept = records.only("N", "A", "O", "~")
    split = Split.by_record(kept, valid=0.1, test=0.4)
    table = feature_table(kept)
    model = rhythm_trees().fit(table.iloc[split.train], kept.y[split.train])
    right = model.predict(table.iloc[split.test]) == kept.y[split.test]
    usual = (kept.y[split.test] == np.bincount(kept.y[split.train]).argmax()).mean()
    assert right.mean() > usual + 0.1


@pytest.mark.real
def test_real_fibrillation_is_irregular_and_has_no_p_wave():
    database = open_database("challenge-2017")
    labels = database.metadata["label"]
    names = [*labels[labels == "N"].index[:25], *labels[labels == "A"].index[:25]]
    table = feature_table(rhythm_records(database, records=names))
    sinus, atria = (table[:25].median(), table[25:].median())
    assert atria["rmssd_to_mean"] > 2 * sinus["rmssd_to_mean"]
    assert atria["p_repeats"] < sinus["p_repeats"]
    assert atria["turning_point_share"] > sinus["turning_point_share"]
    assert table["rr_mean_ms"].between(300, 2000).all()
