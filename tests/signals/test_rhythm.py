"""Intervals, rate and variability: worked by hand, and from known modulations."""

import numpy as np
import pytest

from ecgbook import RecordInvalid
from ecgbook.signals import heart_rate_bpm, heart_rate_variability, rr_intervals_s

# RR 800, 850, 790, 800, 900 ms.
PEAKS = np.cumsum([100, 800, 850, 790, 800, 900])


def test_intervals_and_rate():
    np.testing.assert_allclose(rr_intervals_s(PEAKS, 1000), [0.8, 0.85, 0.79, 0.8, 0.9])
    # 5 intervals in 4.14 s.
    assert heart_rate_bpm(PEAKS, 1000) == pytest.approx(60 * 5 / 4.14)


def test_time_domain_by_hand():
    hrv = heart_rate_variability(PEAKS, 1000)
    assert hrv.n_intervals == 5
    assert hrv.mean_rr_ms == pytest.approx(828)
    # Deviations −28, 22, −38, −28, 72: squares 784 + 484 + 1444 + 784 + 5184 = 8680.
    assert hrv.sdnn_ms == pytest.approx(np.sqrt(8680 / 4))
    # Steps 50, −60, 10, 100: squares 2500 + 3600 + 100 + 10000; 50 is not above 50.
    assert hrv.rmssd_ms == pytest.approx(np.sqrt(16200 / 4))
    assert hrv.pnn50_percent == pytest.approx(50)
    assert np.isnan(hrv.lf_ms2)
    assert np.isnan(hrv.hf_ms2)


def test_the_rate_of_sampling_does_not_matter():
    at_100_hz = heart_rate_variability(PEAKS // 10, 100)
    assert at_100_hz.rmssd_ms == pytest.approx(heart_rate_variability(PEAKS, 1000).rmssd_ms)


def test_ectopic_beats_take_their_intervals_and_steps_with_them():
    # An early V beat with its pause: NN intervals 800, 800 | 810, 820.
    peaks = np.cumsum([100, 800, 800, 500, 1100, 810, 820])
    symbols = list("NNNVNNN")
    hrv = heart_rate_variability(peaks, 1000, symbols)
    assert hrv.n_intervals == 4
    assert hrv.mean_rr_ms == pytest.approx(807.5)
    # Steps inside the two stretches only: 0 and 10.
    assert hrv.rmssd_ms == pytest.approx(np.sqrt(100 / 2))
    assert hrv.pnn50_percent == 0
    blind = heart_rate_variability(peaks, 1000)
    assert blind.rmssd_ms > 10 * hrv.rmssd_ms


def test_bundle_branch_block_beats_are_normal_to_the_rhythm():
    assert heart_rate_variability(PEAKS, 1000, list("LLLRNN")).n_intervals == 5


def modulated_beats(duration_s, frequency_hz, amplitude_ms):
    """Return R samples at 1000 Hz whose intervals swing around 800 ms."""
    time_s = [0.0]
    while time_s[-1] < duration_s:
        swing = 0.001 * amplitude_ms * np.sin(2 * np.pi * frequency_hz * time_s[-1])
        time_s.append(time_s[-1] + 0.8 + swing)
    return np.rint(1000 * np.array(time_s)).astype(int)


@pytest.mark.parametrize("duration_s", [150, 300, 1300])
@pytest.mark.parametrize(("frequency_hz", "band"), [(0.08, "lf"), (0.12, "lf"), (0.25, "hf")])
def test_power_of_a_swing_is_half_its_amplitude_squared(duration_s, frequency_hz, band):
    hrv = heart_rate_variability(modulated_beats(duration_s, frequency_hz, 40), 1000)
    powers = {"lf": hrv.lf_ms2, "hf": hrv.hf_ms2}
    assert powers.pop(band) == pytest.approx(40**2 / 2, rel=0.05)
    (other,) = powers.values()
    assert other < 0.02 * 40**2 / 2


def test_powers_survive_missing_beats():
    beats = modulated_beats(300, 0.1, 40)
    symbols = np.full(len(beats), "N")
    symbols[20::25] = "V"
    hrv = heart_rate_variability(beats, 1000, symbols)
    assert hrv.lf_ms2 == pytest.approx(800, rel=0.1)
    assert hrv.hf_ms2 < 0.05 * 800


def test_a_slow_trend_is_no_power():
    # From 700 to 900 ms over 5 min, the way from effort to rest.
    rr_ms = np.linspace(700, 900, 375)
    hrv = heart_rate_variability(np.cumsum(np.rint(rr_ms)).astype(int), 1000)
    assert hrv.lf_ms2 + hrv.hf_ms2 < 5


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: rr_intervals_s([0, 5, 5], 100), "beat 2 is not after"),
        (lambda: heart_rate_bpm([7], 100), "two beats"),
        (lambda: heart_rate_variability([1, 2], 100), "two successive intervals"),
        (lambda: heart_rate_variability([1, 2, 3], 100, "NN"), "2 symbols for 3 beats"),
        (lambda: heart_rate_variability(PEAKS, 1000, list("NVNVNV")), "two successive"),
        (lambda: heart_rate_variability([], 100, []), "two successive"),
        (lambda: heart_rate_bpm([0.0, 1.1, 2.2], 250), "beats stand at whole samples, got float64"),
        (lambda: heart_rate_variability([0, np.nan, 400], 250), r"np\.rint\(seconds \* fs\)"),
        (lambda: rr_intervals_s(np.array([True, False]), 250), "got bool"),
        (lambda: rr_intervals_s([[0, 400]], 250), r"one-dimensional array, got shape \(1, 2\)"),
        (lambda: heart_rate_variability([0, 100, 200], 0), "positive number of Hz, got 0"),
        (lambda: heart_rate_bpm([0, 100, 200], -250), "positive number of Hz, got -250"),
    ],
)
def test_what_cannot_be_measured_is_refused(call, words):
    with pytest.raises(RecordInvalid, match=words):
        call()


def test_symbols_may_be_a_word():
    assert heart_rate_variability(PEAKS, 1000, "NNVNNN").n_intervals == 3
