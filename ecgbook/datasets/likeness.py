"""Windows of ECG that are copies of each other, or nearly so."""

import numpy as np
import pandas as pd

from ecgbook.datasets.ragged import Ragged

__all__ = ["nearest", "principal_axes", "prints", "projected"]

_CHUNK = 4096  # windows in memory at once
_FITTED = 500  # windows that principal axes are made of
_AXES = 48


def prints(examples, index):
    """Return a number for each window that equal windows share, and no others.

    Flat windows get a number of their own each: two flat lines are equal, and no copies.

    Parameters
    ----------
    examples : Examples
    index : array of int
        Positions in ``examples``.

    Returns
    -------
    array of int64, shape (len(examples),)
        Numbers of the windows at ``index``; others as flat ones.
    """
    number = -1 - np.arange(len(examples))
    for i in index:
        signal = examples.x[i]
        if (signal != signal[:, :1]).any():
            number[i] = hash((signal + 0.0).tobytes())  # the sum makes 0 of −0
    return number


def nearest(examples, one, other, owner, *, seed=0):
    """Find how like each window of part ``other`` the most similar one of part ``one`` is.

    Likeness is the correlation of all leads together, each without its mean. Candidates are found
    by principal axes and the length of what these leave out, a bound that no pair exceeds; the
    best candidate is then compared sample by sample. So a value may be a little too low, and is
    never too high. Ragged signals are compared as far as the shortest one goes.

    Parameters
    ----------
    examples : Examples
    one, other : arrays of int
        Positions in ``examples``.
    owner : array of str, shape (len(examples),)
        Whose example it is, ``""`` where unknown.
    seed : int
        Seed of the draw that the axes are made of.

    Returns
    -------
    DataFrame
        ``example``, the position of each window of ``other``; the correlation with the most
        similar window of ``anyone`` and of a ``stranger``; and where these are: ``twin`` and
        ``stranger_twin``. Where there is no such window the correlation is −1.
    """
    time = _shared_time(examples.x)
    axes = principal_axes(_drawn_windows(examples, one, time, seed))
    number = np.unique(owner, return_inverse=True)[1]
    number = np.where(owner == "", -1 - np.arange(len(owner)), number)  # each is its own owner
    asked = _bounded(_unit(examples, other, time), axes)
    best = np.full((2, len(other)), -np.inf, np.float32)
    where = np.zeros((2, len(other)), np.int64)
    for first in range(0, len(one), _CHUNK):
        part = one[first : first + _CHUNK]
        bound = asked @ _bounded(_unit(examples, part, time), axes).T
        for row in range(2):
            top = bound.argmax(axis=1)
            value = np.take_along_axis(bound, top[:, None], axis=1)[:, 0]
            better = value > best[row]
            best[row, better], where[row, better] = value[better], part[top[better]]
            bound[number[other][:, None] == number[part]] = -np.inf
    like = [
        np.where(b > -np.inf, _correlation(examples, w, other, time), -1)
        for b, w in zip(best, where, strict=True)
    ]
    columns = {"anyone": like[0], "stranger": like[1], "twin": where[0], "stranger_twin": where[1]}
    return pd.DataFrame({"example": other, **columns})


def principal_axes(windows, n=_AXES):
    """Return up to ``n`` directions in which windows (window, value) differ most, (axis, value)."""
    return np.linalg.svd(windows, full_matrices=False)[2][:n]


def projected(examples, index, *, fitted_on, n, seed=0):
    """Describe windows by ``n`` principal components of the signal, float32 (window, axis).

    The axes are made of some of the windows at ``fitted_on``. Ragged signals count as far as the
    shortest one goes.
    """
    time = _shared_time(examples.x)
    drawn = np.random.default_rng(seed).permutation(fitted_on)[:_FITTED]
    some = _values(examples.x, drawn, time)
    axes = principal_axes(some - some.mean(axis=0), n)
    parts = np.array_split(index, max(1, len(index) // _CHUNK))
    return np.concatenate([_values(examples.x, part, time) @ axes.T for part in parts])


def _shared_time(x):
    return int(x.length.min()) if isinstance(x, Ragged) else x.shape[2]


def _signals(x, index, time):
    """Return the signals at ``index`` as one array (window, lead, time)."""
    if isinstance(x, Ragged):
        return np.stack([x[i][:, :time] for i in index])
    return np.asarray(x[index], np.float32)


def _values(x, index, time):
    return _signals(x, index, time).reshape(len(index), -1)


def _unit(examples, index, time):
    """Return windows as vectors of length 1, each lead without its mean; flat ones are 0."""
    x = _signals(examples.x, index, time)
    x = np.where(np.ptp(x, axis=2, keepdims=True) > 0, x - x.mean(axis=2, keepdims=True), 0)
    x = x.reshape(len(x), -1)
    norm = np.linalg.norm(x, axis=1, keepdims=True)
    return x / np.where(norm > 0, norm, 1)


def _drawn_windows(examples, index, time, seed):
    drawn = np.random.default_rng(seed).permutation(index)[:_FITTED]
    return _unit(examples, drawn, time)


def _bounded(unit, axes):
    """Return coordinates whose dot product is no less than the correlation."""
    inside = unit @ axes.T
    outside = np.square(unit).sum(axis=1) - np.square(inside).sum(axis=1)
    return np.c_[inside, np.sqrt(np.maximum(outside, 0))].astype(np.float32)


def _correlation(examples, one, other, time):
    parts = np.array_split(np.arange(len(one)), max(1, len(one) // _CHUNK))
    pairs = ((_unit(examples, one[p], time), _unit(examples, other[p], time)) for p in parts)
    return np.concatenate([np.einsum("nd,nd->n", a, b) for a, b in pairs])
