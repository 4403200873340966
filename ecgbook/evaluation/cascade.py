"""What a first level costs the second one, which sees only what is forwarded to it."""

import numpy as np
import pandas as pd

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation.confusion import confusion_by_group, confusion_matrix, ratio
from ecgbook.evaluation.replicates import Drawn
from ecgbook.evaluation.reporting import tabulate
from ecgbook.evaluation.resampling import patient_weights

__all__ = ["cascade_cost", "cascade_report"]


def cascade_cost(y, forwarded, y_pred, *, classes, normal=0):
    """Count what each level did to the beats of each class.

    Parameters
    ----------
    y : array of int, shape (beat,)
        True classes, indices into ``classes``.
    forwarded : array of bool, shape (beat,)
        Which beats level 1 sent on to level 2.
    y_pred : array of int, shape (beat,)
        Classes that the whole answered.
    classes : sequence of str
    normal : int, default 0
        The class that a beat gets if it is rejected.

    Returns
    -------
    pandas.DataFrame
        Indexed by class: ``beats``; ``rejected`` by level 1, in the normal row the beats that level
        2 need not see, in all others the beats that are lost; ``right`` and ``wrong``, what level 2
        made of those forwarded; and ``rejected_share`` of the beats, NaN for a class without any.

    Raises
    ------
    ScoreInvalid
        If shapes differ, a class is unknown, or a rejected beat is not called normal.

    Examples
    --------
    >>> y, forwarded = [0, 0, 0, 1, 1], [False, False, True, True, False]
    >>> cascade_cost(y, forwarded, [0, 0, 0, 1, 0], classes="NV")
       beats  rejected  right  wrong  rejected_share
    N      3         2      1      0        0.666667
    V      2         1      1      0        0.500000
    """
    y, forwarded, y_pred = np.asarray(y), np.asarray(forwarded), np.asarray(y_pred)
    _check_flags(forwarded, y)
    counts = confusion_matrix(y, y_pred, len(classes))
    odd = ~forwarded & (y_pred != normal)
    if odd.any():
        raise ScoreInvalid(
            f"{odd.sum()} beats were rejected and yet are not called normal (class {normal}), the "
            f"first is beat {odd.argmax()}; give forwarded and y_pred of one classifier"
        )
    rejected = np.bincount(y[~forwarded], minlength=len(classes))
    right = counts.diagonal() - np.where(np.arange(len(classes)) == normal, rejected, 0)
    beats = counts.sum(axis=1)
    table = {"beats": beats, "rejected": rejected, "right": right}
    table |= {"wrong": beats - rejected - right, "rejected_share": ratio(rejected, beats)}
    return pd.DataFrame(table, index=list(classes))


def cascade_report(y, forwarded, patient, *, classes, n=1000, seed=0):
    """Report the share of each class that level 1 rejects, with intervals over patients.

    Parameters
    ----------
    y, patient, n, seed
        As for `ecgbook.evaluation.report`, and errors likewise.
    forwarded : array of bool, shape (beat,) or (run, beat)
        Which beats level 1 sent on to level 2.
    classes : sequence of str

    Returns
    -------
    pandas.DataFrame
        As `ecgbook.evaluation.report`: score ``rejected``, one row a class, NaN without beats.

    Examples
    --------
    >>> y, forwarded = [0, 0, 0, 1, 1], [False, False, True, True, False]
    >>> cascade_report(y, forwarded, list("aabba"), classes="NV")["value"].round(2).tolist()
    [0.67, 0.5]
    """
    drawn = []
    for run, flags in enumerate(np.atleast_2d(forwarded)):
        _check_flags(flags, y)
        # "Called" forwarded (0) or rejected (1), each patient's beats are a confusion matrix.
        _, counts = confusion_by_group(y, ~flags, len(classes), patient)
        totals = Drawn(patient_weights(len(counts), n, seed + run)).sums(counts)
        shares, beats = ratio(totals[..., 1], totals.sum(axis=-1)), counts.sum(axis=-1)
        columns = zip(classes, shares.T, beats.T, strict=True)
        drawn.append({("rejected", name): column for name, *column in columns})
    return tabulate(drawn)


def _check_flags(flags, y):
    if flags.dtype != bool or flags.shape != np.shape(y):
        raise ScoreInvalid(
            f"forwarded must be bool, one a beat, got {flags.dtype} of shape {flags.shape} for "
            f"{np.size(y)} beats"
        )
