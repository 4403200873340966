"""What a ward would see of an anomaly score: beats found, and false alarms of a patient an hour."""

import numpy as np
import pandas as pd

from ecgbook import evaluation
from ecgbook.errors import ScoreInvalid

__all__ = ["alarms", "threshold", "typical"]


def typical(score, truth, k, share=0.5):
    """Return the number of the beat of class ``k`` that has this share of its class below it.

    >>> typical([5.0, 1.0, 2.0, 9.0], [0, 0, 0, 1], 0)  # the middle one of 5, 1 and 2
    2
    """
    rows = np.flatnonzero(np.asarray(truth) == k)
    if not len(rows):
        raise ScoreInvalid(f"there is no beat of class {k}")
    order = np.argsort(np.asarray(score)[rows], kind="stable")
    return int(rows[order[int(share * (len(rows) - 1))]])


def threshold(beats, split, score, *, found=0.8, part="valid"):
    """Return the highest threshold that finds this share of V among V and N of the validation part.

    ``score`` has one value for each of ``beats``; those outside of validation are not looked at.
    ``part`` can be ``test``, to compare scores where each finds as much: no ward can choose so.
    """
    rows = getattr(split, part)
    rows = rows[np.isin(beats.y[rows], _numbers(beats, "N", "V"))]
    ventricular = beats.y[rows] == beats.classes.index("V")
    how = {"criterion": "specificity", "at_least": found}
    return evaluation.choose_threshold(ventricular, np.asarray(score)[rows], **how).value


def alarms(beats, split, score, *, found=0.8, part="valid"):
    """Count what a score does on the test part at the `threshold` chosen on validation.

    ``found`` and ``part`` are as there.

    Returns
    -------
    pandas.Series
        In words for a table: the shares of V and S that are found, the false alarms of an hour
        of the median patient, and the most that a patient has, with whose that is. Every normal
        beat from the threshold on is a false alarm; patients have half an hour a recording.
    """
    limit = threshold(beats, split, score, found=found, part=part)
    called = np.asarray(score)[split.test] >= limit
    y, patient = beats.y[split.test], beats.patient[split.test]
    normal, ventricular, early = (y == k for k in _numbers(beats, "N", "V", "S"))
    an_hour = evaluation.per_hour(called & normal, patient, beats.record[split.test])
    return pd.Series(
        {
            "V found": f"{called[ventricular].mean():.0%}",
            "S found": f"{called[early].mean():.0%}",
            "false alarms/h": f"{an_hour.median():,.0f}",
            "most": f"{an_hour.max():,.0f} ({an_hour.idxmax()})",
        }
    )


def _numbers(beats, *names):
    return [beats.classes.index(name) for name in names]
