"""Choose the threshold of a score on validation data, never on the data that it is judged by."""

from typing import NamedTuple

import numpy as np

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation._checks import (
    checked_labels,
    checked_multi_hot,
    checked_scores,
    require_both,
)

__all__ = ["Threshold", "choose_threshold", "choose_thresholds"]


class Threshold(NamedTuple):
    """From which score on samples are called positive, and how it was chosen."""

    value: float
    criterion: str
    reached: float  # by the criterion, on the validation data: optimistic, since chosen


def choose_threshold(y_valid, score_valid, criterion="f1", *, at_least=None):
    """Find the `Threshold` that is best on validation data.

    All thresholds that differ are tried, at the cost of one sort; of equally good ones the
    highest is taken, which calls the fewest samples positive.

    Parameters
    ----------
    y_valid : array of int or bool, shape (sample,)
        1 for a positive sample, else 0.
    score_valid : array of float, shape (sample,)
        Their scores; higher means more positive.
    criterion : {"f1", "youden", "g_mean", "sensitivity", "specificity"}, default "f1"
        What to make as large as possible: F1 of the positive class; Youden's J =
        sensitivity + specificity − 1; the root of their product; or the one of sensitivity and
        specificity, while the other stays ``at_least`` this much.
    at_least : float, optional
        With "sensitivity", the least specificity; with "specificity", the least sensitivity:
        ``"specificity", at_least=0.95`` finds the threshold with a sensitivity of 95 %.

    Raises
    ------
    ScoreInvalid
        If shapes differ, a score is NaN, only one class is there, the criterion is unknown or
        lacks its bound, or no threshold reaches the bound.

    Examples
    --------
    Calling 0.4 and above positive finds two of two with one false alarm: F1 = 4/5.

    >>> choose_threshold([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8])
    Threshold(value=0.4, criterion='f1', reached=0.8)

    Without any false alarm, one of the two is found:

    >>> choose_threshold([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8], "sensitivity", at_least=1.0)
    Threshold(value=0.8, criterion='sensitivity', reached=0.5)
    """
    y_valid = checked_labels(y_valid, 2, "y_valid")
    score_valid = checked_scores(score_valid, y_valid.shape, "score_valid")
    require_both(y_valid == 1, "y_valid")
    threshold, tp, fp = _operating_points(y_valid, score_valid)
    value = _criterion(criterion, at_least, tp, fp)
    best = value.argmax()
    return Threshold(float(threshold[best]), criterion, float(value[best]))


def choose_thresholds(y_valid, probability_valid, criterion="f1", *, at_least=None, otherwise=None):
    """Return ``thresholds`` of `ecgbook.evaluation.report`: one a class, shape (class,).

    Parameters
    ----------
    y_valid, probability_valid : arrays, shape (sample, class)
        Multi-hot labels, NaN or −1 if not known, and the probability or another score of each.
    criterion, at_least
        As for `choose_threshold`, the same for each class, and errors likewise.
    otherwise : float, optional
        Threshold of a class that all samples have, or none: it is an error if this is left out.

    Examples
    --------
    >>> y = [[True, False], [False, True], [False, False]]
    >>> choose_thresholds(y, [[0.6, 0.2], [0.3, 0.4], [0.1, 0.1]])
    array([0.6, 0.4])
    """
    y_valid, known = checked_multi_hot(y_valid, "y_valid")
    probability_valid = checked_scores(probability_valid, y_valid.shape, "probability_valid")
    chosen = []
    for k, kept in enumerate(known.T):
        own = y_valid[kept, k]
        if otherwise is not None and (own.all() or not own.any()):
            chosen.append(otherwise)
            continue
        require_both(own, f"y_valid of class {k}")
        column = own, probability_valid[kept, k]
        chosen.append(choose_threshold(*column, criterion, at_least=at_least).value)
    return np.array(chosen)


def _operating_points(y, score):
    """Return each distinct threshold, highest first, with the positives it calls right, wrong."""
    order = np.argsort(-score)
    ranked = score[order]
    last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    tp = np.cumsum(y[order])[last]
    return ranked[last], tp, last + 1 - tp


def _criterion(name, at_least, tp, fp):
    """Return the value of the criterion at each operating point, −∞ where not allowed."""
    positives, negatives = tp[-1], fp[-1]
    sensitivity, specificity = tp / positives, (negatives - fp) / negatives
    # One division of whole numbers each, so that equally good thresholds are equal.
    free = {
        "f1": 2 * tp / (tp + fp + positives),
        "youden": (tp * negatives - fp * positives) / (positives * negatives),
        "g_mean": np.sqrt(tp * (negatives - fp) / (positives * negatives)),
    }
    bound = {"sensitivity": (sensitivity, specificity), "specificity": (specificity, sensitivity)}
    if name not in free | bound:
        raise ScoreInvalid(f"unknown criterion {name!r}, expected {', '.join(free | bound)}")
    if (name in bound) != (at_least is not None):
        raise ScoreInvalid(
            f"criterion {name!r} needs at_least, the bound of the other one of the two"
            if name in bound
            else f"criterion {name!r} takes no at_least"
        )
    if name in free:
        return free[name]
    value, other = bound[name]
    if other.max() < at_least:
        raise ScoreInvalid(
            f"no threshold keeps the bound of {at_least:g} of criterion {name!r}; "
            f"the most that one reaches is {other.max():.3g}"
        )
    return np.where(other >= at_least, value, -np.inf)
