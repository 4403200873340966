"""Thresholds that are best together by the score of the Challenge of 2021, chosen on validation.

F1 of a class rests on its own threshold alone. This score does not: a class that is called beyond
need takes from all others of the recording, so the thresholds are chosen together.
"""

import numpy as np
from scipy.optimize import differential_evolution

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation._checks import checked_multi_hot, checked_probabilities
from ecgbook.evaluation.challenge2021 import (
    CHALLENGE_CLASSES,
    challenge2021_weights,
    checked_challenge_classes,
)

__all__ = ["choose_challenge_thresholds"]

_STEPS = 100  # of the grid: 0.01, 0.02, …, 0.99
_SWEEPS = 20  # at most; two to four bring all there is
_POPULATION, _GENERATIONS = 4, 300  # of the former so many a class


def choose_challenge_thresholds(
    y_valid, probability_valid, method="grid", *, classes=CHALLENGE_CLASSES, seed=0
):
    """Return ``thresholds`` of `ecgbook.evaluation.report`: one a class, shape (class,).

    Parameters
    ----------
    y_valid : array of bool, shape (recording, class)
        Labels of the **validation** part; NaN or −1 where one is not known.
    probability_valid : array of float, shape (recording, class)
        How probable each class is.
    method : {"grid", "evolution"}
        ``"grid"`` begins with one threshold for all, the best of 0.01, 0.02, …, 0.99, and then
        gives one class after another the best of these, the others held, until nothing improves.
        ``"evolution"`` is SciPy's differential evolution over all of them at once, from 0 to 1, as
        the winners of 2021 did; it looks further, takes longer, and draws from ``seed``.
    classes, seed
        As for `ecgbook.evaluation.challenge2021_score`; seed of the draws.

    Raises
    ------
    ScoreInvalid
        If a shape, a value, a class or the method is not right.

    References
    ----------
    Nejedly et al. (2021), Classification of ECG using ensemble of residual CNNs with attention
    mechanism, CinC 48.

    Examples
    --------
    Each recording has one class; the highest thresholds that call it are taken:

    >>> y = [[True, False], [False, True]]
    >>> p = [[0.6, 0.3], [0.2, 0.8]]
    >>> choose_challenge_thresholds(y, p, classes=["AF", "NSR"])
    array([0.6, 0.8])
    """
    classes = checked_challenge_classes(classes)
    y_valid, known = checked_multi_hot(y_valid, "y_valid")
    shape = (len(y_valid), len(classes))
    probability = checked_probabilities(probability_valid, shape, "probability_valid")
    if y_valid.shape != shape:
        raise ScoreInvalid(f"y_valid needs shape {shape}, got {y_valid.shape}")
    if method not in ("grid", "evolution"):
        raise ScoreInvalid(f'method must be "grid" or "evolution", got {method!r}')
    # What is not known can be called without loss or gain: as a probability of nothing.
    goal = _Goal(y_valid, np.where(known, probability, -1.0), classes)
    return _on_grid(goal) if method == "grid" else _evolved(goal, seed)


class _Goal:
    """What answers at thresholds earn on validation; the rest of the score does not change."""

    def __init__(self, y, probability, classes):
        self.y, self.probability = y, probability
        self.earned = y @ challenge2021_weights(classes)  # (recording, class), if called
        self.extra = (~y).astype(np.float64)  # what calling a class adds to L ∪ O
        self.n_true = y.sum(axis=1).astype(np.float64)

    def parts(self, thresholds):
        """Return what is called, and numerator and size of L ∪ O of each recording."""
        called = self.probability >= thresholds
        above = np.einsum("nk,nk->n", self.earned, called)
        return called, above, self.n_true + np.einsum("nk,nk->n", self.extra, called)

    def value(self, thresholds):
        """Return the sum over the recordings."""
        _, above, below = self.parts(thresholds)
        return (above / np.maximum(below, 1)).sum()

    def along(self, k, thresholds, grid):
        """Return the sum at each threshold of class k on a rising grid, the others held."""
        called, above, below = self.parts(thresholds)
        own = called[:, k]
        above, below = above - own * self.earned[:, k], below - own * self.extra[:, k]
        without = above / np.maximum(below, 1)
        gain = (above + self.earned[:, k]) / np.maximum(below + self.extra[:, k], 1) - without
        order = np.argsort(self.probability[:, k])
        first = np.searchsorted(self.probability[order, k], grid)  # the first that is called
        beyond = np.r_[np.cumsum(gain[order][::-1])[::-1], 0.0]
        return without.sum() + beyond[first]


def _on_grid(goal):
    grid = np.arange(1, _STEPS) / _STEPS
    n_classes = goal.y.shape[1]
    alone = [goal.value(np.full(n_classes, threshold)) for threshold in grid]
    thresholds, best = np.full(n_classes, grid[_last_best(alone)]), max(alone)
    for _ in range(_SWEEPS):
        before = best
        for k in range(n_classes):
            values = goal.along(k, thresholds, grid)
            thresholds[k], best = grid[_last_best(values)], values.max()
        if best <= before + 1e-9:
            break
    return thresholds


def _last_best(values):
    """Return the last of equally good places, up to rounding: it calls the fewest."""
    return np.flatnonzero(np.asarray(values) >= np.max(values) - 1e-9)[-1]


def _evolved(goal, seed):
    found = differential_evolution(
        lambda thresholds: -goal.value(thresholds),
        bounds=[(0.0, 1.0)] * goal.y.shape[1],
        popsize=_POPULATION,
        maxiter=_GENERATIONS,
        tol=0,  # members differ in few steps long before the best is found
        recombination=0.5,
        polish=False,  # the score is made of steps: it has no slope to follow
        rng=seed,
    )
    return found.x
