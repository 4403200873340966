"""Chapter 4: what logistic regressions name with the labels that the networks had."""

import numpy as np

from ecgbook.datasets import Split
from ecgbook.models import baselines
from ecgbook.sources import open_database
from ecgbook.studies import hierarchy
from ecgbook.studies.beats import counts_by_patient, metrics_of, summarise

__all__ = ["numbers", "run"]

_SEEDS = (0, 1, 2)


def numbers(beats, level1):
    """Return what each regression sees of the beats, by its name.

    Parameters
    ----------
    beats : BeatSet
        From `ecgbook.studies.hierarchy.beats_of`.
    level1 : torch.nn.Module
        The generator whose code describes a beat.

    Returns
    -------
    dict of str to array of float32
        ``rr``: the four RR ratios, shape (beat, 4); ``code``: the code before them, (beat, 54).
    """
    from ecgbook import training

    codes = training.predict(level1.encoder, beats.x, progress=False)
    return {"rr": beats.features, "code": np.hstack([codes, beats.features])}


def run(*, labels, profile, data):
    """Judge the regressions with one number of labels on DS2; a unit of ``ecgbook study``.

    Parameters
    ----------
    labels : int or "all"
        As for `ecgbook.studies.hierarchy.run`, and the same beats.
    profile : {"smoke", "cpu", "gpu"}
    data : {"real", "auto", "synthetic"}

    Returns
    -------
    list of dict
        Fields of `ecgbook.results.Metric`, with intervals over patients and three draws of the
        labelled beats.
    """
    from ecgbook.training import load_released

    database = open_database("mitdb", data)
    budget = hierarchy.BUDGETS[profile]
    beats = hierarchy.beats_of(database, records=budget.records)
    split = Split.de_chazal(beats)
    level1, _ = load_released(hierarchy.LEVEL_1)
    chosen = [
        hierarchy.labelled_rows(beats, split, labels, normal=budget.normal, seed=seed)
        for seed in _SEEDS
    ]
    metrics = []
    for name, values in numbers(beats, level1).items():
        counts = []
        for seed, rows in zip(_SEEDS, chosen, strict=True):
            model = baselines.logistic(seed=seed).fit(values[rows], beats.y[rows])
            counts.append(counts_by_patient(beats, split, model.predict_proba(values[split.test])))
        case = f"logistic_{name}_{labels}"
        metrics += metrics_of(summarise(counts), case, "nobody on two sides")
    common = {"origin": database.origin, "simulated": database.simulated}
    return [metric | common for metric in metrics]
