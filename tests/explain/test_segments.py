import numpy as np
import pytest

from ecgbook import explain
from ecgbook.errors import EcgError
from ecgbook.explain.segments import numbered
from ecgbook.simulator import simulate


def test_uniform_segments_differ_by_a_sample_at_most():
    for time, n in ((187, 10), (250, 7), (5, 5)):
        size = np.bincount(explain.uniform_segments(time, n))
        assert len(size) == n
        assert size.max() - size.min() <= 1


@pytest.mark.parametrize("n", [0, 6])
def test_segments_shorter_than_a_sample_are_refused(n):
    with pytest.raises(EcgError, match="can be cut into 1 to 5 segments"):
        explain.uniform_segments(5, n)


def test_each_beat_of_a_recording_is_a_segment():
    peaks = simulate("normal", leads=["II"]).truth[0].r_peak
    segments = explain.beat_segments(peaks, 5000)
    assert segments[peaks].tolist() == list(range(len(peaks)))
    assert segments[0] == 0
    assert segments[-1] == len(peaks) - 1


@pytest.mark.parametrize("peaks", [[], [3, 3], [5, 2], [9], [-1]])
def test_r_peaks_out_of_place_are_refused(peaks):
    with pytest.raises(EcgError, match="R peak"):
        explain.beat_segments(peaks, 9)


def test_waves_of_a_simulated_beat_are_segments():
    truth = simulate("normal", leads=["II"]).truth[0]
    waves = np.concatenate([truth.p, truth.qrs, truth.t])
    segments = explain.wave_segments(waves, 5000)
    for begin, end in waves:
        assert len({*segments[begin:end]}) == 1
        assert end == 5000 or segments[end] != segments[begin]


def test_waves_that_were_not_found_are_left_out():
    assert explain.wave_segments([[-1, -1], [1, 2]], 4).tolist() == [0, 1, 2, 2]


@pytest.mark.parametrize("wave", [[3, 2], [2, 2], [2, 9]])
def test_waves_without_a_begin_before_their_end_are_refused(wave):
    with pytest.raises(EcgError, match="begin before their end"):
        explain.wave_segments([[0, 1], wave], 4)


def test_segments_are_numbered_without_holes():
    segments, count = numbered(np.array([[[5, 5, -2, 9]], [[0, 1, 2, 3]]]), (2, 1, 4))
    assert segments.tolist() == [[[0, 0, -1, 1]], [[0, 1, 2, 3]]]
    assert count.tolist() == [2, 4]


def test_replacements_by_hand():
    x = np.array([[[1.0, 3.0, 5.0, 5.0], [0.0, 2.0, 9.0, 9.0]]], np.float32)
    segments = [0, 0, 1, 0]  # the last sample is a piece of its own
    assert explain.replacement(x, segments, "mean").tolist() == [[[2, 2, 5, 5], [1, 1, 9, 9]]]
    assert explain.replacement(x, segments, "line").tolist() == x.tolist()
    assert not explain.replacement(x, segments, "zero").any()
    line = explain.replacement(x, np.zeros(4, int), "line")
    np.testing.assert_allclose(line, [[[1, 7 / 3, 11 / 3, 5], [0, 3, 6, 9]]], rtol=1e-6)
    other = np.full((2, 4), 7.0)
    assert explain.replacement(x, segments, other).tolist() == [other.tolist()]


def test_a_constant_signal_is_replaced_by_itself_to_the_last_bit():
    x = np.full((1, 1, 1001), 0.1, np.float32)
    for how in ("mean", "line"):
        assert explain.replacement(x, explain.uniform_segments(1001, 7), how).tolist() == x.tolist()
