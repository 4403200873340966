"""Chapter 5: four superclasses from three leads, what a network says of them, and from where on.

A network's answer is a logit a class. Whether a class is called is decided by a threshold that
validation has chosen. Here it is taken off the logits, so that 0.5 calls in every report: that
moves no score of rank, and sensitivity and specificity are those at the threshold.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from scipy.special import expit, logit

from ecgbook import tasks
from ecgbook.datasets import Split, filtered, ptbxl_superclasses, standardised
from ecgbook.errors import RecordInvalid
from ecgbook.evaluation import choose_thresholds
from ecgbook.signals import published_bandpass, remove_baseline
from ecgbook.studies.picture_recipes import RECIPES, epochs_of, made
from ecgbook.studies.study import Answer
from ecgbook.training.losses import binary_cross_entropy

__all__ = ["CLASSES", "FILTERS", "LAST_BATCH", "LEADS", "SCORES", "TASK", "THRESHOLDS", "WEIGHTS"]
__all__ += ["answers_at", "best_thresholds", "by_fold", "fitted", "kernels"]
__all__ += ["last_batch", "learnt_rows", "logits_of", "network", "positive_weights", "recordings"]
__all__ += ["shown", "thresholds_of", "train"]

CLASSES = ("MI", "STTC", "CD", "HYP")  # a normal ECG is one with none of them
LEADS = ("I", "II", "V2")
_AT_THRESHOLDS = ("sensitivity", "specificity", "g_mean")
SCORES = ("auroc", "auprc", *_AT_THRESHOLDS, *(f"pooled_{name}" for name in _AT_THRESHOLDS))
TASK = tasks.multi_label(CLASSES, select="auroc", scores=SCORES, none=True)

FILTERS = {"st_kept": remove_baseline, "published": published_bandpass}
LAST_BATCH = (
    108  # records, of 2,156 in batches of 1,024: those of the publication's validation part
)
WEIGHTS = ("none", "per_label", "first_label")


def recordings(database, *, records=None, clean="st_kept"):
    """Return leads I, II and V2 at 100 Hz in mV after one of `FILTERS`, with four superclasses."""
    _require("filter", clean, FILTERS)
    taken = ptbxl_superclasses(database, leads=LEADS, classes=CLASSES, records=records)
    return filtered(taken, FILTERS[clean])


def by_fold(records):
    """Learn the official folds 1 to 8, choose on 9 and test 10."""
    return Split.by_fold(records, valid=9, test=10)


def shown(records, recipe):
    """Return recordings in mV as a network is shown them: so, or each lead scaled."""
    return standardised(records) if recipe.scaled else records


def positive_weights(y, counted):
    """Return what a positive of each class counts in the loss, float64 (class,); None for nothing.

    Parameters
    ----------
    y : array of bool, shape (record, class)
        Of the training part.
    counted : {"none", "per_label", "first_label"}
        ``"per_label"``: negatives divided by positives of each class, so that both sides weigh the
        same. ``"first_label"``: as published, all records divided by those whose first label the
        class is. A record of infarction and hypertrophy counts there for infarction alone, so the
        last class seems ever so rare.

    Examples
    --------
    Of four records two have the first class, one of them the second one as well:

    >>> y = np.array([[True, True], [True, False], [False, True], [False, False]])
    >>> positive_weights(y, "per_label"), positive_weights(y, "first_label")
    (array([1., 1.]), array([2., 4.]))
    """
    _require("weights", counted, WEIGHTS)
    if counted == "none":
        return None
    own = y & (np.cumsum(y, axis=1) == 1) if counted == "first_label" else y
    positives = own.sum(axis=0)
    others = len(y) if counted == "first_label" else len(y) - positives
    return others / np.maximum(positives, 1)


def train(records, split, training, method, *, seed=0, weights="none", **options):
    """Train the network of a recipe on a split of recordings in mV.

    It is left with the weights of the epoch whose macro AUROC on the validation part is best.
    ``weights`` are those of `positive_weights`; ``options`` those of `ecgbook.training.fit`.
    """
    how = {"seed": seed, "weights": weights, **options}
    return fitted(made(method, seed=seed), records, split, training, method, **how)


def fitted(model, records, split, training, method, *, weights="none", **options):
    """Train a network that is made already, by the recipe of a method; see `train`."""
    from ecgbook.training import fit

    recipe = RECIPES[method]
    learnt = learnt_rows(split, training, options.get("seed", 0))
    positive = positive_weights(records.y[learnt], weights)
    loss = binary_cross_entropy
    if positive is not None:
        loss = partial(loss, pos_weight=tuple(positive.tolist()))
    how = {"task": replace(TASK, loss=loss), "epochs": epochs_of(method, training, len(learnt))}
    # The quickest layout for convolutions over pictures; of other weights it changes nothing.
    model.to(memory_format=torch.channels_last)
    parts = (shown(records[rows], recipe) for rows in (learnt, split.valid))
    fit(model, *parts, **how | recipe.fit | options)
    return model


def learnt_rows(split, training, seed=0):
    """Return the rows of the training part that are learnt from, all of them where there are few.

    They are drawn at random from ``seed``.
    """
    return np.random.default_rng(seed).permutation(split.train)[: training.examples]


def logits_of(model, records, method):
    """Return what a network says of recordings in mV: float32, shape (record, class)."""
    from ecgbook.training import predict

    recipe = RECIPES[method]
    size = recipe.fit["batch_size"]  # what fits into memory in training does so here
    return predict(model, shown(records, recipe), batch_size=size, progress=False)


def best_thresholds(y, logits):
    """Return the logit from which on each class is called, with the best G-mean: shape (class,).

    A class that all records have, or none, says nothing: it is called from 0 on, where its
    probability is one half.
    """
    return choose_thresholds(y, logits, "g_mean", otherwise=0.0)


def last_batch(y, logits, size=LAST_BATCH):
    """Return `best_thresholds` of the last records alone, as published code has them.

    There each batch of the validation part chooses anew, and the last one stays; it is not more
    than a third of the part.
    """
    size = min(size, len(y) // 3)
    return best_thresholds(y[-size:], logits[-size:])


def _half(y, logits):
    return np.zeros(y.shape[1])


THRESHOLDS = {"validation": best_thresholds, "last_batch": last_batch, "half": _half}


def answers_at(y_valid, valid, test, names=("validation",), **fields):
    """Return an `Answer` for each way to choose thresholds, from logits (record, class).

    ``names`` are some of `THRESHOLDS`, ``fields`` further fields of the answers.
    """
    valid, test = (np.asarray(part, np.float64) for part in (valid, test))
    found = {name: THRESHOLDS[name](y_valid, valid) for name in names}
    return [
        Answer(expit(valid - limits), expit(test - limits), {**fields, "threshold": name})
        for name, limits in found.items()
    ]


def network(records, split, work):
    """Answer with a network on its own, at the thresholds that its case asks for."""
    case = work.case
    options = {"progress": work.progress, "checkpoint": work.checkpoint, "seed": work.seed}
    options["weights"] = case["weights"]
    model = train(records, split, work.training, case["method"], **options)
    sides = (records[rows] for rows in (split.valid, split.test))
    said = [logits_of(model, side, case["method"]) for side in sides]
    return answers_at(records.y[split.valid], *said, thresholds_of(case["method"]))


def thresholds_of(method):
    """Return the names of the ways in which thresholds of a method are chosen."""
    every = method in RECIPES and RECIPES[method].every_threshold
    return (*THRESHOLDS,) if every else ("validation",)


def kernels(records, split, work):
    """Answer with a ridge regression on random kernels over the leads in mV."""
    from ecgbook.classical.random_kernels import random_kernel_ridge

    rows = learnt_rows(split, work.training, work.seed)
    model = random_kernel_ridge(work.training.options["kernel_features"], seed=work.seed)
    model.fit(records.x[rows], records.y[rows])
    said = [logit(model.predict_proba(records.x[part])) for part in (split.valid, split.test)]
    return answers_at(records.y[split.valid], *said)


def _require(what, name, known):
    if name not in known:
        raise RecordInvalid(f"{what} must be one of {', '.join(known)}, got {name!r}")
