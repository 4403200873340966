"""The patient bootstrap as weights: how often each patient is drawn in each replicate.

A replicate draws as many patients as there are, with replacement, and takes all beats of each.
A score that can weigh its samples needs no copy of them: it takes the weights, and one call
scores all replicates (Efron and Tibshirani 1993, chapter 6).
"""

import numpy as np

from ecgbook.errors import ScoreInvalid

__all__ = ["patient_weights", "percentile_interval"]


def patient_weights(n_patients, n=1000, seed=0):
    """Draw bootstrap replicates of the patients, after the sample itself.

    Returns
    -------
    array of int32, shape (1 + n, n_patients)
        How often each patient counts: once in row 0, as drawn in the ``n`` others.

    Raises
    ------
    ScoreInvalid
        If there is one patient only: nothing is known of how patients differ; or no replicate.
    """
    if n_patients < 2:
        raise ScoreInvalid("an interval over patients needs two patients or more, got 1")
    if n < 1:
        raise ScoreInvalid(f"an interval needs one bootstrap replicate or more, got n={n}")
    shares = np.full(n_patients, 1 / n_patients)
    drawn = np.random.default_rng(seed).multinomial(n_patients, shares, size=n)
    return np.concatenate([np.ones((1, n_patients)), drawn]).astype(np.int32)


def percentile_interval(replicates, level=0.95):
    """Return the bounds that hold the middle ``level`` of the replicates, NaN left out.

    Of scores of shape (replicate, …) low and high have shape (…), NaN where there is no replicate
    but NaN. ScoreInvalid if the level is no share.
    """
    if not 0 < level <= 1:
        raise ScoreInvalid(f"level must be above 0 and at most 1, such as 0.95, got {level}")
    replicates = np.asarray(replicates, dtype=float)
    if not len(replicates):  # nothing was drawn
        return np.full((2, *replicates.shape[1:]), np.nan)
    never = np.isnan(replicates).all(axis=0)
    tail = (1 - level) / 2
    filled = np.where(never, 0.0, replicates)
    return np.where(never, np.nan, np.nanquantile(filled, [tail, 1 - tail], axis=0))
