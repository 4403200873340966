"""Chapter 9: findings of LUDB that a wave defines, told by a network that PTB-XL has taught."""

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from ecgbook import explain
from ecgbook.datasets import few_of_each_superclass
from ecgbook.datasets.wave_windows import WAVE_CLASSES, wave_classes
from ecgbook.signals import delineate
from ecgbook.sources import open_database
from ecgbook.studies import lead_methods
from ecgbook.studies.explained import Problem, more_resets, reset_of
from ecgbook.studies.explained_methods import lime, lime_on
from ecgbook.studies.lead_records import CLASSES, by_fold, recordings

__all__ = ["FINDINGS", "Finding", "defining_mask", "has_finding", "people_with", "problem"]
__all__ += ["train_networks", "with_ludb"]

METHOD = "small_resnet"
_LEAD = 1  # II, in which our own delineation places waves


class Finding(NamedTuple):
    """A finding of LUDB: its ``column``, how it is ``called`` there, and the class of PTB-XL.

    ``wave`` is what defines it: ``QRS``; ``ST-T``, from the end of the complex to that of the T
    wave; or ``TQ``, from there to the next complex, where a P wave would be.
    """

    column: str
    called: str
    class_: str
    wave: str


# Atrial fibrillation has too few people here for a test.
FINDINGS = {
    "irbbb": Finding("conduction", "incomplete right bundle branch block", "IRBBB", "QRS"),
    "ischaemia": Finding("ischaemia", "", "STTC", "ST-T"),
    "lvh": Finding("hypertrophies", "left ventricular hypertrophy", "HYP", "QRS"),
    "af": Finding("rhythm", "atrial fibrillation", "AF", "TQ"),
}


class _ByHeart(NamedTuple):
    """Rows to learn, some of which choose the epoch as well; no `Split`, which keeps them apart."""

    train: np.ndarray
    valid: np.ndarray


def with_ludb(database, training):
    """Return PTB-XL and LUDB as chapter 8 has them, at 100 Hz, and LUDB itself."""
    n = training.options.get("of_each")
    some = None if n is None else few_of_each_superclass(database, n)
    kind = "synthetic" if database.simulated else "real"
    records = recordings(database, fs=100, records=some, elsewhere=True)
    return records, open_database("ludb", kind)


def train_networks(records, training, *, seed=0, progress=False):
    """Return the small network of chapter 8, its copy with reset weights and one of random labels.

    That of random labels has learnt the recordings of the same folds, each with the labels of
    another one.
    """
    split = by_fold(records)
    how = {"labels": "both", "leads": 12, "seed": seed, "progress": progress}
    model = lead_methods.train(records, split, training, METHOD, **how).eval()
    learnt = split.train
    y = records.y.copy()
    y[learnt] = y[np.random.default_rng(seed).permutation(learnt)]
    # The epoch is chosen on what was learnt: validation has nothing to say of random labels.
    own = _ByHeart(train=learnt, valid=learnt[: len(split.valid)])
    mixed = replace(records, y=y)
    by_heart = lead_methods.train(mixed, own, training, METHOD, **how).eval()
    return {"trained": model, "reset": reset_of(model, seed), "random_labels": by_heart}


def has_finding(labels, finding):
    """Return who has a finding, bool (record,), of the ``metadata`` of LUDB."""
    column, called, *_ = FINDINGS[finding]
    said = labels[column]
    if column == "rhythm":
        return said.str.lower().str.startswith(called).to_numpy()
    return np.array([any(one.lower().startswith(called) for one in own) for own in said])


def people_with(records, ludb, finding, most=None):
    """Return the rows of the recordings of LUDB with a finding, the first ``most``."""
    labels = ludb.metadata
    names = {str(name) for name in labels.index[has_finding(labels, finding)]}
    theirs = records.rows["source"] == ludb.name
    rows = np.flatnonzero(theirs & records.rows["record"].astype(str).isin(names))
    return rows[:most]


def defining_mask(classes, wave):
    """Return where the wave is that defines a finding, bool (time,), of one lead.

    ``classes`` are those of `ecgbook.datasets.wave_classes`: an ST segment lies between a QRS
    complex and the T wave after it, a TQ interval between a T wave and the next complex.

    >>> marks = np.array([0, 2, 2, 0, 3, 3, 0, 1, 0, 2])
    >>> defining_mask(marks, "ST-T").astype(int), defining_mask(marks, "TQ").astype(int)
    (array([0, 0, 0, 1, 1, 1, 0, 0, 0, 0]), array([0, 0, 0, 0, 0, 0, 1, 1, 1, 0]))
    """
    classes = np.asarray(classes)
    qrs, t = (WAVE_CLASSES.index(name) for name in ("QRS", "T"))
    if wave == "QRS":
        return classes == qrs
    is_known = np.isin(classes, (qrs, t))
    place = np.arange(len(classes))
    last = np.maximum.accumulate(np.where(is_known, place, -1))
    following = np.minimum.accumulate(np.where(is_known, place, len(classes))[::-1])[::-1]
    padded = np.append(classes, 0)  # both −1 and the length find this 0
    before, after = padded[last], padded[following]
    if wave == "ST-T":
        return (after == t) & ((before == qrs) | (classes == t))
    return (before == t) & (after == qrs) & ~is_known


def problem(records, rows, ludb, finding, networks, *, samples=300, steps=20, resets=1, seed=0):
    """Return recordings of LUDB as a `Problem`, by the marks of each lead.

    What lies before the first mark or after the last, in the lead that has the fewest, nobody
    looked at, so that it is no part of the truth. ``samples`` are those of LIME, ``steps`` those of
    deletion and insertion, ``resets`` how often weights are drawn anew.
    """
    x, fs = records.x[rows], records.fs
    wave, class_ = FINDINGS[finding].wave, FINDINGS[finding].class_
    masks, seen = [], []
    for name in records.rows["record"].iloc[rows]:
        marks, own_fs = ludb.waves(name), ludb.info.fs
        at = np.rint(np.arange(x.shape[2]) * own_fs / fs).astype(np.int64)
        ordered = [marks[lead] for lead in records.leads]
        long = at[-1] + 1
        # Marks of resampled leads: the sample of the original that is nearest.
        classes = [_classes(one, long)[at] for one in ordered]
        masks.append([defining_mask(one, wave) for one in classes])
        seen.append(_looked_at(ordered, fs / own_fs, x.shape[2]))
    spans = [_own_waves(one, fs) for one in x]
    methods = {
        "lime": partial(lime, samples=samples),
        "lime_waves": partial(_lime_waves, spans, samples=samples),
    }
    about = {"patient": records.patient[rows], "fs": fs, "seen": np.array(seen)}
    about |= {"steps": steps, "seed": seed, "resets": more_resets(networks, resets, seed)}
    target = np.full(len(rows), CLASSES.index(class_))
    truth = {"mask": np.array(masks), "qrs": np.array([_complexes(s, x.shape) for s in spans])}
    return Problem(networks=networks, x=x, target=target, methods=methods, **truth, **about)


def _classes(marks, time):
    """Return the class of each sample; a mark after the end of the recording is left out."""
    most = max([time, *(marks.sample + 1)])
    return wave_classes(marks, most)[:time]


def _looked_at(marks, scale, time):
    known = [one.sample * scale for one in marks if len(one.sample)]
    if not known:
        return 0, time
    first, last = max(one[0] for one in known), min(one[-1] for one in known)
    return (int(first), min(int(last) + 1, time)) if last > first else (0, time)


def _own_waves(x, fs):
    """Return the waves that our own delineation finds in lead II, and QRS complexes alone."""
    found = delineate(x[_LEAD], fs)
    spans = [getattr(found, name).spans for name in ("p", "qrs", "t")]
    spans = [one[(one >= 0).all(axis=1)] for one in spans]
    return np.concatenate(spans), spans[1]


def _complexes(spans, shape):
    painted = np.zeros(shape[1:], bool)
    for first, last in spans[1]:
        painted[:, first:last] = True
    return painted


def _lime_waves(spans, model, x, target, fs, *, samples):
    """Explain by segments that are waves, which our own delineation has found."""
    time = x.shape[2]
    maps = np.stack([explain.wave_segments(own, time) for own, _ in spans])[:, None]
    return lime_on(maps, model, x, target, samples)
