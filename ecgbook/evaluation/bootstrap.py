"""The bootstrap: how far a number might have come out otherwise with other patients."""

from typing import NamedTuple

import numpy as np

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation._checks import numbered_groups
from ecgbook.evaluation.resampling import percentile_interval

__all__ = ["Interval", "bootstrap"]


class Interval(NamedTuple):
    """A statistic with the ends of its confidence interval."""

    value: float
    low: float
    high: float


def bootstrap(statistic, *arrays, groups=None, n=1000, seed=0, level=0.95, **unknown):
    """Return a statistic with its percentile bootstrap interval.

    Each replicate draws as many groups as there are, with replacement, and takes all rows of
    every drawn group, as often as it was drawn (Efron and Tibshirani 1993, chapter 13). Beats
    of one patient resemble each other, so intervals over beats are far too narrow: name the
    patient of each row in ``groups``.

    Parameters
    ----------
    statistic : callable
        Takes the arrays and returns one number; NaN where it is not defined.
    *arrays : arrays, shape (row, …)
        What the statistic takes, all with the same rows.
    groups : array, shape (row,), optional
        Group of each row, such as its patient; by default each row is its own group.
    n, seed : int
        Number of replicates; seed of the draws.
    level : float, default 0.95
        Share of the replicates inside the interval.

    Returns
    -------
    Interval
        ``value`` of the statistic on the arrays as they are, ``low`` and ``high``. Replicates
        without a value are left out.

    Raises
    ------
    ScoreInvalid
        If there is no array, the arrays or ``groups`` differ in length, a group is missing, there
        are fewer than two groups, no replicate is asked for, the level is no share, or a setting
        has another name.

    Examples
    --------
    >>> hits, beats = np.array([98, 50, 99]), np.array([100, 100, 100])
    >>> sensitivity = bootstrap(lambda h, b: h.sum() / b.sum(), hits, beats)
    >>> round(sensitivity.value, 2), round(sensitivity.low, 2), round(sensitivity.high, 2)
    (0.82, 0.5, 0.99)
    """
    if unknown:
        raise ScoreInvalid(
            f"bootstrap has no setting {next(iter(unknown))!r}; "
            f"name the patient of each row by groups="
        )
    if not arrays:
        raise ScoreInvalid("a bootstrap needs an array or more to draw rows of, got none")
    if n < 1:
        raise ScoreInvalid(f"a bootstrap needs one replicate or more, got n={n}")
    arrays = [np.asarray(array) for array in arrays]
    groups = np.arange(len(arrays[0])) if groups is None else groups
    if any(len(array) != len(groups) for array in arrays):
        lengths = ", ".join(str(len(array)) for array in arrays)
        raise ScoreInvalid(f"arrays of {lengths} rows and {len(groups)} groups: all must agree")
    drawn = _rows_of_replicates(groups, n, seed)
    replicates = [statistic(*(array[rows] for array in arrays)) for rows in drawn]
    low, high = percentile_interval(replicates, level)
    return Interval(float(statistic(*arrays)), float(low), float(high))


def _rows_of_replicates(groups, n, seed):
    number, _ = numbered_groups(groups, len(groups), "groups")
    size = np.bincount(number)
    if len(size) < 2:
        raise ScoreInvalid(f"a bootstrap needs two groups or more, got {len(size)}")
    by_group = np.argsort(number, kind="stable")
    first = np.cumsum(size) - size
    rng = np.random.default_rng(seed)
    for _ in range(n):
        drawn = rng.integers(len(size), size=len(size))
        # Row k of a drawn group lies k places after the group's first row.
        length = size[drawn]
        start = np.repeat(first[drawn] - (np.cumsum(length) - length), length)
        yield by_group[start + np.arange(length.sum())]
