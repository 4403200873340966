"""Chapter 4: name the abnormal beats, with what level 1 has learnt and with few labels."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ecgbook.datasets import Split, beatgan_beats, scale_beats, with_rr_ratios
from ecgbook.evaluation import confusion_matrix
from ecgbook.evaluation.confusion import macro_f1
from ecgbook.models.hierarchy import HierarchicalClassifier, hierarchy_cost
from ecgbook.sources import open_database
from ecgbook.studies.beats import CLASSES, counts_by_patient, metrics_of, summarise
from ecgbook.studies.level1 import level1_of

__all__ = [
    "BRANCHES",
    "BUDGETS",
    "METHODS",
    "Budget",
    "beats_of",
    "chain",
    "labelled_rows",
    "probabilities",
    "run",
    "train",
]

# Where the trunk comes from, and then what is done about classes of very different size.
METHODS = {
    "scratch": "first weights drawn, rare classes drawn more often",
    "frozen": "trunk from level 1, not trained further",
    "fine_tuned": "trunk from level 1, trained further",
    "as_they_come": "fine-tuned, every beat drawn once",
    "class_weights": "fine-tuned, rare classes count more in the loss",
    "focal": "fine-tuned, focal loss",
    "multi_branch": "fine-tuned, ten heads that share out the normal beats",
}

BRANCHES = 10

_SEEDS = (0, 1, 2)
_BATCH = 128
_SENSITIVITY = 0.95


@dataclass(frozen=True)
class Budget:
    """What every method may see.

    Parameters
    ----------
    normal : int
        Labelled normal beats.
    draws : int
        Beats drawn in training, counted again each time.
    """

    normal: int
    draws: int


BUDGETS = {"smoke": Budget(2_000, 8_000), "cpu": Budget(10_000, 80_000), "gpu": Budget(40_000, 800_000)}


def beats_of(database):
    """Return BeatGAN's beats N, S, V and F, each stretched to [−1, 1], with RR ratios.

    Parameters
    ----------
    database : Database
        MIT-BIH.

    Returns
    -------
    BeatSet
        Lead MLII, 320 samples at 360 Hz; escape beats count as S, as the recipe has it.
    """
    beats = with_rr_ratios(beatgan_beats(database).only(*CLASSES))
    return replace(beats, x=scale_beats(beats.x))


def labelled_rows(beats, split, labels, *, normal, seed=0):
    """Choose the training beats whose label may be used.

    Parameters
    ----------
    beats : BeatSet
    split : Split
    labels : int or "all"
        Abnormal beats. A few are shared out by class as they occur, at least one a class.
    normal : int
        Normal beats, which are cheap: level 1 has learnt from them already.
    seed : int

    Returns
    -------
    array of int, shape (beat,)
        Positions in ``beats``.
    """
    order = np.random.default_rng(seed).permutation(split.train)
    y = beats.y[order]
    usual = order[y == 0][:normal]
    if labels == "all":
        return np.concatenate([usual, order[y > 0]])
    share = np.bincount(y, minlength=len(beats.classes)) / (y > 0).sum()
    wanted = np.maximum(1, np.floor(labels * share)).astype(int)
    commonest = 1 + share[1:].argmax()
    wanted[commonest] += labels - wanted[1:].sum()
    return np.concatenate([usual, *(order[y == k][: wanted[k]] for k in range(1, len(wanted)))])


def train(beats, split, rows, method, *, generator, budget, seed=0, progress=True):
    """Train one classifier of beats.

    Parameters
    ----------
    beats : BeatSet
        From `beats_of`.
    split : Split
    rows : array of int
        Training beats, from `labelled_rows`.
    method : str
        One of `METHODS`.
    generator : torch.nn.Module
        Level 1, whose encoder is transferred.
    budget : Budget
    seed : int
    progress : bool

    Returns
    -------
    torch.nn.Module
        With the weights of the epoch that has the best macro F1 on the validation part.
    """
    from ecgbook import models, training
    from ecgbook.models.transfer import freeze, transfer

    sizes = {"classes": len(beats.classes), "features": len(beats.feature_names), "seed": seed}
    several = method == "multi_branch"
    name = "multi_branch_classifier" if several else "beat_classifier"
    model = models.create(name, **sizes, **({"branches": BRANCHES} if several else {}))
    if method != "scratch":
        transfer(model, generator)
    if method == "frozen":
        freeze(model)
    target, rows, options = _imbalance(beats.y, rows, method, len(beats.classes), seed)
    valid = beats.y[split.valid]
    valid = np.stack([valid, np.zeros_like(valid)], axis=1) if several else valid
    training.fit(
        model,
        (*_inputs(beats, rows, rows), target),
        (*_inputs(beats, split.valid, rows), valid),
        metric=partial(_selection, len(beats.classes)),
        epochs=max(1, round(budget.draws / len(rows))),
        batch_size=_BATCH,
        lr=1e-3,
        precision="bfloat16",
        seed=seed,
        progress=progress,
        **options,
    )
    return model
