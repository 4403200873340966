"""Paired differences and the influence of patients, against plain loops and cases by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from ecgbook import tasks
from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import (
    difference_by_patient,
    influence,
    j_kappa,
    paired_difference,
    report,
    score,
)
from ecgbook.evaluation.confusion import confusion_matrix
from tests.evaluation import oracles
from tests.evaluation.oracles import rows

TASK = tasks.single_label("NSVF", scores=["accuracy", "f1", "j_kappa", "auroc"])


def data(seed=0, n=300, runs=3):
    """Return labels, probabilities of two models in some runs, and patients."""
    rng = np.random.default_rng(seed)
    y = rng.choice(4, n, p=[0.7, 0.1, 0.1, 0.1])
    logits = rng.normal(size=(2, runs, n, 4)) + np.array([2, 1])[:, None, None, None] * np.eye(4)[y]
    probability = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    return y, *probability, np.array([f"p{i}" for i in rng.integers(0, 9, n)])


def by_loop(y, probability):
    y_pred = probability.argmax(axis=1)
    return {
        ("accuracy", "all"): metrics.accuracy_score(y, y_pred),
        ("f1", "macro"): metrics.f1_score(y, y_pred, average="macro"),
        ("j_kappa", "all"): j_kappa(confusion_matrix(y, y_pred, 4)),
        ("auroc", "V"): metrics.roc_auc_score(y == 2, probability[:, 2]),
    }


def test_differences_are_those_of_a_loop_over_runs_and_copies():
    y, a, b, patient = data()
    n, seed = 15, 4
    table = rows(paired_difference(TASK, y, a, b, patient, n=n, seed=seed))
    drawn = []
    for run in range(3):
        for i in oracles.copies(patient, n, seed + run):
            ours, theirs = by_loop(y[i], a[run][i]), by_loop(y[i], b[run][i])
            drawn.append({key: ours[key] - theirs[key] for key in ours})
    for key in drawn[0]:
        value = np.mean([by_loop(y, a[r])[key] - by_loop(y, b[r])[key] for r in range(3)])
        low, high = np.quantile([one[key] for one in drawn], [0.025, 0.975])
        np.testing.assert_allclose(table.loc[key, ["value", "low", "high"]], [value, low, high])


def test_a_model_does_not_differ_from_itself():
    y, a, _, patient = data()
    table = paired_difference(TASK, y, a, a, patient, n=30)
    assert (table[["value", "low", "high"]] == 0).all(axis=None)
    assert list(table.columns) == list(report(TASK, y, a, patient, n=2).columns)


def test_the_value_is_the_difference_of_the_reports_and_changes_its_sign():
    y, a, b, patient = data()
    table = rows(paired_difference(TASK, y, a, b, patient, n=30))
    first, second = (rows(report(TASK, y, x, patient, n=2))["value"] for x in (a, b))
    np.testing.assert_allclose(table["value"], first - second)
    again = rows(paired_difference(TASK, y, b, a, patient, n=30))
    np.testing.assert_allclose(table[["value", "low", "high"]], -again[["value", "high", "low"]])


def test_an_advantage_with_every_patient_has_no_width():
    # Each patient has ten beats; A errs in 2 and B in 5 of them, whoever is drawn: 0.3 apart.
    patient = np.repeat(list("abcd"), 10)
    y = np.tile([0] * 5 + [1] * 5, 4)
    a, b = (np.where(np.tile(np.arange(10), 4) < wrong, 1 - y, y) for wrong in (2, 5))
    task = tasks.single_label("NV", scores=["accuracy"])
    table = paired_difference(task, y, a, b, patient, n=50)
    np.testing.assert_allclose(table[["value", "low", "high"]], [[0.3, 0.3, 0.3]])


def test_the_advantage_with_one_patient_of_four_is_drawn_binomially():
    # A is right everywhere, B errs with all beats of patient a: the difference is the share of
    # draws of a, binomial (4, 1/4) / 4, whose 2.5 and 97.5 percentiles are 0 and 3/4.
    patient = np.repeat(list("abcd"), 10)
    y = np.tile([0] * 5 + [1] * 5, 4)
    b = np.where(patient == "a", 1 - y, y)
    task = tasks.single_label("NV", scores=["accuracy"])
    table = paired_difference(task, y, y, b, patient, n=4000)
    np.testing.assert_allclose(table[["value", "low", "high"]], [[0.25, 0, 0.75]])


def test_by_patient_each_side_takes_its_own_samples_of_the_patients_drawn():
    y, a, _, patient = data()
    kept = np.random.default_rng(1).random(len(y)) < 0.6
    cleaned, whole = (y[kept], a[:, kept], patient[kept]), (y, a, patient)
    table = rows(difference_by_patient(TASK, cleaned, whole, n=15, seed=4))
    drawn = []
    for run in range(3):
        for i in oracles.copies(patient, 15, 4 + run):
            j = i[kept[i]]
            ours, theirs = by_loop(y[j], a[run][j]), by_loop(y[i], a[run][i])
            drawn.append({key: ours[key] - theirs[key] for key in ours})
    for key in drawn[0]:
        low, high = np.quantile([one[key] for one in drawn], [0.025, 0.975])
        np.testing.assert_allclose(table.loc[key, ["low", "high"]].astype(float), [low, high])


def test_by_patient_and_paired_are_one_where_the_samples_are():
    y, a, b, patient = data()
    by_patient = difference_by_patient(TASK, (y, a, patient), (y, b, patient), n=30)
    pd.testing.assert_frame_equal(by_patient, paired_difference(TASK, y, a, b, patient, n=30))


def test_by_patient_needs_the_same_patients():
    y, a, _, patient = data()
    few = patient != "p3"
    with pytest.raises(ScoreInvalid, match="same patients"):
        difference_by_patient(TASK, (y[few], a[:, few], patient[few]), (y, a, patient))


def test_the_interval_is_narrower_than_what_unpaired_draws_would_give():
    y, a, _, patient = data(runs=1)
    b = np.where(np.arange(len(y))[:, None] % 20 == 0, np.roll(a, 1, axis=-1), a)
    asked = {"scores": ["accuracy"], "n": 400}
    paired = paired_difference(TASK, y, a, b, patient, **asked)
    first = report(TASK, y, a, patient, **asked)
    width, own = ((t["high"] - t["low"]).item() for t in (paired, first))
    assert width < own


def test_one_run_is_compared_with_each_of_the_others():
    y, a, b, patient = data()
    table = paired_difference(TASK, y, a[:1], b, patient, n=10)
    again = paired_difference(TASK, y, a[[0, 0, 0]], b, patient, n=10)
    np.testing.assert_array_equal(rows(table), rows(again))
    with pytest.raises(ScoreInvalid, match="2 runs of A but 3 of B"):
        paired_difference(TASK, y, a[:2], b, patient)


def test_n_is_that_of_the_model_with_fewer():
    # A calls two beats V, B one.
    task = tasks.single_label("NV", scores=["ppv"])
    table = paired_difference(task, [0, 1, 0], [1, 1, 0], [0, 1, 0], list("abc"), n=5)
    assert rows(table).loc[("ppv", "V"), "n"] == 1


def test_answers_of_one_model_leave_out_what_the_other_alone_can_have():
    y, a, b, patient = data()
    table = paired_difference(TASK, y, a, b.argmax(axis=-1), patient, n=5)
    assert set(table["score"]) == {"accuracy", "f1", "j_kappa"}


def test_models_have_thresholds_of_their_own():
    rng = np.random.default_rng(2)
    y, a = rng.random((60, 2)) < 0.4, rng.random((60, 2))
    task, patient = tasks.multi_label(["MI", "CD"], scores=["f1"]), np.arange(60) // 5
    table = paired_difference(task, y, a, a / 2, patient, thresholds=(0.6, 0.3), n=10)
    assert (table[["value", "low", "high"]] == 0).all(axis=None)
    odd = paired_difference(task, y, a, a / 2, patient, thresholds=(0.6, 0.6), n=10)
    assert (odd["value"] != 0).any()


@pytest.mark.parametrize("name", ["j_kappa", "macro_f1", "accuracy"])
def test_influence_is_that_of_a_loop(name):
    y, a, _, patient = data()
    table = influence(TASK, y, a, patient, score=name)
    key = {"macro_f1": ("f1", "macro")}.get(name, (name, "all"))
    whole = np.mean([by_loop(y, run)[key] for run in a])
    assert sorted(table["patient"]) == sorted(np.unique(patient))
    for row in table.itertuples():
        kept = patient != row.patient
        left = np.mean([by_loop(y[kept], run[kept])[key] for run in a])
        assert row.value == pytest.approx(left, abs=1e-12)
        assert row.change == pytest.approx(left - whole, abs=1e-12)
    assert (np.diff(table["change"].abs()) <= 0).all()


def test_influence_on_a_ranking_is_that_of_a_loop_with_many_patients():
    rng = np.random.default_rng(3)
    n = 1200
    y, patient = rng.choice(3, n, p=[0.6, 0.2, 0.2]), rng.permutation(np.arange(n) // 2)
    value = np.round(rng.normal(size=n) + y, 1)
    task = tasks.reconstruction(classes="NSV")
    table = influence(task, y, value, patient, score="auroc", class_="V").set_index("patient")
    assert len(table) == n // 2
    own = y != 1
    for left_out in (0, 255, 256, 257, n // 2 - 1):
        kept = own & (patient != left_out)
        expected = metrics.roc_auc_score(y[kept] == 2, value[kept])
        assert table.loc[left_out, "value"] == pytest.approx(expected)


def test_who_has_the_only_error_has_the_largest_influence():
    # Nine of ten are right: without b 8 of 8, without a or c 5 of 6.
    y = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    y_pred = [0, 1, 0, 1, 0, 1, 0, 1, 0, 0]
    patient = list("aaaaccccbb")
    table = influence(tasks.single_label("NV"), y, y_pred, patient, score="accuracy")
    assert table["patient"].tolist() == ["b", "a", "c"]
    np.testing.assert_allclose(table["value"], [1, 5 / 6, 5 / 6])
    np.testing.assert_allclose(table["change"], [1 - 0.9, 5 / 6 - 0.9, 5 / 6 - 0.9])


def test_a_score_that_nobody_is_left_for_is_nan_and_last():
    y, patient = [0, 1, 0, 2, 0, 1], list("aabbcc")
    task = tasks.single_label("NSV")
    table = influence(task, y, y, patient, score="sensitivity", class_="V")
    assert table["patient"].tolist()[-1] == "b"
    assert np.isnan(table["value"].iloc[-1])
    assert (table["value"].iloc[:2] == 1).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"score": "f1", "class_": "Q"}, "no row 'Q', choose of N, V, macro"),
        ({"score": "nothing"}, "unknown score"),
    ],
)
def test_a_row_that_is_not_there_is_refused(options, message):
    with pytest.raises(ScoreInvalid, match=message):
        influence(tasks.single_label("NV"), [0, 1], [0, 1], ["a", "b"], **options)


def test_one_patient_cannot_be_left_out():
    with pytest.raises(ScoreInvalid, match="influence needs two patients"):
        influence(tasks.single_label("NV"), [0, 1], [0, 1], ["a", "a"], score="accuracy")


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000), st.sampled_from(["accuracy", "macro_f1", "auroc", "j_kappa"]))
def test_one_score_is_the_value_of_the_report(seed, name):
    y, a, _, patient = data(seed, n=60)
    table = rows(report(TASK, y, a, patient, n=2, scores=[name]))
    row = table[table.index.isin(["all", "macro"], level=1)]
    assert score(TASK, y, a, name) == pytest.approx(row["value"].item(), abs=1e-12)
    if name == "auroc":
        value = table.loc[("auroc", "S"), "value"]
        assert score(TASK, y, a, name, "S") == pytest.approx(value)
