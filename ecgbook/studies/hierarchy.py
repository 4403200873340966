"""Chapter 4: name the abnormal beats, with what level 1 has learnt and with few labels."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.special import softmax

from ecgbook.datasets import Split
from ecgbook.errors import RecordInvalid
from ecgbook.evaluation import confusion_matrix
from ecgbook.evaluation.confusion import macro_f1
from ecgbook.sources import open_database
from ecgbook.studies import anomaly, chain
from ecgbook.studies.beats import counts_by_patient, metrics_of, summarise

__all__ = [
    "BRANCHES",
    "BUDGETS",
    "LEVEL_1",
    "METHODS",
    "Budget",
    "beats_of",
    "inputs",
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

LEVEL_1 = "madegan-usual"

_SEEDS = (0, 1, 2)
_BATCH = 128
_RR_UNIT = 0.2
_PEAK = 140 / 320  # place of the R peak in BeatGAN's beats


@dataclass(frozen=True)
class Budget:
    """What every method may see.

    Parameters
    ----------
    normal : int
        Labelled normal beats.
    draws : int
        Beats drawn in training, counted again each time, rounded to whole epochs; an epoch of
        ``multi_branch`` is longer, so it has fewer epochs to choose from.
    records : tuple of str, optional
        Recordings of a quick look; all if left out.
    """

    normal: int
    draws: int
    records: tuple[str, ...] | None = None


BUDGETS = {
    "smoke": Budget(2_000, 8_000, anomaly.BUDGETS["smoke"].records),
    "cpu": Budget(10_000, 80_000),
    "gpu": Budget(40_000, 800_000),
}


def beats_of(database, *, records=None):
    """Return the beats as unlike the usual one of their recording, with RR ratios beside.

    Parameters
    ----------
    database : Database
        MIT-BIH.
    records : sequence of str, optional
        The recordings to take; all if left out.

    Returns
    -------
    BeatSet
        N, S, V and F, lead MLII, 320 samples at 360 Hz; escape beats count as S, as the recipe
        has it, but no detector vets the normal beats: what it does not confirm would be missing
        in the test part, too. One unit of the features is a fifth of a natural logarithm.
    """
    beats = anomaly.beats_of(database, view="usual", confirmed="none", records=records)
    return replace(beats, features=(beats.features / _RR_UNIT).clip(-5, 5))


def labelled_rows(beats, split, labels, *, normal, seed=0):
    """Choose the training beats whose label may be used.

    Parameters
    ----------
    beats : BeatSet
    split : Split
    labels : int or "all"
        Abnormal beats, or all if there are fewer. A few are shared out by class as they occur,
        at least one a class.
    normal : int
        Normal beats, which are cheap: level 1 has learnt from them already.
    seed : int

    Returns
    -------
    array of int, shape (beat,)
        Positions in ``beats``.

    Raises
    ------
    RecordInvalid
        If there are fewer ``labels`` than abnormal classes.
    """
    order = np.random.default_rng(seed).permutation(split.train)
    y = beats.y[order]
    usual = order[y == 0][:normal]
    if labels == "all":
        return np.concatenate([usual, order[y > 0]])
    if labels < len(beats.classes) - 1:
        raise RecordInvalid(f"{labels} labels are too few for {len(beats.classes) - 1} classes")
    share = np.bincount(y, minlength=len(beats.classes)) / (y > 0).sum()
    wanted = np.maximum(1, np.floor(labels * share)).astype(int)
    commonest = 1 + share[1:].argmax()
    wanted[commonest] += labels - wanted[1:].sum()
    return np.concatenate([usual, *(order[y == k][: wanted[k]] for k in range(1, len(wanted)))])


def train(beats, split, rows, method, *, level1, budget, seed=0, progress=True):
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
    level1 : torch.nn.Module
        The generator whose encoder is transferred.
    budget : Budget
    seed : int
    progress : bool

    Returns
    -------
    torch.nn.Module
        With the weights of the epoch that has the best macro F1 on the validation part.
    """
    from ecgbook import training

    model = _first_weights(method, beats, level1, seed)
    rows, target, options = _imbalance(beats, rows, method, seed)
    valid = beats.y[split.valid]
    if method == "multi_branch":  # a validation beat belongs to no branch
        valid = np.stack([valid, np.zeros_like(valid)], axis=1)
    training.fit(
        model,
        (*inputs(beats, rows), target),
        (*inputs(beats, split.valid), valid),
        metric=partial(_selection, len(beats.classes)),
        epochs=max(1, round(budget.draws / len(rows))),
        batch_size=_BATCH,
        lr=1e-3,
        augment=partial(training.augment_beats, peak=_PEAK),
        precision="bfloat16",
        seed=seed,
        progress=progress,
        **options,
    )
    return model


def _first_weights(method, beats, level1, seed):
    """Return an untrained classifier with the trunk that the method asks for."""
    from ecgbook import models
    from ecgbook.models.transfer import freeze, transfer

    sizes = {"classes": len(beats.classes), "features": len(beats.feature_names)}
    name = "beat_classifier"
    if method == "multi_branch":
        name, sizes["branches"] = "multi_branch_classifier", BRANCHES
    model = models.create_model(name, seed=seed, **sizes)
    if method != "scratch":
        transfer(model, level1)
    if method == "frozen":
        freeze(model)
    return model


def _imbalance(beats, rows, method, seed):
    """Return the rows of one epoch, their targets, and what `fit` does about rare classes."""
    from ecgbook import training
    from ecgbook.training.branches import branch_cross_entropy, branch_rows

    y = beats.y[rows]
    if method == "multi_branch":
        index, branch = branch_rows(y, branches=BRANCHES, seed=seed)
        return rows[index], np.stack([y[index], branch], axis=1), {"loss": branch_cross_entropy}
    if method == "class_weights":
        weight = np.sqrt(training.class_weights(y, len(beats.classes)))
        return rows, y, {"loss": partial(training.cross_entropy, weight=weight)}
    if method == "focal":
        return rows, y, {"loss": partial(training.focal_loss, gamma=2.0)}
    if method == "as_they_come":
        return rows, y, {}
    share = np.bincount(y, minlength=len(beats.classes))
    return rows, y, {"sample_weights": 1 / np.sqrt(share[y])}


def inputs(beats, index):
    """Return the beats at ``index`` and their RR ratios, as the networks take them."""
    return beats.x[index], beats.features[index]


def _selection(n_classes, target, output):
    """Score an epoch by macro F1."""
    y = target if target.ndim == 1 else target[:, 0]
    return float(macro_f1(confusion_matrix(y, _probability(output).argmax(axis=1), n_classes)))


def _probability(logits):
    """Return class probabilities (beat, class), of one head or as the mean of several."""
    from ecgbook.models.transfer import mean_of_branches

    return softmax(logits, axis=1) if logits.ndim == 2 else mean_of_branches(logits)


def probabilities(model, x, features):
    """Return what a classifier says of beats, shape (beat, class): level 2 of a hierarchy."""
    from ecgbook import training

    return _probability(training.predict(model, x, features, progress=False))


def run(*, method, labels, profile, data):
    """Judge one method with one number of labels on DS2; a unit of ``ecgbook study``.

    Parameters
    ----------
    method : str
        One of `METHODS`.
    labels : int or "all"
        Labelled abnormal beats of DS1 to learn from. The epoch is chosen on the validation
        records besides, with all of their labels: some 1,100 abnormal beats.
    profile : {"smoke", "cpu", "gpu"}
    data : {"real", "auto", "synthetic"}

    Returns
    -------
    list of dict
        Fields of `ecgbook.results.Metric`: the scores of chapter 2 with intervals over patients
        and three seeds. The fine-tuned classifier with all labels is also judged behind level 1
        (`ecgbook.studies.chain`).
    """
    from ecgbook.training import load_released

    database = open_database("mitdb", data)
    budget = BUDGETS[profile]
    beats = beats_of(database, records=budget.records)
    split = Split.de_chazal(beats)
    level1, _ = load_released(LEVEL_1)
    models = []
    for seed in _SEEDS:
        rows = labelled_rows(beats, split, labels, normal=budget.normal, seed=seed)
        models.append(train(beats, split, rows, method, level1=level1, budget=budget, seed=seed))
    named = [probabilities(model, *inputs(beats, split.test)) for model in models]
    counts = [counts_by_patient(beats, split, probability) for probability in named]
    metrics = metrics_of(summarise(counts), f"{method}_{labels}", "nobody on two sides")
    if (method, labels) == ("fine_tuned", "all"):
        metrics += chain.judge(beats, split, level1, [partial(probabilities, m) for m in models])
    common = {"origin": database.origin, "simulated": database.simulated}
    return [metric | common for metric in metrics]
