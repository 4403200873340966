from dataclasses import replace

import numpy as np
import pytest

from ecgbook import RecordInvalid
from ecgbook.datasets.context import RR_RATIOS, with_median_beat, with_rr_ratios
from ecgbook.datasets.cutting import RR_FEATURES, rr_features_s
from tests.datasets.test_beatset import make_beats


def beats_at(sample, fs=100):
    sample = np.array(sample)
    beats = make_beats("N" * len(sample))
    features = rr_features_s(sample, fs)
    return replace(beats, sample=sample, features=features, feature_names=RR_FEATURES)


def test_a_regular_rhythm_has_no_ratio_to_tell():
    beats = with_rr_ratios(beats_at(range(0, 1000, 80)))
    assert beats.feature_names == RR_RATIOS
    np.testing.assert_allclose(beats.features, 0, atol=1e-6)


def test_ratios_are_the_same_at_any_heart_rate():
    early = np.array([0, 100, 200, 260, 400, 500])
    slow, fast = with_rr_ratios(beats_at(2 * early)), with_rr_ratios(beats_at(early))
    np.testing.assert_allclose(slow.features, fast.features, atol=1e-6)
    # 0.6 s before and 1.4 s after it; the six intervals 1, 1, 1, 0.6, 1.4, 1 have the mean 1 s.
    assert fast.features[3, 2] == pytest.approx(np.log(0.6 / 1.4), rel=1e-5)
    assert fast.features[3, 3] == pytest.approx(np.log(0.6), rel=1e-5)


def test_without_rr_intervals_there_are_no_ratios():
    with pytest.raises(RecordInvalid, match="there are none"):
        with_rr_ratios(make_beats())


def test_the_usual_beat_differs_by_nothing_and_the_odd_one_by_all():
    x = np.zeros((5, 1, 4), np.float32)
    x[:, 0] = [1, 2, 3, 4]
    x[3, 0] = [9, 9, 9, 9]
    beats = with_median_beat(make_beats(x=x))
    assert beats.leads == ("II", "II − median")
    assert beats.x[0].tolist() == [[1, 2, 3, 4], [0, 0, 0, 0]]
    assert beats.x[3].tolist() == [[9, 9, 9, 9], [8, 7, 6, 5]]


def test_each_recording_has_a_median_of_its_own():
    x = np.stack([np.full((1, 4), v) for v in (1, 1, 1, 5, 5, 5)]).astype(np.float32)
    beats = with_median_beat(make_beats("NNNNNN", "aaabbb", x=x))
    assert not beats.x[:, 1].any()
