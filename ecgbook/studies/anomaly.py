"""Chapter 3: four autoencoders and five shallow scores, learnt from normal beats alone."""

from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np

from ecgbook.datasets import beatgan_beats, scale_beats, with_median_beat, with_rr_ratios
from ecgbook.evaluation import anomaly_report
from ecgbook.models import outliers
from ecgbook.sources import open_database
from ecgbook.studies.anomaly_flaws import Flaws
from ecgbook.studies.anomaly_protocols import PROTOCOLS

__all__ = [
    "BUDGETS",
    "NETWORKS",
    "PROTOCOLS",
    "SHALLOW",
    "Budget",
    "beats_of",
    "metrics_of",
    "run",
    "score_test",
    "train",
]

# Memory or not, adversary or not: the four cells of the ablation.
NETWORKS = {
    "autoencoder": ("autoencoder", False),
    "memae": ("memory_autoencoder", False),
    "beatgan": ("autoencoder", True),
    "madegan": ("memory_autoencoder", True),
}

SHALLOW = {
    "pca_10": partial(outliers.pca_error, components=10),
    "pca_50": partial(outliers.pca_error, components=50),
    "neighbour": outliers.neighbour_distance,
    "isolation": outliers.isolation_score,
    "one_class_svm": outliers.one_class_svm,
}

_SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Budget:
    """How much each network may learn.

    Parameters
    ----------
    beats : int
        Normal beats of the training part, drawn at random.
    epochs : int
    batch_size : int
    lr : float
    feature_weight : float
        Weight of feature matching beside the reconstruction, where there is an adversary.
    records : tuple of str, optional
        Recordings of a quick look; all if left out.
    """

    beats: int
    epochs: int
    batch_size: int
    lr: float
    feature_weight: float
    records: tuple[str, ...] | None = None


_FEW = tuple("106 114 119 203 207 208 209 215 223 100 200 210 213 221 222 233".split())

# The public code trains for 500 epochs of batches of 64 at 2e-5, both losses with weight 1. In a
# short training that weight drowns the reconstruction, whose loss is a hundred times smaller. On
# a GPU sixteen of these batches make one.
BUDGETS = {
    "smoke": Budget(4_000, 2, 64, 1e-3, 0.01, _FEW),
    "cpu": Budget(30_000, 4, 64, 1e-3, 0.01),
    "gpu": Budget(80_000, 500, 1024, 3.2e-4, 1.0),
}


def beats_of(database, *, view="beat", confirmed="normal", records=None):
    """Return BeatGAN's beats N, S, V and F between −1 and 1.

    Parameters
    ----------
    database : Database
        MIT-BIH.
    view : {"beat", "usual"}
        ``"beat"`` stretches each beat to [−1, 1], as published. ``"usual"`` shows how a beat
        differs from the usual one of its recording, in heights of that one, cut at ±1.
    confirmed : {"normal", "all", "none"}
        As for `ecgbook.datasets.beatgan_beats`.
    records : sequence of str, optional
        The recordings to take, such as those of a `Budget`; all if left out.

    Returns
    -------
    BeatSet
        Lead MLII, 320 samples at 360 Hz, with RR ratios, which no network of this chapter sees.
    """
    beats = beatgan_beats(database, confirmed=confirmed, records=records)
    beats = with_rr_ratios(beats.only("N", "S", "V", "F"))
    if view == "beat":
        return replace(beats, x=scale_beats(beats.x))
    x, away = np.split(with_median_beat(beats).x, 2, axis=1)
    height = np.ptp(x - away, axis=-1, keepdims=True)
    return replace(beats, x=(away / np.maximum(height, 1e-6)).clip(-1, 1))


def train(beats, split, network, *, budget, seed=0, on_epoch=None, progress=True):
    """Train one cell of the ablation on the normal beats of a split.

    Parameters
    ----------
    beats : BeatSet
        From `beats_of`.
    split : Split
        With normal beats only in its training part.
    network : str
        One of `NETWORKS`.
    budget : Budget
    seed : int
    on_epoch : callable ``(generator, record) -> None``, optional
        Called after each epoch.
    progress : bool

    Returns
    -------
    generator : torch.nn.Module
        With the weights of the epoch that has the best AUROC on the validation part.
    history : list of dict
        From `ecgbook.training.fit_adversarial`.
    """
    from ecgbook import models, training

    name, adversarial = NETWORKS[network]
    generator = models.create(name, seed=seed)
    discriminator = models.create("beat_discriminator", seed=seed + 1) if adversarial else None
    learnt = np.random.default_rng(seed).permutation(split.train)[: budget.beats]
    history = training.fit_adversarial(
        generator,
        discriminator,
        beats.x[learnt],
        (beats.x[split.valid], beats.y[split.valid] > 0),
        epochs=budget.epochs,
        batch_size=budget.batch_size,
        lr=budget.lr,
        feature_weight=budget.feature_weight,
        precision="bfloat16",
        seed=seed,
        on_epoch=None if on_epoch is None else partial(on_epoch, generator),
        progress=progress,
    )
    return generator, history


def score_test(beats, protocol, network, *, budget, seed=0, on_epoch=None):
    """Train a network, or fit a shallow score, on each part of a protocol and score its test.

    Parameters
    ----------
    beats : BeatSet
        From `beats_of`.
    protocol : str
        One of `PROTOCOLS`.
    network : str
        One of `NETWORKS` or `SHALLOW`.
    budget, seed, on_epoch
        As for `train`.

    Returns
    -------
    rows : array of int, shape (beat,)
        Positions of the test beats; the folds of ``within_ds1`` one after another.
    scores : array of float32, shape (beat,)
        Not rescaled: within DS1 the scores of four networks are ranked together.
    """
    from ecgbook.training import anomaly_scores

    rows, scores = [], []
    for split in PROTOCOLS[protocol](beats):
        if network in SHALLOW:
            learnt = np.random.default_rng(seed).permutation(split.train)[: budget.beats]
            fit = SHALLOW[network]
            score = fit(beats.x[learnt], beats.x[split.test], seed=seed)
        else:
            options = {"budget": budget, "seed": seed, "on_epoch": on_epoch}
            generator, _ = train(beats, split, network, **options)
            score = anomaly_scores(generator, beats.x[split.test], precision="bfloat16")
        rows.append(split.test)
        scores.append(score)
    return np.concatenate(rows), np.concatenate(scores)


def metrics_of(report, name, split):
    """Return a table of `ecgbook.evaluation.anomaly_report` as metrics: a list of dict.

    Parameters
    ----------
    report : DataFrame
    name : str
        Of network, protocol and view, such as ``madegan_by_beat_beat``.
    split : str
        The leaks of the split, for the results.
    """
    metrics = []
    for (kind, row), score in product(report.iterrows(), ("auroc", "auprc", "best_f1")):
        part = "" if kind == "all" else f"{kind.lower()}_"
        words = f"{score.replace('_', ' ')} of {'all abnormal beats' if kind == 'all' else kind}"
        metrics.append(
            {
                "name": f"{score}_{part}{name}",
                "label": f"{words}, {name.replace('_', ' ')}",
                "value": row[score],
                "low": row[f"{score}_low"],
                "high": row[f"{score}_high"],
                "n": int(row["n"]),
                "protocol": name.replace("_", " "),
                "split": split,
            }
        )
    return metrics


def run(*, network, protocol, view, profile, data):
    """Judge one network or shallow score under one protocol; a unit of ``ecgbook study``.

    Parameters
    ----------
    network : str
        One of `NETWORKS` or `SHALLOW`.
    protocol : str
        One of `PROTOCOLS`: three seeds, but for the folds within DS1, which are networks enough.
    view : {"beat", "usual"}
        As for `beats_of`.
    profile : {"smoke", "cpu", "gpu"}
    data : {"real", "auto", "synthetic"}

    Returns
    -------
    list of dict
        Fields of `ecgbook.results.Metric`. MadeGAN by beat also brings the published flaws, one
        at a time (`ecgbook.studies.anomaly_flaws`): they need that very training.
    """
    database = open_database("mitdb", data)
    budget = BUDGETS[profile]
    beats = beats_of(database, view=view, records=budget.records)
    first = PROTOCOLS[protocol](beats)[0]
    flaws = None
    if (network, protocol, view) == ("madegan", "by_beat", "beat"):
        cleaned = beats_of(database, confirmed="all", records=budget.records)
        flaws = Flaws(beats, cleaned, first)
    seeds = (0,) if protocol == "within_ds1" else _SEEDS
    options = {"budget": budget, "on_epoch": flaws and flaws.watch}
    scored = [score_test(beats, protocol, network, seed=seed, **options) for seed in seeds]
    rows = scored[0][0]
    scores = np.stack([score for _, score in scored])
    report = anomaly_report(beats.y[rows], scores, beats.patient[rows], classes=beats.classes)
    split = first.leaky or "nobody on two sides"
    metrics = metrics_of(report, f"{network}_{protocol}_{view}", split)
    if flaws:
        for flaw, table in flaws.reports(scores).items():
            metrics += metrics_of(table, f"flaw_{flaw}", split)
    common = {"origin": database.origin, "simulated": database.simulated}
    return [metric | common for metric in metrics]
