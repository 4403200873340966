"""Shapes of beats: measures of beats that are built from known waves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal as dsp

from ecgbook.classical.beat_shapes import SHAPE_MEASURES, shape_measures
from tests.signals.beats import WAVES, beat_signal

FS = 300
TIMES_S = 0.6 + 0.9 * np.arange(30)
PEAKS = np.rint(TIMES_S * FS).astype(int)
SECONDS = 28


def measured(waves=WAVES, times_s=TIMES_S, add=0.0, sign=1, fs=FS):
    signal = sign * beat_signal(times_s, fs, SECONDS, waves) + add
    return shape_measures(signal, np.rint(np.asarray(times_s) * fs).astype(int), fs)[0]


def without(*places):
    return tuple(wave for i, wave in enumerate(WAVES) if i not in places)


@pytest.mark.parametrize("fs", [100, 300, 500])
def test_waves_of_a_built_beat_are_found_where_they_are(fs):
    found = measured(fs=fs)
    # A filter of 0.5 Hz takes some of the slow waves away.
    assert found["r_mv"] == pytest.approx(1, abs=0.25)
    assert found["p_before_r_ms"] == pytest.approx(170, abs=12)
    assert found["t_after_r_ms"] == pytest.approx(280, abs=12)
    assert found["p_mv"] == pytest.approx(0.12, abs=0.03)
    assert found["t_mv"] == pytest.approx(0.30, abs=0.1)
    assert found["t_to_r"] == pytest.approx(found["t_mv"] / found["r_mv"])
    # The apices of Q and S lie at −30 and +30 ms; they end two widths further out.
    assert found["qrs_ms"] == pytest.approx((30 + 2 * 10) + (30 + 2 * 12), abs=25)


def test_equal_beats_repeat_and_leave_nothing():
    found = measured()
    for name in ("p_repeats", "qrs_repeats", "t_repeats", "p_correlation", "qrs_correlation"):
        assert found[name] == pytest.approx(1, abs=0.02)
    assert found["qrs_unlike_share"] == 0
    assert found["r_spread"] < 0.02
    assert found["rest_share"] < 0.05  # the last beat is not whole


def test_without_a_p_wave_there_is_none():
    found = measured(without(0))
    assert found["p_to_r"] < 0.25 * measured()["p_to_r"]


def test_a_recording_taken_the_wrong_way_round_is_turned():
    one, other = measured(), measured(sign=-1)
    assert other == pytest.approx(one)


def test_fibrillating_atria_show_in_the_rest():
    # Irregular beats without P wave over a wave of 6 Hz that knows nothing of them.
    rng = np.random.default_rng(0)
    times_s = 0.6 + np.cumsum(rng.uniform(0.6, 1.1, 28))
    waving = 0.08 * np.sin(2 * np.pi * 6 * np.arange(SECONDS * FS) / FS)
    sinus, atria = measured(), measured(without(0), times_s, waving)
    assert atria["rest_f_hz"] == pytest.approx(6, abs=0.5)
    assert atria["rest_f_share"] > 0.8
    assert atria["rest_mv"] == pytest.approx(0.08 / np.sqrt(2), rel=0.3)
    assert atria["p_repeats"] < 0.5 * sinus["p_repeats"]


def test_early_beats_are_told_by_their_qrs_complex():
    # Every sixth beat comes at 0.6 s; wide and inverted (V), or as the others (S).
    rr = np.tile([0.9, 0.9, 0.9, 0.9, 0.6, 1.2], 5)
    times_s = 0.6 + np.cumsum(rr)[:27]
    ectopic = np.arange(27) % 6 == 4
    wide = ((-1.2, 0.0, 0.05), (0.3, 0.3, 0.06))
    alike = beat_signal(times_s, FS, SECONDS)
    unlike = beat_signal(times_s[~ectopic], FS, SECONDS) + beat_signal(
        times_s[ectopic], FS, SECONDS, wide
    )
    peaks = np.rint(times_s * FS).astype(int)
    s, v = (shape_measures(signal, peaks, FS)[0] for signal in (alike, unlike))
    share = ectopic.mean()
    assert (s["early_alike_share"], s["early_unlike_share"]) == pytest.approx((share, 0), abs=0.01)
    assert (v["early_alike_share"], v["early_unlike_share"]) == pytest.approx((0, share), abs=0.01)
    assert v["qrs_unlike_share"] == pytest.approx(share, abs=0.01)


def test_a_wide_qrs_complex_is_wider():
    wide = ((1.0, 0.0, 0.03),)
    narrow = ((1.0, 0.0, 0.012),)
    assert measured(wide)["qrs_ms"] > 1.5 * measured(narrow)["qrs_ms"]
    assert measured(wide)["qrs_area_ms"] > 1.5 * measured(narrow)["qrs_area_ms"]


def test_the_usual_beat_is_the_median_of_the_filtered_ones():
    signal = beat_signal(TIMES_S, FS, SECONDS) + 3
    _, usual = shape_measures(signal, PEAKS, FS)
    clean = dsp.sosfiltfilt(dsp.butter(2, (0.5, 40), "bandpass", fs=FS, output="sos"), signal)
    beats = [clean[r - 90 : r + 135] for r in PEAKS if r + 135 <= len(clean)]
    np.testing.assert_allclose(usual[30:], np.median(beats, axis=0)[30:], atol=0.02)
    assert usual.argmax() == 90


@given(
    st.lists(st.integers(0, 599), max_size=5, unique=True),
    st.sampled_from([0.0, 1.0]),
    st.integers(0, 3),
)
def test_any_beats_give_all_measures(peaks, spread, seed):
    # None, one or a few, at the edges as well, in noise or in a flat line.
    signal = spread * np.random.default_rng(seed).normal(size=600)
    found, usual = shape_measures(signal, np.array(sorted(peaks), dtype=np.int64), FS)
    assert tuple(found) == SHAPE_MEASURES
    assert not np.isinf(list(found.values())).any()
    assert usual.shape == (225,)
    assert np.isfinite(usual).all()
    whole = sum(90 <= peak <= 600 - 135 for peak in peaks)
    assert np.isfinite(found["r_mv"]) == (whole > 0)
    assert np.isfinite(found["p_repeats"]) == (whole > 1)
