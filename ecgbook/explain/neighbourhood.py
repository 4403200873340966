"""The linear part of LIME: which segments to take away, how much it counts, and the fit.

Samplings, kernel and ridge regression are those of the library ``lime`` for text, which its
relatives for time series took over; everything is done for many signals and classes at once.
"""

import numpy as np
from scipy.stats import rankdata

__all__ = ["agreement", "draw_masks", "kernel", "ridge"]


def draw_masks(segments, n, seed=0):
    """Draw which segments stay: the first mask keeps all, the others lose 1 to all of them.

    How many are lost is drawn first, each number as likely as the others, then which.

    Parameters
    ----------
    segments, n, seed : int
        Number of segments and of masks, and the seed.

    Returns
    -------
    array of bool, shape (n, segment)
        True where a segment stays.
    """
    rng = np.random.default_rng([seed, segments])
    lost = rng.integers(1, segments + 1, size=(n - 1, 1))
    turn = rng.random((n - 1, segments)).argsort(axis=1).argsort(axis=1)
    return np.concatenate([np.ones((1, segments), bool), turn >= lost])


def kernel(masks, width=25.0):
    """Return how much each mask counts: less, the more is lost.

    ``sqrt(exp(−d² / width²))`` of 100 times the cosine distance to the mask that keeps all.

    >>> kernel(np.array([[True, True], [True, False], [False, False]])).round(4)
    array([1.000e+00, 5.034e-01, 3.000e-04])
    """
    distance = 100 * (1 - np.sqrt(masks.mean(axis=1)))
    return np.exp(-(distance**2) / (2 * width**2))


def ridge(masks, weight, y, alpha=1.0):
    """Fit ``y`` by the segments that stay: weighted least squares with a penalty.

    Parameters
    ----------
    masks : array of bool, shape (mask, segment)
    weight : array, shape (mask,)
    y : array of float, shape (…, mask)
    alpha : float
        Of the penalty ``alpha · sum of squared coefficients``; the intercept is free.

    Returns
    -------
    coefficient, intercept, fit : arrays of float64, shapes (…, segment), (…) and (…)
        ``fit`` is the weighted R²; NaN where y does not move.
    """
    z, share = masks.astype(np.float64), weight / weight.sum()
    middle = share @ z
    z = z - middle
    y = np.asarray(y, np.float64)
    mean = y @ share
    moved = y - mean[..., None]
    gram = (z * weight[:, None]).T @ z + alpha * np.eye(z.shape[1])
    coefficient = np.linalg.solve(gram, (z * weight[:, None]).T @ moved.reshape(-1, len(z)).T).T
    coefficient = coefficient.reshape(*y.shape[:-1], z.shape[1])
    left = np.square(moved - coefficient @ z.T) @ weight
    total = np.square(moved) @ weight
    still = np.ptp(y, axis=-1) == 0
    coefficient[still] = 0
    fit = 1 - np.divide(left, total, out=np.full_like(total, np.nan), where=~still)
    return coefficient, mean - coefficient @ middle, fit


def agreement(coefficient):
    """Return how alike explanations rank the segments: (repeat, …, segment) to (…).

    The mean rank correlation over all pairs; NaN where one has no order (all are equal).
    """
    rank = rankdata(coefficient, axis=-1)
    rank -= rank.mean(axis=-1, keepdims=True)
    size = np.sqrt(np.square(rank).sum(axis=-1, keepdims=True))
    rank = np.divide(rank, size, out=np.full_like(rank, np.nan), where=size > 0)
    n = len(rank)
    # The sum of all products of two different ones, from the square of their sum.
    pairs = np.square(rank.sum(axis=0)).sum(axis=-1) - n
    return pairs / (n * (n - 1))
