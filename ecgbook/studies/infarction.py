"""Chapter 6: from arrhythmias to infarctions, with what a network has learnt on other beats."""

from dataclasses import replace

import numpy as np

from ecgbook import tasks
from ecgbook.datasets import Split, diagnosed_records, kachuee_beats
from ecgbook.errors import RecordInvalid
from ecgbook.studies.study import Answer

__all__ = ["BASE", "CLASSES", "LABELS", "METHODS", "TASK", "answer", "beats_of", "some_records"]
__all__ += ["by_fold", "few_records", "of_recordings", "start", "train"]

BASE = "course_cnn-heartbeats"
CLASSES = ("infarction",)
LABELS = (50, 200, "all")  # recordings whose label may be used
METHODS = ("scratch", "frozen", "fine_tuned")
SCORES = ("auroc", "auprc", "f1", "sensitivity", "specificity")
TASK = tasks.multi_label(CLASSES, scores=SCORES)

_HIDDEN = (256, 128)
_FEWER = 10  # times fewer beats are seen than those of arrhythmias: there are fewer


def beats_of(database, records=None):
    """Return heartbeats of lead II, with or without infarction, as one label that is there or not.

    PTB-XL, or PTB Diagnostic for a reader who has it.
    """
    beats = kachuee_beats(database, records=records)
    return replace(beats, y=beats.y[:, None] == 1, classes=CLASSES)


def few_records(database, n=6):
    """Return ``n`` recordings of each kind from each fold of PTB-XL, for a quick look."""
    return [*diagnosed_records(database).groupby(["fold", "y"]).head(n).index]


def some_records(beats, split, n_labels, seed=0):
    """Return the training beats of ``n_labels`` recordings drawn at random, half of each kind.

    With fewer of one kind, all of it are taken; ``"all"`` are all. Fewer than two are a
    `RecordInvalid`. Of one seed, few are a part of more.
    """
    if n_labels == "all":
        return split.train
    if n_labels < 2:
        raise RecordInvalid(f"a recording of each kind is needed, got n_labels={n_labels}")
    record, ill = beats.record[split.train], beats.y[split.train, 0]
    drawn = []
    for kind in (True, False):
        names = np.random.default_rng(seed).permutation(np.unique(record[ill == kind]))
        drawn += [*names[: n_labels // 2]]
    return split.train[np.isin(record, drawn)]


def start(method, seed=0):
    """Return the course's network with a larger head: 332,785 parameters.

    Its convolutions are drawn anew (``scratch``) or those of `BASE`; ``frozen``, only the
    98,817 of the head can learn.
    """
    from ecgbook.models import copy_trunk, create_model, freeze_trunk
    from ecgbook.training import load_released

    model = create_model("course_cnn", classes=1, hidden=_HIDDEN, seed=seed)
    if method != "scratch":
        copy_trunk(model, load_released(BASE)[0])
    if method == "frozen":
        freeze_trunk(model)
    return model


def train(beats, split, rows, method, training, *, seed=0, **options):
    """Train one of `METHODS` on the beats ``rows``, without class weights in any of them.

    The epoch is the one with the best AUROC on the validation part; ``options`` are those of
    `ecgbook.training.fit`.
    """
    from ecgbook.training import fit

    model = start(method, seed)
    share = replace(training, draws=training.draws // _FEWER)
    how = {"epochs": share.epochs(len(rows)), "batch_size": min(64, len(rows))}
    how |= {"lr": 1e-3, "precision": "auto", "seed": seed, "task": TASK} | options
    fit(model, beats[rows], beats[split.valid], **how)
    return model


def of_recordings(probability, record):
    """Return the mean over the beats of each recording at its first beat, NaN at the others."""
    _, first, number = np.unique(record, return_index=True, return_inverse=True)
    mean = np.bincount(number, probability[:, 0]) / np.bincount(number)
    whole = np.full_like(probability, np.nan)
    whole[first, 0] = mean
    return whole


def answer(beats, split, work):
    """Answer by beat, as published, and by recording."""
    from ecgbook.training import predict

    rows = some_records(beats, split, work.case["n_labels"], work.seed)
    options = {"progress": work.progress, "checkpoint": work.checkpoint, "seed": work.seed}
    model = train(beats, split, rows, work.case["method"], work.training, **options)
    parts = [split.valid, split.test]
    said = [TASK.probability(predict(model, beats[part], progress=False)) for part in parts]
    whole = [of_recordings(one, beats.record[part]) for one, part in zip(said, parts, strict=True)]
    return [Answer(*said, {"scored": "beat"}), Answer(*whole, {"scored": "recording"})]


def by_fold(beats):
    """Test official fold 10 and choose on fold 9; without folds, a fifth of the patients each."""
    if "fold" in beats.rows:
        return Split.by_fold(beats, valid=9, test=10)
    return Split.by_patient(beats)
