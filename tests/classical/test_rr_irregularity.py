"""Measures of RR intervals: worked by hand, by the formulas of their papers, and on edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook import RecordInvalid
from ecgbook.classical.rr_irregularity import RR_MEASURES, rr_measures
from ecgbook.signals import heart_rate_variability


def peaks_of(rr_ms, fs=1000):
    return np.rint(np.cumsum([100, *rr_ms]) * fs / 1000).astype(np.int64)


def test_a_series_worked_by_hand():
    # Median 900, mean 900; early is below 792, late above 1035; steps 200, −300, 300, −100.
    rr = np.array([900, 1100, 800, 1000, 700])
    found = rr_measures(peaks_of(rr), 1000)
    assert found["n_beats"] == 6
    assert (found["rr_mean_ms"], found["rr_median_ms"]) == (900, 900)
    assert found["rr_spread_ms"] == pytest.approx(np.sqrt(100_000 / 5))
    assert found["rr_deviation_ms"] == 100  # of 0, 200, 100, 100, 200
    assert (found["rr_shortest_ms"], found["rr_longest_ms"]) == (700, 1100)
    assert found["rr_spread_to_mean"] == pytest.approx(np.sqrt(20_000) / 900)
    rmssd = np.sqrt((200**2 + 300**2 + 200**2 + 300**2) / 4)
    assert found["rmssd_ms"] == pytest.approx(rmssd)
    assert found["rmssd_to_mean"] == pytest.approx(rmssd / 900)
    assert (found["step_median_ms"], found["pnn50_percent"]) == (250, 100)
    assert found["turning_point_share"] == 1  # each of the three inner ones
    assert (found["early_share"], found["late_share"]) == (1 / 5, 1 / 5)


def test_measures_with_a_name_elsewhere_have_the_same_value():
    rr = 800 + np.random.default_rng(0).normal(0, 60, 50)
    ours, other = (f(peaks_of(rr), 1000) for f in (rr_measures, heart_rate_variability))
    assert ours["rmssd_ms"] == pytest.approx(other.rmssd_ms)
    assert ours["pnn50_percent"] == pytest.approx(other.pnn50_percent)
    assert ours["rr_mean_ms"] == pytest.approx(other.mean_rr_ms)


def test_axes_of_the_poincare_plot():
    # Half axes are spreads along the turned axes; and 2 SDNN² is about SD1² + SD2².
    rr = 800 + np.cumsum(np.random.default_rng(1).normal(0, 20, 300))
    found = rr_measures(peaks_of(rr), 1000)
    exact = np.diff(peaks_of(rr)).astype(float)
    cloud = np.stack([exact[:-1], exact[1:]])
    across, along = np.array([[1, -1], [1, 1]]) @ cloud / np.sqrt(2)
    assert found["sd1_ms"] == pytest.approx(across.std())
    assert found["sd2_ms"] == pytest.approx(along.std())
    assert found["sd1_to_sd2"] == pytest.approx(across.std() / along.std())
    total = found["sd1_ms"] ** 2 + found["sd2_ms"] ** 2
    assert total == pytest.approx(2 * found["rr_spread_ms"] ** 2, rel=0.02)


def test_entropy_counts_bits():
    # Half of the intervals at 0.8 and half at 1.2 of the median of 1000 ms: one bit.
    assert rr_measures(peaks_of([800, 1200] * 10), 1000)["rr_entropy_bits"] == 1
    steady = rr_measures(peaks_of([800] * 10), 1000)
    assert steady["rr_entropy_bits"] == 0
    # The ends are open: however long a pause, it is one more kind of interval.
    pauses = rr_measures(peaks_of([1000] * 6 + [5000, 9000]), 1000)["rr_entropy_bits"]
    assert pauses == pytest.approx(-(0.75 * np.log2(0.75) + 0.25 * np.log2(0.25)))


def test_turning_points_of_a_series_without_order_are_two_thirds():
    rr = np.random.default_rng(2).uniform(500, 1500, 20_000)
    assert rr_measures(peaks_of(rr[:600]), 1000)["turning_point_share"] == pytest.approx(
        2 / 3, abs=0.05
    )


def test_alternation_and_drift_are_told_by_autocorrelation():
    turns = rr_measures(peaks_of([800, 1000] * 20), 1000)
    assert turns["rr_autocorrelation"] == pytest.approx(-1, abs=0.05)
    assert turns["step_autocorrelation"] == pytest.approx(-1, abs=0.06)
    slow = 900 + 100 * np.sin(np.arange(60) / 10)
    assert rr_measures(peaks_of(slow), 1000)["rr_autocorrelation"] > 0.9


def test_cells_of_successive_steps():
    # Steps 0, 0, 400, −400, 0: pairs (0,0), (0,10), (10,−10), (−10,0) in cells of 40 ms.
    found = rr_measures(peaks_of([800, 800, 800, 1200, 800, 800]), 1000)
    assert found["steps_at_0_share"] == 1 / 4
    assert found["steps_cells_share"] == 1


def test_the_entropy_coefficient_by_its_definition():
    # Lake and Moorman: −ln(A/B) + ln(2r) − ln(mean), with m = 1 and r wide enough for five pairs.
    rr = np.rint(np.random.default_rng(3).uniform(500, 1200, 40))
    both = [
        max(abs(rr[i] - rr[j]), abs(rr[i + 1] - rr[j + 1]))
        for i in range(39)
        for j in range(i + 1, 39)
    ]
    r = max(30, sorted(both)[4])
    b = sum(abs(rr[i] - rr[j]) <= r for i in range(39) for j in range(i + 1, 39))
    a = sum(value <= r for value in both)
    expected = -np.log(a / b) + np.log(2 * r) - np.log(rr.mean())
    found = rr_measures(peaks_of(rr), 1000)["sample_entropy_coefficient"]
    assert found == pytest.approx(expected)
    # A steady rhythm at 60 ms, the width of what is alike: ln(60 / 800).
    steady = rr_measures(peaks_of([800] * 20), 1000)["sample_entropy_coefficient"]
    assert steady == pytest.approx(np.log(60 / 800))


def test_fibrillation_is_more_irregular_than_early_beats():
    rng = np.random.default_rng(4)
    fibrillation = rng.gamma(30, 750 / 30, 60)
    early = np.array([800] * 60, float)
    early[10::12], early[11::12] = 500, 1100
    wild, few = (rr_measures(peaks_of(rr), 1000) for rr in (fibrillation, early))
    for name in ("turning_point_share", "rr_entropy_bits", "sample_entropy_coefficient"):
        assert wild[name] > few[name]


@given(st.lists(st.integers(1, 4000), max_size=12), st.sampled_from([100.0, 300.0, 360.0]))
def test_any_beats_have_all_measures_and_few_have_no_value(steps, fs):
    peaks = np.cumsum([7, *steps]).astype(np.int64)
    found = rr_measures(peaks, fs)
    assert tuple(found) == RR_MEASURES
    assert not np.isinf(list(found.values())).any()
    assert np.isfinite(found["rr_mean_ms"]) == (len(steps) > 0)
    assert np.isfinite(found["rmssd_ms"]) == (len(steps) > 1)
    if len(set(steps)) > 1 and len(steps) > 5:
        assert np.isfinite(list(found.values())).all() or len(set(np.diff(steps))) < 2


def test_no_beat_has_no_interval():
    found = rr_measures(np.array([], dtype=np.int64), 300)
    assert found.pop("n_beats") == 0
    assert np.isnan(list(found.values())).all()


def test_what_is_no_beat_is_refused():
    for bad in ([3, 2], [0.5, 1.5], [5, 5]):
        with pytest.raises(RecordInvalid):
            rr_measures(bad, 300)
