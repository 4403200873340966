import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgbook.simulator import CONDITIONS, FRANK_LEADS, TWELVE_LEADS, simulate


@pytest.mark.parametrize("condition", CONDITIONS)
def test_r_peak_is_where_the_clean_dipole_is_longest(condition):
    ecg = simulate(condition, n=4, leads=FRANK_LEADS, duration_s=20)
    for clean, truth in zip(ecg.clean, ecg.truth, strict=True):
        length = np.linalg.norm(clean.astype(float), axis=0)
        for r_peak, (start, stop) in zip(truth.r_peak, truth.qrs, strict=True):
            assert start <= r_peak < stop
            assert length[r_peak] >= length[start:stop].max() - 1e-6


def test_r_peak_is_close_to_the_one_seen_in_lead_ii():
    ecg = simulate(n=30, leads=["II"], noise=None)
    for (clean,), truth in zip(ecg.clean, ecg.truth, strict=True):
        for r_peak, (start, stop) in zip(truth.r_peak[1:-1], truth.qrs[1:-1], strict=True):
            assert abs(start + clean[start:stop].argmax() - r_peak) <= 0.010 * 500


def test_every_large_complex_is_listed():
    ecg = simulate(n=20, noise=None, leads=["V5"])
    for (clean,), truth in zip(ecg.clean, ecg.truth, strict=True):
        high = np.flatnonzero(clean > 0.6 * clean.max())
        listed = np.zeros(len(clean), bool)
        for start, stop in truth.qrs:
            listed[start:stop] = True
        # A complex that the edge cuts before its R peak is not listed.
        inner = (high > 50) & (high < len(clean) - 50)
        assert listed[high[inner]].all()


def test_waves_of_a_beat_follow_each_other():
    for truth in simulate(n=20).truth:
        for n in range(1, len(truth.r_peak) - 1):
            p = truth.p[truth.p[:, 1] <= truth.qrs[n, 0]][-1]
            edges = [*p, *truth.qrs[n], *truth.t[n]]
            assert (np.diff(edges) >= 0).all()
            assert p[0] > truth.t[n - 1, 1]


def test_signal_is_still_between_the_waves():
    ecg = simulate(n=10, noise=None)
    for clean, truth in zip(ecg.clean, ecg.truth, strict=True):
        for n in range(len(truth.r_peak) - 1):
            p = truth.p[truth.p[:, 0] > truth.t[n, 1]][0]
            # The Gaussian of a T wave is down to 4 % half a width after its end.
            rest = clean[:, truth.t[n, 1] + 25 : p[0]]
            assert np.abs(rest).max() < 0.05


def spans(mask):
    edges = np.flatnonzero(np.diff(mask.astype(int), prepend=0, append=0))
    return edges.reshape(-1, 2).tolist()


def inner(edges, n_time):
    return [list(edge) for edge in np.asarray(edges).tolist() if edge[0] > 0 and edge[1] < n_time]


@pytest.mark.parametrize("condition", ["lbbb", "rbbb", "lvh", "paced"])
def test_lesion_of_a_wide_or_tall_complex_is_exactly_the_complex(condition):
    truth = simulate(condition, seed=4).truth[0]
    for row in truth.lesion:
        assert inner(spans(row), 5000) == inner(truth.qrs, 5000)


def test_lesion_of_premature_ventricular_beats_is_their_complexes():
    truth = simulate("premature_ventricular", seed=4).truth[0]
    expected = truth.qrs[truth.symbol == "V"].tolist()
    assert all(spans(row) == expected for row in truth.lesion)


def test_lesion_of_premature_atrial_beats_covers_p_and_qrs():
    truth = simulate("premature_atrial", seed=4).truth[0]
    expected = []
    for start, stop in truth.qrs[truth.symbol == "A"].tolist():
        expected += [truth.p[truth.p[:, 0] < start][-1].tolist(), [start, stop]]
    assert all(spans(row) == expected for row in truth.lesion)


def test_lesion_of_fibrillation_lies_between_the_beats():
    truth = simulate("atrial_fibrillation", seed=4).truth[0]
    expected = np.stack([truth.t[:-1, 1], truth.qrs[1:, 0]], axis=1)
    expected = expected[expected[:, 0] < expected[:, 1]]
    found = spans(truth.lesion[0])
    assert inner(expected, 5000) == [span for span in found if span in expected.tolist()]
    assert len(found) - len(expected) in (0, 1, 2)


def test_lesion_of_st_elevation_is_the_segment_in_the_leads_that_show_it():
    ecg = simulate("inferior_st_elevation", seed=4, noise=None)
    truth, clean = ecg.truth[0], ecg.clean[0]
    leads = {name for name, row in zip(TWELVE_LEADS, truth.lesion, strict=True) if row.any()}
    assert {"II", "III", "aVF", "aVL"} <= leads < set(TWELVE_LEADS)
    row = truth.lesion[TWELVE_LEADS.index("III")]
    segment = np.stack([truth.qrs[:, 1], truth.t[:, 0]], axis=1)
    assert inner(spans(row), 5000) == inner(segment, 5000)
    shift = np.abs(clean[:, truth.qrs[3, 1] + 30] - clean[:, truth.qrs[3, 0] - 10])
    shown = truth.lesion.any(axis=1)
    assert shift[shown].min() > 0.03
    assert shift[~shown].max() < 0.08


@pytest.mark.parametrize("condition", ["two_to_one_block", "complete_block"])
def test_lesion_of_a_block_is_its_blocked_p_waves(condition):
    truth = simulate(condition, seed=4).truth[0]
    assert spans(truth.lesion[0]) == truth.p[truth.p_blocked].tolist()


def test_lesion_of_first_degree_block_is_the_pr_interval():
    truth = simulate("first_degree_block", seed=4).truth[0]
    for start, stop in inner(spans(truth.lesion[0]), 5000):
        assert start in truth.p[:, 0]
        assert stop in truth.qrs[:, 0]
        assert (stop - start) / 500 > 0.2


def test_healthy_heart_has_no_lesion():
    assert not simulate(n=3).truth[0].lesion.any()


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(list(CONDITIONS)),
    st.floats(0.05, 30),
    st.one_of(st.none(), st.floats(20, 220)),
    st.sampled_from([100, 128, 250, 360, 500, 1000]),
    st.integers(0, 2**32),
)
def test_truth_fits_any_recording(condition, duration_s, rate, fs, seed):
    ecg = simulate(
        condition, duration_s=duration_s, heart_rate_bpm=rate, fs=fs, seed=seed, leads=["II", "V1"]
    )
    truth, n_time = ecg.truth[0], ecg.signal.shape[2]
    assert n_time == round(duration_s * fs)
    assert ecg.signal.dtype == ecg.clean.dtype == np.float32
    assert np.isfinite(ecg.signal).all()
    assert np.abs(ecg.clean).max() < 12
    assert truth.lesion.shape == (2, n_time)
    assert len(truth.r_peak) == len(truth.symbol) == len(truth.qrs) == len(truth.t)
    assert (np.diff(truth.r_peak) > 0).all()
    assert (truth.r_peak >= 0).all()
    assert (truth.r_peak < n_time).all()
    for waves in (truth.p, truth.qrs, truth.t):
        there = waves[waves[:, 0] >= 0]
        assert (there[:, 0] < there[:, 1]).all()
        assert (there[:, 1] <= n_time).all()
        assert (waves[waves[:, 0] < 0] == -1).all()
    ecg.recording()
