"""R peaks where theory puts them, on made and on real signals."""

import statistics
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgbook import Recording, RecordInvalid, open_database
from ecgbook.conventions import PACED
from ecgbook.evaluation.delineation import POINTS, score_delineation
from ecgbook.evaluation.delineation import WAVES as WAVES_OF_LUDB
from ecgbook.evaluation.detection import match_beats, score_beats
from ecgbook.signals import beat_sureness, detector, r_peaks, r_peaks_with_confidence
from ecgbook.signals.detector import (
    evened,
    local_level,
    moving_mean,
    stand_out,
    weigh,
)
from ecgbook.signals.simple_beats import without_t_waves
from ecgbook.simulator import CONDITIONS, simulate
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


@pytest.mark.parametrize("bpm", [20, 25, 40, 120, 180, 230, 240, 250, 280, 300])
@pytest.mark.parametrize("fs", [250, 500])
def test_narrow_complexes_from_20_to_300_beats_a_minute(bpm, fs):
    r_s = np.arange(0.2, DURATION_S - 0.1, 60 / bpm)
    signal = 1.5 * beat_signal(r_s, fs, DURATION_S, ((1, 0, 0.0057),))
    assert_found(r_peaks(one_lead(signal, fs)), r_s, fs)


@pytest.mark.parametrize("upright", [1, -1])
@pytest.mark.parametrize("width_s", [0.035, 0.05, 0.065])
@pytest.mark.parametrize("tall", [1.0, 1.5, 1.75, 2.0])
def test_t_waves_up_to_twice_r_are_no_beats(tall, width_s, upright):
    r_s = np.arange(0.4, 20, 0.8)
    waves = ((upright, 0, 0.0085), (tall * upright, 0.28, width_s))
    assert_found(r_peaks(one_lead(beat_signal(r_s, 500, 20, waves), 500)), r_s, 500)


@pytest.mark.parametrize("gain", [0.1, -0.1, -1])
def test_low_voltage_and_inverted_leads(gain):
    r_s = rhythm_s(DURATION_S)
    noise = np.random.default_rng(0).normal(0, 0.004, round(DURATION_S * 360))
    signal = gain * beat_signal(r_s, 360, DURATION_S) + noise
    assert_found(r_peaks(one_lead(signal, 360)), r_s, 360, within_s=0.012)


def test_paced_beats_are_found_at_the_complex_or_its_spike():
    # A spike of 2 ms, then a wide complex 50 ms later.
    r_s = rhythm_s(DURATION_S, jitter_s=0)
    waves = ((1.5, -0.05, 0.001), (-1.2, 0, 0.03), (0.5, 0.3, 0.07))
    assert_found(r_peaks(one_lead(beat_signal(r_s, 500, DURATION_S, waves), 500)), r_s, 500, 0.06)


def test_swings_of_an_electrode_are_no_beats():
    # Twelve swings in half a minute, as large as beats and larger, each of another form.
    rng = np.random.default_rng(3)
    r_s = rhythm_s(60)
    signal = beat_signal(r_s, 360, 60)
    for at_s in rng.uniform(20, 50, 12):
        swings = [(rng.normal(), at, rng.uniform(0.02, 0.1)) for at in rng.uniform(0, 0.3, 4)]
        signal += beat_signal([at_s], 360, 60, swings)
    peaks_s = r_peaks(one_lead(signal, 360)) / 360
    near = np.abs(peaks_s[:, None] - r_s) < 0.15
    assert near.any(axis=0).mean() > 0.97
    assert near.any(axis=1).mean() > 0.95


# Flutter of the ventricles has no single beats, and an arrest has none for a while.
@pytest.mark.parametrize("condition", [c for c in CONDITIONS if "flutter" not in c])
def test_beats_of_every_simulated_condition(condition):
    ecg = simulate(condition, leads=["II"], duration_s=60, noise=None, seed=4)
    truth = ecg.truth[0].r_peak
    peaks = r_peaks(ecg.recording())
    pairs = match_beats(truth, peaks, ecg.recording().fs)
    assert len(pairs) >= 0.98 * max(len(truth), len(peaks))


def test_long_recordings_are_read_in_parts_that_do_not_show(monkeypatch):
    fs, r_s = 250, rhythm_s(180)
    noise = np.random.default_rng(0).normal(0, 0.1, 180 * fs)
    signal = beat_signal(r_s, fs, 180) + noise
    whole = weigh(signal, fs)
    monkeypatch.setattr(detector, "PART_S", 30)
    for one, other in zip(weigh(signal, fs), whole, strict=True):
        np.testing.assert_allclose(one[whole[2]], other[whole[2]], atol=1e-3)


@given(st.integers(1, 800), st.integers(0, 2**32 - 1), st.sampled_from([100, 360, 500, 1000]))
@settings(max_examples=40, deadline=None)
def test_each_peak_has_a_confidence(length, seed, fs):
    signal = np.random.default_rng(seed).normal(size=length)
    peaks, confidence = r_peaks_with_confidence(signal, fs)
    np.testing.assert_array_equal(peaks, r_peaks(signal, fs))
    assert confidence.shape == peaks.shape
    assert ((confidence >= detector.LEAST_BEAT) & (confidence <= 1)).all()


def test_confidence_falls_where_beats_drown():
    r_s = rhythm_s(60)
    noise = np.random.default_rng(0).normal(0, 1, 60 * 360)
    signal = beat_signal(r_s, 360, 60) + np.where(np.arange(60 * 360) < 30 * 360, 0.02, 1) * noise
    peaks, confidence = r_peaks_with_confidence(signal, 360)
    assert confidence[peaks < 29 * 360].min() > 0.97
    assert confidence[peaks > 31 * 360].mean() < 0.8
    sure = beat_sureness(signal, 360)
    assert (sure[:2] > 0.97).all()
    assert (sure[4:] < 0.85).all()


def test_sureness_of_nothing_is_nan_and_of_no_length_refused():
    assert np.isnan(beat_sureness(np.zeros(3600), 360)).all()
    with pytest.raises(RecordInvalid, match="stretch_s=0"):
        beat_sureness(np.zeros(3600), 360, stretch_s=0)


@given(st.floats(100, 2000), st.lists(st.floats(-5, 5, width=32), min_size=20, max_size=90))
@settings(deadline=None)
def test_evened_signals_hold_the_mean_of_each_120th_of_a_second(fs, values):
    signal = np.array(values, np.float32)
    even = evened(signal, fs)
    # The sum up to any time is a polygon; its differences are the means.
    total = np.append(0, np.cumsum(signal, dtype=float))
    edges = np.interp(np.arange(len(even) + 1) * fs / 120, np.arange(len(total)), total)
    np.testing.assert_allclose(even, np.diff(edges) * 120 / fs, atol=1e-6)
    assert len(even) in (int(len(signal) * 120 / fs), int(len(signal) * 120 / fs + 1e-9))


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


@pytest.mark.parametrize("fs", [100, 250, 500])
def test_a_straight_slope_has_no_peaks(fs):
    assert len(r_peaks(one_lead(np.linspace(-1, 1, 5 * fs), fs))) == 0


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

    assert f1(rows, (150, 0)) >= 0.9975
    assert f1(rows, (50, 0)) >= 0.9947
    # Without paced records, and without the first five minutes as EC57 says.
    assert f1(rows[~rows["paced"]], (150, 300)) >= 0.998
    assert f1(rows[~rows["paced"]], (50, 0)) >= 0.996


@pytest.mark.real
def test_each_lead_of_ludb_by_itself():
    ludb = open_database("ludb")
    counts = np.zeros(3, int)
    for record in ludb.records:
        ecg, marks = ludb.read(record), ludb.waves(record)
        for lead in ecg.leads:
            scores = score_delineation(marks[lead], found_alone(ecg, lead), ecg.fs)
            qrs = scores[(scores["wave"] == "QRS") & (scores["point"] == "peak")].iloc[0]
            counts += qrs[["tp", "fp", "fn"]].to_numpy(int)
    tp, fp, fn = counts
    assert 2 * tp / (2 * tp + fp + fn) >= 0.998


def found_alone(ecg, lead):
    """Return the R peaks of one lead as points of delineation, all others empty."""
    places = product(WAVES_OF_LUDB.values(), POINTS)
    points = {place: np.empty(0, np.int64) for place in places}
    return points | {("QRS", "peak"): r_peaks(ecg, lead=lead)}
