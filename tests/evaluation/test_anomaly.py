import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import anomaly_report, patient_weights

CLASSES = ["N", "S", "V", "F"]
SCORES = ["auroc", "auprc", "best_f1"]


@pytest.fixture(scope="module")
def beats():
    """Classes, scores of three runs with ties, and patients."""
    rng = np.random.default_rng(1)
    y = rng.choice(4, 900, p=[0.8, 0.08, 0.08, 0.04])
    score = np.round(rng.normal(size=(3, 900)) + 0.8 * y, 1)
    return y, score, np.array([f"p{i}" for i in rng.integers(0, 12, 900)])


def expected(abnormal, score):
    """The three scores by scikit-learn."""
    precision, recall, _ = metrics.precision_recall_curve(abnormal, score)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    area = metrics.roc_auc_score(abnormal, score)
    return [area, metrics.average_precision_score(abnormal, score), f1.max()]


def expected_row(y, score, row):
    kept = np.full(len(y), True) if row == "all" else np.isin(y, [0, CLASSES.index(row)])
    return expected(y[kept] != 0, score[kept])


def test_every_score_equals_scikit_learn(beats):
    y, score, patient = beats
    report = anomaly_report(y, score[0], patient, classes=CLASSES, n=2)
    assert list(report.index) == ["all", "S", "V", "F"]
    for row in report.index:
        np.testing.assert_allclose(report.loc[row, SCORES], expected_row(y, score[0], row))


def test_intervals_equal_those_of_copied_patients_over_runs(beats):
    y, score, patient = beats
    report = anomaly_report(y, score, patient, classes=CLASSES, n=15, seed=3)
    names, number = np.unique(patient, return_inverse=True)
    for row in ("all", "F"):
        values = [expected_row(y, one, row) for one in score]
        np.testing.assert_allclose(report.loc[row, SCORES], np.mean(values, axis=0))
        replicates = []
        for run, one in enumerate(score):
            for drawn in patient_weights(len(names), n=15, seed=3 + run)[1:]:
                copies = np.repeat(np.arange(len(y)), drawn[number])
                replicates.append(expected_row(y[copies], one[copies], row))
        bounds = np.quantile(replicates, [0.025, 0.975], axis=0)
        np.testing.assert_allclose(report.loc[row, [f"{name}_low" for name in SCORES]], bounds[0])
        np.testing.assert_allclose(report.loc[row, [f"{name}_high" for name in SCORES]], bounds[1])


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([-1.0, 0.0, 0.5]), st.booleans()),
        min_size=2,
        max_size=30,
    )
)
def test_ties_and_small_sets_equal_scikit_learn(beats):
    # One normal and one abnormal beat, of two patients, are always there.
    beats = [(0, 0.0, False), (1, 0.5, True), *beats]
    y, score, patient = (np.array(column) for column in zip(*beats, strict=True))
    report = anomaly_report(y, score, patient, classes="NSV", n=5)
    np.testing.assert_allclose(report.loc["all", SCORES], expected(y != 0, score))
    kept = y < 2
    np.testing.assert_allclose(report.loc["S", SCORES], expected(y[kept] != 0, score[kept]))


def test_a_class_is_set_against_normal_beats_only():
    # From the highest score down: S V N S N N. The V beat between does not touch the S row.
    y, score = [1, 2, 0, 1, 0, 0], [6, 5, 4, 3, 2, 1]
    report = anomaly_report(y, score, list("ababab"), classes="NSV", n=5)
    assert report.loc["S", "auroc"] == pytest.approx(5 / 6)
    assert report.loc["S", "auprc"] == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert report.loc["S", "best_f1"] == pytest.approx(4 / 5)  # three called, two right
    assert report.loc["V", SCORES].tolist() == [1, 1, 1]
    assert report.loc["all", "auroc"] == pytest.approx(8 / 9)
    assert report.loc["all", "best_f1"] == pytest.approx(6 / 7)  # four called, three right


def test_numbers_of_beats(beats):
    y, score, patient = beats
    report = anomaly_report(y, score, patient, classes=CLASSES, n=2)
    assert report.loc["all", "n"] == len(y)
    assert report.loc["all", "n_abnormal"] == (y > 0).sum()
    assert report.loc["V", "n"] == ((y == 0) | (y == 2)).sum()
    assert report.loc["V", "n_abnormal"] == (y == 2).sum()
    assert (report["runs"] == 3).all()


def test_another_class_can_be_the_normal_one():
    order = [2, 0, 1]  # the same beats under other numbers: N becomes 2
    y, score, patient = np.array([0, 1, 0, 2, 0, 1]), [1, 2, 3, 4, 5, 6], list("aabbcc")
    first = anomaly_report(y, score, patient, classes="NSV", n=20)
    again = anomaly_report(np.take(order, y), score, patient, classes="SVN", normal=2, n=20)
    assert list(again.index) == ["all", "S", "V"]
    np.testing.assert_array_equal(first, again)


def test_a_class_without_beats_is_said_to_have_no_score(beats):
    y, score, patient = beats
    kept = y != 3
    report = anomaly_report(y[kept], score[:, kept], patient[kept], classes=CLASSES, n=5)
    assert report.loc["F"].drop(["n", "n_abnormal", "runs"]).isna().all()
    assert report.loc["F", "n_abnormal"] == 0
    assert report.drop(index="F").notna().all(axis=None)


def test_replicates_without_the_only_patient_of_a_class_are_left_out():
    y, patient = [0, 0, 1, 0, 2, 0], list("aabbcc")
    report = anomaly_report(y, [0, 0, 1, 0, 1, 0], patient, classes="NSV", n=50)
    bounds = [f"{name}_{end}" for name in SCORES for end in ("low", "high")]
    assert (report[bounds] == 1).all(axis=None)


def test_the_best_f1_of_noise_is_that_of_calling_all_abnormal():
    # A constant score has one threshold: precision 1/4, all found, F1 2/5.
    report = anomaly_report([0, 0, 0, 1], [7, 7, 7, 7], list("abab"), classes="NV", n=5)
    assert report.loc["V", SCORES].tolist() == pytest.approx([0.5, 0.25, 0.4])


@pytest.mark.parametrize(
    ("y", "score", "group", "message"),
    [
        ([0, 0], [0.1, 0.2], "ab", "all of the 2 beats are of the normal class N"),
        ([1, 2], [0.1, 0.2], "ab", "none of the 2 beats are of the normal class N"),
        ([0, 3], [0.1, 0.2], "ab", "unknown class 3"),
        ([0, 1], [0.1, np.nan], "ab", "NaN"),
        ([0, 1], [0.1, 0.2, 0.3], "ab", r"shape \(2,\)"),
        ([0, 1], [[[0.1, 0.2]]], "ab", r"shape \(beat,\) or \(run, beat\), got \(1, 1, 2\)"),
        ([0, 1], np.zeros((0, 2)), "ab", r"got \(0, 2\)"),
        ([0, 1], [0.1, 0.2], "abc", "group needs shape"),
        ([0, 1], [0.1, 0.2], "aa", "two patients"),
    ],
)
def test_bad_input_is_refused(y, score, group, message):
    with pytest.raises(ScoreInvalid, match=message):
        anomaly_report(y, score, list(group), classes="NSV")


def test_a_normal_class_that_is_none_is_refused():
    with pytest.raises(ScoreInvalid, match="normal must index 2 classes, got 2"):
        anomaly_report([0, 1], [0.1, 0.2], ["a", "b"], classes="NV", normal=2)
