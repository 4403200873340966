"""What stands in the place of a piece of a signal that is taken away."""

import numpy as np

from ecgbook.errors import ExplanationInvalid

__all__ = ["replacement"]

_KINDS = ("mean", "line", "zero")


def replacement(x, segments, how="mean"):
    """Return signals in which every piece is replaced, to take pieces from.

    A piece is a run of neighbouring samples of one lead in one segment. A constant signal stays
    as it is under ``"mean"`` and ``"line"``: taking a piece of it away shows nothing.

    Parameters
    ----------
    x : array, shape (batch, lead, time)
    segments : array of int, any shape that broadcasts to that of ``x``
        Segment of each sample.
    how : {"mean", "line", "zero"} or array, shape (lead, time) or (batch, lead, time)
        The mean of the piece, the straight line from its first to its last sample, zero, or what
        other signals hold there, such as those of another patient.

    Returns
    -------
    array of the type of ``x``, shape (batch, lead, time)

    Examples
    --------
    >>> x = np.array([[[0.0, 4.0, 2.0, 7.0, 9.0]]])
    >>> replacement(x, [0, 0, 0, 1, 1], "mean")
    array([[[2., 2., 2., 8., 8.]]])
    >>> replacement(x, [0, 0, 0, 1, 1], "line")
    array([[[0., 1., 2., 7., 9.]]])
    """
    x = np.asarray(x)
    if not isinstance(how, str):
        return _of_others(x, np.asarray(how))
    if how not in _KINDS:
        raise ExplanationInvalid(
            f"replace must be one of {', '.join(_KINDS)}, or signals, got {how!r}"
        )
    if how == "zero":
        return np.zeros_like(x)
    begin, length = _runs(np.broadcast_to(segments, x.shape))
    flat = x.ravel()
    if how == "mean":
        # Off the first sample, so that the mean of a constant piece is exactly its value.
        above = np.add.reduceat(flat - np.repeat(flat[begin], length), begin, dtype=np.float64)
        return np.repeat(flat[begin] + (above / length).astype(x.dtype), length).reshape(x.shape)
    slope = (flat[begin + length - 1] - flat[begin]) / np.maximum(length - 1, 1)
    place = np.arange(len(flat)) - np.repeat(begin, length)
    line = np.repeat(flat[begin], length) + place * np.repeat(slope, length)
    return line.astype(x.dtype).reshape(x.shape)


def _runs(segments):
    """Return where each run of one segment in one lead begins, and how long it is."""
    first = np.ones(segments.shape, bool)
    first[..., 1:] = segments[..., 1:] != segments[..., :-1]
    begin = np.flatnonzero(first)
    return begin, np.diff(begin, append=segments.size)


def _of_others(x, others):
    if others.shape not in (x.shape, x.shape[1:]) or others.dtype.kind not in "fiu":
        raise ExplanationInvalid(
            f"signals to replace pieces by need shape {x.shape[1:]} or {x.shape}, got "
            f"{others.shape} of {others.dtype}"
        )
    if not np.isfinite(others).all():
        raise ExplanationInvalid("signals to replace pieces by hold NaN or infinite values")
    return np.broadcast_to(others, x.shape).astype(x.dtype)
