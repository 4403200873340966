"""The protocols of chapter 3: which normal beats are learnt, and whose beats are judged.

Each is a function ``beats -> list of Split`` whose training parts hold normal beats only; the
test parts together are what is judged.
"""

import numpy as np

from ecgbook.conventions import DS1
from ecgbook.datasets import Split

__all__ = ["PROTOCOLS"]

_FOLDS = 4


def _by_beat(beats):
    return [Split.beatgan(beats, leaky="as published: beats shuffled over patients")]


def _within_ds1(beats):
    rows = np.flatnonzero(np.isin(beats.record, DS1))
    folds = Split.folds_by_patient(beats[rows], _FOLDS, learnt=("N",))
    parts = ({side: rows[getattr(f, side)] for side in ("train", "valid", "test")} for f in folds)
    return [
        Split(beats, **part, name=fold.name, learnt=("N",)).learning_only(beats, "N")
        for part, fold in zip(parts, folds, strict=True)
    ]


def _ds1_ds2(beats):
    return [Split.de_chazal(beats).learning_only(beats, "N")]


PROTOCOLS = {"by_beat": _by_beat, "within_ds1": _within_ds1, "ds1_ds2": _ds1_ds2}
