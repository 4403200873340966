"""The terms of candidates, by hand and against a loop over all pairs."""

import numpy as np
import pytest

from ecgbook.signals import beat_evidence
from ecgbook.signals.beat_evidence import TERMS, terms

WIDTH = 2 * beat_evidence.HALF_SHAPE + 1
BUMP = np.exp(-0.5 * ((np.arange(WIDTH) - WIDTH // 2) / 2) ** 2)


def column(name, described):
    return described[:, list(TERMS).index(name)]


def equal_beats(n, rr_s=1.0):
    one = np.ones(n)
    return terms(rr_s * np.arange(n), one, one, one, one, np.tile(BUMP, (n, 1)))


def test_equal_beats_by_hand():
    described = equal_beats(4)
    assert described.shape == (4, len(TERMS))
    # As large as usual, as slow and as steep as large, with nothing near.
    for name in ("size", "half size", "before", "after", "both", "slow", "steeper before"):
        np.testing.assert_allclose(column(name, described), 0, atol=1e-6)
    # Three others, each likely to the same degree w and wholly alike; a prior of one half.
    w = 1 / (1 + 0.4**4)
    first = (3 * w + 0.5) / (3 * w + 1)
    second = (3 * w * first + 0.5) / (3 * w * first + 1)
    np.testing.assert_allclose(column("likeness", described), np.log(second + 0.01), rtol=1e-4)


def test_one_candidate_has_nothing_to_be_compared_with():
    # Half are like it: the limit is 0.7 below zero in the logarithm.
    np.testing.assert_allclose(column("likeness", equal_beats(1)), np.log(0.51), atol=1e-6)


def test_neighbours_by_hand():
    # A beat, a T wave of half its size 0.3 s later, and a beat at a distance.
    size = np.array([1.0, 0.5, 1.0])
    described = terms(
        np.array([0, 0.3, 1.0]),
        size,
        np.ones(3),
        np.array([1, 0.1, 1]),
        size,
        np.tile(BUMP, (3, 1)),
    )
    np.testing.assert_allclose(column("before", described), [0, 1 + np.log(2), 0], atol=1e-6)
    np.testing.assert_allclose(column("after", described), [1 - np.log(2), 0, 0], atol=1e-6)
    np.testing.assert_allclose(
        column("steeper before", described), [0, 1 + np.log(10), 0], atol=1e-6
    )


@pytest.mark.parametrize("n", [1, 31, 32, 33, 100])
def test_likeness_is_that_of_all_pairs_near_by(n):
    rng = np.random.default_rng(n)
    shape = rng.normal(size=(n, WIDTH))
    alike = beat_evidence._alike(shape)
    assert alike.shape == (-(-n // 32), 32, 96)
    middle = slice(3, WIDTH - 3)
    for i in range(n):
        for j in range(n):
            block, place = i // 32, j - 32 * (i // 32) + 32
            if not 0 <= place < 96:
                continue
            shifted = [shape[j, s : s + WIDTH - 6] for s in range(7)]
            expected = max(cosine(shape[i, middle], other) for other in shifted)
            assert alike[block, i % 32, place] == pytest.approx(expected, abs=1e-5)


def cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def test_candidates_of_other_shapes_are_less_alike():
    rng = np.random.default_rng(0)
    shape = np.concatenate([np.tile(BUMP, (20, 1)), rng.normal(size=(20, WIDTH))])
    one = np.ones(40)
    likeness = column("likeness", terms(np.arange(40.0), one, one, one, one, shape))
    assert likeness[:20].min() > -0.7 + 0.01
    np.testing.assert_allclose(likeness[20:], -0.7, atol=1e-6)
