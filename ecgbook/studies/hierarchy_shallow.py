"""Chapter 4: what logistic regressions name with the labels that the networks had."""

from collections import defaultdict

import numpy as np

from ecgbook.classical import beat_baselines
from ecgbook.datasets import Split
from ecgbook.sources import open_database
from ecgbook.studies import hierarchy
from ecgbook.studies.beats import counts_by_patient, metrics_of, summarise

__all__ = ["numbers", "run"]

_SEEDS = (0, 1, 2)


def numbers(beats, encoders):
    """Return what each regression sees of the beats, by its name.

    Parameters
    ----------
    beats : BeatSet
        From `ecgbook.studies.hierarchy.beats_of`.
    encoders : dict of str to torch.nn.Module
        Each describes a beat by a code.

    Returns
    -------
    dict of str to array of float32
        ``rr``: the four RR ratios, shape (beat, 4); under the name of each encoder its code and
        the RR ratios after it, shape (beat, code + 4).
    """
    from ecgbook import training

    seen = {
        name: np.hstack([training.predict(encoder, beats.x, progress=False), beats.features])
        for name, encoder in encoders.items()
    }
    return {"rr": beats.features, **seen}


def run(*, labels, profile, data):
    """Judge the regressions with one number of labels on DS2; a unit of ``ecgbook study``.

    Parameters
    ----------
    labels : int or "all"
        Labelled abnormal beats of DS1, the same ones that the networks of
        `ecgbook.studies.hierarchy` get; no label of the validation part is used.
    profile : {"smoke", "cpu", "gpu"}
    data : {"real", "auto", "synthetic"}

    Returns
    -------
    list of dict
        Fields of `ecgbook.results.Metric`, with intervals over patients and three draws of the
        labelled beats: for the rhythm alone (``rr``), with the code of level 1 (``code``), and
        with the code of encoders of the same layers that keep the weights they were born with
        (``untrained``).
    """
    from ecgbook import models
    from ecgbook.training import load_released

    database = open_database("mitdb", data)
    budget = hierarchy.BUDGETS[profile]
    beats = hierarchy.beats_of(database, records=budget.records)
    split = Split.de_chazal(beats)
    level1, _ = load_released(hierarchy.LEVEL_1)
    counts = defaultdict(list)
    for seed in _SEEDS:
        untrained = models.create_model("autoencoder", seed=seed)
        encoders = {"code": level1.encoder, "untrained": untrained.encoder}
        rows = hierarchy.labelled_rows(beats, split, labels, normal=budget.normal, seed=seed)
        for name, values in numbers(beats, encoders).items():
            model = beat_baselines.logistic(seed=seed).fit(values[rows], beats.y[rows])
            said = model.predict_proba(values[split.test])
            counts[name].append(counts_by_patient(beats, split, said))
    metrics = []
    for name, runs in counts.items():
        case = f"logistic_{name}_{labels}"
        metrics += metrics_of(summarise(runs), case, "nobody on two sides")
    common = {"origin": database.origin, "simulated": database.simulated}
    return [metric | common for metric in metrics]
