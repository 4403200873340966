"""One table with every score of a classifier, each with its interval over patients."""

import numpy as np
import pandas as pd

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import confusion
from ecgbook.evaluation._checks import checked_labels, checked_probabilities, numbered_groups
from ecgbook.evaluation.ranking import Ranking
from ecgbook.evaluation.resampling import patient_weights, percentile_interval

__all__ = ["classification_report"]

_PER_CLASS = {
    "sensitivity": confusion.sensitivity,
    "ppv": confusion.positive_predictivity,
    "f1": confusion.f1,
}
_OVERALL = {
    "accuracy": confusion.accuracy,
    "balanced_accuracy": confusion.balanced_accuracy,
    "macro_f1": confusion.macro_f1,
    "kappa": confusion.cohen_kappa,
}


def classification_report(y_true, prediction, classes, *, patient=None, n=1000, seed=0, level=0.95):
    """Score a classifier of one class a sample, with intervals from a patient bootstrap.

    Parameters
    ----------
    y_true : array of int, shape (sample,)
        Reference class numbers, indices into ``classes``.
    prediction : array of int, shape (sample,), or of float, shape (sample, class)
        Predicted class numbers, or the probability of each class. From probabilities, the
        likeliest class is the prediction, and the scores of rank and probability are added.
    classes : sequence of str
        Names of the classes.
    patient : array, shape (sample,), optional
        Whose sample it is. Beats of one patient resemble each other, so patients and not
        beats are drawn for the intervals; without patients there is no interval.
    n : int, default 1000
        Number of bootstrap replicates.
    seed : int, default 0
        Seed of the bootstrap.
    level : float, default 0.95
        Level of the intervals, from percentiles of the replicates.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``score`` and ``class``; columns ``value``, with patients also ``low`` and
        ``high``, and ``n``, the reference samples. Per class: ``sensitivity``, ``ppv``, ``f1``
        and, one class against the rest, ``auroc``, ``auprc``, ``brier``. Of class
        ``overall``: ``accuracy``, ``balanced_accuracy``, ``macro_f1``, ``kappa``,
        ``macro_auroc``, ``macro_auprc`` and ``brier``, summed over the classes (Brier 1950).

    Raises
    ------
    ScoreInvalid
        If shapes differ, a label is no index into ``classes``, all samples are of one class,
        a probability is NaN or none, or there is one patient only.

    Notes
    -----
    A score without a value is NaN, never 0: the sensitivity of a class without samples, the
    PPV of a class never predicted. Macro scores average over the classes that have a value.
    A replicate without a patient of some class leaves that class out likewise.

    Examples
    --------
    >>> report = classification_report([0, 0, 0, 1], [0, 0, 1, 1], ["N", "V"])
    >>> report.loc[["sensitivity", "ppv"], "value"].round(2).to_dict()
    {('sensitivity', 'N'): 0.67, ('sensitivity', 'V'): 1.0, ('ppv', 'N'): 1.0, ('ppv', 'V'): 0.5}
    """
    y_true, y_pred, probability = _checked(y_true, prediction, classes)
    if patient is None:
        weights, group = np.ones((1, 1), np.int32), np.zeros(len(y_true), np.int64)
    else:
        group, names = numbered_groups(patient, len(y_true), "patient")
        weights = patient_weights(len(names), n, seed)
    scores = _matrix_scores(y_true, y_pred, len(classes), group, weights)
    if probability is not None:
        scores |= _probability_scores(y_true, probability, group, weights)
    support = np.bincount(y_true, minlength=len(classes))
    return _table(scores, classes, support, level)


def _checked(y_true, prediction, classes):
    """Return labels, predicted labels and probabilities (or None)."""
    y_true = checked_labels(y_true, len(classes), "y_true")
    if np.ptp(y_true) == 0:
        raise ScoreInvalid(
            f"all {len(y_true)} samples are of class {classes[y_true[0]]}; "
            f"scores of a classifier need samples of two classes or more"
        )
    if np.ndim(prediction) == 1:
        return y_true, prediction, None
    shape = (len(y_true), len(classes))
    probability = checked_probabilities(prediction, shape, "prediction")
    return y_true, probability.argmax(axis=1), probability


def _matrix_scores(y_true, y_pred, n_classes, group, weights):
    """Return each score of the confusion matrix, shape (replicate,) or (replicate, class)."""
    _, counts = confusion.confusion_by_group(y_true, y_pred, n_classes, group)
    counts = np.tensordot(weights, counts, axes=1)
    return {name: score(counts) for name, score in (_PER_CLASS | _OVERALL).items()}


def _probability_scores(y_true, probability, group, weights):
    """Return each score of the probabilities, likewise."""
    positive = np.eye(probability.shape[1], dtype=bool)[y_true]
    auroc, auprc = Ranking(positive, probability, group).scores(weights)
    errors = np.zeros((weights.shape[1], probability.shape[1]))
    np.add.at(errors, group, (probability - positive) ** 2)
    brier = weights @ errors / (weights @ np.bincount(group))[:, None]
    return {
        "auroc": auroc,
        "auprc": auprc,
        "brier": np.column_stack([brier, brier.sum(axis=1)]),
        "macro_auroc": confusion.mean_of_defined(auroc),
        "macro_auprc": confusion.mean_of_defined(auprc),
    }


def _table(scores, classes, support, level):
    """Lay the scores out, one row each: the sample's value and its replicates' interval."""
    names = [*classes, "overall"]
    number = dict(zip(names, [*support, support.sum()], strict=True))
    rows = [
        (score, name)
        for score, values in scores.items()
        for name in (names[: values.shape[1]] if values.ndim == 2 else names[-1:])
    ]
    columns = np.column_stack(list(scores.values()))  # (replicate, row)
    table = {"value": columns[0]}
    if len(columns) > 1:
        table["low"], table["high"] = percentile_interval(columns[1:], level)
    table["n"] = [number[name] for _, name in rows]
    return pd.DataFrame(table, index=pd.MultiIndex.from_tuples(rows, names=["score", "class"]))
