"""Some beats of each person, so that a person with very many does not decide."""

import numpy as np
import pandas as pd

__all__ = ["few_of_each"]


def few_of_each(examples, rows, most, *, seed=0):
    """Draw at most so many examples of each patient and class.

    Parameters
    ----------
    examples : Examples
        One class each.
    rows : array of int
        Positions to draw from.
    most, seed : int

    Returns
    -------
    array of int
        Positions in ``examples``, rising.
    """
    rows = np.random.default_rng(seed).permutation(rows)
    whose = pd.DataFrame({"patient": examples.patient[rows], "class": examples.y[rows]})
    turn = whose.groupby(["patient", "class"]).cumcount().to_numpy()
    return np.sort(rows[turn < most])
