"""Runs: stretches of samples for which something holds without a break."""

import numpy as np

__all__ = ["runs"]


def runs(mask):
    """Return where runs of True start and stop, as ``[start, stop)``.

    Parameters
    ----------
    mask : array of bool, shape (time,)

    Returns
    -------
    start, stop : arrays of int64, shape (run,)

    Examples
    --------
    >>> runs([True, True, False, True])
    (array([0, 3]), array([2, 4]))
    """
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
