"""Slices of recordings, cut at random while a network is trained."""

import numpy as np

from ecgbook.errors import RecordInvalid

__all__ = ["random_slices"]


def random_slices(examples, rows, size, rng):
    """Cut a slice from a random place of each of some recordings.

    A slice costs less than its recording, and the next one is another.

    Parameters
    ----------
    examples : Examples
        Recordings, of one length or `Ragged`.
    rows : sequence of int, shape (row,)
        Which ones; a recording may come more than once.
    size : int
        Samples of a slice. A recording that is not longer is taken whole, with 0 after its end.
    rng : numpy.random.Generator
        Each place that leaves room for the slice is as likely as the others.

    Returns
    -------
    x : array of float32, shape (row, lead, size)
    length : array of int64, shape (row,)
        Samples of the recording in each slice.

    Raises
    ------
    RecordInvalid
        If the size is not positive.

    Examples
    --------
    >>> import pandas as pd
    >>> from ecgbook.datasets import Examples
    >>> rows = pd.DataFrame({"patient": ["p"], "record": ["a"], "sample": [0]})
    >>> one = Examples([[[1, 2, 3]]], [0], ["N"], rows, fs=300, leads=["ECG"])
    >>> random_slices(one, [0], 5, np.random.default_rng(0))
    (array([[[1., 2., 3., 0., 0.]]], dtype=float32), array([3]))
    """
    if size < 1:
        raise RecordInvalid(f"a slice needs one sample or more, got {size}")
    rows = np.asarray(rows, np.int64)
    whole = examples.length[rows]
    length = np.minimum(whole, size)
    begin = rng.integers(whole - length + 1)
    x = np.zeros((len(rows), examples.x.shape[1], size), np.float32)
    for slot, row, first, n in zip(x, rows, begin, length, strict=True):
        slot[:, :n] = examples.x[row][:, first : first + n]
    return x, length
