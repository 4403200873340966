"""Conformal prediction: sets of classes that hold all that is true, as often as was promised."""

import numpy as np

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation._checks import checked_multi_hot, checked_probabilities

__all__ = ["conformal_limit", "conformal_limits", "prediction_sets", "sets_that_hold"]


def conformal_limit(y, probability, *, level=0.9):
    """Return from which probability on a class must be named, so that sets hold all that is true.

    Of each recording the least probability of its true classes counts. Of a new recording that is
    exchangeable with these n, the set of all classes that reach the limit holds every true class
    with a probability of at least ``level``, and of at most ``level`` + 1/(n + 1) where no two
    values are equal; for any network, calibrated or not.

    Parameters
    ----------
    y : array, shape (recording, class)
        Multi-hot, all known, one recording a patient: several of one patient are not exchangeable
        with those of others. Recordings without any true class say nothing and are passed over.
    probability : array, shape (recording, class)
    level : float
        Between 0 and 1.

    Returns
    -------
    float
        0 where there are too few recordings for the level: then every class is named.

    Raises
    ------
    ScoreInvalid
        If a label is not known, no recording has a true class, or the level is not between 0 and 1.

    References
    ----------
    Vovk V, Gammerman A, Shafer G. Algorithmic learning in a random world. Springer, 2005: split
    conformal prediction. Angelopoulos AN, Bates S. Conformal prediction: a gentle introduction.
    Found Trends Mach Learn 16, 2023, section 1.

    Examples
    --------
    Of nine recordings with one true class each, the least probability but none lies below .9:

    >>> p = np.linspace(0.1, 0.9, 9)[:, None]
    >>> round(conformal_limit(np.ones((9, 1)), p, level=0.9), 3)
    0.1
    >>> round(conformal_limit(np.ones((9, 1)), p, level=0.8), 3)
    0.2
    """
    y, probability = _checked(y, probability)
    least = np.where(y, probability, np.inf).min(axis=1)
    return _limit(least[y.any(axis=1)], level)


def conformal_limits(y, probability, *, level=0.9):
    """Return a limit for each class, so that each true class is in the set as often as promised.

    Also called Mondrian, or class-conditional: the promise is one for each class, while that of
    `conformal_limit` may be kept by common classes for the rare ones. Parameters and errors are as
    there.

    Returns
    -------
    array of float64, shape (class,)
        0 for a class with too few positives for the level: it is always named.
    """
    y, probability = _checked(y, probability)
    pairs = zip(y.T, probability.T, strict=True)
    return np.array([_limit(p[own], level) if own.any() else 0.0 for own, p in pairs])


def prediction_sets(probability, limit):
    """Return which classes are named, bool (recording, class): those that reach their limit."""
    return np.asarray(probability) >= np.asarray(limit)


def sets_that_hold(y, sets):
    """Return whether each set holds every true class, bool (recording,).

    >>> sets_that_hold([[1, 0], [1, 1]], [[True, True], [True, False]])
    array([ True, False])
    """
    y, known = checked_multi_hot(y, "labels")
    if np.shape(sets) != y.shape or not known.all():
        raise ScoreInvalid(f"sets need known labels of their own shape, {np.shape(sets)}")
    return ~(y & ~np.asarray(sets, bool)).any(axis=1)


def _checked(y, probability):
    y, known = checked_multi_hot(y, "labels")
    if not known.all():
        raise ScoreInvalid("a promise needs labels that are all known; leave out what is not")
    if not y.any():
        raise ScoreInvalid("no recording has a true class; there is nothing to be promised")
    return y, checked_probabilities(probability, y.shape, "probability")


def _limit(least, level):
    """Return the k-th smallest value, k being the floor of (n + 1)(1 − level); 0 for the 0-th."""
    if not 0 < level < 1:
        raise ScoreInvalid(f"the level must lie between 0 and 1, got {level!r}")
    # A tiny share above, for 10 times 0.1 to count as 1.
    k = int((len(least) + 1) * (1 - level) + 1e-9)
    return float(np.sort(least)[k - 1]) if k else 0.0
