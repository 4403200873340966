"""Who is taken for whom: confusion matrices, of all samples or of each patient.

What needs only a matrix works on the last two axes of ``counts``, shape (…, class, class),
reference rows and predicted columns. So one call scores a matrix, a matrix for each record, or a
thousand bootstrap replicates, which are sums of the matrices of the patients drawn.
"""

from typing import NamedTuple

import numpy as np
from sklearn import metrics

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation._checks import checked_labels, numbered_groups

__all__ = ["accuracy", "confusion_matrix", "f1_score"]


class Outcomes(NamedTuple):
    """Hits and errors of yes–no questions: four arrays of one shape, such as (…, class)."""

    tp: np.ndarray
    fp: np.ndarray
    fn: np.ndarray
    tn: np.ndarray


def confusion_matrix(y_true, y_pred, n_classes=None):
    """Count how often each class is taken for each other.

    Parameters
    ----------
    y_true, y_pred : arrays of int, shape (sample,)
        Reference and predicted class numbers.
    n_classes : int, optional
        Number of classes, also those without a sample; up to the largest number if left out.

    Returns
    -------
    array of int64, shape (class, class)
        Reference rows, predicted columns.

    Raises
    ------
    ScoreInvalid
        If the arrays differ in length, are empty or hold an unknown class.

    Examples
    --------
    >>> confusion_matrix([0, 0, 1, 2], [0, 1, 1, 1], 3)
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 1, 0]])
    """
    return confusion_by_group(y_true, y_pred, n_classes, np.zeros(np.shape(y_true)))[1][0]


def confusion_by_group(y_true, y_pred, n_classes, group):
    """Return sorted names of patients or records, and a matrix of each, (group, class, class)."""
    y_true = checked_labels(y_true, n_classes, "y_true")
    y_pred = checked_labels(y_pred, n_classes, "y_pred")
    if len(y_true) != len(y_pred):
        raise ScoreInvalid(f"{len(y_true)} labels in y_true but {len(y_pred)} in y_pred")
    k = n_classes or 1 + int(max(y_true.max(), y_pred.max()))
    index, names = numbered_groups(group, len(y_true), "group")
    cell = (index * k + y_true) * k + y_pred
    return names, np.bincount(cell, minlength=len(names) * k * k).reshape(-1, k, k)


def ratio(part, whole):
    """Divide, with NaN where ``whole`` is 0: a share of nothing has no value."""
    return part / np.where(whole == 0, np.nan, whole)


def mean_of_defined(values):
    """Average along the last axis over the values that are not NaN; NaN if none is left."""
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0).sum(-1), defined.sum(-1))


def cohen_kappa(counts):
    """Agreement beyond chance (Cohen 1960): (p_o − p_e) / (1 − p_e).

    p_o is the share of agreement, p_e the one expected of two independent raters with the same
    margins; NaN if both use one class only. ``counts`` of shape (…, class, class) give (…).

    Examples
    --------
    Two raters agree on 35 of 50 cases, and would on half of them by chance:

    >>> round(float(cohen_kappa(np.array([[20, 5], [10, 15]]))), 6)
    0.4
    """
    total = counts.sum((-2, -1))
    agreed = ratio(np.diagonal(counts, axis1=-2, axis2=-1).sum(-1), total)
    expected = ratio((counts.sum(-1) * counts.sum(-2)).sum(-1), total.astype(float) ** 2)
    return ratio(agreed - expected, 1 - expected)


def accuracy(y_true, y_pred):
    """Share of samples that are right; of multi-hot labels, of samples right in every class.

    The same as scikit-learn's ``accuracy_score``, like `f1_score`. For scores with intervals see
    `ecgbook.evaluation.report`.

    Examples
    --------
    >>> accuracy([0, 0, 1, 2], [0, 1, 1, 1])
    0.5
    """
    return float(metrics.accuracy_score(y_true, y_pred))


def f1_score(y_true, y_pred, *, average="binary"):
    """F1 of class 1 of two or, with ``average="macro"``, the mean over several classes.

    Examples
    --------
    The classes have 2/3, 1/2 and 0:

    >>> round(f1_score([0, 0, 1, 2], [0, 1, 1, 1], average="macro"), 4)
    0.3889
    """
    return metrics.f1_score(y_true, y_pred, average=average)
