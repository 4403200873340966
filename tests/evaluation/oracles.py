"""The scores of reports by scikit-learn and plain loops, and data to try them on."""

import numpy as np
from scipy.optimize import brentq
from sklearn import metrics

from ecgbook.evaluation import patient_weights

RANKED = ("auroc", "auprc", "best_f1", "equal_error_rate", "brier")


def equal_error_rate(positive, score):
    """Where a straight line between two thresholds has as many misses as false alarms."""
    false, found, _ = metrics.roc_curve(positive, score, drop_intermediate=False)
    return brentq(lambda rate: 1 - rate - np.interp(rate, false, found), 0, 1, xtol=1e-14)


def rank_scores(positive, score):
    precision, recall, _ = metrics.precision_recall_curve(positive, score)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return {
        "auroc": metrics.roc_auc_score(positive, score),
        "auprc": metrics.average_precision_score(positive, score),
        "best_f1": f1.max(),
        "equal_error_rate": equal_error_rate(positive, score),
    }


def answer_scores(positive, called):
    once = {"zero_division": np.nan}
    sensitivity = metrics.recall_score(positive, called, **once)
    specificity = metrics.recall_score(positive, called, pos_label=0, **once)
    return {
        "accuracy": metrics.accuracy_score(positive, called),
        "sensitivity": sensitivity,
        "specificity": specificity,
        "ppv": metrics.precision_score(positive, called, **once),
        "f1": metrics.f1_score(positive, called, **once),
        "g_mean": np.sqrt(sensitivity * specificity),
        "kappa": metrics.cohen_kappa_score(positive, called),
    }


def multi_label_scores(y, probability, thresholds=0.5):
    """Return {(score, class): value} of several labels, classes by their number."""
    called, columns = probability >= thresholds, range(y.shape[1])
    scores = {}
    for k in [*columns, "pooled"]:
        own = [x.ravel() if k == "pooled" else x[:, k] for x in (y, called, probability)]
        found = answer_scores(*own[:2]) | rank_scores(own[0], own[2])
        found["brier"] = np.mean((own[2] - own[0]) ** 2)
        scores |= {(name, k): value for name, value in found.items()}
    for name in found:
        scores[name, "macro"] = np.nanmean([scores[name, k] for k in columns])
    scores["exact_match", "all"] = metrics.accuracy_score(y, called)
    scores["hamming_loss", "all"] = metrics.hamming_loss(y, called)
    return scores


def single_label_scores(y, probability):
    """Return {(score, class): value} of a single label, classes by their number."""
    y_pred, eye = probability.argmax(axis=1), np.eye(probability.shape[1])
    ranked = multi_label_scores(eye[y] > 0, probability)
    named = multi_label_scores(eye[y] > 0, eye[y_pred])
    scores = {
        key: (ranked if key[0] in RANKED else named)[key]
        for key in named
        if key[0] not in {"accuracy", "kappa", "exact_match", "hamming_loss"}
    }
    scores["accuracy", "all"] = metrics.accuracy_score(y, y_pred)
    scores["kappa", "all"] = metrics.cohen_kappa_score(y, y_pred)
    return scores


def abnormal_scores(y, score, n_classes):
    """Return {(score, class): value} of an anomaly detector, 0 being normal."""
    scores = {}
    for k in ["all", *range(1, n_classes)]:
        kept = np.full(len(y), True) if k == "all" else np.isin(y, [0, k])
        found = rank_scores(y[kept] != 0, score[kept])
        scores |= {(name, k): value for name, value in found.items()}
    return scores


def copies(patient, n, seed):
    """Yield the rows of each bootstrap replicate, as copies of the patients drawn."""
    names, number = np.unique(patient, return_inverse=True)
    for drawn in patient_weights(len(names), n, seed)[1:]:
        yield np.repeat(np.arange(len(patient)), drawn[number])


def rows(table):
    """Return the table of a report by score and class."""
    return table.set_index(["score", "class"])


def challenge2021_by_loops(y, called, weights, normal):
    """Return the Challenge score of bool (recording, class), one pair of classes after another."""
    alone = np.zeros_like(y)
    alone[:, normal] = True
    model, labels, baseline = (_weighed(y, answer, weights) for answer in (called, y, alone))
    return (model - baseline) / (labels - baseline) if labels != baseline else 0.0


def _weighed(y, answer, weights):
    n_classes = y.shape[1]
    table = np.zeros((n_classes, n_classes))
    for labels, outputs in zip(y, answer, strict=True):
        size = max(float((labels | outputs).sum()), 1.0)
        for j in range(n_classes):
            if labels[j]:
                for k in range(n_classes):
                    if outputs[k]:
                        table[j, k] += 1.0 / size
    return (weights * table).sum()
