"""Who is taken for whom: confusion matrices, of all samples or of each patient.

What needs only a matrix works on the last two axes of ``counts``, shape (…, class, class),
reference rows and predicted columns. So one call scores a matrix, a matrix for each record, or a
thousand bootstrap replicates, which are sums of the matrices of the patients drawn.
"""

from typing import NamedTuple

import numpy as np

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation._checks import checked_labels, checked_multi_hot, numbered_groups

__all__ = ["accuracy", "cohen_kappa", "confusion_by_group", "confusion_matrix", "f1_score"]


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
        Number of classes, also those without a sample; up to the largest one if left out.

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
    y_true, y_pred = _checked_pair(y_true, y_pred, n_classes)
    k = n_classes or 1 + max(y_true.max(), y_pred.max())
    index, names = numbered_groups(group, len(y_true), "group")
    cell = (index * k + y_true) * k + y_pred
    return names, np.bincount(cell, minlength=len(names) * k * k).reshape(-1, k, k)


def ratio(part, whole):
    """Divide, with NaN where ``whole`` is 0: a share of nothing has no value."""
    return part / np.where(whole == 0, np.nan, whole)


def mean_of_defined(values, axis=-1):
    """Average along ``axis`` over the values that are not NaN; NaN if none is left."""
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0).sum(axis), defined.sum(axis))


def one_against_rest(counts):
    """Return the `Outcomes` of each class against all others, (…, class, class) to (…, class)."""
    tp = np.diagonal(counts, axis1=-2, axis2=-1)
    fn, fp = counts.sum(-1) - tp, counts.sum(-2) - tp
    return Outcomes(tp, fp, fn, counts.sum((-2, -1))[..., None] - tp - fp - fn)


def f1(outcomes):
    """Return 2 TP / (2 TP + FP + FN): 0 for what is never found, NaN for what is nowhere."""
    return ratio(2 * outcomes.tp, 2 * outcomes.tp + outcomes.fp + outcomes.fn)


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
    agreed = ratio(np.diagonal(counts, axis1=-2, axis2=-1).sum(-1), total)
    expected = ratio((counts.sum(-1) * counts.sum(-2)).sum(-1), total.astype(float) ** 2)
    return ratio(agreed - expected, 1 - expected)


def accuracy(y_true, y_pred):
    """Share of samples that are right; of multi-hot labels, those right in every class.

    Parameters
    ----------
    y_true, y_pred : arrays of int, shape (sample,), or of bool, shape (sample, class)
        Reference and predicted class numbers, or multi-hot labels.

    Returns
    -------
    float

    Raises
    ------
    ScoreInvalid
        If shapes differ, there is no sample, or the labels are neither numbers nor multi-hot.

    Examples
    --------
    >>> accuracy([0, 0, 1, 2], [0, 1, 1, 1])
    0.5
    """
    if np.ndim(y_true) == 2:
        y_true, y_pred = _checked_multi_hot(y_true, y_pred)
        return float((y_true == y_pred).all(axis=1).mean())
    y_true, y_pred = _checked_pair(y_true, y_pred)
    return float((y_true == y_pred).mean())


def f1_score(y_true, y_pred, *, average="binary"):
    """F1, the harmonic mean of sensitivity and positive predictive value.

    Parameters
    ----------
    y_true, y_pred : arrays of int, shape (sample,), or of bool, shape (sample, class)
        Reference and predicted class numbers, or multi-hot labels.
    average : {"binary", "macro", "micro", None}
        F1 of class 1 of two; the mean over the classes that occur; F1 of all classes put
        together; or one F1 a class.

    Returns
    -------
    float or array, shape (class,)
        NaN for a class that is neither in the reference nor in the prediction.

    Raises
    ------
    ScoreInvalid
        As `accuracy`, or if the average is unknown or "binary" with more than two classes.

    Examples
    --------
    The classes have 2/3, 1/2 and 0:

    >>> round(f1_score([0, 0, 1, 2], [0, 1, 1, 1], average="macro"), 4)
    0.3889
    """
    if np.ndim(y_true) == 2:
        outcomes = _outcomes(*_checked_multi_hot(y_true, y_pred))
    else:
        counts = confusion_matrix(y_true, y_pred)
        outcomes = one_against_rest(np.pad(counts, (0, max(0, 2 - len(counts)))))
    averages = {
        "macro": float(mean_of_defined(f1(outcomes))),
        "micro": float(f1(Outcomes(*(count.sum() for count in outcomes)))),
        None: f1(outcomes),
    }
    if np.ndim(y_true) == 1 and len(outcomes.tp) == 2:
        averages["binary"] = float(f1(outcomes)[1])
    if average not in averages:
        raise ScoreInvalid(
            f"average={average!r} does not fit {len(outcomes.tp)} classes; write average='macro', "
            f"'micro', or None for one F1 a class"
        )
    return averages[average]


def _checked_pair(y_true, y_pred, n_classes=None):
    """Return two arrays of class numbers, shape (sample,)."""
    y_true = checked_labels(y_true, n_classes, "y_true")
    y_pred = checked_labels(y_pred, n_classes, "y_pred")
    if len(y_true) != len(y_pred):
        raise ScoreInvalid(f"{len(y_true)} labels in y_true but {len(y_pred)} in y_pred")
    return y_true, y_pred


def _checked_multi_hot(y_true, y_pred):
    """Return two arrays of bool, shape (sample, class), of which every entry is known."""
    (y_true, known), (y_pred, _) = (
        checked_multi_hot(labels, name) for labels, name in ((y_true, "y_true"), (y_pred, "y_pred"))
    )
    if y_true.shape != y_pred.shape or not known.all():
        raise ScoreInvalid(
            f"y_true of shape {y_true.shape} and y_pred of {y_pred.shape} must have one shape and "
            f"y_true no missing label; evaluation.report leaves missing ones out"
        )
    return y_true, y_pred


def _outcomes(positive, called):
    """Return the `Outcomes` of each column of two arrays of bool, shape (sample, class)."""
    tp, there, named = (x.sum(axis=0) for x in (positive & called, positive, called))
    return Outcomes(tp, named - tp, there - tp, len(called) - there - named + tp)
