"""Does a probability of 0.8 come true in 8 of 10 cases? Curves, errors and a mend."""

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import softmax

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation._checks import (
    checked_classes,
    checked_distribution,
    checked_labels,
    checked_probabilities,
    checked_scores,
)

__all__ = ["apply_temperature", "calibration_error", "fit_temperature", "reliability_curve"]
__all__ += ["top_label"]

# A network a hundred times too sure or too timid is not miscalibrated but broken.
_TEMPERATURES = (0.01, 100.0)


def top_label(y_true, probability):
    """Reduce several classes to one question: whether the likeliest one is right.

    Parameters
    ----------
    y_true : array of int, shape (sample,)
    probability : array, shape (sample, class)

    Returns
    -------
    correct, confidence : arrays of bool and of float, shape (sample,)
        Whether the likeliest class is right, and its probability. Both go into the other functions
        here (Guo 2017).

    Raises
    ------
    ScoreInvalid
        If shapes differ or a value is no probability.
    """
    y_true, shape = checked_classes(y_true, probability, "probability")
    probability = checked_distribution(probability, shape, "probability")
    return probability.argmax(axis=1) == y_true, probability.max(axis=1)


def reliability_curve(positive, probability, bins=10):
    """Compare predicted with observed frequency in bins of equal size.

    Parameters
    ----------
    positive : array of bool, shape (sample,)
        What came true.
    probability : array, shape (sample,)
        How probable it was said to be.
    bins : int, default 10
        Number of bins. Each gets the same number of samples, so none rests on a handful;
        samples of one probability stay together, which may leave fewer bins.

    Returns
    -------
    pandas.DataFrame
        One row a bin: ``predicted`` (mean probability), ``observed`` (share that came true)
        and ``count``.

    Raises
    ------
    ScoreInvalid
        If shapes differ, a value is no probability or there is no bin.

    Examples
    --------
    >>> reliability_curve([0, 0, 1, 1], [0.1, 0.3, 0.7, 0.9], bins=2)
       predicted  observed  count
    0        0.2       0.0      2
    1        0.8       1.0      2
    """
    positive = checked_labels(positive, 2, "positive")
    probability = checked_probabilities(probability, positive.shape, "probability")
    if bins < 1:
        raise ScoreInvalid(f"a reliability curve needs one bin or more, got {bins}")
    # Samples of one probability share the bin of the first of them.
    first = np.searchsorted(np.sort(probability), probability)
    table = pd.DataFrame({"predicted": probability, "observed": positive, "count": 1})
    joined = {"predicted": "mean", "observed": "mean", "count": "sum"}
    return table.groupby(first * bins // len(first)).agg(joined).reset_index(drop=True)


def calibration_error(positive, probability, bins=10):
    """Return the expected calibration error (ECE): mean gap of predicted and observed.

    ``Σ count/n · |predicted − observed|`` over the bins of `reliability_curve`; 0 is perfect.
    It grows with the number of bins even for perfect probabilities: compare like with like.

    Parameters and errors are those of `reliability_curve`.

    Examples
    --------
    >>> round(calibration_error([0, 0, 1, 1], [0.1, 0.3, 0.7, 0.9], bins=2), 6)
    0.2
    """
    curve = reliability_curve(positive, probability, bins)
    return float(np.average((curve.predicted - curve.observed).abs(), weights=curve["count"]))


def fit_temperature(y_valid, logits):
    """Find the temperature that makes a trained network's probabilities fit validation data.

    The likelihood of softmax(logits / T) has one maximum in T, where the mean logit of the
    true classes equals the mean logit that the probabilities expect (Guo 2017). It changes no
    ranking within a sample, so the predicted classes stay.

    Parameters
    ----------
    y_valid : array of int, shape (sample,)
        Reference class numbers.
    logits : array, shape (sample, class)
        Output of the network before the softmax; logarithms of probabilities serve as well.

    Returns
    -------
    float
        T > 1 for a network too sure of itself, T < 1 for one too timid; between 0.01 and 100,
        where the search ends (validation data without an error would ask for T = 0).

    Raises
    ------
    ScoreInvalid
        If shapes differ or a logit is NaN.

    Examples
    --------
    Odds of e⁴ : 1 each time, but wrong once in four: the odds should be 3 : 1, 4 / T = log 3.

    >>> T = fit_temperature([0, 0, 0, 1], [[4.0, 0.0]] * 4)
    >>> round(T, 4), round(4 / float(np.log(3)), 4)
    (3.641, 3.641)
    """
    y_valid, shape = checked_classes(y_valid, logits, "logits")
    logits = checked_scores(logits, shape, "logits")
    of_truth = logits[np.arange(len(y_valid)), y_valid].mean()

    def excess(log_temperature):
        expected = softmax(logits / np.exp(log_temperature), axis=1) * logits
        return expected.sum(axis=1).mean() - of_truth

    low, high = np.log(_TEMPERATURES)
    if excess(high) >= 0:  # no better than chance: the less sure the better
        return _TEMPERATURES[1]
    if excess(low) <= 0:  # every sample right: the surer the better
        return _TEMPERATURES[0]
    return float(np.exp(brentq(excess, low, high, xtol=1e-10)))


def apply_temperature(logits, temperature):
    """Return softmax(logits / temperature), (sample, class), with that of `fit_temperature`."""
    return softmax(np.asarray(logits, dtype=np.float64) / temperature, axis=1)
