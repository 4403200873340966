"""Chapter 3: four autoencoders and six shallow scores, learnt from normal beats alone."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ecgbook.classical import outliers
from ecgbook.datasets import beatgan_beats, scale_beats, with_median_beat, with_rr_ratios
from ecgbook.sources import open_database
from ecgbook.studies.anomaly_flaws import Flaws
from ecgbook.studies.anomaly_metrics import judge, metrics_of
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
    "mean": partial(outliers.pca_error, components=0),
    "pca_10": partial(outliers.pca_error, components=10),
    "pca_50": partial(outliers.pca_error, components=50),
    "neighbour": outliers.neighbour_distance,
    "isolation": outliers.isolation_score,
    "one_class_svm": outliers.one_class_svm,
}

_SEEDS = (0, 1, 2)
# In the view "usual" hardly a normal beat is farther from the usual one.
_DEVIATIONS = 4


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
        ``"beat"`` stretches each beat to [−1, 1], as published. ``"usual"`` brings each beat to
        mean 0 and standard deviation 1 and shows how it then differs from the usual one of its
        recording; four standard deviations make 1, and the rest is cut.
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
    deviation = beats.x.std(axis=-1, keepdims=True)
    shape = (beats.x - beats.x.mean(axis=-1, keepdims=True)) / np.maximum(deviation, 1e-6)
    away = with_median_beat(replace(beats, x=shape)).x[:, 1:]
    return replace(beats, x=(away / _DEVIATIONS).clip(-1, 1))


def train(beats, split, network, *, budget, seed=0, on_epoch=None, **options):
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
    **options
        Of `ecgbook.training.fit_adversarial`: ``checkpoint``, ``progress``.

    Returns
    -------
    generator : torch.nn.Module
        With the weights of the epoch that has the best AUROC on the validation part.
    history : list of dict
        From `ecgbook.training.fit_adversarial`.
    """
    from ecgbook import models, training

    name, adversarial = NETWORKS[network]
    generator = models.create_model(name, seed=seed)
    discriminator = (
        models.create_model("beat_discriminator", seed=seed + 1) if adversarial else None
    )
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
        **options,
    )
    return generator, history


def score_test(beats, protocol, method, *, budget, power=2, seed=0, **options):
    """Train a network, or fit a shallow score, on each part of a protocol and score its test.

    Parameters
    ----------
    beats : BeatSet
        From `beats_of`.
    protocol : str
        One of `PROTOCOLS`.
    method : str
        One of `NETWORKS` or `SHALLOW`, or ``"clock"``: how early a beat comes, and no waveform.
    power : {2, 1}
        Of the residual, for networks, PCA and the mean (`ecgbook.training.anomaly_scores`).
    budget, seed, **options
        As for `train`; a ``checkpoint`` only where the protocol has a single split.

    Returns
    -------
    rows : array of int, shape (beat,)
        Positions of the test beats; the folds of ``within_ds1`` one after another.
    alone : array of float32, shape (beat,)
        The score, not rescaled: within DS1 those of four networks are ranked together.
    with_clock : array of float32, shape (beat,)
        Rarity of the score plus rarity of so early a beat, both among the normal beats of the
        validation part (`ecgbook.classical.outliers.negative_log_p`).
    """
    from ecgbook.training import anomaly_scores

    rows, alone, with_clock = [], [], []
    early = -beats.features[:, beats.feature_names.index("log_rr_previous_to_local")]
    for split in PROTOCOLS[protocol](beats):
        usual = split.valid[beats.y[split.valid] == 0]
        asked = np.concatenate([split.test, usual])
        if method == "clock":
            scores = early[asked]
        elif method in SHALLOW:
            learnt = np.random.default_rng(seed).permutation(split.train)[: budget.beats]
            how = {"seed": seed} if power == 2 else {"seed": seed, "power": power}
            scores = SHALLOW[method](beats.x[learnt], beats.x[asked], **how)
        else:
            generator, _ = train(beats, split, method, budget=budget, seed=seed, **options)
            x = beats.x[asked]
            scores = anomaly_scores(generator, x, power=power, precision="bfloat16")
        tested, normal = np.split(scores, [len(split.test)])
        time = outliers.negative_log_p(early[usual], early[split.test])
        rows.append(split.test)
        alone.append(tested)
        with_clock.append(outliers.negative_log_p(normal, tested) + time)
    return tuple(np.concatenate(parts) for parts in (rows, alone, with_clock))


def run(*, method, protocol, view, profile, data):
    """Judge one network or shallow score under one protocol; a unit of ``ecgbook study``.

    Parameters
    ----------
    method : str
        As for `score_test`.
    protocol : str
        One of `PROTOCOLS`: three seeds, but for the folds within DS1, which are networks enough.
    view : {"beat", "usual", "absolute"}
        As for `beats_of`; ``"absolute"`` is ``"usual"``, judged by the mean absolute residual
        instead of the mean square.
    profile : {"smoke", "cpu", "gpu"}
    data : {"real", "auto", "synthetic"}

    Returns
    -------
    list of dict
        Fields of `ecgbook.results.Metric`: every score of the method alone, and its AUROC with
        a clock. MadeGAN by beat also brings the published flaws, one at a time
        (`ecgbook.studies.anomaly_flaws`): they need that very training.
    """
    database = open_database("mitdb", data)
    budget = BUDGETS[profile]
    shown, power = ("usual", 1) if view == "absolute" else (view, 2)
    beats = beats_of(database, view=shown, records=budget.records)
    first = PROTOCOLS[protocol](beats)[0]
    flaws = None
    if (method, protocol, view) == ("madegan", "by_beat", "beat"):
        cleaned = beats_of(database, confirmed="all", records=budget.records)
        flaws = Flaws(beats, cleaned, first)
    seeds = (0,) if protocol == "within_ds1" else _SEEDS
    how = {"budget": budget, "power": power, "on_epoch": flaws and flaws.watch}
    scored = [score_test(beats, protocol, method, seed=seed, **how) for seed in seeds]
    split = first.leaky or "nobody on two sides"
    metrics = judge(beats, scored, f"{method}_{protocol}_{view}", split)
    if flaws:
        for flaw, table in flaws.reports([alone for _, alone, _ in scored]).items():
            metrics += metrics_of(table, f"flaw_{flaw}", split)
    common = {"origin": database.origin, "simulated": database.simulated}
    return [metric | common for metric in metrics]
