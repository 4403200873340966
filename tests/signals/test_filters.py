"""Filters against their transfer functions and against what they must leave alone."""

import numpy as np
import pytest

from ecgbook import Recording, RecordInvalid
from ecgbook.signals import bandpass, highpass, lowpass, notch, remove_baseline
from tests.signals.beats import beat_signal, one_lead, rhythm_s

FS = 500
TIME_S = np.arange(20 * FS) / FS
MIDDLE = slice(5 * FS, 15 * FS)

ALL = {
    "bandpass": lambda ecg, **options: bandpass(ecg, 1, 40, **options),
    "highpass": lambda ecg, **options: highpass(ecg, 1, **options),
    "lowpass": lambda ecg, **options: lowpass(ecg, 40, **options),
    "notch": lambda ecg, **options: notch(ecg, 50, **options),
}


def sine(frequency_hz, phase=0.0):
    return np.sin(2 * np.pi * frequency_hz * TIME_S + phase)


def gain(filtered):
    return np.sqrt(2) * filtered.signal[0, MIDDLE].std()


@pytest.mark.parametrize("frequency_hz", [0.5, 1, 2, 10, 40, 80])
def test_gain_of_the_butterworth_low_and_high_pass(frequency_hz):
    # |H|² = 1 / (1 + (w/wc)^2n), w = tan(pi f / fs) by the bilinear transform; forward and
    # backward gives |H|² as the gain.
    def ratio(cutoff_hz):
        return np.tan(np.pi * frequency_hz / FS) / np.tan(np.pi * cutoff_hz / FS)

    ecg = one_lead(sine(frequency_hz), FS)
    low, high = 1 / (1 + ratio(40) ** 4), 1 / (1 + ratio(1) ** -4)
    assert gain(lowpass(ecg, 40)) == pytest.approx(low, abs=2e-3)
    assert gain(highpass(ecg, 1)) == pytest.approx(high, abs=2e-3)


@pytest.mark.parametrize("kind", ALL)
def test_zero_phase_filters_move_nothing(kind):
    # A filter without phase treats a signal and its mirror image alike.
    signal = beat_signal(rhythm_s(20), FS, 20)
    straight = ALL[kind](one_lead(signal, FS)).signal[0]
    mirrored = ALL[kind](one_lead(signal[::-1], FS)).signal[0, ::-1]
    np.testing.assert_allclose(straight[MIDDLE], mirrored[MIDDLE], atol=1e-3)


def test_causal_low_pass_comes_late():
    # Delay of a second-order Butterworth low-pass at low frequency: sqrt(2) / (2 pi fc).
    late = lowpass(one_lead(sine(1), FS), 10, zero_phase=False).signal[0, MIDDLE]
    delay_s = np.sqrt(2) / (2 * np.pi * 10)
    expected = np.sin(2 * np.pi * (TIME_S - delay_s))[MIDDLE]
    np.testing.assert_allclose(late, expected, atol=5e-3)


@pytest.mark.parametrize("kind", ALL)
def test_causal_filters_see_no_future(kind):
    signal = beat_signal(rhythm_s(20), FS, 20)
    changed = signal.copy()
    changed[3000:] += 1.0
    one, two = (ALL[kind](one_lead(x, FS), zero_phase=False).signal[0] for x in (signal, changed))
    np.testing.assert_array_equal(one[:3000], two[:3000])
    assert not np.allclose(one[3000:], two[3000:], atol=0.01)


@pytest.mark.parametrize("zero_phase", [True, False])
def test_no_step_at_the_beginning(zero_phase):
    # A constant is all baseline: nothing of it passes a high-pass, all of it a low-pass.
    ecg = one_lead(np.full(20 * FS, 3.0), FS)
    np.testing.assert_allclose(highpass(ecg, 0.5, zero_phase=zero_phase).signal, 0, atol=1e-5)
    np.testing.assert_allclose(lowpass(ecg, 40, zero_phase=zero_phase).signal, 3, atol=1e-5)


def test_wander_goes_at_the_ends_as_well():
    # Without mirrored signal before the first sample, 7 % of it would stay there.
    left = remove_baseline(one_lead(sine(0.1), FS)).signal[0]
    assert np.abs(left[: 2 * FS]).max() < 0.02
    assert np.abs(left[-2 * FS :]).max() < 0.02


def test_notch_takes_the_mains_and_leaves_the_rest():
    heart = beat_signal(rhythm_s(20), FS, 20)
    hum = 0.2 * sine(50, phase=1.0)
    cleaned = notch(one_lead(heart + hum, FS), 50).signal[0]
    assert np.abs(cleaned - heart)[MIDDLE].max() < 0.02
    assert gain(notch(one_lead(sine(60), FS), 50)) > 0.95


def test_baseline_goes_and_st_elevation_stays():
    # 0.2 mV of ST elevation from 40 to 300 ms after R, on a baseline that moves by 1 mV.
    r_s = rhythm_s(20)
    heart = beat_signal(r_s, FS, 20)
    for r in r_s:
        heart += 0.2 * ((r + 0.04 < TIME_S) & (r + 0.30 > TIME_S))
    wander = 0.5 * sine(0.15) + 0.3 * sine(0.07, phase=1)
    flat = remove_baseline(one_lead(heart + wander, FS)).signal[0]
    inside = r_s[(r_s > 5) & (r_s < 15)]
    st = flat[np.rint((inside + 0.12) * FS).astype(int)]
    pq = flat[np.rint((inside - 0.09) * FS).astype(int)]
    clean_st, clean_pq = (heart[np.rint((inside + at) * FS).astype(int)] for at in (0.12, -0.09))
    np.testing.assert_allclose(st - pq, clean_st - clean_pq, atol=0.03)


def test_result_keeps_everything_but_the_signal():
    ecg = Recording(np.zeros((2, 5000)), FS, ["I", "II"], database="d", record="r", patient="p")
    filtered = bandpass(ecg, 1, 40)
    assert (filtered.name, filtered.leads, filtered.patient) == ("d/r", ("I", "II"), "p")
    assert filtered.signal.shape == ecg.signal.shape
    assert filtered.signal.dtype == np.float32


def test_leads_are_filtered_each_for_itself():
    rows = np.random.default_rng(0).normal(size=(3, 5000))
    together = bandpass(Recording(rows, FS, ["I", "II", "III"]), 1, 40).signal
    alone = [bandpass(one_lead(row, FS), 1, 40).signal[0] for row in rows]
    np.testing.assert_allclose(together, alone, atol=1e-6)


@pytest.mark.parametrize("kind", ALL)
def test_missing_samples_are_refused_by_lead_and_time(kind):
    signal = np.zeros((2, 5000))
    signal[1, 1000] = np.nan
    ecg = Recording(signal, FS, ["I", "V2"], record="x")
    with pytest.raises(RecordInvalid, match=r"x: lead V2 has no value at 2\.000 s.*fill_gaps"):
        ALL[kind](ecg)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda ecg: lowpass(ecg, 250), "half the sampling rate"),
        (lambda ecg: highpass(ecg, 0), "half the sampling rate"),
        (lambda ecg: notch(ecg, 300), "half the sampling rate"),
        (lambda ecg: notch(ecg, 50, width_hz=0), "0 Hz wide"),
        (lambda ecg: bandpass(ecg, 40, 1), "low_hz < high_hz"),
        (lambda ecg: remove_baseline(ecg.window(0, 1)), "needs at least 2 s"),
    ],
)
def test_impossible_filters_are_refused(call, words):
    with pytest.raises(RecordInvalid, match=words):
        call(one_lead(np.zeros(10 * FS), FS))
