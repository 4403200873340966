"""Waves where the simulator and the equations put them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgbook import Recording, RecordInvalid
from ecgbook.signals import delineate, delineate_leads
from ecgbook.signals.wave_edges import Rule, bulge, edges, largest, slope
from ecgbook.simulator import simulate
from tests.signals.beats import WAVES, beat_signal, one_lead

POINTS = ("begin", "peak", "end")
R_S = np.arange(0.7, 9.5, 0.8)


def made(fs=500, waves=WAVES, duration_s=10.0):
    return beat_signal(R_S, fs, duration_s, waves)


def assert_near(found, expected_s, fs, within_s):
    assert len(found) == len(expected_s)
    assert (found >= 0).all()
    assert np.abs(found / fs - expected_s).max() <= max(within_s, 1.5 / fs)


@pytest.mark.parametrize("fs", [100, 128, 250, 360, 500, 1000])
def test_peaks_are_where_the_gaussians_are_at_every_rate(fs):
    waves = delineate(one_lead(made(fs), fs))
    assert_near(waves.p.peak, R_S - 0.17, fs, 0.012)
    assert_near(waves.qrs.peak, R_S, fs, 0.002)
    assert_near(waves.t.peak, R_S + 0.28, fs, 0.012)


@pytest.mark.parametrize("fs", [100, 250, 500, 1000])
def test_boundaries_enclose_what_is_above_a_tenth_and_little_more(fs):
    # A Gaussian is down to 32 % at 1.5 widths and to 1 % at three.
    waves = delineate(one_lead(made(fs), fs))
    for wave, at, width in ((waves.p, -0.17, 0.022), (waves.t, 0.28, 0.050)):
        for edge, side in ((wave.begin, -1), (wave.end, 1)):
            widths = side * (edge / fs - R_S - at) / width
            assert widths.min() > 1.5 - 1 / (fs * width)
            assert widths.max() < 3 + 1 / (fs * width)
    # Q begins three widths of 10 ms before its peak at the latest.
    assert np.all(waves.qrs.begin / fs < R_S - 0.03)
    assert np.all(waves.qrs.begin / fs > R_S - 0.08 - 1 / fs)
    assert np.all(waves.qrs.end / fs > R_S + 0.03)
    assert np.all(waves.qrs.end / fs < R_S + 0.08 + 1 / fs)


def test_an_inverted_t_wave_is_found_as_well_as_an_upright_one():
    turned = (*WAVES[:4], (-0.30, 0.28, 0.050))
    upright, inverted = (delineate(made(waves=w), 500) for w in (WAVES, turned))
    np.testing.assert_allclose(inverted.t.peak, upright.t.peak, atol=2)
    np.testing.assert_allclose(inverted.t.begin, upright.t.begin, atol=4)
    np.testing.assert_allclose(inverted.t.end, upright.t.end, atol=4)


def test_an_inverted_lead_has_the_same_boundaries():
    upright, inverted = delineate(made(), 500), delineate(-made(), 500)
    for kind in ("p", "qrs", "t"):
        for point in ("begin", "end"):
            np.testing.assert_array_equal(
                *(getattr(getattr(w, kind), point) for w in (upright, inverted))
            )


def test_the_size_of_a_wave_and_an_offset_do_not_matter():
    once, twice = delineate(made(), 500), delineate(2 * made() + 1.5, 500)
    for kind in ("p", "qrs", "t"):
        np.testing.assert_allclose(getattr(once, kind).peak, getattr(twice, kind).peak, atol=1)


@pytest.mark.parametrize("condition", ["normal", "lbbb", "first_degree_block"])
def test_simulated_beats_in_twelve_leads(condition):
    ecg = simulate(condition, seed=4)
    truth, waves = ecg.truth[0], delineate_leads(ecg.recording())
    lead = ecg.leads.index("II")
    for wave, spans, allowed_ms in (
        (waves.p, truth.p, 25),
        (waves.qrs, truth.qrs, 25),
        (waves.t, truth.t, 60),
    ):
        found = wave.spans[lead][wave.found[lead]]
        whole = spans[(spans[:, 0] > 300) & (spans[:, 1] < 4700)]
        nearest = found[np.abs(found[:, :1] - whole[:, 0]).argmin(axis=0)]
        assert np.median(np.abs(nearest - whole), axis=0).max() * 2 <= allowed_ms


def test_fibrillating_atria_have_no_p_waves():
    ecg = simulate("atrial_fibrillation", duration_s=20, seed=1)
    waves = delineate_leads(ecg.recording())
    assert waves.qrs.found.all(axis=0).sum() >= len(ecg.truth[0].r_peak) - 2
    assert waves.p.found.mean() < 0.2


def test_a_beat_without_its_p_wave_among_others():
    with_p, without_p = np.delete(R_S, 5), R_S[5:6]
    ecg = beat_signal(with_p, 500, 10.0) + beat_signal(without_p, 500, 10.0, WAVES[1:])
    noise = np.random.default_rng(0).normal(0, 0.004, len(ecg))
    p = delineate(ecg + noise, 500).p
    assert p.found.tolist() == [b != 5 for b in range(len(R_S))]
    assert p.begin[5] == p.peak[5] == p.end[5] == -1
    assert p.spans[5].tolist() == [-1, -1]


def test_no_wave_where_there_is_none():
    # Triangles of 60 ms, and exactly nothing between them.
    time = np.arange(5000)[:, None] / 500
    waves = delineate(np.clip(1 - np.abs(time - R_S) / 0.03, 0, None).sum(axis=1), 500)
    np.testing.assert_array_equal(waves.qrs.peak, np.rint(R_S * 500))
    assert not waves.p.found.any()
    assert not waves.t.found.any()


def test_a_flat_lead_has_no_waves_and_changes_nothing():
    alone = delineate_leads(one_lead(made(), 500))
    both = delineate_leads(Recording([made(), np.full(5000, 0.3)], 500, ["II", "V1"]))
    for kind in ("p", "qrs", "t"):
        wave = getattr(both, kind)
        np.testing.assert_array_equal(wave.peak[0], getattr(alone, kind).peak[0])
        assert not wave.found[1].any()
    nothing = delineate(np.zeros(5000), 500)
    assert nothing.qrs.peak.shape == (0,)


def test_one_noisy_electrode_does_not_move_the_others():
    rng = np.random.default_rng(0)
    leads = [made(), 0.7 * made(), -0.5 * made(), made() + rng.normal(0, 1, 5000)]
    clean = delineate_leads(Recording(leads[:3], 500, ["I", "II", "III"]))
    noisy = delineate_leads(Recording(leads, 500, ["I", "II", "III", "V1"]))
    assert clean.qrs.peak.shape[1] == noisy.qrs.peak.shape[1] == len(R_S)
    assert np.abs(clean.t.end[:3] - noisy.t.end[:3]).max() <= 15  # 30 ms


def test_one_beat():
    waves = delineate(beat_signal([1.0], 500, 2.0), 500)
    assert_near(waves.p.peak, [0.83], 500, 0.012)
    assert_near(waves.t.peak, [1.28], 500, 0.012)


def test_given_beats_are_kept():
    beats = np.rint(R_S[2:6] * 500).astype(int)
    waves = delineate(made(), 500, r_peak=beats)
    np.testing.assert_array_equal(waves.qrs.peak, beats)
    assert delineate(made(), 500, r_peak=[]).t.end.shape == (0,)


def test_a_lead_by_its_name():
    ecg = Recording([made(), -made()], 500, ["I", "aVR"])
    leads = delineate_leads(ecg)
    np.testing.assert_array_equal(delineate(ecg, lead="aVR").t.end, leads.t.end[1])
    np.testing.assert_array_equal(delineate(ecg).p.begin, leads[0].p.begin)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: delineate(np.zeros(900)), r"delineate\(array, fs\)"),
        (lambda: delineate(np.zeros(900), 90), "too slow"),
        (lambda: delineate(one_lead(np.zeros(900), 250), 500), "250 Hz of its own"),
        (lambda: delineate(one_lead(np.zeros(900), 250), lead="V9"), "no lead 'V9'"),
        (lambda: delineate(np.full(900, np.nan), 250), "has no value at 0.000 s"),
        (lambda: delineate(made(), 500, r_peak=[200, 100]), "must rise"),
        (lambda: delineate(made(), 500, r_peak=[100, 5000]), "lie within 0 and 4999"),
        (lambda: delineate(made(), 500, r_peak=[0.2, 0.9]), "whole samples"),
    ],
)
def test_impossible_calls_are_refused(call, words):
    with pytest.raises(RecordInvalid, match=words):
        call()


@given(
    st.integers(1, 1500), st.integers(1, 3), st.sampled_from([100, 250, 1000]), st.integers(0, 999)
)
@settings(max_examples=60, deadline=None)
def test_any_signal_gives_waves_in_order_inside(length, n_leads, fs, seed):
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=(n_leads, length)).cumsum(axis=1) * rng.choice([0, 0.1, 1])
    ecg = Recording(np.clip(signal, -50, 50), fs, [f"lead {i}" for i in range(n_leads)])
    beats = np.flatnonzero(rng.random(length) < 0.01)
    for waves in (delineate_leads(ecg), delineate_leads(ecg, r_peak=beats)):
        for wave in (waves.p, waves.qrs, waves.t):
            found, (begin, peak, end) = wave.found, (wave.begin, wave.peak, wave.end)
            assert ((begin <= peak) & (peak <= end))[found].all()
            assert (begin[found] >= 0).all()
            assert (end[found] < length).all()
            assert (begin[~found] == -1).all()
            assert (end[~found] == -1).all()


def test_steps_by_hand():
    hill = np.array([[0.0, 0, 0, 3, 3, 3, 0, 0, 0]])
    # At 100 Hz, 30 ms are three samples: 3 in the middle, 0 on both sides.
    assert bulge(hill, 0.03, 100)[0, 4] == pytest.approx(3)
    assert bulge(hill + 2 + np.arange(9), 0.03, 100)[0, 4] == pytest.approx(3)
    # The means of one sample after and before each.
    np.testing.assert_allclose(slope(hill, 0.01, 100)[0], [0, 0, 3, 3, 0, 3, 3, 0, 0])
    assert largest(hill, np.array([0, 5]), np.array([4, 8])).tolist() == [[3, 5]]


def test_the_end_of_a_flank_by_hand():
    # The steepest place is two samples from the peak; half of it is passed at the fifth.
    side = [0.0, 2, 8, 6, 4.1, 3, 1, 0, 0, 0]
    steep = np.array([side[:0:-1] + side])
    rule = Rule(0, 0, slope_s=0, fraction=0.5, flank_s=0.03, reach_s=0.09)
    begin, end = edges(steep, np.array([[9]]), rule, 100)
    assert (begin[0, 0], end[0, 0]) == (4, 14)
