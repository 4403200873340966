import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook.errors import ExplanationInvalid
from ecgbook.explain import even_rhythm, mean_beat, span_density


def test_a_mean_beat_is_the_mean_of_its_whole_beats():
    values = np.zeros((2, 2, 200), np.float32)
    values[0, 1, [60, 120]] = 1, 5
    peaks = [[10, 60, 120, 190], []]  # the first and the last are not whole
    mean = mean_beat(values, peaks, 100, begin_s=-0.2, end_s=0.3)
    assert mean.shape == (2, 2, 50)
    assert mean[0, 1, 20] == 3
    assert np.count_nonzero(mean[0]) == 1
    assert np.isnan(mean[1]).all()


@pytest.mark.parametrize(
    ("shape", "peaks", "ends"),
    [((2, 200), [[50]], (-0.1, 0.1)), ((1, 1, 200), [], (-0.1, 0.1)), ((1, 1, 9), [[5]], (0, 0))],
)
def test_what_has_no_beats_is_refused(shape, peaks, ends):
    with pytest.raises(ExplanationInvalid, match="mean beat"):
        mean_beat(np.zeros(shape), peaks, 100, begin_s=ends[0], end_s=ends[1])


def test_a_span_has_its_share_over_that_of_the_time():
    size = np.zeros((3, 2, 100))
    size[0, 0, 30:40] = 1  # all of it in a tenth of the time
    size[1] = 7  # the same everywhere
    found = span_density(size, {"QRS": (0.0, 0.1)}, 100, begin_s=-0.3)["QRS"]
    assert found[:2] == pytest.approx([10, 1])
    assert np.isnan(found[2])
    with pytest.raises(ExplanationInvalid, match="within the beat"):
        span_density(size, {"T": (0.5, 0.8)}, 100, begin_s=-0.3)


@given(st.lists(st.integers(30, 150), min_size=3, max_size=12))
def test_an_even_rhythm_has_even_intervals_and_the_same_beats(intervals):
    peaks = 50 + np.cumsum(intervals)
    signal = np.zeros(peaks[-1] + 60, np.float32)
    shape = np.hanning(21)
    for k, peak in enumerate(peaks):
        signal[peak - 10 : peak + 11] = (1 + k / 10) * shape
    even = even_rhythm(signal, peaks, 100)
    tops = [
        i
        for i in range(1, len(even) - 1)
        if even[i] >= 0.99 and even[i] > even[i - 1] and even[i] > even[i + 1]
    ]
    assert len(tops) == len(peaks)
    assert np.ptp(np.diff(tops)) <= 1
    assert even[tops] == pytest.approx(1 + np.arange(len(peaks)) / 10)
    assert (tops[0], tops[-1]) == (peaks[0], peaks[-1])


def test_an_even_rhythm_stays_as_it_is():
    signal = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    assert even_rhythm(
        signal, [100, 200, 300, 400], 100, before_s=0.5, after_s=0.5
    ) == pytest.approx(signal)


@pytest.mark.parametrize("peaks", [[], [100, 200], [300, 200, 100]])
def test_no_rhythm_is_refused(peaks):
    with pytest.raises(ExplanationInvalid, match="three whole beats"):
        even_rhythm(np.zeros(500), peaks, 100)
