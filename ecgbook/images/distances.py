"""Recurrence plots: pixel (i, j) is how far two moments of a signal lie apart."""

import math
from numbers import Integral, Real

import torch

from ecgbook.errors import RecordInvalid
from ecgbook.images.segments import averaged, checked, in_full

__all__ = ["recurrence"]


def recurrence(x, size=None, *, dimension=1, delay=1, threshold=None, percentage=10):
    """Return the recurrence plot: the distance between each two moments of a signal.

    Parameters
    ----------
    x : tensor or array, shape (…, time)
        Signals; distances have their unit. A constant signal gives 0 everywhere.
    size : int, optional
        Samples to average the signal to first, at most ``time``; by default none is averaged.
        (pyts has no such setting.)
    dimension, delay : int
        A moment is a vector of so many samples, each ``delay`` after the one before, and distances
        are Euclidean; there are ``(dimension - 1) * delay`` moments less than samples.
    threshold : {"point", "distance"}, float or None
        Pixels are 1 where the distance is below a threshold and 0 elsewhere: one that
        ``percentage`` per cent of this plot lie below, that share of its largest distance, or a
        given one. By default pixels are the distances, and have gradients.
    percentage : float, default 10

    Returns
    -------
    tensor, shape (…, moment, moment)
        Of the type and on the device of the signal, as for `ecgbook.images.gasf`.

    Raises
    ------
    RecordInvalid
        As of `ecgbook.images.gasf`; or if a setting cannot be, or leaves no two moments.

    References
    ----------
    Eckmann, Oliffson Kamphorst, Ruelle (1987), Recurrence plots of dynamical systems, Europhysics
    Letters 4:973. Values are those of ``pyts.image.RecurrencePlot`` 0.13.

    Examples
    --------
    >>> recurrence([0.0, 1.0, 3.0])
    tensor([[0., 1., 3.],
            [1., 0., 2.],
            [3., 2., 0.]])
    """
    x, size = checked(x, size)
    x = averaged(x, size)
    moments = size - (_whole("dimension", dimension) - 1) * _whole("delay", delay)
    if moments < 2:
        raise RecordInvalid(
            f"{size} samples have no two moments of {dimension} samples {delay} apart"
        )
    if threshold is None:
        return _distance(x, moments, dimension, delay)
    _check_threshold(threshold, percentage)
    # In float64 differences of float32 are exact: a pixel at the threshold falls on its side.
    far = _distance(in_full(x), moments, dimension, delay)
    return (far < _limit(far, threshold, percentage)).to(x)


def _distance(x, moments, dimension, delay):
    if dimension == 1:
        return (x[..., :, None] - x[..., None, :]).abs_()
    square = 0
    for k in range(dimension):
        part = x[..., k * delay : k * delay + moments]
        square = square + (part[..., :, None] - part[..., None, :]).square_()
    apart = square > 0  # a square root has no slope at 0
    return torch.where(apart, square, torch.ones_like(square)).sqrt() * apart


def _limit(far, threshold, percentage):
    """Return the threshold of each plot, (…, 1, 1), or one for all."""
    if threshold == "distance":
        return percentage / 100 * far.amax((-2, -1), keepdim=True)
    if threshold != "point":
        return threshold
    values = far.flatten(-2)
    at = (values.shape[-1] - 1) * (percentage / 100)
    below = values.kthvalue(math.floor(at) + 1).values
    above = values.kthvalue(math.ceil(at) + 1).values
    share, step = at - math.floor(at), above - below
    limit = below + step * share if share < 0.5 else above - step * (1 - share)
    return limit[..., None, None]


def _whole(name, value):
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise RecordInvalid(f"{name} must be a whole number of 1 or more, got {value!r}")
    return int(value)


def _check_threshold(threshold, percentage):
    is_number = isinstance(threshold, Real) and not isinstance(threshold, bool)
    if threshold not in ("point", "distance") and not (is_number and threshold > 0):
        raise RecordInvalid(
            f"threshold must be 'point', 'distance', a number above 0 or None, got {threshold!r}"
        )
    if not 0 <= percentage <= 100:
        raise RecordInvalid(f"percentage must lie between 0 and 100, got {percentage!r}")
