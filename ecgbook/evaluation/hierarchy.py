"""What a first level costs the second one, which sees only what passed."""

import numpy as np
import pandas as pd

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation.confusion import confusion_matrix, ratio

__all__ = ["hierarchy_cost"]


def hierarchy_cost(y, passed, predicted, *, classes, normal=0):
    """Count what each level did to the beats of each class.

    Parameters
    ----------
    y : array of int, shape (beat,)
        True classes, indices into ``classes``.
    passed : array of bool, shape (beat,)
        Which beats level 1 passed on.
    predicted : array of int, shape (beat,)
        Classes that the whole answered.
    classes : sequence of str
        Names of the classes.
    normal : int, default 0
        The class that a beat gets if it does not pass.

    Returns
    -------
    pandas.DataFrame
        Indexed by class: ``beats``; ``stopped`` by level 1, in the normal row the beats that
        level 2 need not see, in all others the beats that are lost; ``right`` and ``wrong``,
        what level 2 made of those that passed; and ``stopped_share`` of the beats, NaN for a
        class without any.

    Raises
    ------
    ScoreInvalid
        If shapes differ, a class is unknown, or a beat that did not pass is not named normal.

    Examples
    --------
    >>> y, passed = [0, 0, 0, 1, 1], [False, False, True, True, False]
    >>> hierarchy_cost(y, passed, [0, 0, 0, 1, 0], classes="NV")
       beats  stopped  right  wrong  stopped_share
    N      3        2      1      0       0.666667
    V      2        1      1      0       0.500000
    """
    y, passed, predicted = np.asarray(y), np.asarray(passed), np.asarray(predicted)
    if passed.shape != y.shape or passed.dtype != bool:
        raise ScoreInvalid(
            f"passed must be bool, one a beat, as HierarchicalClassifier.passes returns it: "
            f"got {passed.dtype} of shape {passed.shape} for {y.size} beats"
        )
    counts = confusion_matrix(y, predicted, len(classes))
    odd = ~passed & (predicted != normal)
    if odd.any():
        raise ScoreInvalid(
            f"{odd.sum()} beats did not pass and yet are not named normal (class {normal}), the "
            f"first is beat {odd.argmax()}; give passed and predicted of one classifier"
        )
    stopped = np.bincount(y[~passed], minlength=len(classes))
    right = counts.diagonal() - np.where(np.arange(len(classes)) == normal, stopped, 0)
    beats = counts.sum(axis=1)
    table = {"beats": beats, "stopped": stopped, "right": right, "wrong": beats - stopped - right}
    table["stopped_share"] = ratio(stopped, beats)
    return pd.DataFrame(table, index=list(classes))
