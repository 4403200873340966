"""Quality: each fault put in by hand comes back in its own column, in its own unit."""

import numpy as np
import pytest

from ecgbook import Recording, RecordInvalid
from ecgbook.signals import quality, verdict
from tests.signals.beats import beat_signal, one_lead, rhythm_s

FS = 500
TIME_S = np.arange(20 * FS) / FS
R_S = rhythm_s(20)
HEART = beat_signal(R_S, FS, 20) + np.random.default_rng(0).normal(0, 0.003, len(TIME_S))


def measured(signal, fs=FS):
    return quality(one_lead(signal, fs)).loc["II"]


def test_a_clean_lead_has_no_problem():
    row = measured(HEART)
    assert row.problems == ""
    assert row[["missing_s", "flat_s", "clipped_s"]].tolist() == [0, 0, 0]
    # R of 1 mV over S of −0.25 mV and Q of −0.1 mV that overlap it.
    assert row.amplitude_mv == pytest.approx(np.ptp(beat_signal([1], FS, 2)), abs=0.03)
    assert row.heart_rate_bpm == pytest.approx(60 / np.diff(R_S).mean(), rel=0.001)
    assert row.mains_mv < 0.002
    assert row.wander_mv < 0.1


def test_missing_samples():
    signal = HEART.copy()
    signal[1000:1250] = np.nan
    row = measured(signal)
    assert row.missing_s == pytest.approx(0.5)
    assert row.problems == "missing"


def test_a_lead_of_nan_says_nothing_else():
    row = measured(np.full(len(TIME_S), np.nan))
    assert row.missing_s == pytest.approx(20)
    assert np.isnan(row.noise_mv)
    assert "missing" in row.problems
    assert "rate" in row.problems


def test_flat_stretches():
    signal = HEART.copy()
    signal[2000:3000] = signal[2000]
    row = measured(signal)
    assert row.flat_s == pytest.approx(2, abs=2 / FS)
    assert "flat" in row.problems


def test_a_flat_lead_has_no_amplitude_and_no_rate():
    row = measured(np.zeros(len(TIME_S)))
    assert row.flat_s == pytest.approx(20, abs=2 / FS)
    assert row.problems == "flat, amplitude, rate"


def test_an_amplifier_at_its_limit():
    limited = np.clip(4 * HEART, -5, 0.8)
    row = measured(limited)
    # The time above the limit, from the signal itself.
    above = np.sum(4 * HEART >= 0.8) / FS
    assert row.clipped_s == pytest.approx(above, rel=0.1)
    assert row.problems == "clipped"


def test_wander_in_mv():
    # A sinusoid of amplitude a lies within ±a sin(0.45 pi) for the middle 90 % of the time.
    row = measured(HEART + 1.5 * np.sin(2 * np.pi * 0.2 * TIME_S))
    assert row.wander_mv == pytest.approx(3 * np.sin(0.45 * np.pi), rel=0.07)
    assert row.problems == "wander"


def test_muscle_noise_in_mv():
    # White noise of 0.1 mV holds its share of power above 40 Hz, less two notches.
    noise = np.random.default_rng(1).normal(0, 0.1, len(TIME_S))
    row = measured(HEART + noise)
    share = (FS / 2 - 40) / (FS / 2)
    assert row.noise_mv == pytest.approx(0.1 * np.sqrt(share), rel=0.12)
    assert row.problems == "noise"


@pytest.mark.parametrize("mains_hz", [50, 60])
def test_mains_in_mv_and_not_as_noise(mains_hz):
    row = measured(HEART + 0.1 * np.sin(2 * np.pi * mains_hz * TIME_S + 0.3))
    assert row.mains_mv == pytest.approx(0.1, rel=0.05)
    assert row.problems == "mains"


def test_what_a_slow_rate_cannot_show_is_nan_and_no_problem():
    row = measured(HEART[::5], fs=100)
    assert np.isnan(row.mains_mv)
    assert row.problems == ""


@pytest.mark.parametrize("bpm", [230, 250, 280])
def test_a_fast_heart_keeps_its_rate(bpm):
    noise = np.random.default_rng(0).normal(0, 0.003, len(TIME_S))
    fast = beat_signal(np.arange(0.2, 19.9, 60 / bpm), FS, 20, ((1.5, 0, 0.0057),)) + noise
    row = measured(fast)
    assert row.heart_rate_bpm == pytest.approx(bpm, rel=0.005)
    assert row.problems == ""


def test_beats_that_drown_in_noise_are_unsure_where_they_do():
    assert measured(HEART).unsure_s == 0
    signal = np.tile(HEART, 2)
    signal[: 10 * FS] += np.random.default_rng(0).normal(0, 1.5, 10 * FS)
    row = measured(signal)
    assert row.unsure_s == pytest.approx(10)
    assert "beats" in row.problems.split(", ")


def test_the_last_stretch_is_as_long_as_it_is():
    # 15.5 s are one stretch, for no rest is left that is shorter than 10 s.
    noise = np.random.default_rng(0).normal(0, 1.5, round(15.5 * FS))
    assert measured(HEART[: len(noise)] + noise).unsure_s == pytest.approx(15.5)


def test_units_ten_thousand_times_too_small_are_seen():
    assert "amplitude" in measured(HEART / 1000).problems


def test_verdict_over_leads():
    spoilt = np.zeros(len(TIME_S))
    names = ["I", "II"]

    def of(*signals):
        return verdict(quality(Recording(signals, FS, names)))

    assert of(HEART, HEART) == "good"
    assert of(HEART, spoilt) == "partly usable"
    assert of(spoilt, spoilt) == "unusable"


def test_one_row_a_lead_in_their_order():
    table = quality(Recording([HEART, HEART], FS, ["V5", "MLII"]))
    assert table.index.tolist() == ["V5", "MLII"]


def test_too_short_is_refused():
    with pytest.raises(RecordInvalid, match="at least 2 s"):
        quality(one_lead(HEART[:FS], FS))


@pytest.mark.parametrize("fs", [1, 5, 10, 19.9])
def test_a_rate_at_which_no_ecg_is_left_is_refused(fs):
    slow = Recording(np.zeros((1, 400)), fs=fs, leads=["II"])
    with pytest.raises(RecordInvalid, match="too slow for a measure of quality, 20 Hz"):
        quality(slow)
    assert len(quality(Recording(np.zeros((1, 400)), fs=20, leads=["II"]))) == 1
