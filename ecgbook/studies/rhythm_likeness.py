"""Chapter 7: whether generated ECG is told from real, and whether its rhythm is of its kind."""

import numpy as np
import pandas as pd

from ecgbook import tasks
from ecgbook.classical.rr_irregularity import rr_measures
from ecgbook.datasets import Split
from ecgbook.evaluation import bootstrap
from ecgbook.signals import simple_beats
from ecgbook.studies.rhythm_generated import PIECES
from ecgbook.studies.rhythm_recipes import RECIPES, epochs_of, made
from ecgbook.studies.study import Answer

__all__ = ["MEASURES", "TASK", "answer", "measured", "medians", "of_pieces", "split_of"]

TASK = tasks.single_label(PIECES, select="accuracy")
_OF_RHYTHM = ("rr_mean_ms", "rmssd_to_mean", "turning_point_share", "sample_entropy_coefficient")
MEASURES = ("n_beats", *_OF_RHYTHM, "spread", "levels_used")
_RHYTHMS = ("N", "A", "O")
_UNITS = {"rr_mean_ms": "ms"}


def split_of(pieces):
    """Learn from two fifths of the pieces and test as many; each recording is on one side."""
    return Split.by_patient(pieces, valid=0.2, test=0.4)


def measured(piece, fs):
    """Return numbers by `MEASURES` of a piece (time,), NaN where there are too few beats.

    ``spread`` is the standard deviation, 1 over a whole real recording, and ``levels_used`` how
    many different values there are.
    """
    peaks = simple_beats(piece, fs)
    numbers = rr_measures(peaks, fs)
    numbers |= {"spread": float(piece.std()), "levels_used": float(len(np.unique(piece)))}
    return [numbers[name] for name in MEASURES]


def answer(pieces, split, work):
    """Say which pieces are real, and measure the rhythm of both kinds."""
    from ecgbook.training import fit, predict

    slow = {"stem": (45, 6)} if pieces.fs > 200 else {}
    model = made("real_or_generated", work.training, classes=len(PIECES), seed=work.seed, **slow)
    epochs = epochs_of("real_or_generated", work.training, len(split.train))
    how = {"task": TASK, "epochs": epochs, "seed": work.seed, "progress": work.progress}
    how |= {"checkpoint": work.checkpoint, **RECIPES["real_or_generated"].fit}
    how["batch_size"] = min(how["batch_size"], len(split.train))
    fit(model, pieces[split.train], pieces[split.valid], **how)
    parts = split.valid, split.test
    said = [TASK.probability(predict(model, pieces[part], progress=False)) for part in parts]
    return [Answer(*said), *of_pieces(pieces, parts)]


def of_pieces(pieces, parts):
    """Return answers for the report `medians`: of both kinds, and generated minus its real one."""
    values = np.array([measured(x[0], pieces.fs) for x in pieces.x])
    real, generated = np.split(values, 2)
    unlike = np.concatenate([real, generated - real])
    wanted = {"real": (0, values), "generated": (1, values), "generated_minus_real": (1, unlike)}
    return [_measures(pieces, parts, name, *of) for name, of in wanted.items()]


def _measures(pieces, parts, name, own, values):
    kind = np.array([_RHYTHMS.index(rhythm) for rhythm in pieces.rows["rhythm"]])
    known = np.isfinite(values)
    whole = np.column_stack([kind, np.where(known, values, 0), known]).astype(np.float32)
    whole[pieces.y != own] = np.nan
    return Answer(*(whole[part] for part in parts), {"pieces": name}, report="medians")


def medians(y, output, patient):
    """Return the median over recordings of each of `MEASURES` in each rhythm, with its interval.

    ``output`` is (run, piece, number): which rhythm, the measures, and whether each is known. A
    measure that is not known of a piece is left out; ``n`` says of how many it is known.
    """
    kind, values, known = np.split(output[0], [1, 1 + len(MEASURES)], axis=1)
    rows = []
    for k in np.unique(kind).astype(int):
        for j, score in enumerate(MEASURES):
            own = (kind[:, 0] == k) & (known[:, j] > 0)
            row = {"score": score, "class": _RHYTHMS[k], "unit": _UNITS.get(score, "")}
            rows.append(row | _median(values[own, j], patient[own]) | {"n": int(own.sum())})
    return pd.DataFrame(rows)


def _median(values, patient):
    people = len(np.unique(patient))
    if people < 2:
        return {"value": float("nan")}
    value, low, high = bootstrap(np.median, values, groups=patient)
    return {"value": value, "low": low, "high": high, "n_patients": people}
