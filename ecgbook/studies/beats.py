"""Chapter 2: one network, one training budget, and the protocols under which it is judged."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from ecgbook.datasets import aami_beats
from ecgbook.datasets.context import with_median_beat, with_rr_ratios
from ecgbook.datasets.sequences import class_sorted_sequences, majority_vote
from ecgbook.evaluation import (
    confusion_by_group,
    confusion_matrix,
    ec57_scores,
    patient_weights,
    percentile_interval,
)
from ecgbook.evaluation.confusion import accuracy, cohen_kappa, macro_f1
from ecgbook.sources import open_database
from ecgbook.studies.beat_protocols import PROTOCOLS

__all__ = [
    "BUDGETS",
    "CLASSES",
    "PROTOCOLS",
    "SCORES",
    "Budget",
    "beats_of",
    "counts_by_patient",
    "metrics_of",
    "run",
    "summarise",
    "train",
]

CLASSES = ("N", "S", "V", "F")

SCORES = (
    "accuracy",
    "macro_f1",
    "j_kappa",
    "s_sensitivity",
    "s_ppv",
    "v_sensitivity",
    "v_ppv",
)

_SEEDS = (0, 1, 2, 3, 4)
_BATCH = 128
# Wide enough for the P wave and for the end of the T wave; chosen by cross-validation in DS1.
_BEFORE_S, _AFTER_S = 0.4, 0.6
# At 180 Hz the beats keep all that the 40 Hz filter has left, in half the samples.
_EVERY = 2
_SORTED = "as published: test beats sorted by class before they are cut into sequences"


@dataclass(frozen=True)
class Budget:
    """How much every protocol may learn: the same number of beats, as often.

    Parameters
    ----------
    beats : int
        Training beats, drawn by patient-blind chance from the training part.
    epochs : int
        Rounds of as many draws as there are beats.
    """

    beats: int
    epochs: int


BUDGETS = {"smoke": Budget(10_000, 4), "cpu": Budget(30_000, 10), "gpu": Budget(34_000, 30)}


def beats_of(database):
    """Return the beats of the study: N, S, V, F with RR ratios and the usual beat beside each.

    Parameters
    ----------
    database : Database
        MIT-BIH.

    Returns
    -------
    BeatSet
        Lead ``MLII`` and its difference from the usual beat, 360 Hz, 44 records.
    """
    beats = aami_beats(database, before_s=_BEFORE_S, after_s=_AFTER_S).only(*CLASSES)
    return with_median_beat(with_rr_ratios(beats))


def train(beats, split, *, budget, seed=0, progress=True):
    """Train the small network of chapter 2 on a split.

    Rare classes are drawn more often (one over the square root of their share), and the
    epoch is the one with the best j-kappa on the validation part, whatever part that is.

    Parameters
    ----------
    beats : BeatSet
        From `beats_of`.
    split : Split
    budget : Budget
    seed : int
    progress : bool

    Returns
    -------
    model : torch.nn.Module
        With the weights of its best epoch.
    logits : dict of str to array, shape (beat, class)
        What it says of the ``valid`` and the ``test`` part.
    """
    from ecgbook import models, training

    learnt = np.random.default_rng(seed).permutation(split.train)[: budget.beats]
    beats = _standardised(beats, learnt)
    model = models.create_model(
        "beat_cnn",
        leads=len(beats.leads),
        classes=len(beats.classes),
        features=len(beats.feature_names),
        width=16,
        seed=seed,
    )
    share = np.bincount(beats.y[learnt], minlength=len(beats.classes))
    training.fit(
        model,
        (*_inputs(beats, learnt), beats.y[learnt]),
        (*_inputs(beats, split.valid), beats.y[split.valid]),
        metric=partial(_selection, len(beats.classes)),
        epochs=budget.epochs,
        batch_size=_BATCH,
        lr=2e-3,
        weight_decay=0.05,
        augment=partial(training.augment_beats, peak=_BEFORE_S / (_BEFORE_S + _AFTER_S)),
        sample_weights=1 / np.sqrt(share[beats.y[learnt]]),
        seed=seed,
        progress=progress,
    )
    sides = {"valid": split.valid, "test": split.test}
    predict = partial(training.predict, model, progress=progress)
    return model, {side: predict(*_inputs(beats, index)) for side, index in sides.items()}


def _standardised(beats, learnt):
    """Return the beats with features in standard deviations of the training beats."""
    centre, spread = beats.features[learnt].mean(axis=0), beats.features[learnt].std(axis=0)
    return replace(beats, features=((beats.features - centre) / spread).clip(-5, 5))


def _inputs(beats, index):
    return np.ascontiguousarray(beats.x[index][:, :, ::_EVERY]), beats.features[index]


def _selection(n_classes, target, output):
    """Score an epoch by j-kappa."""
    return float(_scores(confusion_matrix(target, output.argmax(axis=1), n_classes))["j_kappa"])


def counts_by_patient(beats, split, logits):
    """Return one confusion matrix a test patient, shape (patient, class, class).

    ``logits`` are those of the test part, shape (beat, class).
    """
    index = split.test
    named = logits.argmax(axis=1)
    return confusion_by_group(beats.y[index], named, len(beats.classes), beats.patient[index])[1]


def _sorted_counts(beats, split, logits, seed):
    """Return the same after a vote within sequences of ten beats of one class."""
    index = split.test
    y = beats.y[index]
    sequences = class_sorted_sequences(y, seed=seed, leaky=_SORTED)
    voted = majority_vote(logits.argmax(axis=1), sequences, len(beats.classes))
    patient = beats.patient[index]
    return confusion_by_group(y, voted, len(beats.classes), patient)[1]


def _scores(counts):
    """Return the scores of the study from matrices of shape (…, class, class).

    A class that is never named has no PPV; it counts as 0, in j-kappa as well.
    """
    ec57 = ec57_scores(counts)
    four = [np.nan_to_num(ec57[name][..., b]) for b in (0, 1) for name in ("sensitivity", "ppv")]
    j_kappa = np.nan_to_num(cohen_kappa(counts)) / 2 + sum(four) / 8
    values = [accuracy(counts), macro_f1(counts), j_kappa, *four]
    return dict(zip(SCORES, values, strict=True))


def summarise(counts_of_seeds, n=1000):
    """Average the scores of several seeds, with an interval over patients and seeds.

    Every seed's test patients are drawn ``n`` times with replacement; the interval holds the
    middle 95 % of the scores of all draws of all seeds.

    Parameters
    ----------
    counts_of_seeds : list of array, shape (patient, class, class)
        From `counts_by_patient`, one a seed.
    n : int

    Returns
    -------
    DataFrame
        One row a score: ``value``, ``low``, ``high``, ``n`` (beats), ``seeds``.
    """
    drawn = []
    for seed, counts in enumerate(counts_of_seeds):
        weights = patient_weights(len(counts), n=n, seed=seed)
        drawn.append(_scores(np.tensordot(weights, counts, axes=1)))
    rows = {}
    for name in SCORES:
        own = np.mean([scores[name][0] for scores in drawn])
        low, high = percentile_interval(np.concatenate([s[name][1:] for s in drawn]))
        rows[name] = {"value": own, "low": low, "high": high}
    beats = int(counts_of_seeds[0].sum())
    return pd.DataFrame(rows).T.assign(n=beats, seeds=len(drawn))


def metrics_of(table, protocol, split):
    """Return a table of `summarise` as metrics: a list of dict, see `run`."""
    return [
        {
            "name": f"{score}_{protocol}",
            "label": f"{score.replace('_', ' ')}, {protocol.replace('_', ' ')}",
            "value": row.value,
            "low": row.low,
            "high": row.high,
            "n": int(row.n),
            "protocol": protocol.replace("_", " "),
            "split": split,
        }
        for score, row in table.iterrows()
    ]


def run(*, protocol, profile, data):
    """Train and judge under one protocol with five seeds; a unit of ``ecgbook study``.

    Parameters
    ----------
    protocol : str
        One of `PROTOCOLS`. The honest one, ``ds1_ds2``, is also scored as if its test beats
        came in class-sorted sequences (``ds1_ds2_sorted``), without training anew.
    profile : {"smoke", "cpu", "gpu"}
    data : {"real", "auto", "synthetic"}

    Returns
    -------
    list of dict
        Fields of `ecgbook.results.Metric`: the `SCORES` with intervals.
    """
    database = open_database("mitdb", data)
    beats = beats_of(database)
    counts, sorted_counts = [], []
    for seed in _SEEDS:
        split = PROTOCOLS[protocol](beats, seed)
        _, logits = train(beats, split, budget=BUDGETS[profile], seed=seed)
        counts.append(counts_by_patient(beats, split, logits["test"]))
        if protocol == "ds1_ds2":
            sorted_counts.append(_sorted_counts(beats, split, logits["test"], seed))
    metrics = metrics_of(summarise(counts), protocol, split.leaky or "nobody on two sides")
    if sorted_counts:
        metrics += metrics_of(summarise(sorted_counts), "ds1_ds2_sorted", _SORTED)
    common = {"origin": database.origin, "simulated": database.simulated}
    return [metric | common for metric in metrics]
