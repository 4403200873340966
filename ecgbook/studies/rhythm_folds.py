"""Five folds as five units of work: a case answers one fold, and a combination joins them."""

from functools import wraps

import numpy as np

from ecgbook.datasets import Split
from ecgbook.studies.study import Answer

__all__ = ["FOLDS", "five_folds", "in_one_fold", "joined"]

FOLDS = (1, 2, 3, 4, 5)


def five_folds(records):
    """Return five splits: fold k is tested, the next one chooses, and the other three are learnt.

    Two names of one ECG are one patient, so they are in one fold.
    """
    return Split.folds_by_patient(records, len(FOLDS))


def in_one_fold(answer):
    """Make an answer say nothing of all folds but the one that the case names.

    The answers to the five cases are then about the same examples, each with NaN, which is not
    judged, where another one speaks: `joined` makes one answer of them. A case that names no fold
    is answered as it is.
    """

    @wraps(answer)
    def asked(examples, split, work):
        fold = work.case.get("fold")
        if fold is None or split.name == f"patient fold {fold} of {len(FOLDS)}":
            return answer(examples, split, work)
        size = len(examples.classes)
        return Answer(*(np.full((len(i), size), np.nan) for i in (split.valid, split.test)))

    return asked


def joined(members):
    """Return the mean of what is said of each example by those `Members` who say something."""
    return np.nanmean(members.valid, axis=0), np.nanmean(members.test, axis=0)
