"""Scores that need only a confusion matrix, for any number of matrices at once.

Each function takes ``counts`` of shape (…, class, class), reference rows and predicted columns,
and works on the last two axes. So one call scores a matrix, a matrix for each record, or a
thousand bootstrap replicates, which are sums of the matrices of the patients drawn:
``np.tensordot(weights, counts, axes=1)`` with weights (replicate, patient).
"""

import numpy as np

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation._checks import checked_labels, numbered_groups

__all__ = [
    "accuracy",
    "balanced_accuracy",
    "cohen_kappa",
    "confusion_by_group",
    "confusion_matrix",
    "f1",
    "macro_f1",
    "positive_predictivity",
    "sensitivity",
]


def confusion_matrix(y_true, y_pred, n_classes):
    """Count how often each class is taken for each other.

    Parameters
    ----------
    y_true, y_pred : arrays of int, shape (sample,)
        Reference and predicted class numbers.
    n_classes : int
        Number of classes, also those without a sample.

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
    cell = _cells(y_true, y_pred, n_classes)
    return np.bincount(cell, minlength=n_classes**2).reshape(n_classes, n_classes)


def confusion_by_group(y_true, y_pred, n_classes, group):
    """Count one confusion matrix for each patient or record.

    Parameters
    ----------
    y_true, y_pred : arrays of int, shape (sample,)
        Reference and predicted class numbers.
    n_classes : int
        Number of classes.
    group : array, shape (sample,)
        The patient or record of each sample.

    Returns
    -------
    names : array, shape (group,)
        The groups, sorted.
    counts : array of int64, shape (group, class, class)
        Their matrices.

    Raises
    ------
    ScoreInvalid
        As `confusion_matrix`.
    """
    cell = _cells(y_true, y_pred, n_classes)
    index, names = numbered_groups(group, len(cell), "group")
    size = n_classes**2
    counts = np.bincount(index * size + cell, minlength=len(names) * size)
    return names, counts.reshape(len(names), n_classes, n_classes)


def _cells(y_true, y_pred, n_classes):
    """Return the flat cell of each sample in the confusion matrix."""
    y_true = checked_labels(y_true, n_classes, "y_true")
    y_pred = checked_labels(y_pred, n_classes, "y_pred")
    if len(y_true) != len(y_pred):
        raise ScoreInvalid(f"{len(y_true)} labels in y_true but {len(y_pred)} in y_pred")
    return y_true.astype(np.int64) * n_classes + y_pred


def ratio(part, whole):
    """Divide, with NaN where ``whole`` is 0: a share of nothing has no value."""
    return part / np.where(whole == 0, np.nan, whole)


def mean_of_defined(values, axis=-1):
    """Average along ``axis`` over the values that are not NaN; NaN if none is left."""
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0).sum(axis), defined.sum(axis))


def _diagonal(counts):
    return np.diagonal(counts, axis1=-2, axis2=-1)


def sensitivity(counts):
    """Share of each reference class that is found (recall).

    Parameters
    ----------
    counts : array, shape (…, class, class)
        Confusion matrices.

    Returns
    -------
    array, shape (…, class)
        NaN for a class without a reference sample.
    """
    return ratio(_diagonal(counts), counts.sum(-1))


def positive_predictivity(counts):
    """Share of each predicted class that is right (PPV, precision).

    Parameters
    ----------
    counts : array, shape (…, class, class)
        Confusion matrices.

    Returns
    -------
    array, shape (…, class)
        NaN for a class that is never predicted.
    """
    return ratio(_diagonal(counts), counts.sum(-2))


def f1(counts):
    """Harmonic mean of sensitivity and positive predictivity, 2 TP / (2 TP + FP + FN).

    Parameters
    ----------
    counts : array, shape (…, class, class)
        Confusion matrices.

    Returns
    -------
    array, shape (…, class)
        0 for a class that is there but never predicted, NaN for one that is neither.
    """
    return ratio(2 * _diagonal(counts), counts.sum(-1) + counts.sum(-2))


def macro_f1(counts):
    """Mean F1 over the classes that occur in the reference or the prediction.

    Parameters
    ----------
    counts : array, shape (…, class, class)
        Confusion matrices.

    Returns
    -------
    float or array, shape (…)
    """
    return mean_of_defined(f1(counts))


def accuracy(counts):
    """Share of samples that are right.

    Parameters
    ----------
    counts : array, shape (…, class, class)
        Confusion matrices.

    Returns
    -------
    float or array, shape (…)
    """
    return ratio(_diagonal(counts).sum(-1), counts.sum((-2, -1)))


def balanced_accuracy(counts):
    """Mean sensitivity over the classes with a reference sample.

    Parameters
    ----------
    counts : array, shape (…, class, class)
        Confusion matrices.

    Returns
    -------
    float or array, shape (…)
    """
    return mean_of_defined(sensitivity(counts))


def cohen_kappa(counts):
    """Agreement beyond chance (Cohen 1960): (p_o − p_e) / (1 − p_e).

    p_o is the share of agreement, p_e the one expected of two independent raters with the
    same margins.

    Parameters
    ----------
    counts : array, shape (…, class, class)
        Confusion matrices.

    Returns
    -------
    float or array, shape (…)
        NaN if both raters use one class only.

    Examples
    --------
    Two raters agree on 35 of 50 cases, and would on half of them by chance:

    >>> round(float(cohen_kappa(np.array([[20, 5], [10, 15]]))), 6)
    0.4
    """
    total = counts.sum((-2, -1))
    expected = ratio((counts.sum(-1) * counts.sum(-2)).sum(-1), total.astype(float) ** 2)
    return ratio(accuracy(counts) - expected, 1 - expected)
