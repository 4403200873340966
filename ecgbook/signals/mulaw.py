"""Mu-law: a few hundred levels for a signal, fine near zero and coarse far from it."""

import numpy as np

from ecgbook.errors import RecordInvalid

__all__ = ["mu_law_decode", "mu_law_encode"]


def mu_law_encode(signal, *, full_scale, levels=256):
    """Give each sample the nearest of ``levels`` levels, which lie close together near zero.

    With ``x = signal / full_scale`` and ``μ = levels − 1``, the curve
    ``F(x) = sgn(x) ln(1 + μ |x|) / ln(1 + μ)`` goes from −1 to 1, and the level is
    ``(F(x) + 1) / 2 · μ``, rounded.

    Parameters
    ----------
    signal : array of float
        Of any shape and unit.
    full_scale : float
        The magnitude, in the unit of the signal, at which the outermost levels lie; what is beyond
        gets them too.
    levels : int, default 256
        At least 2.

    Returns
    -------
    array of int64, of the same shape
        Levels from 0 (``-full_scale``) to ``levels - 1`` (``full_scale``). Zero lies half way
        between two levels if their number is even, and gets the upper one.

    Raises
    ------
    RecordInvalid
        If a sample is not finite, or a setting cannot be.

    References
    ----------
    ITU-T G.711; van den Oord et al. 2016, https://arxiv.org/abs/1609.03499, section 2.2.

    Examples
    --------
    >>> mu_law_encode([-2.0, 0.0, 0.02, 1.0, 9.0], full_scale=2.0)
    array([  0, 128, 157, 239, 255])
    """
    _check(full_scale, levels)
    x = np.asarray(signal, np.float64)
    if not np.isfinite(x).all():
        raise RecordInvalid("mu-law needs finite samples, got NaN or infinite ones; fill the gaps")
    x = np.clip(x / full_scale, -1, 1)
    curve = np.sign(x) * np.log1p((levels - 1) * np.abs(x)) / np.log(levels)
    return np.floor((curve + 1) / 2 * (levels - 1) + 0.5).astype(np.int64)


def mu_law_decode(level, *, full_scale, levels=256):
    """Return the sample that each level stands for, in the unit of ``full_scale``.

    The inverse of `mu_law_encode` but for the rounding: with ``y = 2 level / μ − 1`` it is
    ``sgn(y) ((1 + μ)^|y| − 1) / μ`` times ``full_scale``.

    Parameters
    ----------
    level : array of int
        From 0 to ``levels - 1``, else `RecordInvalid`.
    full_scale, levels
        As for `mu_law_encode`.

    Returns
    -------
    array of float32, of the same shape

    Examples
    --------
    >>> mu_law_decode([0, 255], full_scale=2.0)
    array([-2.,  2.], dtype=float32)
    """
    _check(full_scale, levels)
    level = np.asarray(level)
    if level.dtype.kind not in "iu" or (level < 0).any() or (level >= levels).any():
        raise RecordInvalid(f"levels are whole numbers from 0 to {levels - 1}, got {level.dtype}")
    y = 2 * level.astype(np.float64) / (levels - 1) - 1
    x = np.sign(y) * (levels ** np.abs(y) - 1) / (levels - 1)
    return (full_scale * x).astype(np.float32)


def _check(full_scale, levels):
    if not 0 < full_scale < np.inf or levels < 2:
        raise RecordInvalid(
            f"mu-law needs a full scale above 0 and 2 levels or more, got {full_scale} and {levels}"
        )
