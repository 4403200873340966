"""Expected F1 of stretches, against what a draw of beats gives."""

import numpy as np
import pytest

from ecgbook.signals.sureness import expected_f1


def test_by_hand():
    sample = np.array([5, 15, 25, 95])
    likely = np.array([1.0, 0.5, 0.2, 0.5])
    is_beat = np.array([True, True, False, True])
    # At 1 Hz: 2 · 1.5 / (2 + 1.7) in the first 40 s, none in the next, 2 · 0.5 / 1.5 in the rest.
    found = expected_f1(sample, likely, is_beat, 130, fs=1, stretch_s=40)
    np.testing.assert_allclose(found, [3 / 3.7, np.nan, 1 / 1.5])


def test_a_recording_shorter_than_a_stretch_is_one():
    assert expected_f1(np.array([1]), np.ones(1), np.ones(1, bool), 3, fs=1).tolist() == [1]
    assert np.isnan(expected_f1(np.empty(0, int), np.empty(0), np.empty(0, bool), 3, fs=1)).all()


def test_it_is_near_the_mean_over_draws():
    rng = np.random.default_rng(0)
    likely = rng.uniform(0, 1, 400)
    is_beat, drawn = likely > 0.3, rng.random((2000, 400)) < likely
    tp = (drawn & is_beat).sum(axis=1)
    f1 = 2 * tp / (is_beat.sum() + drawn.sum(axis=1))
    (expected,) = expected_f1(np.arange(400), likely, is_beat, 400, fs=1, stretch_s=400)
    assert expected == pytest.approx(f1.mean(), abs=0.002)
