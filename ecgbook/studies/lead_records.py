"""Chapter 8: twelve leads of PTB-XL, and of LUDB beside them, with two sets of labels at once."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ecgbook.datasets import Split, known_statements, ludb_statements, ptbxl_statements
from ecgbook.datasets.ludb import ludb_labels
from ecgbook.datasets.ptbxl import ptbxl_labels
from ecgbook.evaluation import CHALLENGE_CLASSES
from ecgbook.sources import open_database
from ecgbook.sources.ptbxl import SUPERCLASSES

__all__ = ["CLASSES", "COMMON", "PEOPLE", "SHARED", "by_fold", "columns_of", "common_classes"]
__all__ += ["hidden", "is_one_of", "judged_rows", "learnt_rows", "learnt_target", "recordings"]

CLASSES = (*SUPERCLASSES, *CHALLENGE_CLASSES)

# The classes of the Challenge that eight recordings or more have in fold 10 of those here (see
# `common_classes`): the others are in the score of the Challenge, but a mean over classes would
# hang on the one or two recordings that they have.
COMMON = ("AF", "IAVB", "IRBBB", "LAD", "LAnFB", "NSIVCB", "NSR", "PVC|VPB", "QAb", "SA", "SB")
COMMON += ("STach", "TAb")
# Those of them that five people or more have in LUDB, of the statements that LUDB has as well.
SHARED = ("AF", "IAVB", "IRBBB", "LAD", "LAnFB", "NSR", "SB")

PEOPLE = ("women", "men", "under_60", "from_60")

_VALID, _TEST = 9, 10  # official folds
_TESTED = {"ptb_xl": "ptb-xl", "ludb": "ludb"}
_COLUMNS = {"superclasses": slice(0, len(SUPERCLASSES)), "challenge": slice(len(SUPERCLASSES), 31)}


def recordings(database, *, fs=100, records=None, elsewhere=True):
    """Return PTB-XL and, to be tested on, LUDB: whole recordings in mV with `CLASSES`.

    Parameters
    ----------
    database : Database
        PTB-XL.
    fs : float
        Rate in Hz that all are brought to.
    records : sequence of str, optional
        Of PTB-XL; all if left out.
    elsewhere : bool
        Whether LUDB is there too, simulated where PTB-XL is.

    Returns
    -------
    records : Examples
        Each with its superclasses, those of the Challenge, or both: a recording without any of
        one set says nothing of that set (`judged_rows`). Rows with ``source``, ``fold`` (10 in
        LUDB, all of which is tested), ``age`` in years and ``sex``.
    """
    ours = _both_labels(database, ptbxl_statements, ptbxl_labels, fs=fs, records=records)
    if not elsewhere:
        return ours
    kind = "synthetic" if database.simulated else "real"
    theirs = _both_labels(open_database("ludb", kind), ludb_statements, ludb_labels, fs=fs)
    rows = theirs.rows.assign(fold=_TEST, patient="ludb " + theirs.rows["patient"].astype(str))
    both = {"rows": pd.concat([ours.rows, rows], ignore_index=True)}
    both |= {name: np.concatenate([getattr(one, name) for one in (ours, theirs)]) for name in "xy"}
    return replace(ours, **both, recipe=ours.recipe | {"beside": theirs.recipe})


def _both_labels(database, take, labels_of, **options):
    taken = take(database, "superdiagnostic", unlabelled="keep", **options)
    challenge = labels_of(database, "challenge").loc[[*taken.record]]
    y = np.concatenate([taken.y, challenge.to_numpy(bool)], axis=1)
    rows = taken.rows.assign(source=database.name)
    return replace(taken, y=y, classes=CLASSES, rows=rows)


def by_fold(records):
    """Learn the official folds 1 to 8, choose on 9 and test 10, and LUDB where it is there.

    Of classes that no recording of folds 1 to 8 has, nothing can be learnt.
    """
    learnt = ~records.rows["fold"].isin([_VALID, _TEST]).to_numpy()
    there = records.y[learnt].any(axis=0)
    classes = [name for name, has in zip(CLASSES, there, strict=True) if has]
    return Split.by_fold(records, valid=_VALID, test=_TEST, train_classes=tuple(classes))


def judged_rows(records, judged, *, tested="ptb_xl"):
    """Return which recordings a set of labels says anything of, bool (record,).

    ``judged`` is ``superclasses``, ``challenge`` or ``shared``, ``tested`` ``ptb_xl`` or ``ludb``.
    """
    own = _COLUMNS["superclasses" if judged == "superclasses" else "challenge"]
    source = records.rows["source"].to_numpy()
    return records.y[:, own].any(axis=1) & (source == _TESTED[tested])


def is_one_of(rows, people):
    """Return who belongs to a group, bool (row,): ``all`` or one of `PEOPLE`.

    ``rows`` have ``age`` in years, 300 for those over 89, and ``sex``; who gives none is in no
    group but ``all``.
    """
    groups = {
        "all": np.ones(len(rows), bool),
        "women": rows["sex"] == "F",
        "men": rows["sex"] == "M",
        "under_60": rows["age"] < 60,
        "from_60": rows["age"] >= 60,
    }
    return np.asarray(groups[people])


def learnt_rows(records, split, labels, training, seed=0):
    """Return the rows of the training part that are learnt from, in a random order.

    With the superclasses alone, those that have one, as in the benchmark; else all that have a
    label of either set.
    """
    own = _COLUMNS["superclasses"] if labels == "superclasses" else slice(None)
    order = np.random.default_rng(seed).permutation(split.train)
    return order[records.y[order, own].any(axis=1)][: training.examples]


def hidden(records, rows, seed=0):
    """Return which labels of some rows a source with few statements would not have, bool.

    Half of the patients, drawn at random, count as recordings of CPSC: of the 26 classes of the
    Challenge it uses six (`ecgbook.datasets.known_statements`). Superclasses are kept.
    """
    people = np.unique(records.patient[rows])
    some = np.random.default_rng(seed).permutation(people)[: len(people) // 2]
    unused = ~known_statements(["cpsc_2018"])[0]
    unused = np.concatenate([np.zeros(len(SUPERCLASSES), bool), unused])
    return np.isin(records.patient[rows], some)[:, None] & unused


def learnt_target(records, rows, labels, seed=0):
    """Return what a network learns of some rows: float32 (row, class), 1, 0, and −1 for nothing.

    Parameters
    ----------
    labels : str
        ``superclasses``: those five; ``both``: all 31 classes at once, each set where the
        recording has a label of it; ``half_absent``: as both, with the statements that half of
        the patients lack (`hidden`) taken for absent; ``half_masked``: these passed over.
    """
    y = records.y[rows]
    if labels == "superclasses":
        return y[:, _COLUMNS["superclasses"]].astype(np.float32)
    known = np.zeros_like(y)
    for own in _COLUMNS.values():
        known[:, own] = y[:, own].any(axis=1, keepdims=True)
    lacking = hidden(records, rows, seed) if labels.startswith("half_") else np.zeros_like(y)
    known &= ~lacking if labels == "half_masked" else True
    return np.where(known, y & ~lacking, -1).astype(np.float32)


def common_classes(records, split, least=8):
    """Return how many recordings of fold 10 of PTB-XL have each class of the Challenge.

    A Series by class, the commonest first, of those with ``least`` or more.
    """
    rows = split.test[judged_rows(records[split.test], "challenge")]
    count = pd.Series(records.y[rows, _COLUMNS["challenge"]].sum(axis=0), CHALLENGE_CLASSES)
    return count[count >= least].sort_values(ascending=False, kind="stable")


def columns_of(names):
    """Return the places of classes in `CLASSES`, a list of int."""
    return [CLASSES.index(name) for name in names]
