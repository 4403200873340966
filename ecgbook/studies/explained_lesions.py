"""Chapter 9: a small network on simulated lesions, where the truth is known to the sample."""

from dataclasses import replace
from functools import partial

import numpy as np

from ecgbook import tasks
from ecgbook.datasets.lesions import lesion_beats
from ecgbook.studies.explained import Problem, more_resets, reset_of
from ecgbook.studies.explained_methods import lime

__all__ = ["LEADS", "problem", "simulated", "train", "train_networks"]

LEADS = ("II", "V2")
_FS = 125.0
_SHARES = {"train": 0.55, "valid": 0.2}  # of the people; the others are tested
_WIDTH = 16
_BY_HEART = 3  # a network needs so many times as long to learn labels in random order


def simulated(finding, training):
    """Return simulated beats of as many people as a training says, and rows of each part.

    Returns
    -------
    beats : LesionBeats
    parts : dict of ``train``, ``valid``, ``test`` to array of int
        Each person is in one part.
    """
    n, most = training.options["people"], training.options["beats"]
    beats = lesion_beats(finding, n, beats=most, leads=LEADS, fs=_FS)
    people = np.unique(beats.examples.patient)
    people = np.random.default_rng(0).permutation(people)
    ends = np.cumsum([round(share * len(people)) for share in _SHARES.values()])
    groups = zip((*_SHARES, "test"), np.split(people, ends), strict=True)
    return beats, {name: np.flatnonzero(np.isin(beats.examples.patient, g)) for name, g in groups}


def train(examples, parts, training, *, seed=0, random_labels=False, progress=False):
    """Train a small network to tell beats with a lesion from others, and return it.

    With ``random_labels`` the labels of the training part come in random order, and the epoch is
    the one that knows them best, so that what it has learnt is no lesion.
    """
    from ecgbook.models import create_model
    from ecgbook.training import fit

    model = create_model("beat_cnn", leads=len(LEADS), classes=2, width=_WIDTH, seed=seed)
    learnt, chosen = examples[parts["train"]], examples[parts["valid"]]
    draws = training.draws
    if random_labels:
        mixed = np.random.default_rng(seed).permutation(learnt.y)
        learnt = chosen = replace(learnt, y=mixed)
        draws *= _BY_HEART
    task = tasks.single_label(examples.classes, select="loss")
    epochs = max(1, round(draws / len(learnt)))
    how = {"epochs": epochs, "batch_size": training.batch_size, "lr": training.lr}
    fit(model, learnt, chosen, task=task, seed=seed, progress=progress, **how)
    return model.eval()


def train_networks(beats, parts, training, *, seed=0, progress=False):
    """Return the trained network, its copy with reset weights and one of random labels."""
    how = {"seed": seed, "progress": progress}
    model = train(beats.examples, parts, training, **how)
    by_heart = train(beats.examples, parts, training, random_labels=True, **how)
    return {"trained": model, "reset": reset_of(model, seed), "random_labels": by_heart}


def problem(beats, rows, networks, *, samples=300, steps=20, resets=1, seed=0):
    """Return the beats with a lesion among some rows as a `Problem`.

    ``samples`` are those of LIME, ``steps`` those of deletion and insertion, ``resets`` how often
    weights are drawn anew, the network ``reset`` among them.
    """
    examples = beats.examples
    ill = rows[examples.y[rows] == 1]
    truth = {name: getattr(beats, name)[ill] for name in ("mask", "evidence", "qrs")}
    about = {"patient": examples.patient[ill], "fs": examples.fs}
    about |= {"steps": steps, "seed": seed, "resets": more_resets(networks, resets, seed)}
    about["methods"] = {"lime": partial(lime, samples=samples)}
    target = np.ones(len(ill), np.int64)
    return Problem(networks=networks, x=examples.x[ill], target=target, **truth, **about)
