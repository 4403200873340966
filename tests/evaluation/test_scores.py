"""Names of scores, and what a table needs to know of each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from ecgbook import tasks
from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import SCORES, accuracy, f1_score, report
from ecgbook.evaluation.scores import query
from tests.evaluation.oracles import rows

_CASES = [(name, kind) for name, score in SCORES.items() for kind in score.kinds[:2]]


@pytest.mark.parametrize(("name", "kind"), _CASES)
def test_the_direction_of_a_score_is_that_from_noise_to_what_is_right(name, kind):
    right, best = np.tile(np.eye(4), (25, 1)), float(SCORES[name].higher_is_better)
    noise = np.random.default_rng(0).dirichlet([1] * 4, 100)
    y = right > 0 if kind == "multi_label" else right.argmax(axis=1)
    classes = {"challenge2017_f1": "NAO~", "challenge2021_score": ("AF", "NSR", "SB", "PR")}
    classes = classes.get(name, "NSVF")
    task = getattr(tasks, kind)(classes, scores=[name])
    good, bad = (
        report(task, y, model, np.arange(100), n=2)["value"].iloc[-1] for model in (right, noise)
    )
    assert good == pytest.approx(best, abs=1e-12)
    assert abs(best - bad) > 0.1


@pytest.mark.parametrize(
    ("name", "view", "is_whole"),
    [
        ("f1", "", False),
        ("macro_f1", "macro", False),
        ("pooled_f1", "pooled", False),
        ("ec57_ppv", "ec57", False),
        ("accuracy", "", True),
        ("macro_accuracy", "macro", False),
        ("j_kappa", "", True),
    ],
)
def test_names_tell_which_rows_are_wanted(name, view, is_whole):
    found = query(name, tasks.single_label("NSVF"))
    assert (found.view, found.is_whole) == (view, is_whole)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sensitivty", "unknown score 'sensitivty'; there is sensitivity$"),
        ("precision of all", "unknown score 'precision of all'; there is accuracy, sensitivity"),
        ("macro_j_kappa", "no score 'macro_j_kappa'"),
        ("ec57_auroc", "no score 'ec57_auroc'"),
        ("exact_match", "no score 'exact_match' of a single_label task"),
    ],
)
def test_names_of_nothing_are_refused(name, message):
    with pytest.raises(ScoreInvalid, match=message):
        query(name, tasks.single_label("NSVF"))


@pytest.mark.parametrize("classes", ["NV", "NVS", "SNV", ["Normal", "S", "V"]])
@pytest.mark.parametrize("name", ["j_kappa", "ec57_ppv"])
def test_ec57_needs_its_classes_in_its_order(classes, name):
    with pytest.raises(ScoreInvalid, match="it needs N, S, V, F, Q"):
        query(name, tasks.single_label(classes))
    for own in ("NSV", "NSVF", "NSVFQ"):
        query(name, tasks.single_label(own))


def test_a_kappa_of_0_counts_in_the_mean():
    # The first class is told perfectly, the second never called: kappas 1 and 0, mean 1/2.
    y = np.array([[1, 0], [0, 1], [1, 0], [0, 1]]) > 0
    called = np.array([[1, 0], [0, 0], [1, 0], [0, 0]]) > 0
    task = tasks.multi_label(["MI", "CD"], scores=["kappa"])
    table = rows(report(task, y, called, list("abcd"), n=2))["value"]
    assert table["kappa"].to_dict() == {"MI": 1, "CD": 0, "macro": 0.5}


labels = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30)


@given(labels)
def test_plain_accuracy_and_f1_are_scikit_learns(pairs):
    y, y_pred = np.array(pairs).T
    assert accuracy(y, y_pred) == metrics.accuracy_score(y, y_pred)
    expected = metrics.f1_score(y, y_pred, average="macro", zero_division=0)
    assert f1_score(y, y_pred, average="macro") == pytest.approx(expected)
    hot, called = y[:, None] > np.arange(3), y_pred[:, None] > np.arange(3)
    assert accuracy(hot, called) == metrics.accuracy_score(hot, called)


def test_plain_f1_of_two_classes_is_that_of_the_second():
    # One of two V found, one N called V: 2 · 1 / (2 + 1 + 1).
    assert f1_score([0, 0, 1, 1], [0, 1, 1, 0]) == 0.5
    with pytest.raises(ValueError, match="average"):
        f1_score([0, 1, 2], [0, 1, 1])
