from itertools import product

import numpy as np
import pytest

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import (
    CHALLENGE_CLASSES,
    challenge2021_score,
    choose_challenge_thresholds,
)

METHODS = ["grid", "evolution"]
FEW = ["AF", "PVC|VPB", "NSR"]


def made(n, classes, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.random((n, len(classes))) < 0.3
    return y, np.round(np.clip(0.6 * rng.random(y.shape) + 0.3 * y, 0, 1), 2)


def reached(y, probability, thresholds, classes=CHALLENGE_CLASSES):
    return challenge2021_score(y, probability >= thresholds, classes=classes)


@pytest.mark.parametrize("method", METHODS)
def test_three_classes_are_as_good_as_the_best_of_all_combinations(method):
    y, probability = made(30, FEW)
    grid = np.arange(1, 100, 5) / 100
    best = max(reached(y, probability, t, FEW) for t in product(grid, repeat=3))
    chosen = choose_challenge_thresholds(y, probability, method, classes=FEW)
    assert reached(y, probability, chosen, FEW) >= best - 0.02


def test_no_single_change_on_the_grid_is_better():
    y, probability = made(200, CHALLENGE_CLASSES)
    chosen = choose_challenge_thresholds(y, probability)
    best = reached(y, probability, chosen)
    for k in range(0, 26, 5):
        for threshold in np.arange(1, 100) / 100:
            other = chosen.copy()
            other[k] = threshold
            assert reached(y, probability, other) <= best + 1e-9


def test_chosen_together_they_beat_one_half_for_all():
    y, probability = made(200, CHALLENGE_CLASSES)
    chosen = choose_challenge_thresholds(y, probability)
    assert chosen.shape == (26,)
    assert reached(y, probability, chosen) > reached(y, probability, 0.5) + 0.02


def test_evolution_draws_from_its_seed():
    y, probability = made(60, FEW)
    first, again = (
        choose_challenge_thresholds(y, probability, "evolution", classes=FEW, seed=4)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, again)


def test_a_class_that_nobody_has_is_never_called():
    y, probability = made(100, CHALLENGE_CLASSES)
    y[:, 3] = False
    chosen = choose_challenge_thresholds(y, probability)
    assert not (probability[:, 3] >= chosen[3]).any()


def test_labels_that_are_not_known_are_left_out():
    y, probability = made(100, FEW)
    half = y.astype(float)
    half[::2, 1] = np.nan
    others = probability.copy()
    others[::2, 1] = 1 - others[::2, 1]
    first, second = (
        choose_challenge_thresholds(half, p, classes=FEW) for p in (probability, others)
    )
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "annealing"}, 'method must be "grid" or "evolution"'),
        ({"classes": ["AF", "NSR"]}, r"probability_valid needs shape \(9, 2\)"),
        ({"y_valid": np.zeros((9, 2), bool)}, r"y_valid needs shape \(9, 3\), got \(9, 2\)"),
        ({"y_valid": np.zeros((9, 3)) + 0.5}, "y_valid needs multi-hot labels"),
        ({"probability_valid": np.full((9, 3), 1.5)}, "between 0 and 1"),
        ({"probability_valid": np.full((9, 3), np.nan)}, "NaN or infinite for 9 of 9"),
    ],
)
def test_what_cannot_be_chosen_from_is_refused(change, message):
    y, probability = made(9, FEW)
    given = {"y_valid": y, "probability_valid": probability, "classes": FEW} | change
    with pytest.raises(ScoreInvalid, match=message):
        choose_challenge_thresholds(**given)
