"""The answer "not sure": from which probability on a model speaks, chosen on validation."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation.bootstrap import bootstrap
from ecgbook.evaluation.calibration import top_label

__all__ = ["Confidence", "choose_confidence", "coverage_report"]


class Confidence(NamedTuple):
    """From which probability of the likeliest class on a model answers, and what that gave."""

    value: float
    coverage: float  # share of the validation examples that are answered
    accuracy: float  # share of those that are right: optimistic, since chosen


def choose_confidence(y_valid, probability_valid, *, coverage=None, accuracy=None):
    """Choose below which probability a model says that it is not sure.

    Parameters
    ----------
    y_valid : array of int, shape (sample,)
        Class numbers of validation examples, of people whom nothing else is measured on.
    probability_valid : array, shape (sample, class)
        Calibrated (`ecgbook.evaluation.fit_temperature`), if the limit is to mean what it says.
    coverage : float, optional
        Share of the examples that it must answer at least: the highest limit that does.
    accuracy : float, optional
        Share of the answers that must be right at least: the limit that answers most.

    Returns
    -------
    Confidence
        Examples of one probability are answered together or not at all.

    Raises
    ------
    ScoreInvalid
        If not exactly one of the two is asked for, it is not above 0 and at most 1, no limit
        reaches the accuracy, or as for `ecgbook.evaluation.top_label`.

    Examples
    --------
    The three surest answers are right, the fourth is wrong:

    >>> y, probability = [0, 0, 1, 1], [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]]
    >>> choose_confidence(y, probability, accuracy=0.95)
    Confidence(value=0.7, coverage=0.75, accuracy=1.0)
    >>> choose_confidence(y, probability, coverage=0.5)
    Confidence(value=0.8, coverage=0.5, accuracy=1.0)
    """
    correct, sure = top_label(y_valid, probability_valid)
    if (coverage is None) == (accuracy is None):
        raise ScoreInvalid(
            "choose a confidence for a coverage or for an accuracy: name one of both"
        )
    wanted = accuracy if coverage is None else coverage
    if not 0 < wanted <= 1:
        raise ScoreInvalid(f"a coverage or an accuracy is above 0 and at most 1, got {wanted!r}")
    order = np.argsort(-sure, kind="stable")
    last = np.append(np.flatnonzero(np.diff(sure[order])), len(order) - 1)  # of equal ones
    covered = (last + 1) / len(order)
    right = np.cumsum(correct[order])[last] / (last + 1)
    reached = np.flatnonzero((right >= accuracy) if coverage is None else (covered >= coverage))
    if not len(reached):
        raise ScoreInvalid(
            f"no confidence makes {accuracy:g} of the answers right; the most is {right.max():.3g}"
        )
    chosen = reached[-1] if coverage is None else reached[0]
    limit = float(sure[order][last[chosen]])
    return Confidence(limit, float(covered[chosen]), float(right[chosen]))


def coverage_report(classes, y, probability, confidence, patient, *, n=1000, seed=0):
    """Say how many examples of each class a model answers, and how many of the answers are right.

    Parameters
    ----------
    classes : sequence of str
        In the order of their numbers.
    y, probability : array of int (sample,), array (sample, class)
        Of the test part.
    confidence : float
        ``value`` of `choose_confidence`: what is less sure is not answered.
    patient : array, shape (sample,)
        Whose example it is: intervals are over patients (`ecgbook.evaluation.bootstrap`).
    n, seed : int
        Number of bootstrap replicates and their seed.

    Returns
    -------
    pandas.DataFrame
        Two rows a class, and two for ``all``: ``score``, ``coverage`` or ``accuracy`` of what is
        answered; ``class``, the true one; ``value`` with the ends ``low`` and ``high`` of its 95 %
        interval, NaN of a class without examples or answers; ``n``, the examples that it rests on.

    Raises
    ------
    ScoreInvalid
        As for `ecgbook.evaluation.top_label` and `ecgbook.evaluation.bootstrap`, or if there is not
        one name a class.

    Examples
    --------
    >>> y, probability = [0, 0, 1, 1], [[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.9, 0.1]]
    >>> table = coverage_report("NA", y, probability, 0.7, list("abcd"))
    >>> table[["score", "class", "value", "n"]]
          score class     value  n
    0  coverage   all  0.750000  4
    1  accuracy   all  0.666667  3
    2  coverage     N  0.500000  2
    3  accuracy     N  1.000000  1
    4  coverage     A  1.000000  2
    5  accuracy     A  0.500000  2
    """
    correct, sure = top_label(y, probability)
    y, classes = np.asarray(y), tuple(classes)
    if len(classes) != np.shape(probability)[1]:
        raise ScoreInvalid(f"{len(classes)} names for {np.shape(probability)[1]} classes")
    answered = sure >= confidence
    members = {"all": np.ones(len(y), bool)} | {name: y == k for k, name in enumerate(classes)}
    rows = []
    for name, own in members.items():
        shares = {"coverage": (answered & own, own), "accuracy": (correct & answered & own, None)}
        for score, (part, whole) in shares.items():
            whole = answered & own if whole is None else whole
            interval = bootstrap(_share, part, whole, groups=patient, n=n, seed=seed)
            rows.append((score, name, *interval, int(whole.sum())))
    return pd.DataFrame(rows, columns=["score", "class", "value", "low", "high", "n"])


def _share(part, whole):
    return part.sum() / whole.sum() if whole.any() else float("nan")
