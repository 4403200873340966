"""Chapter 7: recordings with real noise on them, and the answers "too noisy" and "not sure"."""

import numpy as np
import pandas as pd

from ecgbook.datasets import with_noise
from ecgbook.datasets.rhythm import RHYTHM_CLASSES
from ecgbook.evaluation import bootstrap, choose_confidence
from ecgbook.sources import open_database
from ecgbook.studies.study import Answer

__all__ = [
    "COVERAGE",
    "NOISES",
    "SNRS_DB",
    "noise_like",
    "under_noise",
    "when_sure",
    "when_sure_rows",
]

NOISES = ("bw", "ma")  # wander of the baseline, and muscle, of the Noise Stress Test Database
SNRS_DB = (24, 12, 6, 0)
COVERAGE = 0.9  # share of the validation recordings that a method must answer

_TOO_NOISY = RHYTHM_CLASSES.index("~")


def noise_like(records, name):
    """Return a noise of the Noise Stress Test Database, simulated where the recordings are."""
    kind = "synthetic" if records.recipe["simulated"] else "real"
    return open_database("nstdb", kind).read(name)


def under_noise(answer, valid, test, say):
    """Return an answer with those under noise, each also with "not sure" where that is due.

    Parameters
    ----------
    answer : Answer
        To the recordings as they are.
    valid, test : Examples
        The recordings of both parts, in mV.
    say : callable ``(Examples) -> array``
        The same trained method, of recordings in mV: probabilities, (recording, class).
    """
    limit = choose_confidence(valid.y, answer.valid, coverage=COVERAGE).value
    answers = [answer]
    for noise in NOISES:
        added = noise_like(valid, noise)
        for snr_db in SNRS_DB:
            parts = (say(with_noise(part, added, snr_db)) for part in (valid, test))
            answers.append(Answer(*parts, {"noise": noise, "snr_db": snr_db}))
    return answers + [when_sure(one, limit) for one in answers]


def when_sure(answer, limit):
    """Return the answer for the report `when_sure_rows`: what is below the limit is not said."""
    sides = (np.c_[part, np.full(len(part), limit)] for part in (answer.valid, answer.test))
    return Answer(*sides, {**answer.fields, "answered": "when_sure"}, report="when_sure")


def when_sure_rows(y, output, patient):
    """Say how many recordings are answered, how many answers are right, and how many "too noisy".

    Runs are counted together, and intervals are over recordings.

    Parameters
    ----------
    y, patient : arrays, shape (recording,)
    output : array, shape (run, recording, class + 1)
        Probabilities, and last how probable the likeliest class must be to be said.

    Returns
    -------
    pandas.DataFrame
        A row each of ``coverage``, ``accuracy`` of what is answered, and ``called_noisy``, the
        share of which ~ is the likeliest class; of ``all`` and of each true class.
    """
    probability, limit = output[..., :-1], output[..., -1]
    called, sure = probability.argmax(axis=-1), probability.max(axis=-1) >= limit
    every = np.ones_like(sure)
    shares = {
        "coverage": (sure, every),
        "accuracy": (sure & (called == y), sure),
        "called_noisy": (called == _TOO_NOISY, every),
    }
    members = {"all": np.ones(len(y), bool)}
    members |= {name: y == k for k, name in enumerate(RHYTHM_CLASSES) if (y == k).any()}
    rows = []
    for class_, own in members.items():
        for score, sides in shares.items():
            part, whole = (side[:, own].sum(axis=0) for side in sides)
            rows.append({"score": score, "class": class_, **_counted(part, whole, patient[own])})
            rows[-1]["n"] = round(whole.sum() / len(output))
    return pd.DataFrame(rows)


def _counted(part, whole, patient):
    people = len(np.unique(patient))
    if people < 2:
        return {"value": _share(part, whole), "n_patients": people}
    value, low, high = bootstrap(_share, part, whole, groups=patient)
    return {"value": value, "low": low, "high": high, "n_patients": people}


def _share(part, whole):
    return part.sum() / whole.sum() if whole.any() else float("nan")
