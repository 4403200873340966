"""R peaks where theory puts them, on made and on real signals."""

import statistics

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgbook import Recording, RecordInvalid, open_database
from ecgbook.conventions import PACED
from ecgbook.evaluation.detection import score_beats
from ecgbook.signals import r_peaks
from ecgbook.signals.detector import local_level, moving_mean, stand_out, without_t_waves
from tests.signals.beats import WAVES, beat_signal, one_lead, rhythm_s

DURATION_S = 30.0


def assert_found(peaks, r_s, fs, within_s=0.0):
    """Each R time has its peak, at most a sample away, and there are no others."""
    assert len(peaks) == len(r_s)
    assert np.abs(peaks / fs - r_s).max() <= max(within_s, 1 / fs)


@pytest.mark.parametrize("fs", [100, 128, 250, 360, 500, 1000])
def test_every_beat_at_every_rate(fs):
    r_s = rhythm_s(DURATION_S)
    assert_found(r_peaks(one_lead(beat_signal(r_s, fs, DURATION_S), fs)), r_s, fs)


@pytest.mark.parametrize("rr_s", [0.3, 0.5, 1.0, 1.9])
def test_from_200_to_32_beats_a_minute(rr_s):
    # A T wave that late would lie on the next beat at 200 a minute: leave it out there.
    waves = WAVES if rr_s > 0.4 else WAVES[:4]
    r_s = rhythm_s(DURATION_S, rr_s, jitter_s=0.02 * rr_s)
    signal = beat_signal(r_s, 360, DURATION_S, waves)
    assert_found(r_peaks(one_lead(signal, 360)), r_s, 360)


def test_an_inverted_lead_has_the_same_peaks():
    signal = beat_signal(rhythm_s(DURATION_S), 360, DURATION_S)
    upright, inverted = (r_peaks(one_lead(x, 360)) for x in (signal, -signal))
    np.testing.assert_array_equal(upright, inverted)


def test_wide_ectopic_beats_are_found_at_their_largest_deflection():
    normal_s, ectopic_s = np.array([1.0, 1.8, 3.4, 4.2, 5.8]), np.array([2.4, 4.8])
    signal = beat_signal(normal_s, 360, 7)
    signal += beat_signal(ectopic_s, 360, 7, ((-1.5, 0, 0.04), (0.5, 0.3, 0.07)))
    assert_found(r_peaks(one_lead(signal, 360)), np.sort([*normal_s, *ectopic_s]), 360)


def test_tall_t_waves_are_no_beats():
    # T waves as tall as R: five times as wide, so a tenth as curved.
    waves = (*WAVES[:4], (1.0, 0.28, 0.045))
    r_s = rhythm_s(DURATION_S)
    assert_found(r_peaks(one_lead(beat_signal(r_s, 360, DURATION_S, waves), 360)), r_s, 360)


def test_t_waves_by_hand():
    # At 100 Hz a T wave comes within 36 samples and is less than half its beat.
    candidates = np.array([0, 30, 66, 100, 130])
    size = np.array([1.0, 0.4, 1.0, 0.6, 0.2])
    kept = without_t_waves(candidates, size, fs=100)
    assert kept.tolist() == [True, False, True, True, False]
    # The same sizes at twice the distance are beats.
    assert without_t_waves(2 * candidates, size, fs=100).all()


def test_baseline_mains_and_muscle_change_nothing():
    fs, r_s = 360, rhythm_s(DURATION_S)
    time_s = np.arange(round(DURATION_S * fs)) / fs
    noise = np.random.default_rng(0).normal(0, 0.05, len(time_s))
    noise += np.sin(2 * np.pi * 0.3 * time_s) + 0.1 * np.sin(2 * np.pi * 50 * time_s)
    signal = beat_signal(r_s, fs, DURATION_S) + noise
    assert_found(r_peaks(one_lead(signal, fs)), r_s, fs, within_s=0.012)


def test_a_change_of_amplitude_is_followed():
    # Half-way an electrode loosens and the ECG falls to a fifth.
    r_s = rhythm_s(60)
    signal = beat_signal(r_s, 360, 60)
    signal *= np.where(np.arange(len(signal)) < len(signal) / 2, 1.0, 0.2)
    peaks_s = r_peaks(one_lead(signal, 360)) / 360
    # The threshold looks five seconds ahead and back.
    sure = np.abs(r_s - 30) > 5
    assert np.abs(peaks_s[:, None] - r_s[sure]).min(axis=0).max() < 0.004
    assert len(peaks_s) <= len(r_s)


def test_one_giant_artefact_hides_no_beats_beyond_its_own():
    r_s = rhythm_s(DURATION_S)
    signal = beat_signal(r_s, 360, DURATION_S)
    signal += beat_signal([15.2], 360, DURATION_S, ((20.0, 0, 0.02),))
    peaks_s = r_peaks(one_lead(signal, 360)) / 360
    far = np.abs(r_s - 15.2) > 0.4
    assert np.abs(peaks_s[:, None] - r_s[far]).min(axis=0).max() < 0.004


@pytest.mark.parametrize("level_mv", [0.0, 5.0, -3.3])
def test_a_flat_line_has_no_peaks(level_mv):
    peaks = r_peaks(one_lead(np.full(3600, level_mv), 360))
    assert peaks.dtype == np.int64
    assert len(peaks) == 0


def test_noise_of_an_amplifier_has_no_peaks():
    signal = np.random.default_rng(0).normal(0, 0.005, 20 * 360)
    assert len(r_peaks(one_lead(signal, 360))) == 0


def test_two_deflections_of_one_complex_are_one_beat():
    # Paced and fragmented complexes: two equal spikes 150 ms apart, sooner than any two beats.
    r_s = rhythm_s(DURATION_S, rr_s=1.0)
    signal = beat_signal(r_s, 360, DURATION_S, ((1, -0.075, 0.012), (1, 0.075, 0.012)))
    peaks_s = r_peaks(one_lead(signal, 360)) / 360
    assert len(peaks_s) == len(r_s)
    assert np.abs(np.abs(peaks_s - r_s) - 0.075).max() < 0.004


def test_one_beat():
    signal = beat_signal([1.0], 360, 2)
    assert r_peaks(one_lead(signal, 360)).tolist() == [360]


@given(st.integers(1, 800), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_any_length_gives_rising_samples_inside(length, seed):
    signal = np.random.default_rng(seed).normal(size=length)
    peaks = r_peaks(one_lead(signal, 250))
    assert (np.diff(peaks) > 0).all()
    assert ((peaks >= 0) & (peaks < length)).all()


@given(st.floats(-5, 5), st.floats(0.2, 20))
@settings(max_examples=30, deadline=None)
def test_offset_and_gain_do_not_matter(offset_mv, gain):
    signal = beat_signal(rhythm_s(10), 250, 10)
    same = r_peaks(one_lead(offset_mv + gain * signal, 250))
    np.testing.assert_allclose(same, r_peaks(one_lead(signal, 250)), atol=1)


def test_lead_is_chosen_by_name():
    beats = beat_signal(rhythm_s(10), 250, 10)
    ecg = Recording([np.zeros(2500), beats], 250, ["I", "II"])
    assert len(r_peaks(ecg)) == 0
    assert len(r_peaks(ecg, lead="II")) == len(rhythm_s(10))


def test_an_array_with_its_rate_is_as_good_as_a_recording():
    beats = beat_signal(rhythm_s(10), 250, 10)
    expected = r_peaks(one_lead(beats, 250))
    two = np.stack([beats, np.zeros(2500)])
    for found in (r_peaks(beats, 250), r_peaks(beats, fs=250), r_peaks(two, 250)):
        np.testing.assert_array_equal(found, expected)
    assert len(r_peaks(two, 250, lead="lead 2")) == 0
    np.testing.assert_array_equal(r_peaks(beats.tolist(), 250), expected)


def test_a_recording_has_its_own_rate():
    ecg = one_lead(beat_signal(rhythm_s(10), 250, 10), 250)
    np.testing.assert_array_equal(r_peaks(ecg, 250), r_peaks(ecg))
    for second in (500, "II"):
        with pytest.raises(RecordInvalid, match=r"250 Hz of its own.*lead='II'"):
            r_peaks(ecg, second)


@pytest.mark.parametrize(
    ("array", "fs", "words"),
    [
        (np.zeros(900), None, r"r_peaks\(array, fs\)"),
        (np.zeros((2, 3, 4)), 250, r"shape \(lead, time\)"),
        (np.full(900, 1200.0), 250, "unit='uV'"),
        (np.zeros(900), -250, "positive number of Hz"),
    ],
)
def test_arrays_that_are_no_ecg_are_refused(array, fs, words):
    with pytest.raises(RecordInvalid, match=words):
        r_peaks(array, fs)


def test_a_gap_in_another_lead_does_not_matter():
    beats = beat_signal(rhythm_s(10), 250, 10)
    ecg = Recording([beats, np.full(2500, np.nan)], 250, ["I", "II"])
    assert len(r_peaks(ecg)) == len(rhythm_s(10))
    with pytest.raises(RecordInvalid, match="lead II has no value"):
        r_peaks(ecg, lead="II")


@pytest.mark.parametrize("method", ["biosppy", "wfdb"])
def test_other_methods_find_the_same_beats(method):
    r_s = rhythm_s(DURATION_S)
    peaks = r_peaks(one_lead(beat_signal(r_s, 360, DURATION_S), 360), method=method)
    assert peaks.dtype == np.int64
    # Both learn from the first seconds and may leave out a beat at the end.
    sure = (r_s > 3) & (r_s < DURATION_S - 2)
    assert np.abs(peaks[:, None] / 360 - r_s[sure]).min(axis=0).max() < 0.02
    assert len(peaks) <= len(r_s)


@pytest.mark.parametrize("method", ["biosppy", "wfdb"])
def test_other_methods_refuse_what_their_filters_cannot_take(method):
    with pytest.raises(RecordInvalid, match=f"method '{method}' needs at least"):
        r_peaks(one_lead(np.zeros(90), 100), method=method)


@pytest.mark.parametrize(
    ("ecg", "options", "words"),
    [
        (one_lead(np.zeros(900), 90), {}, "too slow"),
        (one_lead(np.zeros(900), 100), {"method": "pan"}, "unknown method 'pan'"),
        (one_lead(np.zeros(900), 100), {"lead": "V9"}, "no lead 'V9'"),
    ],
)
def test_impossible_calls_are_refused(ecg, options, words):
    with pytest.raises(RecordInvalid, match=words):
        r_peaks(ecg, **options)


def test_moving_mean_of_a_hand_worked_row():
    # Beyond the ends the signal stays as it is: (0 + 0 + 3) / 3, (0 + 3 + 6) / 3, ...
    np.testing.assert_allclose(moving_mean(np.array([0.0, 3.0, 6.0]), 3), [1, 3, 5])


@given(
    st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=40),
    st.sampled_from([1, 3, 9, 37]),
)
def test_moving_mean_is_the_mean_of_each_window(values, width):
    signal = np.array(values, np.float32)
    reach = width // 2
    at = np.clip(np.arange(len(signal))[:, None] + np.arange(-reach, reach + 1), 0, len(signal) - 1)
    mean = moving_mean(signal, width)
    assert mean.dtype == np.float64
    np.testing.assert_allclose(mean, signal[at].mean(axis=1, dtype=float), atol=1e-12)


@given(st.lists(st.floats(0, 4), min_size=1, max_size=12))
def test_level_is_the_median_of_five_blocks_however_few_there_are(largest):
    # At 1 Hz a block of 2 s is two samples; the largest of each is what was put there.
    energy = np.repeat(np.square(largest), 2)
    middles = 2 * np.arange(len(largest)) + 1
    level = local_level(energy, middles, fs=1)
    ends = [largest[0]] * 2, [largest[-1]] * 2
    padded = [*ends[0], *largest, *ends[1]]
    expected = [statistics.median(padded[k : k + 5]) for k in range(len(largest))]
    np.testing.assert_allclose(level, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("fs", [250, 500, 1000])
def test_gain_of_the_first_step_is_largest_at_17_hz(fs):
    width = round(0.025 * fs) | 1
    time_s = np.arange(10 * fs) / fs

    def gain(frequency_hz):
        wave = np.cos(2 * np.pi * frequency_hz * time_s)
        return stand_out(wave, fs)[2 * fs : -2 * fs].std() * np.sqrt(2)

    # Mean of `width` samples, times 1 - cos(2 pi f width/fs).
    def theory(frequency_hz):
        angle = np.pi * frequency_hz / fs
        mean = np.sin(width * angle) / (width * np.sin(angle))
        return abs(mean) * (1 - np.cos(2 * width * angle))

    for frequency_hz in (1, 5, 17, 30):
        assert gain(frequency_hz) == pytest.approx(theory(frequency_hz), abs=2e-3)
    # 25 ms are no odd number of samples at most rates, so the maximum moves a little.
    best_hz = max(np.arange(1, 40, 0.5), key=theory)
    assert best_hz == pytest.approx(17, abs=2.5)


@pytest.mark.real
def test_all_of_mit_bih():
    mitdb = open_database("mitdb")
    rows = []
    for ecg in map(mitdb.read, mitdb.records):
        peaks = r_peaks(ecg)
        for tolerance_ms, start_s in ((150, 0), (150, 300), (50, 0)):
            scores = score_beats(ecg.annotations, peaks, ecg.fs, tolerance_ms / 1000, start_s)
            rows.append(scores | {"case": (tolerance_ms, start_s), "paced": ecg.record in PACED})
    rows = pd.DataFrame(rows)
    assert len(rows) == 3 * 48

    def f1(part, case):
        tp, fp, fn = part.loc[part["case"] == case, ["tp", "fp", "fn"]].sum()
        return 2 * tp / (2 * tp + fp + fn)

    assert f1(rows, (150, 0)) >= 0.995
    # The best published detector of this comparison, biosppy's, has 98.35 %.
    assert f1(rows, (50, 0)) >= 0.9835
    # Without paced records, counted by another program from the raw files.
    assert f1(rows[~rows["paced"]], (150, 300)) == pytest.approx(0.99774, abs=1e-5)
    assert f1(rows[~rows["paced"]], (50, 0)) == pytest.approx(0.99588, abs=1e-5)
