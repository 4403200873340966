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


def modulated_beats(duration_s, *waves, rr_s=0.8):
    """Return R samples at 1000 Hz; the intervals swing by waves of (frequency_hz, amplitude_ms)."""
    time_s = [0.0]
    while time_s[-1] < duration_s:
        swing = [0.001 * a * np.sin(2 * np.pi * f * time_s[-1] + f) for f, a in waves]
        time_s.append(time_s[-1] + rr_s + sum(swing))
    return np.rint(1000 * np.array(time_s)).astype(int)


def with_ectopic_beats(beats, share, seed=0):
    """Return symbols that call a share of the beats V, at random; each costs two intervals."""
    ectopic = np.random.default_rng(seed).random(len(beats)) < share
    return np.where(ectopic, "V", "N")


@pytest.mark.parametrize("duration_s", [150, 300, 1300])
@pytest.mark.parametrize(("frequency_hz", "band"), [(0.08, "lf"), (0.12, "lf"), (0.25, "hf")])
def test_power_of_a_swing_is_half_its_amplitude_squared(duration_s, frequency_hz, band):
    hrv = heart_rate_variability(modulated_beats(duration_s, (frequency_hz, 40)), 1000)
    powers = {"lf": hrv.lf_ms2, "hf": hrv.hf_ms2}
    assert powers.pop(band) == pytest.approx(40**2 / 2, rel=0.05)
    (other,) = powers.values()
    assert other < 0.02 * 40**2 / 2


@pytest.mark.parametrize("share", [0, 0.02, 0.04, 0.06])
@pytest.mark.parametrize("amplitudes_ms", [(30, 30), (40, 15), (15, 40)])
def test_gaps_leave_each_of_two_waves_its_own_power(amplitudes_ms, share):
    slow_ms, fast_ms = amplitudes_ms
    beats = modulated_beats(1500, (0.08, slow_ms), (0.27, fast_ms))
    hrv = heart_rate_variability(beats, 1000, with_ectopic_beats(beats, share))
    assert hrv.lf_ms2 == pytest.approx(slow_ms**2 / 2, rel=0.06)
    assert hrv.hf_ms2 == pytest.approx(fast_ms**2 / 2, rel=0.06)


def test_both_powers_are_parts_of_the_variance():
    # Noise without any wave: the worst case, as it has power at every frequency.
    for seed, mean_ms in enumerate((500, 800, 1300)):
        rr_ms = np.random.default_rng(seed).normal(mean_ms, 50, size=1500)
        hrv = heart_rate_variability(np.cumsum(np.rint(rr_ms)).astype(int), 1000)
        assert hrv.lf_ms2 + hrv.hf_ms2 < hrv.sdnn_ms**2
        # White up to one wave in two beats: each band has the share of its width.
        width = hrv.sdnn_ms**2 * 2 * mean_ms / 1000
        assert hrv.lf_ms2 == pytest.approx(0.11 * width, rel=0.2)
        assert hrv.hf_ms2 == pytest.approx((min(0.4, 500 / mean_ms) - 0.15) * width, rel=0.2)


def test_slow_waves_below_both_bands_are_in_neither():
    hrv = heart_rate_variability(modulated_beats(600, (0.02, 60), (0.1, 20)), 1000)
    assert hrv.lf_ms2 == pytest.approx(20**2 / 2, rel=0.1)
    assert hrv.hf_ms2 < 10


def test_the_share_of_the_intervals_that_is_used_is_said():
    hrv = heart_rate_variability(PEAKS, 1000, "NNNNVN")
    assert (hrv.n_intervals, hrv.used_percent) == (3, 60)


def test_with_many_ectopic_beats_there_is_no_power():
    beats = modulated_beats(600, (0.1, 40))
    symbols = np.full(len(beats), "N")
    symbols[5::8] = "V"  # a quarter of the intervals
    hrv = heart_rate_variability(beats, 1000, symbols)
    assert np.isnan([hrv.lf_ms2, hrv.hf_ms2]).all()
    assert hrv.used_percent == pytest.approx(75, abs=0.5)


def test_stretches_with_many_ectopic_beats_are_left_out_of_the_powers():
    calm, wild = modulated_beats(300, (0.1, 40)), modulated_beats(300, (0.1, 120))
    beats = np.append(calm, calm[-1] + wild[1:])
    symbols = np.full(len(beats), "N")
    symbols[len(calm) + 2 :: 4] = "V"
    hrv = heart_rate_variability(beats, 1000, symbols)
    assert hrv.lf_ms2 == pytest.approx(40**2 / 2, rel=0.05)


@pytest.mark.parametrize("rr_ms", [500, 8_000, 70_000])
def test_intervals_that_never_change_have_no_power(rr_ms):
    hrv = heart_rate_variability(rr_ms * np.arange(400_000 // rr_ms), 1000)
    assert not hrv.lf_ms2 > 1e-9
    assert not hrv.hf_ms2 > 1e-9


def test_alternating_intervals_come_to_an_end():
    # The fastest wave there is lies above both bands: 800, 900, 800, …
    rr_ms = np.tile([800, 900], 200)
    hrv = heart_rate_variability(np.cumsum(rr_ms), 1000)
    assert hrv.lf_ms2 + hrv.hf_ms2 < 0.1 * hrv.sdnn_ms**2


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
