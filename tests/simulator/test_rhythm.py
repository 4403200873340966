from itertools import pairwise

import numpy as np
import pytest

from ecgbook.simulator import simulate


def intervals(onset, fs=500):
    return np.diff(onset) / fs


def variation(truth):
    rr_s = intervals(truth.qrs[:, 0])
    return rr_s.std() / rr_s.mean()


def long(condition, **options):
    return simulate(condition, duration_s=120, leads=["II"], noise=None, **options).truth[0]


@pytest.mark.parametrize("rate", [45, 70, 120, 160])
@pytest.mark.parametrize("condition", ["normal", "atrial_fibrillation", "paced"])
def test_heart_rate_is_the_one_asked_for(condition, rate):
    truth = long(condition, heart_rate_bpm=rate)
    assert 60 / intervals(truth.qrs[:, 0]).mean() == pytest.approx(rate, rel=0.08)


def test_fibrillation_is_irregular_and_sinus_rhythm_is_not():
    for seed in range(5):
        assert 0.01 < variation(long("normal", seed=seed)) < 0.06
        assert variation(long("atrial_fibrillation", seed=seed)) > 0.15


def test_rr_intervals_of_fibrillation_know_nothing_of_each_other():
    rr_s = np.concatenate(
        [
            intervals(long("atrial_fibrillation", heart_rate_bpm=90, seed=seed).qrs[:, 0])
            for seed in range(5)
        ]
    )
    # 900 intervals: the correlation of independent ones has a standard deviation of 0.033.
    assert abs(np.corrcoef(rr_s[1:], rr_s[:-1])[0, 1]) < 0.12


def test_sinus_rate_follows_the_breath():
    rr_s = intervals(long("normal", seed=1).qrs[:, 0])
    rate = 1 / rr_s - np.mean(1 / rr_s)
    hertz = np.fft.rfftfreq(len(rate), rr_s.mean())
    power = np.abs(np.fft.rfft(rate)) ** 2
    assert 0.19 < hertz[power.argmax()] < 0.31 or 0.08 < hertz[power.argmax()] < 0.12
    assert power[(hertz > 0.18) & (hertz < 0.32)].sum() > 0.2 * power.sum()


def test_fibrillation_and_pacing_have_no_p_waves_and_sinus_rhythm_one_a_beat():
    assert len(long("atrial_fibrillation").p) == 0
    assert len(long("paced").p) == 0
    normal = long("normal")
    assert abs(len(normal.p) - len(normal.r_peak)) <= 1


def test_premature_ventricular_beat_is_early_and_its_pause_is_compensatory():
    truth = long("premature_ventricular", seed=2)
    rr_s = intervals(truth.qrs[:, 0])
    ordinary = np.median(rr_s)
    beats = np.flatnonzero(truth.symbol == "V")
    assert len(beats) > 10
    assert (rr_s[beats - 1] < 0.75 * ordinary).all()
    assert rr_s[beats - 1] + rr_s[beats] == pytest.approx(2 * ordinary, rel=0.12)
    assert np.mean(rr_s[beats - 1] + rr_s[beats]) == pytest.approx(2 * ordinary, rel=0.03)


def test_premature_atrial_beat_resets_the_sinus_node():
    truth = long("premature_atrial", seed=2)
    rr_s = intervals(truth.qrs[:, 0])
    ordinary = np.median(rr_s)
    beats = np.flatnonzero(truth.symbol == "A")
    assert len(beats) > 10
    assert (rr_s[beats - 1] < 0.8 * ordinary).all()
    assert np.mean(rr_s[beats]) == pytest.approx(ordinary, rel=0.03)
    assert np.mean(rr_s[beats - 1] + rr_s[beats]) < 1.75 * ordinary


def test_every_asked_for_share_of_ectopic_beats_is_there():
    truth = long("normal", ectopic={"A": 0.05, "V": 0.1, "F": 0.05, "Q": 0.001})
    share = {kind: np.mean(truth.symbol == kind) for kind in "AVF"}
    assert share == pytest.approx({"A": 0.05, "V": 0.1, "F": 0.05}, abs=0.012)
    assert np.count_nonzero(truth.symbol == "Q") == 1


def test_many_premature_atrial_beats_leave_no_hole_at_the_end():
    truth = long("normal", ectopic={"A": 0.45}, heart_rate_bpm=60)
    assert intervals(truth.qrs[:, 0]).max() < 1.3
    assert truth.qrs[-1, 0] > 118.5 * 500


def pr_intervals(truth):
    """Return PR in seconds of each beat that follows a conducted P wave."""
    whole = truth.p[:, 0] > 0
    p = truth.p[whole & ~truth.p_blocked]
    following = np.searchsorted(truth.qrs[:, 0], p[:, 0])
    inside = following < len(truth.qrs)
    return (truth.qrs[following[inside], 0] - p[inside, 0]) / 500


def test_pr_interval_is_normal_in_sinus_rhythm_and_long_in_first_degree_block():
    for seed in range(5):
        normal = pr_intervals(long("normal", seed=seed))
        assert (normal >= 0.12).all()
        assert (normal <= 0.20).all()
        assert (pr_intervals(long("first_degree_block", seed=seed)) > 0.20).all()


def test_wenckebach_pr_grows_until_a_beat_drops():
    truth = long("wenckebach", seed=3)
    blocked = np.flatnonzero(truth.p_blocked)
    assert len(blocked) > 10
    conducted_before = np.cumsum(~truth.p_blocked)
    pr_s = pr_intervals(truth)
    for first, last in pairwise(blocked):
        cycle = pr_s[conducted_before[first] : conducted_before[last]]
        assert len(cycle) in (3, 4)
        assert (np.diff(cycle) > 0.01).all()
        assert (np.diff(cycle, 2) < 0).all()
    assert intervals(truth.p[:, 0]).std() < 0.06 * intervals(truth.p[:, 0]).mean()


def test_two_to_one_block_drops_every_other_beat():
    truth = long("two_to_one_block")
    assert (np.diff(truth.p_blocked.astype(int)) != 0).all()
    assert len(truth.p) == pytest.approx(2 * len(truth.r_peak), abs=2)


def test_in_complete_block_atria_and_ventricles_know_nothing_of_each_other():
    truth = long("complete_block", seed=5)
    assert truth.p_blocked.all()
    assert 30 < 60 / intervals(truth.qrs[:, 0]).mean() < 50
    assert 65 < 60 / intervals(truth.p[:, 0]).mean() < 110
    after = np.searchsorted(truth.qrs[:, 0], truth.p[:, 0])
    pr_s = (truth.qrs[after[after < len(truth.qrs)], 0] - truth.p[after < len(truth.qrs), 0]) / 500
    # Where the P waves fall is spread over the whole RR interval: uniform, 0.29 of its length.
    assert pr_s.std() > 0.25 * intervals(truth.qrs[:, 0]).mean()


@pytest.mark.parametrize(("rate", "ratio"), [(150, 2), (100, 3), (75, 4), (60, 4)])
def test_flutter_conducts_every_nth_wave(rate, ratio):
    rr_s = intervals(long("atrial_flutter", heart_rate_bpm=rate).qrs[:, 0])
    np.testing.assert_allclose(rr_s, ratio * 0.2, atol=2.1 / 500)
