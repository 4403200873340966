"""Chapter 9, in the notebook: our own delineation beside the marks of cardiologists."""

import numpy as np
import pandas as pd

from ecgbook.evaluation.delineation import found_points, score_delineation
from ecgbook.signals import delineate_leads

__all__ = ["t_height", "wave_scores"]


def wave_scores(database, records, *, tolerances_ms=(150, 40, 20)):
    """Score the delineation of every lead of some records.

    Parameters
    ----------
    database : Database
        One with ``waves(record)``: LUDB, or its simulated stand-in.
    records : sequence of str
    tolerances_ms : sequence of float
        Largest distance of a point that was found and one that was marked.

    Returns
    -------
    DataFrame
        Rows of `ecgbook.evaluation.delineation.score_delineation`, with the columns ``record``,
        ``lead`` and ``ms``, the tolerance.
    """
    rows = []
    for name in records:
        recording, marks = database.read(name), database.waves(name)
        found = delineate_leads(recording)
        for k, lead in enumerate(recording.leads):
            judged = marks[lead], found_points(found[k]), recording.fs
            for ms in tolerances_ms:
                own = score_delineation(*judged, tolerance_s=ms / 1000)
                rows.append(own.assign(record=name, lead=lead, ms=ms))
    return pd.concat(rows, ignore_index=True)


def t_height(database, record, lead="II"):
    """Return how high the marked T waves of a lead are, in mV from its median; 0 without any.

    A negative one is inverted.
    """
    marks, signal = database.waves(record)[lead], database.read(record).lead(lead)
    peak = marks.sample[marks.symbol == "t"]
    return float(np.median(signal[peak]) - np.median(signal)) if len(peak) else 0.0
