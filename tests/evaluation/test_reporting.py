"""Reports against scikit-learn, and their intervals against copies of the patients drawn."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgbook import tasks
from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import ec57_scores, j_kappa, report
from ecgbook.evaluation.confusion import confusion_by_group, confusion_matrix
from tests.evaluation import oracles
from tests.evaluation.oracles import rows

AAMI = ("N", "S", "V", "F")
MANY = ("MI", "STTC", "CD")
NAMES = {
    "single_label": AAMI,
    "multi_label": MANY,
    "reconstruction": AAMI,
}
N_RUNS = 2


def data(kind, n=400, seed=0):
    """Return labels, probabilities of runs, and patients, random with ties."""
    rng = np.random.default_rng(seed)
    patient = np.array([f"p{i}" for i in rng.integers(0, 12, n)])
    if kind == "multi_label":
        y = rng.random((n, 3)) < [0.3, 0.2, 0.1]
        return y, np.round(0.6 * rng.random((N_RUNS, n, 3)) + 0.3 * y, 2), patient
    y = rng.choice(4, n, p=[0.7, 0.1, 0.1, 0.1])
    if kind == "reconstruction":
        return y, np.round(rng.normal(size=(N_RUNS, n)) + 0.8 * y, 1), patient
    logits = rng.normal(size=(N_RUNS, n, 4)) + 1.5 * np.eye(4)[y]
    probability = np.exp(logits)
    return y, probability / probability.sum(axis=-1, keepdims=True), patient


def oracle(kind, y, probability):
    """Return {(score, class): value} with the names of classes."""
    names = NAMES[kind]
    scores = {
        "single_label": oracles.single_label_scores,
        "multi_label": oracles.multi_label_scores,
        "reconstruction": lambda y, score: oracles.abnormal_scores(y, score, 4),
    }[kind](y, probability)
    return {(s, k if isinstance(k, str) else names[k]): v for (s, k), v in scores.items()}


def task_of(kind, **options):
    if kind == "reconstruction":
        return tasks.reconstruction(classes=AAMI, **options)
    return getattr(tasks, kind)(NAMES[kind], **options)


def names_for(expected):
    """Return the names to ask for: a score gives its classes and macro, pooled is apart."""
    pooled = [f"pooled_{name}" for name, k in expected if k == "pooled"]
    return [*dict.fromkeys(name for name, _ in expected), *pooled]


KINDS = pytest.mark.parametrize("kind", ["single_label", "multi_label", "reconstruction"])


@KINDS
def test_every_score_equals_scikit_learn(kind):
    y, probability, patient = data(kind)
    expected = oracle(kind, y, probability[0])
    table = report(task_of(kind), y, probability[0], patient, scores=names_for(expected), n=2)
    assert list(table.columns) == ["score", "class", "value", "low", "high", "n_patients", "n"]
    assert {tuple(row) for row in table[["score", "class"]].to_numpy()} == set(expected)
    for key, row in rows(table).iterrows():
        assert row["value"] == pytest.approx(expected[key], abs=1e-9), key


@KINDS
def test_intervals_equal_those_of_copied_patients_over_runs(kind):
    y, probability, patient = data(kind)
    n, seed = 12, 3
    expected = [oracle(kind, y, one) for one in probability]
    drawn = [
        oracle(kind, y[i], one[i])
        for run, one in enumerate(probability)
        for i in oracles.copies(patient, n, seed + run)
    ]
    names = names_for(expected[0])
    table = rows(report(task_of(kind), y, probability, patient, scores=names, n=n, seed=seed))
    for key, row in table.iterrows():
        value = np.mean([one[key] for one in expected])
        low, high = np.nanquantile([one[key] for one in drawn], [0.025, 0.975])
        np.testing.assert_allclose(row[["value", "low", "high"]], [value, low, high], atol=1e-9)


def test_ec57_rows_are_those_of_the_matrices_of_the_patients_drawn():
    y, probability, patient = data("single_label")
    y_pred = probability.argmax(axis=-1)
    asked = ["j_kappa", "ec57_sensitivity", "ec57_ppv", "ec57_accuracy", "ec57_specificity"]
    table = rows(report(task_of("single_label"), y, probability, patient, scores=asked, n=20))
    drawn = []
    for run, called in enumerate(y_pred):
        of_copies = oracles.copies(patient, 20, run)
        drawn += [confusion_matrix(y[i], called[i], 4) for i in of_copies]
    own = [confusion_matrix(y, called, 4) for called in y_pred]
    for k, name in enumerate("SV"):
        for score in ("sensitivity", "ppv", "accuracy"):
            value, replicates = (ec57_scores(np.array(m))[score][:, k] for m in (own, drawn))
            bounds = np.quantile(replicates, [0.025, 0.975])
            row = table.loc[f"ec57_{score}", name]
            np.testing.assert_allclose(row[["value", "low", "high"]], [value.mean(), *bounds])
        false_alarms = ec57_scores(np.array(own))["fpr"][:, k].mean()
        assert table.loc[("ec57_specificity", name), "value"] == pytest.approx(1 - false_alarms)
    bounds = np.quantile(j_kappa(np.array(drawn)), [0.025, 0.975])
    row = table.loc["j_kappa", "all"]
    np.testing.assert_allclose(row[["low", "high"]], bounds)
    assert row["value"] == pytest.approx(j_kappa(np.array(own)).mean())


def test_after_ec57_a_class_never_called_has_a_ppv_of_0_and_one_that_is_not_there_no_value():
    task = tasks.single_label(AAMI, scores=["ec57_sensitivity", "ec57_ppv", "ppv", "j_kappa"])
    table = rows(report(task, [0, 0, 1, 1], [0, 0, 0, 0], list("abab"), n=5))
    assert table.loc[("ec57_sensitivity", "S"), "value"] == 0
    assert table.loc[("ec57_ppv", "S"), ["value", "low", "high"]].tolist() == [0, 0, 0]
    assert np.isnan(table.loc[("ppv", "S"), "value"])
    assert np.isnan(table.loc[("ec57_ppv", "V"), "value"])
    assert np.isnan(table.loc[("ec57_sensitivity", "V"), "value"])
    assert table.loc[("j_kappa", "all"), "value"] == 0


def test_ec57_leaves_out_fusion_beats_called_ventricular():
    # Of three beats called V one is V, one N and one F: PPV 1/2, and 1/3 without EC57.
    table = report(
        tasks.single_label(AAMI), [2, 0, 3, 1], [2, 2, 2, 1], list("abab"), n=2,
        scores=["ec57_ppv", "ppv"],
    )  # fmt: skip
    table = rows(table)
    assert table.loc[("ec57_ppv", "V"), ["value", "n"]].tolist() == [1 / 2, 2]
    assert table.loc[("ppv", "V"), ["value", "n"]].tolist() == [pytest.approx(1 / 3), 3]


def test_n_and_patients_are_those_that_the_value_rests_on():
    # Patient a has the only S beat; S is called for it and for one of b's; c is never called S.
    y, y_pred, patient = [1, 0, 0, 0, 0, 2], [1, 0, 1, 0, 0, 2], list("aabbcc")
    asked = ["sensitivity", "ppv", "specificity", "f1", "accuracy"]
    table = rows(report(tasks.single_label("NSV"), y, y_pred, patient, scores=asked, n=5))
    sizes = table[["n", "n_patients"]]
    assert sizes.loc["sensitivity", "S"].tolist() == [1, 1]
    assert sizes.loc["ppv", "S"].tolist() == [2, 2]
    assert sizes.loc["specificity", "S"].tolist() == [5, 3]
    assert sizes.loc["f1", "N"].tolist() == [4, 3]
    assert sizes.loc["f1", "macro"].tolist() == [6, 3]
    assert sizes.loc["accuracy", "all"].tolist() == [6, 3]


def test_n_of_pooled_scores_counts_labels():
    y = np.array([[1, 1], [1, 0], [0, 0], [0, 0]]) > 0
    called = np.array([[1, 0], [1, 1], [0, 0], [0, 0]]) > 0
    asked = ["pooled_sensitivity", "pooled_ppv", "pooled_specificity", "pooled_accuracy"]
    table = report(tasks.multi_label(["MI", "CD"]), y, called, list("abcd"), scores=asked, n=2)
    assert table["n"].tolist() == [3, 3, 5, 8]
    assert table["n_patients"].tolist() == [2, 2, 3, 4]


def test_one_name_may_stand_alone_and_series_are_arrays():
    y, patient = pd.Series([0, 1, 1], index=[7, 8, 9]), pd.Series([5, 5, 6], index=[1, 1, 2])
    table = report(tasks.single_label("NV"), y, y, patient, scores="accuracy", by=patient, n=2)
    assert table["score"].tolist() == ["accuracy", "accuracy"]
    assert table["group"].tolist() == [5, 6]
    assert table["n"].tolist() == [2, 1]


def test_n_of_what_is_called_is_the_mean_over_runs():
    y, runs = [0, 1, 0, 1], [[1, 1, 1, 1], [0, 1, 0, 0]]  # called 1: four, then one
    table = report(tasks.single_label("NV"), y, runs, list("aabb"), scores=["ppv"], n=2)
    assert rows(table).loc[("ppv", "V"), ["value", "n"]].tolist() == [(1 / 2 + 1) / 2, 2]


@KINDS
def test_a_group_is_reported_as_if_it_were_alone(kind):
    y, probability, patient = data(kind)
    group = np.where(np.random.default_rng(5).random(len(patient)) < 0.5, "male", "female")
    table = report(task_of(kind), y, probability, patient, by=group, n=10)
    assert list(table.columns[:3]) == ["score", "class", "group"]
    assert list(table["group"].unique()) == ["female", "male"]
    for name, own in table.groupby("group"):
        kept = group == name
        alone = report(task_of(kind), y[kept], probability[:, kept], patient[kept], n=10)
        alone.insert(2, "group", name)
        np.testing.assert_array_equal(alone, own)


def test_a_group_of_one_patient_or_class_has_a_value_and_no_interval():
    y, y_pred, patient = [0, 1, 0, 0, 0], [0, 1, 0, 0, 1], list("aabbc")
    table = report(tasks.single_label("NV"), y, y_pred, patient, by=list("xxyyy"), n=20)
    alone = table[table["group"] == "x"]
    assert (alone["n_patients"] <= 1).all()
    assert (alone["value"] == 1).all()
    assert alone[["low", "high"]].isna().all(axis=None)
    other = rows(table[table["group"] == "y"])
    assert other.loc[("accuracy", "all"), "value"] == 2 / 3
    assert np.isnan(other.loc[("sensitivity", "V"), "value"])


def test_answers_give_the_scores_of_probabilities_but_those_that_rank():
    y, probability, patient = data("single_label")
    task = task_of("single_label")
    full = report(task, y, probability, patient, n=5)
    short = report(task, y, probability.argmax(axis=-1), patient, n=5)
    assert set(full["score"]) - set(short["score"]) == {"auroc"}
    np.testing.assert_array_equal(short, full[full["score"] != "auroc"])
    y, probability, patient = data("multi_label")
    full = report(task_of("multi_label"), y, probability, patient, n=5)
    short = report(task_of("multi_label"), y, probability >= 0.5, patient, n=5)
    np.testing.assert_array_equal(short, full[~full["score"].isin(["auroc", "auprc"])])


def test_thresholds_of_each_class_and_run_decide_what_is_called():
    y, probability, patient = data("multi_label")
    limits = np.array([[0.3, 0.5, 0.4], [0.2, 0.6, 0.5]])
    asked = {"scores": ["f1", "exact_match"], "n": 5}
    task = task_of("multi_label")
    chosen = report(task, y, probability, patient, thresholds=limits, **asked)
    called = probability >= limits[:, None]
    np.testing.assert_array_equal(rows(chosen), rows(report(task, y, called, patient, **asked)))
    of_one = report(task, y, probability[0], patient, thresholds=limits[0], **asked)
    np.testing.assert_array_equal(rows(of_one), rows(report(task, y, called[0], patient, **asked)))


def test_none_of_the_classes_is_a_row_that_no_mean_counts():
    y, probability, patient = data("multi_label")
    asked = {"scores": ["f1", "auroc", "pooled_f1", "exact_match"], "n": 5}
    without = rows(report(task_of("multi_label"), y, probability[0], patient, **asked))
    table = rows(report(task_of("multi_label", none=True), y, probability[0], patient, **asked))
    np.testing.assert_array_equal(table.loc[without.index], without)
    nothing, called = ~y.any(axis=1), ~(probability[0] >= 0.5).any(axis=1)
    expected = oracles.answer_scores(nothing, called)["f1"]
    assert table.loc[("f1", "none"), "value"] == pytest.approx(expected)
    score = (1 - probability[0]).prod(axis=1)
    expected = oracles.rank_scores(nothing, score)["auroc"]
    assert table.loc[("auroc", "none"), "value"] == pytest.approx(expected)


def test_labels_that_are_not_known_count_nowhere():
    y, probability, patient = data("multi_label")
    task = task_of("multi_label", none=True)
    asked = ["f1", "accuracy", "auroc", "brier", "pooled_auroc", "exact_match", "hamming_loss"]
    masked = y.astype(float)
    masked[:100, 0], masked[50:120, 1] = np.nan, -1
    table = rows(report(task, masked, probability[0], patient, scores=asked, n=3))
    known = masked >= 0
    for k, name in enumerate(MANY):
        own = y[known[:, k], k], probability[0][known[:, k], k]
        expected = oracles.answer_scores(own[0], own[1] >= 0.5) | oracles.rank_scores(*own)
        for score in ("f1", "accuracy", "auroc"):
            assert table.loc[(score, name), "value"] == pytest.approx(expected[score])
        expected = np.mean((own[1] - own[0]) ** 2)
        assert table.loc[("brier", name), "value"] == pytest.approx(expected)
    pooled = oracles.rank_scores(y[known], probability[0][known])["auroc"]
    assert table.loc[("auroc", "pooled"), "value"] == pytest.approx(pooled)
    wrong = known & ((probability[0] >= 0.5) != y)
    assert table.loc[("exact_match", "all"), "value"] == (~wrong.any(axis=1)).mean()
    assert table.loc[("hamming_loss", "all"), "value"] == wrong.sum() / known.sum()
    # Whether none is there is known where all labels are, or one is positive.
    sure = known.all(axis=1) | (y & known).any(axis=1)
    nothing = ~y[sure].any(axis=1)
    called = ~(probability[0][sure] >= 0.5).any(axis=1)
    expected = oracles.answer_scores(nothing, called)["f1"]
    assert table.loc[("f1", "none"), "value"] == pytest.approx(expected)


# From the highest score down: S V N S N N. The V beat between does not touch the S row.
ABNORMAL = ([1, 2, 0, 1, 0, 0], [6, 5, 4, 3, 2, 1], list("ababab"))


def test_a_class_is_set_against_normal_beats_only():
    table = rows(report(tasks.reconstruction(classes="NSV"), *ABNORMAL, n=5))["value"]
    assert table["auroc", "S"] == pytest.approx(5 / 6)
    assert table["auprc", "S"] == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert table["best_f1", "S"] == pytest.approx(4 / 5)  # three called, two right
    assert table[[("auroc", "V"), ("auprc", "V"), ("best_f1", "V")]].tolist() == [1, 1, 1]
    assert table["auroc", "all"] == pytest.approx(8 / 9)
    assert table["best_f1", "all"] == pytest.approx(6 / 7)  # four called, three right


def test_a_threshold_makes_answers_of_scores():
    task = tasks.reconstruction(classes="NSV", scores=["sensitivity", "specificity", "ppv"])
    table = rows(report(task, *ABNORMAL, thresholds=4, n=5))["value"]
    assert table["sensitivity", "S"] == 1 / 2
    assert table["sensitivity", "all"] == pytest.approx(2 / 3)
    assert table["specificity", "all"] == table["specificity", "V"] == pytest.approx(2 / 3)
    assert table["ppv", "all"] == pytest.approx(2 / 3)
    runs = [ABNORMAL[1], ABNORMAL[1]]
    table = rows(report(task, ABNORMAL[0], runs, ABNORMAL[2], thresholds=[4, 3], n=5))["value"]
    assert table["sensitivity", "S"] == (1 / 2 + 1) / 2


def test_abnormal_or_not_is_enough():
    y, score, patient = ABNORMAL
    task = tasks.reconstruction(classes="NSV")
    table = report(task, np.array(y) > 0, score, patient, n=5)
    assert list(table["class"].unique()) == ["all"]
    full = report(task, y, score, patient, n=5)
    full = full[full["class"] == "all"].reset_index(drop=True)
    np.testing.assert_array_equal(table, full)


def test_another_class_can_be_the_normal_one():
    order = [2, 0, 1]  # the same beats under other numbers: N becomes 2
    y, score, patient = np.array([0, 1, 0, 2, 0, 1]), [1, 2, 3, 4, 5, 6], list("aabbcc")
    first = report(tasks.reconstruction(classes="NSV"), y, score, patient, n=20)
    again = report(tasks.reconstruction(classes="SVN"), np.take(order, y), score, patient, n=20)
    np.testing.assert_array_equal(first, again)


def test_a_class_without_samples_is_said_to_have_no_score():
    y, score, patient = data("reconstruction")
    kept = y != 3
    table = report(task_of("reconstruction"), y[kept], score[:, kept], patient[kept], n=5)
    missing = table["class"] == "F"
    assert table.loc[missing, ["value", "low", "high"]].isna().all(axis=None)
    assert (table.loc[missing, ["n", "n_patients"]] == 0).all(axis=None)
    assert table[~missing].notna().all(axis=None)


def test_a_mean_over_classes_leaves_out_one_without_a_value():
    probability = np.array([[0.8, 0.1, 0.1], [0.2, 0.8, 0.0], [0.6, 0.4, 0.0]])
    asked = ["sensitivity", "auroc"]
    table = report(tasks.single_label("NSV"), [0, 1, 1], probability, list("abb"), scores=asked)
    table = rows(table)["value"]
    assert np.isnan(table["sensitivity", "V"])
    assert np.isnan(table["auroc", "V"])
    assert table["sensitivity", "macro"] == pytest.approx((1 + 1 / 2) / 2)
    assert table["auroc", "macro"] == 1


def test_replicates_without_the_only_patient_of_a_class_are_left_out():
    y, patient = [0, 0, 1, 0, 2, 0], list("aabbcc")
    table = report(tasks.reconstruction(classes="NSV"), y, [0, 0, 1, 0, 1, 0], patient, n=50)
    assert (table[["low", "high"]] == 1).all(axis=None)
    asked = ["sensitivity"]
    table = report(tasks.single_label("NSV"), y, y, patient, scores=asked, n=50)
    assert (table[["low", "high"]] == 1).all(axis=None)


def test_the_best_f1_of_noise_is_that_of_calling_all_abnormal():
    # A constant score has one threshold: precision 1/4, all found, F1 2/5.
    task = tasks.reconstruction(classes="NV")
    table = report(task, [0, 0, 0, 1], [7, 7, 7, 7], list("abab"), n=5)
    of_v = table[table["class"] == "V"]
    assert of_v["value"].tolist() == pytest.approx([0.5, 0.25, 0.4])


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([-1.0, 0.0, 0.5]), st.booleans()),
        max_size=30,
    )
)
def test_ties_and_small_sets_equal_scikit_learn(beats):
    # One beat of each class, of two patients, is always there.
    beats = [(0, 0.0, False), (1, 0.5, True), (2, 0.5, True), *beats]
    y, score, patient = (np.array(column) for column in zip(*beats, strict=True))
    expected = oracles.abnormal_scores(y, score, 3)
    asked = ["auroc", "auprc", "best_f1", "equal_error_rate"]
    table = report(tasks.reconstruction(classes="NSV"), y, score, patient, scores=asked, n=2)
    for (name, k), value in expected.items():
        of_class = k if k == "all" else "NSV"[k]
        assert rows(table).loc[(name, of_class), "value"] == pytest.approx(value, abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_the_order_of_samples_and_names_of_patients_change_nothing(drawn):
    y, probability, patient = data("single_label", n=60)
    order = np.array(drawn.draw(st.permutations(range(60))))
    names = np.unique(patient)
    new = dict(zip(names, sorted(f"q{i:02d}" for i in range(len(names))), strict=True))
    first = report(task_of("single_label"), y, probability, patient, n=5)
    other = np.array([new[name] for name in patient])
    again = report(task_of("single_label"), y[order], probability[:, order], other[order], n=5)
    np.testing.assert_allclose(rows(first), rows(again), atol=1e-12)


ONE, MORE = tasks.single_label("NSV"), tasks.multi_label("NSV")
ODD = tasks.reconstruction(classes="NSV")
HOT = [[1, 0, 0], [0, 1, 1]]


@pytest.mark.parametrize(
    ("task", "y", "probability", "patient", "message"),
    [
        (ONE, [0, 0], [0, 1], "ab", "all 2 samples are of class N"),
        (ONE, [0, 3], [0, 1], "ab", "unknown class 3"),
        (ONE, [0, 1], [0, 1, 1], "ab", "2 labels in y but 3 answers"),
        (ONE, [0, 1], [0, 3], "ab", "probability has unknown class 3"),
        (ONE, [0, 1], [0.2, 0.8], "ab", r"needs shape \(sample, class\)"),
        (ONE, [0, 1], [[0.5, 0.5], [0.5, 0.5]], "ab", r"shape \(2, 3\)"),
        (ONE, [0, 1], [[1, 0, 0.0], [0, np.nan, 0]], "ab", "NaN"),
        (ONE, [0, 1], [[3.0, 0, -2.0], [0, 1, 0]], "ab", "Task.probability"),
        (ONE, [0, 1], [[0.9, 0.9, 0.9], [0, 1, 0]], "ab", "add up to 1"),
        (ONE, [0, 1], [0, 1], "aa", "two patients"),
        (ONE, [0, 1], [0, 1], "a", "patient needs shape"),
        (ONE, [0, 1], [0, 1], ["a", None], "patient is missing for 1 of 2"),
        (ONE, [0, 1], [0, 1], ["a", np.nan], "patient is missing for 1 of 2"),
        (ONE, [0, 1], [0, 1], ["a", ""], "patient is missing for 1 of 2"),
        (ONE, [0, 1], [0, 1], [np.nan, np.nan], "patient is missing for 2 of 2"),
        (ONE, HOT, HOT, "ab", "single_label task needs one class a sample.*tasks.multi_label"),
        (MORE, [0, 1], HOT, "ab", "multi_label task needs multi-hot.*tasks.single_label"),
        (MORE, [[1, 0], [0, 1]], HOT, "ab", r"multi-hot labels \(sample, 3\)"),
        (MORE, HOT, [[2.0, 0, 0], [0, 0, 0]], "ab", "between 0 and 1"),
        (MORE, HOT, [[True, False], [True, True]], "ab", r"answers need shape \(2, 3\)"),
        (MORE, [[0.5, 0, 0], [0, 1, 1]], HOT, "ab", "0 or 1"),
        (ODD, [0, 0], [0.1, 0.2], "ab", "all of the 2 samples are of the normal class N"),
        (ODD, [1, 2], [0.1, 0.2], "ab", "none of the 2 samples are of the normal class N"),
        (ODD, [0, 1], [0.1, np.nan], "ab", "NaN"),
        (ODD, [0, 1], [0.1, 0.2, 0.3], "ab", r"shape \(2,\)"),
        (ODD, [0, 1], [[[0.1, 0.2]]], "ab", r"\(sample,\).* got \(1, 1, 2\)"),
        (ODD, [0, 1], np.zeros((0, 2)), "ab", r"got \(0, 2\)"),
    ],
)
def test_bad_input_is_refused(task, y, probability, patient, message):
    with pytest.raises(ScoreInvalid, match=message):
        report(task, y, probability, list(patient))


@pytest.mark.parametrize(
    ("task", "options", "message"),
    [
        (ONE, {"scores": ["aurocs"]}, "unknown score 'aurocs'; there is auroc"),
        (ONE, {"scores": ["hamming_loss"]}, "no score 'hamming_loss' of a single_label task"),
        (ONE, {"scores": ["auroc"]}, "'auroc' needs probabilities, not answers alone"),
        (ONE, {"thresholds": 0.5}, "thresholds of 1 runs of a single_label task"),
        (ONE, {"by": ["x", None]}, "by is missing for 1 of 2"),
        (ONE, {"by": ["x"]}, "by needs shape"),
        (ONE, {"n": 0}, "one bootstrap replicate or more, got n=0"),
    ],
)
def test_bad_wishes_are_refused(task, options, message):
    with pytest.raises(ScoreInvalid, match=message):
        report(task, [0, 1], [0, 1], ["a", "b"], **options)


def test_a_score_of_answers_needs_a_threshold():
    with pytest.raises(ScoreInvalid, match="'f1' needs thresholds"):
        report(ODD, [0, 1], [0.1, 0.2], list("ab"), scores=["f1"])
    with pytest.raises(ScoreInvalid, match=r"cannot have shape \(3,\)"):
        report(ODD, [0, 1], [0.1, 0.2], list("ab"), thresholds=[1, 2, 3])


def test_counts_of_patients_are_the_same_as_their_matrices():
    y, probability, patient = data("single_label")
    names, counts = confusion_by_group(y, probability[0].argmax(axis=1), 4, patient)
    table = report(task_of("single_label"), y, probability[0], patient, scores=["sensitivity"])
    of_s = rows(table).loc[("sensitivity", "S")]
    assert of_s["n"] == counts[:, 1].sum()
    assert of_s["n_patients"] == (counts[:, 1].sum(axis=1) > 0).sum()
    assert len(names) == 12
