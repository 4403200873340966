"""What a leak is worth: the same test examples, with and without their patients in training."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ecgbook.datasets.likeness import projected
from ecgbook.datasets.stratify import stratified_parts
from ecgbook.errors import ScoreInvalid

__all__ = ["leak_price", "owners", "quick_trees"]

_TRAIN, _TEST = 3000, 6000  # examples at the most
_FOLDS = 5
_COMPONENTS = 32
_COLUMNS = ["score", "training", "value", "low", "high", "n_patients", "n"]


class _Asked(NamedTuple):
    """What a report needs to know of a task; `ecgbook.tasks` would bring torch with it."""

    kind: str
    classes: tuple
    scores: tuple
    none: bool = False
    normal: str | None = None


def owners(examples):
    """Return whose each example is, array of str (n,): the patient, else the record, else ``""``.

    A record stands for its patient only where it has several examples: a table in which each row
    has a number of its own says nothing about who is whom.
    """
    name, size = np.unique(examples.record, return_counts=True)
    several = np.isin(examples.record, name[(size > 1) & (name != "")])
    stand_in = np.where(several, np.char.add("record ", examples.record), "")
    return np.where(examples.patient == "", stand_in, examples.patient)


def quick_trees(seed):
    """Return the classifier that prices a leak by default: 40 extremely randomised trees."""
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(40, random_state=seed)


def leak_price(examples, split, model=quick_trees, *, n=500, seed=0):
    """Measure what it is worth that patients of the test part are in training too.

    Up to 6,000 test examples are judged twice, by the same classifier, trained on equally many
    examples: once drawn from the training part as it is, once from those of other patients. For
    that the shared patients are dealt out to five folds, and the patients of a fold are left out
    of training when they are tested. Patients who are not shared are judged by one and the same
    model, so that they change nothing.

    Parameters
    ----------
    examples : Examples
    split : Split
    model : callable ``(seed) -> estimator``
        A classifier of scikit-learn. It sees 32 principal components of the signal, and the
        features.
    n, seed : int
        Bootstrap replicates over patients; seed of every draw.

    Returns
    -------
    table : DataFrame
        ``score``; ``training``, which is "as split", "strangers only" or "difference"; ``value``,
        ``low``, ``high``, ``n_patients`` and ``n``. The scores are ``accuracy`` and ``macro_f1``,
        of several labels ``macro_auroc``. Without rows where there is nothing to compare.
    reason : str
        Why there are no rows, or ``""``.
    """
    owner, rng = owners(examples), np.random.default_rng(seed)
    train, test = (rng.permutation(p[owner[p] != ""]) for p in (split.train, split.test))
    test = test[:_TEST]
    if not len(test) or not len(train):
        return _nothing("nobody knows whose the examples are")
    shared = np.intersect1d(owner[train], owner[test])
    if not len(shared):
        return _nothing("no patient of the test part is in training")
    folds = _folds(test[np.isin(owner[test], shared)], owner, examples.y, len(shared), seed)
    pools = [train[~np.isin(owner[train], owner[fold])] for fold in folds]
    size = min(_TRAIN, *map(len, pools))
    if not size:
        return _nothing("all patients of training are in the test part, and they are too few")
    x = _inputs(examples, train, test, seed)
    as_split = _answers(model(seed), x, examples.y, train[:size], test)
    strangers = as_split.copy()
    for fold, pool in zip(folds, pools, strict=True):
        rows = np.isin(test, fold)
        strangers[rows] = _answers(model(seed), x, examples.y, pool[:size], test[rows])
    return _compared(examples, test, owner[test], as_split, strangers, n, seed)


def _inputs(examples, train, test, seed):
    """Return what the classifier sees, one row an example; those in no part stay 0."""
    x = np.zeros((len(examples), _COMPONENTS + len(examples.feature_names)), np.float32)
    used = np.unique(np.r_[train, test])
    waves = projected(examples, used, fitted_on=train, n=_COMPONENTS, seed=seed)
    x[used, : waves.shape[1]] = waves
    x[used, _COMPONENTS:] = examples.features[used]
    return x


def _nothing(reason):
    return pd.DataFrame(columns=_COLUMNS), reason


def _folds(test, owner, y, people, seed):
    """Deal the shared patients out, and return the test examples of each fold."""
    sizes = np.bincount(np.arange(people) % min(_FOLDS, people))
    return [test[fold] for fold in stratified_parts(owner[test], y[test], sizes, seed)]


def _answers(model, x, y, learn, ask):
    """Return classes of the examples at ``ask``; of several labels how sure the model is."""
    if y.ndim == 1:
        return model.fit(x[learn], y[learn]).predict(x[ask])
    target = y[learn].astype(int)
    model.fit(x[learn], target[:, 0] if target.shape[1] == 1 else target)
    said, classes = model.predict_proba(x[ask]), model.classes_
    if target.shape[1] == 1:
        said, classes = [said], [classes]
    pairs = zip(said, classes, strict=True)
    return np.stack([p[:, list(c).index(1)] if 1 in c else p[:, 0] * 0 for p, c in pairs], axis=1)


def _compared(examples, test, owner, as_split, strangers, n, seed):
    from ecgbook.evaluation import paired_difference, report

    kind = "multi_label" if examples.multi_label else "single_label"
    scores = ("macro_auroc",) if examples.multi_label else ("accuracy", "macro_f1")
    task, y = _Asked(kind, examples.classes, scores), examples.y[test]
    options = {"scores": scores, "n": n, "seed": seed}
    try:
        tables = {
            "as split": report(task, y, as_split, owner, **options),
            "strangers only": report(task, y, strangers, owner, **options),
            "difference": paired_difference(task, y, as_split, strangers, owner, **options),
        }
    except ScoreInvalid as error:
        return _nothing(str(error))
    joined = pd.concat([table.assign(training=name) for name, table in tables.items()])
    joined["score"] = joined["score"].where(joined["class"] == "all", "macro_" + joined["score"])
    return joined[_COLUMNS].reset_index(drop=True), ""
