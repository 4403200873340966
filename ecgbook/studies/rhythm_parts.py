"""Chapter 9: which recordings the released network of chapter 7 has never met."""

import numpy as np
import pandas as pd

from ecgbook.datasets import Examples
from ecgbook.datasets.rhythm import RHYTHM_CLASSES, rhythm_labels
from ecgbook.studies.rhythm_methods import one_split

__all__ = ["unseen_records"]


def unseen_records(database):
    """Return the names of the test part of chapter 7's one split, by rhythm.

    Of the table of labels alone: no signal is read.

    Returns
    -------
    dict of str to list of str
        By N, A, O and ~.
    """
    labels = rhythm_labels(database)
    names = [name for name in database.records if name in labels]
    rows = pd.DataFrame(
        {"record": names, "patient": database.metadata["patient"].loc[names].tolist(), "sample": 0}
    )
    y = np.array([labels[name] for name in names])
    nothing = np.zeros((len(names), 1, 1), np.float32)
    table = Examples(nothing, y, RHYTHM_CLASSES, rows, fs=1, leads=["I"])
    own = table[one_split(table).test]
    return {name: own.record[own.y == k].tolist() for k, name in enumerate(RHYTHM_CLASSES)}
