"""Scores as loops over beats, thresholds and replicates, against ours: same values, timed.

Run with ``python benchmarks/scores.py``. The beats are random, as many as in DS2 of MIT-BIH.
"""

import numpy as np
from _timing import paired, print_table
from sklearn import metrics

from ecgbook import tasks
from ecgbook.evaluation import (
    choose_threshold,
    confusion_matrix,
    influence,
    paired_difference,
    patient_weights,
    report,
)

TASK = tasks.single_label("NSVFQ")
N_BEATS, N_PATIENTS, N_REPLICATES = 50_000, 22, 200


def random_beats(rng):
    y = rng.choice(5, N_BEATS, p=[0.89, 0.037, 0.065, 0.007, 0.001])
    logits = 1.5 * rng.normal(size=(N_BEATS, 5)) + 2.5 * np.eye(5)[y]
    probability = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return y, probability, np.sort(rng.integers(0, N_PATIENTS, N_BEATS)).astype(str)


def loop_over_beats(y_true, y_pred):
    counts = np.zeros((5, 5), dtype=int)
    for reference, algorithm in zip(y_true, y_pred, strict=True):
        counts[reference, algorithm] += 1
    return counts


def copies_of_patients(patient):
    """Yield the beats of each replicate, drawn as ours so that the intervals can be compared."""
    number = np.unique(patient, return_inverse=True)[1]
    for weights in patient_weights(N_PATIENTS, N_REPLICATES)[1:]:
        yield np.repeat(np.arange(len(patient)), weights[number])


def loop_veb_interval(y_true, y_pred, patient):
    sensitivity, ppv = [], []
    for i in copies_of_patients(patient):
        counts = loop_over_beats(y_true[i], y_pred[i])
        sensitivity.append(counts[2, 2] / counts[2].sum())
        ppv.append(counts[2, 2] / counts[:3, 2].sum())
    return np.quantile([sensitivity, ppv], [0.025, 0.975], axis=1)


def loop_f1(positive, score):
    return max(metrics.f1_score(positive, score >= t) for t in np.unique(score))


def loop_f1_numpy(positive, score):
    best = 0.0
    for t in np.unique(score):
        called = score >= t
        best = max(best, 2 * (called & positive).sum() / (called.sum() + positive.sum()))
    return best


def loop_report(y, probability, patient):
    replicates = []
    for i in copies_of_patients(patient):
        onehot, y_pred = np.eye(5)[y[i]], probability[i].argmax(axis=1)
        replicates.append(
            [
                metrics.f1_score(y[i], y_pred, average="macro"),
                metrics.roc_auc_score(onehot, probability[i]),
                metrics.average_precision_score(onehot, probability[i]),
            ]
        )
    return np.quantile(replicates, [0.025, 0.975], axis=0)


def loop_difference(y, first, second, patient):
    replicates = []
    for i in copies_of_patients(patient):
        ours, theirs = (metrics.f1_score(y[i], x[i], average="macro") for x in (first, second))
        replicates.append(ours - theirs)
    return np.quantile(replicates, [0.025, 0.975])


def loop_influence(y, y_pred, patient):
    return [
        metrics.f1_score(y[patient != name], y_pred[patient != name], average="macro")
        for name in np.unique(patient)
    ]


def compare(name, ours, theirs, rounds):
    np.testing.assert_allclose(ours(), theirs(), atol=1e-6)
    return name, paired(ours, theirs, rounds)


def main():
    y, probability, patient = random_beats(np.random.default_rng(0))
    y_pred, positive, score = probability.argmax(axis=1), y == 2, probability[:, 2]
    few = slice(None, None, 25)  # scikit-learn's F1 at each of 50,000 thresholds takes minutes
    some = slice(None, None, 5)

    other = np.where(np.arange(N_BEATS) % 10 == 0, 0, y_pred)

    def ends(table, *keys):
        return table.set_index(["score", "class"]).loc[list(keys), ["low", "high"]].T

    def veb_interval():
        asked = ["ec57_sensitivity", "ec57_ppv"]
        table = report(TASK, y, y_pred, patient, scores=asked, n=N_REPLICATES)
        return ends(table, ("ec57_sensitivity", "V"), ("ec57_ppv", "V"))

    def intervals():
        asked = ["macro_f1", "macro_auroc", "macro_auprc"]
        table = report(TASK, y, probability, patient, scores=asked, n=N_REPLICATES)
        return ends(table, ("f1", "macro"), ("auroc", "macro"), ("auprc", "macro"))

    def difference():
        asked = {"scores": ["macro_f1"], "n": N_REPLICATES}
        return ends(paired_difference(TASK, y, y_pred, other, patient, **asked), ("f1", "macro"))

    def one_left_out():
        table = influence(TASK, y, y_pred, patient, score="macro_f1")
        return table.sort_values("patient")["value"]

    rows = [
        compare(
            "confusion matrix, 50,000 beats",
            lambda: confusion_matrix(y, y_pred, 5),
            lambda: loop_over_beats(y, y_pred),
            15,
        ),
        compare(
            f"EC57 intervals, {N_REPLICATES} replicates",
            veb_interval,
            lambda: loop_veb_interval(y, y_pred, patient),
            3,
        ),
        compare(
            "best F1, 2,000 beats, scikit-learn's F1",
            lambda: choose_threshold(positive[few], score[few]).reached,
            lambda: loop_f1(positive[few], score[few]),
            5,
        ),
        compare(
            "best F1, 10,000 beats, numpy's F1",
            lambda: choose_threshold(positive[some], score[some]).reached,
            lambda: loop_f1_numpy(positive[some], score[some]),
            7,
        ),
        compare(
            f"F1, AUROC, AUPRC intervals, {N_REPLICATES} replicates",
            intervals,
            lambda: loop_report(y, probability, patient),
            3,
        ),
        compare(
            f"paired difference of F1, {N_REPLICATES} replicates",
            difference,
            lambda: loop_difference(y, y_pred, other, patient)[:, None],
            3,
        ),
        compare(
            f"F1 without each of {N_PATIENTS} patients",
            one_left_out,
            lambda: loop_influence(y, y_pred, patient),
            7,
        ),
    ]
    print_table("Scores", rows)


if __name__ == "__main__":
    main()
