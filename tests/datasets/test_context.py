import numpy as np
import pytest

from ecgbook import RecordInvalid
from ecgbook.datasets.context import RR_RATIOS, with_rr_ratios, with_template_difference
from ecgbook.datasets.cutting import RR_FEATURES, rr_features_s
from tests.datasets.recordings import make_beats


def beats_at(sample, fs=100):
    sample = np.array(sample)
    features = dict(zip(RR_FEATURES, rr_features_s(sample, fs).T, strict=True))
    return make_beats("N" * len(sample), rows={"sample": sample}, features=features)


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


def shaped(labels, x, patients=None, early=()):
    """Beats of given shapes with RR ratios: 0, or log 0.6 for those that come early."""
    features = {name: np.zeros(len(labels)) for name in RR_RATIOS}
    features[RR_RATIOS[0]][list(early)] = np.log(0.6)
    return make_beats(labels, patients, features, x=np.array(x, np.float32)[:, None])


def test_the_template_differs_by_nothing_and_the_odd_beat_by_all():
    beats = with_template_difference(shaped("NNNVN", [[1, 2, 3, 4]] * 3 + [[9] * 4, [1, 2, 3, 4]]))
    assert beats.leads == ("II", "II − template")
    assert beats.x[0].tolist() == [[1, 2, 3, 4], [0, 0, 0, 0]]
    assert beats.x[3].tolist() == [[9, 9, 9, 9], [8, 7, 6, 5]]


def test_early_beats_make_no_template_even_where_they_are_the_rule():
    x = [[1] * 4, [9] * 4, [9] * 4, [1] * 4, [9] * 4]
    beats = with_template_difference(shaped("NVVNV", x, early=(1, 2, 4)))
    assert beats.x[:, 1, 0].tolist() == [0, 8, 8, 0, 8]


def test_a_recording_of_early_beats_only_has_a_template_too():
    beats = with_template_difference(shaped("VVV", [[5] * 4] * 3, early=(0, 1, 2)))
    assert not beats.x[:, 1].any()


def test_each_recording_has_a_template_of_its_own():
    beats = with_template_difference(
        shaped("NNNNNN", [[v] * 4 for v in (1, 1, 1, 5, 5, 5)], "aaabbb")
    )
    assert not beats.x[:, 1].any()


def test_the_template_needs_ratios():
    with pytest.raises(RecordInvalid, match="call with_rr_ratios first"):
        with_template_difference(make_beats())
