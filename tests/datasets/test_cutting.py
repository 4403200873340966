import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook.datasets.cutting import cut, rr_features_s, scale_beats


def loop_cut(signal, start, length):
    """Cut as a user would, one beat at a time."""
    beats = []
    for s in start:
        index = np.clip(np.arange(s, s + length), 0, signal.shape[1] - 1)
        beats.append(signal[:, index])
    return np.array(beats)


@given(
    start=st.lists(st.integers(-30, 120), min_size=1, max_size=20),
    length=st.integers(1, 40),
    leads=st.integers(1, 3),
)
def test_cut_equals_the_loop(start, length, leads):
    signal = np.random.default_rng(0).normal(size=(leads, 100)).astype(np.float32)
    np.testing.assert_array_equal(
        cut(signal, np.array(start), length), loop_cut(signal, start, length)
    )


def test_no_beats_give_an_empty_set_of_the_right_shape():
    assert cut(np.zeros((2, 10)), np.array([], dtype=int), 5).shape == (0, 2, 5)


def test_rr_of_a_regular_rhythm_is_the_period():
    features = rr_features_s(np.arange(0, 3600, 288), fs=360)
    np.testing.assert_allclose(features, 0.8, rtol=1e-6)


def test_a_premature_beat_is_early_and_followed_by_a_pause():
    # Beats at 0, 1, 2, 2.6, 4 s: the fourth comes 0.4 s early, the pause makes up for it.
    features = rr_features_s(np.array([0, 100, 200, 260, 400]), fs=100)
    assert features[3].tolist() == pytest.approx([0.6, 1.4, 1.0])


@pytest.mark.parametrize("beats", [0, 1])
def test_rr_of_too_few_beats_is_zero(beats):
    assert rr_features_s(np.arange(beats), fs=100).tolist() == [[0, 0, 0]] * beats


def test_scaled_beats_reach_both_ends():
    x = np.random.default_rng(1).normal(size=(50, 2, 30)).astype(np.float32)
    scaled = scale_beats(x)
    np.testing.assert_allclose(scaled.min(axis=-1), -1, atol=1e-6)
    np.testing.assert_allclose(scaled.max(axis=-1), 1, atol=1e-6)


def test_scaling_leaves_its_input_alone():
    x = np.array([[[0, 1, 4]], [[2, 2, 2]]], np.float32)
    kept = x.copy()
    scale_beats(x)
    np.testing.assert_array_equal(x, kept)


def test_a_flat_beat_becomes_the_middle():
    assert scale_beats(np.full((1, 1, 4), 3.0)).tolist() == [[[0.0] * 4]]
