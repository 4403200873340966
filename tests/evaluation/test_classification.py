import numpy as np
import pytest
from sklearn import metrics

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import classification_report, patient_weights

CLASSES = ["N", "S", "V"]


@pytest.fixture(scope="module")
def beats():
    rng = np.random.default_rng(4)
    y = rng.choice(3, 600, p=[0.8, 0.1, 0.1])
    logits = rng.normal(size=(600, 3)) + 1.5 * np.eye(3)[y]
    probability = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return y, probability, np.array([f"p{i}" for i in rng.integers(0, 12, 600)])


def expected_scores(y, probability):
    """Every score of the report by scikit-learn."""
    y_pred, onehot = probability.argmax(axis=1), np.eye(3)[y]
    kinds = {"labels": range(3), "average": None, "zero_division": np.nan}
    per_class = {
        "sensitivity": metrics.recall_score(y, y_pred, **kinds),
        "ppv": metrics.precision_score(y, y_pred, **kinds),
        "f1": metrics.f1_score(y, y_pred, **kinds),
        "auroc": metrics.roc_auc_score(onehot, probability, average=None),
        "auprc": metrics.average_precision_score(onehot, probability, average=None),
        "brier": [metrics.brier_score_loss(onehot[:, k], probability[:, k]) for k in range(3)],
    }
    scores = {(s, c): v for s in per_class for c, v in zip(CLASSES, per_class[s], strict=True)}
    return scores | {
        ("accuracy", "overall"): metrics.accuracy_score(y, y_pred),
        ("balanced_accuracy", "overall"): metrics.balanced_accuracy_score(y, y_pred),
        ("macro_f1", "overall"): metrics.f1_score(y, y_pred, average="macro"),
        ("kappa", "overall"): metrics.cohen_kappa_score(y, y_pred),
        ("macro_auroc", "overall"): metrics.roc_auc_score(y, probability, multi_class="ovr"),
        ("macro_auprc", "overall"): np.mean(per_class["auprc"]),
        ("brier", "overall"): metrics.brier_score_loss(y, probability),
    }


def test_every_score_equals_scikit_learn(beats):
    y, probability, _ = beats
    report = classification_report(y, probability, CLASSES)
    expected = expected_scores(y, probability)
    assert set(report.index) == set(expected)
    for row, value in expected.items():
        assert report.loc[row, "value"] == pytest.approx(value, abs=1e-12), row


def test_labels_give_the_same_matrix_scores_as_probabilities(beats):
    y, probability, _ = beats
    full = classification_report(y, probability, CLASSES)
    short = classification_report(y, probability.argmax(axis=1), CLASSES)
    assert set(short.index.unique("score")) == {
        *("sensitivity", "ppv", "f1"),
        *("accuracy", "balanced_accuracy", "macro_f1", "kappa"),
    }
    np.testing.assert_array_equal(short["value"], full.loc[short.index, "value"])


def test_intervals_equal_those_of_copied_patients(beats):
    y, probability, patient = beats
    report = classification_report(y, probability, CLASSES, patient=patient, n=20, seed=5)
    names, number = np.unique(patient, return_inverse=True)
    replicates = []
    for drawn in patient_weights(len(names), n=20, seed=5)[1:]:
        copies = np.repeat(np.arange(len(y)), drawn[number])
        replicates.append(expected_scores(y[copies], probability[copies]))
    for row in report.index:
        values = [replicate[row] for replicate in replicates]
        low, high = np.quantile(values, [0.025, 0.975])
        assert report.loc[row, "low"] == pytest.approx(low, abs=1e-9), row
        assert report.loc[row, "high"] == pytest.approx(high, abs=1e-9), row


def test_without_patients_there_is_no_interval(beats):
    y, probability, patient = beats
    assert list(classification_report(y, probability, CLASSES).columns) == ["value", "n"]
    report = classification_report(y, probability, CLASSES, patient=patient, n=10)
    assert list(report.columns) == ["value", "low", "high", "n"]


def test_n_counts_the_reference(beats):
    y, probability, _ = beats
    report = classification_report(y, probability, CLASSES)
    assert report.loc[("f1", "S"), "n"] == (y == 1).sum()
    assert report.loc[("brier", "overall"), "n"] == len(y)


def test_a_class_that_nobody_has_is_nan_and_left_out_of_the_means():
    probability = np.array([[0.8, 0.1, 0.1], [0.2, 0.8, 0.0], [0.6, 0.4, 0.0]])
    report = classification_report([0, 1, 1], probability, CLASSES)["value"]
    assert np.isnan(report[("sensitivity", "V")])
    assert np.isnan(report[("auroc", "V")])
    assert report[("balanced_accuracy", "overall")] == pytest.approx((1 + 1 / 2) / 2)
    assert report[("macro_auroc", "overall")] == 1


def test_a_class_of_one_patient_is_missing_in_some_replicates_only():
    y = np.array([0, 0, 0, 2, 0, 1, 0, 1])
    patient = np.array(["a", "a", "b", "b", "c", "c", "d", "d"])
    report = classification_report(y, y, CLASSES, patient=patient, n=200)
    assert report.loc[("sensitivity", "V"), ["low", "high"]].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("y", "prediction", "patient", "message"),
    [
        ([0, 0], [0, 1], None, "all 2 samples are of class N"),
        ([0, 3], [0, 1], None, "unknown class 3"),
        ([0, 1], [0, 1, 1], None, "2 labels in y_true but 3"),
        ([0, 1], [0.2, 0.8], None, "threshold"),
        ([0, 1], [[0.5, 0.5], [0.5, 0.5]], None, r"shape \(2, 3\)"),
        ([0, 1], [[1, 0, 0], [0, np.nan, 0]], None, "NaN"),
        ([0, 1], [[3.0, 0, -2.0], [0, 1, 0]], None, "softmax"),
        ([0, 1], [[0.9, 0.9, 0.9], [0, 1, 0]], None, "add up to 1"),
        ([0, 1], [0, 1], ["a", "a"], "two patients"),
        ([0, 1], [0, 1], ["a"], "patient"),
    ],
)
def test_bad_input_is_refused(y, prediction, patient, message):
    with pytest.raises(ScoreInvalid, match=message):
        classification_report(y, prediction, CLASSES, patient=patient)
