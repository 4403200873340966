"""Attributions against a mask that is known to be true, and against each other.

Every score is one number a signal, float64 (batch,), so that intervals over patients come from
`ecgbook.evaluation.bootstrap`. Higher attribution means more: take absolute values first where the
sign of a method says only for or against.
"""

import numpy as np
from scipy.stats import rankdata

from ecgbook.errors import ScoreInvalid

__all__ = ["mask_auprc", "pointing_game", "rank_agreement", "share_on_mask"]


def mask_auprc(attribution, mask):
    """Return the area under precision–recall when samples are called by their attribution.

    Samples are called from the highest attribution down, those of equal attribution at once, and
    precision is averaged over the mask's samples (average precision). A constant attribution gets
    the mask's share of the signal; NaN where the mask is empty.

    Parameters
    ----------
    attribution : array, shape (batch, lead, time)
    mask : array of bool that broadcasts to that shape
        Where the truth lies.

    Returns
    -------
    array of float64, shape (batch,)

    Examples
    --------
    The mask's two samples come first and third:

    >>> mask_auprc([[[9, 1, 7, 8]]], [[[True, False, True, False]]]).round(3)
    array([0.833])
    """
    value, true = _flat(attribution, mask)
    order = np.argsort(-value, axis=1, kind="stable")
    ranked = np.take_along_axis(value, order, axis=1)
    hit = np.cumsum(np.take_along_axis(true, order, axis=1), axis=1)
    n = value.shape[1]
    last = np.ones(value.shape, bool)  # of the samples of one value
    last[:, :-1] = ranked[:, 1:] != ranked[:, :-1]
    # Precision at the end of each group of equals, for all samples of the group.
    end = np.where(last, np.arange(n), n)
    end = np.minimum.accumulate(end[:, ::-1], axis=1)[:, ::-1]
    precision = np.take_along_axis(hit, end, axis=1) / (end + 1)
    step = np.diff(hit, axis=1, prepend=0)
    return _ratio((precision * step).sum(axis=1), hit[:, -1])


def pointing_game(attribution, mask):
    """Return 1 where the highest attribution lies on the mask, else 0; NaN for an empty mask.

    Of several that are equally high, the share on the mask.

    Parameters and returns as for `mask_auprc`.
    """
    value, true = _flat(attribution, mask)
    highest = value == value.max(axis=1, keepdims=True)
    share = _ratio((highest & true).sum(axis=1), highest.sum(axis=1))
    return np.where(true.any(axis=1), share, np.nan)


def share_on_mask(attribution, mask):
    """Return how much of all positive attribution lies on the mask, from 0 to 1.

    NaN where nothing is positive, or the mask is empty. Parameters and returns as for `mask_auprc`.

    >>> share_on_mask([[[3, -5, 1]]], [[[True, True, False]]])
    array([0.75])
    """
    value, true = _flat(attribution, mask)
    positive = np.maximum(value, 0)
    share = _ratio((positive * true).sum(axis=1), positive.sum(axis=1))
    return np.where(true.any(axis=1), share, np.nan)


def rank_agreement(attribution, other):
    """Return the rank correlation (Spearman) of two attributions, from −1 to 1.

    Parameters
    ----------
    attribution, other : arrays, shape (batch, lead, time)

    Returns
    -------
    array of float64, shape (batch,)
        NaN where one of the two is constant.
    """
    ranks = []
    for values in _alike(attribution, other):
        rank = rankdata(values.reshape(len(values), -1), axis=1)
        ranks.append(rank - rank.mean(axis=1, keepdims=True))
    a, b = ranks
    size = np.sqrt(np.square(a).sum(axis=1) * np.square(b).sum(axis=1))
    return _ratio((a * b).sum(axis=1), size)


def _flat(attribution, mask):
    attribution, mask = _alike(attribution, mask)
    if mask.dtype != bool:
        raise ScoreInvalid(f"the mask must be true or false, got {mask.dtype}")
    return attribution.reshape(len(attribution), -1), mask.reshape(len(mask), -1)


def _alike(attribution, other):
    attribution, other = np.asarray(attribution), np.asarray(other)
    if attribution.ndim != 3 or not np.isfinite(attribution).all():
        raise ScoreInvalid(
            f"an attribution needs shape (batch, lead, time) without NaN, got {attribution.shape}"
        )
    try:
        return attribution, np.broadcast_to(other, attribution.shape)
    except ValueError as error:
        raise ScoreInvalid(
            f"attribution and truth must have one shape, got {attribution.shape} and {other.shape}"
        ) from error


def _ratio(part, whole):
    part = np.asarray(part, np.float64)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=np.asarray(whole) > 0)
