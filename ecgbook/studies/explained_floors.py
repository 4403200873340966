"""Chapter 9, in the notebook: explanations beside their floors, as tables with intervals."""

import numpy as np
import pandas as pd

from ecgbook import evaluation, explain, tasks
from ecgbook.labels import label
from ecgbook.results import Number
from ecgbook.studies.explained_methods import METHODS, NETWORKS
from ecgbook.studies.explained_scores import mean_rows

__all__ = ["against_floors", "auroc", "floor_table", "mean_number"]


def mean_number(values, patient):
    """Return the mean over signals as a `Number`, its interval over patients.

    Of one patient there is no interval.

    >>> mean_number(np.array([0.0, 1.0, 0.5]), list("aab"))
    0.50 (.50–.50)
    """
    if len(set(patient)) == 1:
        return Number(float(np.mean(values)), n=len(values))
    rows = mean_rows(np.asarray(values, float)[None, None], patient, ["score"])
    return Number(*rows.loc[0, ["value", "low", "high", "n"]])


def auroc(network, beats):
    """Return how well a network tells the second class of some beats, over patients."""
    from ecgbook.training import predict

    task = tasks.single_label(beats.classes)
    probability = task.probability(predict(network, beats, progress=False))
    rows = evaluation.report(task, beats.y, probability, beats.patient, scores=["auroc"])
    row = rows.set_index("class").loc[beats.classes[1]]
    return Number(*row[["value", "low", "high", "n"]])


def floor_table(found, mask):
    """Score attributions by the AUPRC on a mask.

    Parameters
    ----------
    found : dict of (method, network) to array, shape (signal, lead, time)
        As of `ecgbook.studies.explained.attributions`.
    mask : array of bool, shape (signal, lead, time)

    Returns
    -------
    auprc : dict of (method, network) to array, shape (signal,)
    shown : DataFrame
        The mean of each method (row) on each network (column), best on the trained one first.
    floors : dict of str to float
        The mean of each explanation that knows no network, the mask itself left out.
    """
    auprc = {key: explain.mask_auprc(own, mask) for key, own in found.items()}
    mean = pd.Series({key: own.mean() for key, own in auprc.items()}).unstack()
    floors = mean["none"].drop("mask").dropna().to_dict()
    shown = mean.loc[[name for name in mean.index if name in METHODS], [*NETWORKS]]
    return auprc, shown.sort_values("trained", ascending=False), floors


def against_floors(auprc, patient):
    """Subtract from each method the size of the signal, and itself on reset weights.

    Parameters
    ----------
    auprc : dict of (method, network) to array, shape (signal,)
        As of `floor_table`.
    patient : array, shape (signal,)

    Returns
    -------
    DataFrame
        By the method in words: paired differences ``minus |signal|`` and ``minus reset``, with
        intervals over patients, and ``beats both``, whether both intervals are above 0.
    """
    table = {}
    for name in METHODS:
        own = auprc[name, "trained"]
        floors = auprc["signal", "none"], auprc[name, "reset"]
        minus = [mean_number(own - floor, patient) for floor in floors]
        verdict = "yes" if all(one.low > 0 for one in minus) else "no"
        table[label(name)] = *minus, verdict
    return pd.DataFrame(table, index=["minus |signal|", "minus reset", "beats both"]).T
