import numpy as np
import pytest

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation.resampling import patient_weights, percentile_interval


def test_the_sample_comes_first_and_each_replicate_draws_as_many_patients():
    weights = patient_weights(7, n=50, seed=3)
    assert weights.shape == (51, 7)
    np.testing.assert_array_equal(weights[0], 1)
    np.testing.assert_array_equal(weights.sum(axis=1), 7)
    assert (weights[1:] == 0).any()


def test_draws_follow_the_seed():
    np.testing.assert_array_equal(patient_weights(7, 50, 3), patient_weights(7, 50, 3))
    assert (patient_weights(7, 50, 3) != patient_weights(7, 50, 4)).any()


def test_each_patient_is_left_out_as_often_as_theory_says():
    # (1 − 1/20)^20 = 0.358 of 20 × 20,000 draws; the standard error is below 0.001.
    weights = patient_weights(20, n=20_000, seed=0)[1:]
    assert abs((weights == 0).mean() - 0.95**20) < 0.004


def test_one_patient_gives_no_interval():
    with pytest.raises(ScoreInvalid, match="two patients"):
        patient_weights(1)


def test_interval_by_hand():
    # 101 values 0 … 100: the 2.5th and 97.5th percentiles.
    assert percentile_interval(np.arange(101.0)) == pytest.approx([2.5, 97.5])
    assert percentile_interval(np.arange(101.0), level=0.5) == pytest.approx([25, 75])


def test_interval_leaves_nan_out():
    replicates = np.array([[1.0, np.nan, np.nan], [3.0, 2.0, np.nan]])
    low, high = percentile_interval(replicates, level=1.0)
    np.testing.assert_array_equal(low, [1, 2, np.nan])
    np.testing.assert_array_equal(high, [3, 2, np.nan])


def test_nothing_drawn_gives_no_interval():
    assert np.isnan(percentile_interval(np.empty((0, 3)))).all()
    with pytest.raises(ScoreInvalid, match="one bootstrap replicate or more, got n=0"):
        patient_weights(5, n=0)


@pytest.mark.parametrize("level", [0, 95, -0.1, np.nan])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(ScoreInvalid, match="level must be above 0 and at most 1"):
        percentile_interval(np.arange(5.0), level)
