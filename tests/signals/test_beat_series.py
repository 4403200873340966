"""The rhythm of candidates, against the sum over all series written out."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook.signals import beat_series
from ecgbook.signals.beat_series import apart, probability, usual_interval, with_rhythm


def by_all_series(time_s, own, rr_s, spread):
    """Return the probability of each candidate, every series of them weighed one by one."""
    p = probability(own)
    total, held = 0.0, np.zeros(len(p))
    for size in range(len(p) + 1):
        for series in combinations(range(len(p)), size):
            weight = np.prod([p[k] if k in series else 1 - p[k] for k in range(len(p))])
            weight *= np.prod([interval(time_s, a, b, rr_s, spread) for a, b in pairwise(series)])
            if series:
                weight *= waiting((time_s[series[0]] - time_s[0]) / rr_s[series[0]] - 1)
                weight *= waiting((time_s[-1] - time_s[series[-1]]) / rr_s[series[-1]] - 1)
            total += weight
            held[list(series)] += weight
    return held / total


def waiting(beats):
    return np.exp(-0.25 * max(beats, 0))


def interval(time_s, a, b, rr_s, spread):
    apart_s = time_s[b] - time_s[a]
    if apart_s < 0.19:
        return 0.0
    ratio, width = apart_s / rr_s[b], 0.025 + 1.2 * spread[b]
    usual = 0.83 / width * np.exp(-0.5 * (np.log(ratio) / width) ** 2)
    odd = 0.17 / 0.5 * np.exp(-0.5 * (np.log(ratio) / 0.5) ** 2)
    return (usual + odd + np.exp(-7.3)) ** 0.7 * np.exp(0.1) * waiting(ratio - 1.6)


@given(st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_probability_is_the_share_of_all_series_that_hold_a_candidate(n, seed):
    rng = np.random.default_rng(seed)
    time_s = np.cumsum(rng.uniform(0.1, 0.9, n))
    own = rng.uniform(-3, 3, n)
    rr_s, spread = rng.uniform(0.5, 1, n), rng.uniform(0, 0.2, n)
    expected = by_all_series(time_s, own, rr_s, spread)
    found = beat_series._posterior(time_s, own, rr_s, spread)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_stretches_do_not_show():
    # A hundred seconds are five stretches. Candidates without a rhythm are the hardest case: in
    # four seconds of margin not all of them forget what came before.
    rng = np.random.default_rng(0)
    time_s = np.sort(rng.uniform(0, 100, 300))
    own = rng.uniform(-3, 3, 300)
    usual = np.full(300, 0.8), np.full(300, 0.05)
    cut = beat_series._posterior(time_s, own, *usual)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beat_series, "CORE_S", 1000.0)
        whole = beat_series._posterior(time_s, own, *usual)
    assert np.median(np.abs(cut - whole)) < 1e-6
    assert np.abs(cut - whole).max() < 0.03


def test_a_beat_that_is_due_gains_and_one_in_between_loses():
    time_s = np.sort(np.append(np.arange(20) * 0.8, 8.3))
    own = np.full(21, 5.0)
    due, between = 5, int(np.searchsorted(time_s, 8.3))
    own[due], own[between] = -1, -1
    moved = with_rhythm(time_s, own)
    # The first may gain 4 at most, the second lose 2.5.
    assert moved[due] == pytest.approx(3, abs=0.01)
    assert moved[between] == pytest.approx(-3.5, abs=0.01)


def test_hopeless_candidates_are_left_as_they_are():
    own = np.full(3, -5.0)
    np.testing.assert_array_equal(with_rhythm(np.arange(3.0), own), own)


def test_the_likelier_of_two_near_ones_is_kept_by_hand():
    time_s = np.array([1.0, 1.1, 1.2, 2.0])
    # 1.0 and 1.2 are 0.2 s apart, both near 1.1; the last is too unlikely.
    assert apart(time_s, np.array([0.6, 0.5, 0.7, 0.1]), 0.3).tolist() == [0, 2]
    assert apart(time_s, np.array([0.6, 0.8, 0.7, 0.4]), 0.3).tolist() == [1, 3]
    assert apart(np.empty(0), np.empty(0), 0.3).tolist() == []


def test_usual_interval_by_hand():
    # Beats at 0, 1, 2, 3.4 s; the candidate between them is unlikely.
    time_s = np.array([0, 1, 1.5, 2, 3.4])
    usual_s, spread = usual_interval(time_s, np.array([0.9, 0.9, 0.1, 0.9, 0.9]))
    # Medians of three intervals, the ends repeated: 1, 1 and 1.4 s, in the middle of each interval.
    np.testing.assert_allclose(usual_s, [1, 1, 1, 1 + 0.4 * 0.5 / 1.2, 1.4])
    # Two of three are equal each time, so the median deviation is none.
    np.testing.assert_allclose(spread, 0, atol=1e-12)


def test_without_two_intervals_the_usual_one_is_that_of_people_at_rest():
    usual_s, _ = usual_interval(np.array([0.0, 1.0]), np.ones(2))
    assert 60 < 60 / usual_s[0] < 80
