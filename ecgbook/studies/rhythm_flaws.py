"""Chapter 7: what made published numbers high, one flaw at a time, on windows of recordings.

A window is 2,048 samples; one starts every 512 samples of a normal recording and every 73 of one in
atrial fibrillation, as published. What may be wrong: the network has learnt from other windows of
the recordings that it is tested on (the protocol ``windows_seen`` beside ``windows_by_record``,
with the same windows tested and as many learnt); the windows of fibrillation are seven times as
many in the test as well (``tested``); and layers are made anew whenever the network is called
(``modules``). How long all are trained was fixed before any of them was tested.
"""

from dataclasses import replace

import numpy as np

from ecgbook import tasks
from ecgbook.datasets import Split, padded, rhythm_windows, split_windows, standardised
from ecgbook.studies.halves import half, half_seen
from ecgbook.studies.rhythm_methods import logits_of, of_records, recordings
from ecgbook.studies.rhythm_recipes import RECIPES, epochs_of, made
from ecgbook.studies.study import Answer

__all__ = ["CLASSES", "EVERY", "METHODS", "RHYTHMS", "SPLITS", "STRIDES", "TASK", "answer"]
__all__ += ["natural", "train", "windows_of"]

CLASSES = ("N", "A", "O")
RHYTHMS = {"n_a": ("N", "A"), "n_a_o": CLASSES}
METHODS = ("window_crann", "window_crnn", "window_crann_published")
STRIDES = {"N": 512, "A": 73, "O": 512}
EVERY = STRIDES["N"] // STRIDES["A"]  # of so many windows of A, one is as common as it should be
TASK = tasks.single_label(CLASSES, select="macro_f1")


def windows_of(database, case, training):
    """Return the windows of all recordings of the rhythms of a case, scaled by recording."""
    records = recordings(database, training).only(*RHYTHMS[case["rhythms"]])
    strides = {name: STRIDES[name] for name in records.classes}
    size = RECIPES[case["method"]].window
    return rhythm_windows(standardised(records), size=size, stride=strides)


def _split(windows):
    """Split the recordings, as many of each rhythm on each side as it should have."""
    first = np.sort(np.unique(windows.record, return_index=True)[1])
    records = windows[first]  # one window stands for each
    return split_windows(Split.by_patient(records), records, windows)


def _by_record(windows):
    """Test one half of the windows of a fifth of the recordings, after other recordings."""
    return half(_split(windows), windows, "half, others learnt")


def _seen(windows):
    """Test the same half; the other half of the same recordings is among what is learnt."""
    return half_seen(_split(windows), windows, "half, its other learnt")


def _shuffled(windows):
    leaky = "as published: windows shuffled over recordings"
    return Split.by_beat(windows, valid=0.2, test=0.2, leaky=leaky)


SPLITS = {
    "windows_by_record": _by_record,
    "windows_seen": _seen,
    "windows_shuffled": _shuffled,
}


def natural(windows, rows):
    """Return those of the windows ``rows`` that would be there with one stride for all classes.

    Of each recording in atrial fibrillation every seventh in the order of time, from the first on.
    """
    table = windows.rows.iloc[rows]
    place = table.groupby("record")["sample"].rank(method="first").to_numpy() - 1
    rare = windows.y[rows] == windows.classes.index("A")
    return rows[~rare | (place % EVERY == 0)]


def train(windows, split, training, method, *, seed=0, **options):
    """Train a network on windows drawn from the training part, and choose on natural windows.

    The model is left with the weights of the epoch whose macro F1 on windows of the validation part
    is best. ``options`` may be ``modules`` of the network, and are else those of
    `ecgbook.training.fit`.
    """
    from ecgbook.training import fit

    config = {name: options.pop(name) for name in ("modules",) if name in options}
    model = made(method, training, classes=len(windows.classes), seed=seed, **config)
    rows = np.random.default_rng(seed).permutation(split.train)[: training.examples]
    how = {"epochs": epochs_of(method, training, len(rows)), "seed": seed, **RECIPES[method].fit}
    how["task"] = replace(TASK, classes=windows.classes)
    chosen_on = natural(windows, split.valid)
    fit(model, *(_whole(windows, part) for part in (rows, chosen_on)), **how, **options)
    return model


def answer(windows, split, work):
    """Answer by window, as many of each class as published or as there are, and by recording."""
    options = {name: work.case[name] for name in ("modules",) if name in work.case}
    options |= {"progress": work.progress, "checkpoint": work.checkpoint, "seed": work.seed}
    model = train(windows, split, work.training, work.case["method"], **options)
    parts = split.valid, split.test
    fewer = [natural(windows, part) for part in parts]
    # Asked separately: with modules built in `forward` a window's answer hangs on its neighbours.
    every, few = ([_said(model, windows, rows) for rows in asked] for asked in (parts, fewer))
    whole = [
        _of_recordings(windows.record[rows], said) for rows, said in zip(fewer, few, strict=True)
    ]
    return [
        Answer(*every, {"scored": "window", "tested": "oversampled"}),
        Answer(*_placed(parts, fewer, few), {"scored": "window", "tested": "natural"}),
        Answer(*_placed(parts, fewer, whole), {"scored": "recording"}),
    ]


def _whole(windows, rows):
    return padded(windows[rows], int(windows.length.max()))


def _said(model, windows, rows):
    """Return probabilities of N, A and O, of which the last is 0 where it is not learnt."""
    probability = TASK.probability(logits_of(model, _whole(windows, rows)))
    lacking = len(CLASSES) - probability.shape[1]
    return np.pad(probability, ((0, 0), (0, lacking))).astype(np.float32)


def _of_recordings(record, said):
    """Return the mean over the windows of each recording at its first window, NaN at the others."""
    mean = of_records(said, record)
    first = np.sort(np.unique(record, return_index=True)[1])
    whole = np.full_like(said, np.nan)
    whole[first] = mean
    return whole


def _placed(parts, fewer, said):
    """Yield what is said of some rows of each part at their places in it, NaN at the others."""
    for part, rows, own in zip(parts, fewer, said, strict=True):
        placed = np.full((len(part), own.shape[1]), np.nan, np.float32)
        placed[np.isin(part, rows)] = own
        yield placed
