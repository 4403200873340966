"""Combinations of stored answers, and studies of several databases and tasks."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from ecgbook import released, tasks
from ecgbook.errors import ScoreInvalid
from ecgbook.studies import runner
from ecgbook.studies.combine import combine, members_of
from ecgbook.studies.runner import Computed, Shelf
from ecgbook.studies.study import Answer, Combination
from tests.studies.test_runner import STUDY as MADE
from tests.studies.test_runner import guess


def mean(members):
    return members.valid.mean(axis=0), members.test.mean(axis=0)


VOTE = Combination(
    {"method": "vote", "protocol": "fixed"}, {"method": ("bad", "good"), "protocol": "fixed"}, mean
)
STUDY = replace(MADE, combinations=(VOTE,), pairs=(({"method": "vote"}, {"method": "good"}),))


@pytest.fixture
def shelf(tmp_path):
    return Shelf(STUDY, "cpu", "synthetic", tmp_path)


def fill(shelf, protocol="fixed"):
    for case in shelf.study.cases():
        if case["protocol"] == protocol:
            shelf.compute(case)


def test_members_are_the_first_seed_of_each_method_in_the_order_named():
    found = members_of(VOTE, STUDY.cases())
    assert [(case["method"], case["seed"]) for case in found] == [("bad", 0), ("good", 0)]


def test_all_seeds_can_be_members():
    found = members_of(VOTE._replace(of={"method": "good"}, every_seed=True), STUDY.cases())
    assert [(case["protocol"], case["seed"]) for case in found] == [
        ("fixed", 0),
        ("fixed", 1),
        ("folds", 0),
        ("folds", 1),
    ]


def test_a_combination_is_reported_and_paired_like_any_answer(shelf):
    fill(shelf)
    rows = {
        (unit.case["method"], unit.case.get("minus")): unit.rows
        for unit in shelf.units()
        if unit.case["method"] == "vote"
    }
    assert set(rows) == {("vote", None), ("vote", "method=good")}
    first = [shelf.get(case) for case in members_of(VOTE, STUDY.cases())]
    by_hand = np.mean([unit.arrays["test.0"] for unit in first], axis=0)
    expected = np.mean(by_hand.argmax(axis=1) == first[0].arrays["test.y"])
    accuracy = next(row for row in rows["vote", None] if row.score == "accuracy")
    assert accuracy.value == pytest.approx(expected)


def test_nothing_is_combined_until_all_members_are_there(shelf):
    shelf.compute(STUDY.cases()[0])
    assert not [unit for unit in shelf.units() if unit.case["method"] == "vote"]


def test_members_that_were_asked_other_examples_are_refused():
    arrays = {f"{part}.{what}": np.arange(3) for part in ("valid", "test") for what in "0"}
    arrays |= {f"{part}.{what}": np.arange(3) for part in ("valid", "test") for what in ("rows",)}
    arrays |= {f"{part}.{what}": np.zeros(3) for part in ("valid", "test") for what in ("y",)}
    arrays |= {f"{part}.patient": np.array(list("abc")) for part in ("valid", "test")}
    other = arrays | {"test.rows": np.arange(1, 4)}
    units = [Computed({}, one, [], {}, "", True) for one in (arrays, other)]
    with pytest.raises(ScoreInvalid, match=r"different examples, test\.rows differs"):
        combine(VOTE, STUDY.task, units)


def several(examples, split, work):
    """Answer in the task of several labels: how sure the class V is."""
    return Answer(*(0.1 + 0.8 * examples.y[index] for index in (split.valid, split.test)))


def labels(database, case, training, make=MADE.data):
    examples = make(database, case, training)
    return replace(examples, y=examples.y[:, None] == 1, classes=("V",))


def test_methods_may_have_a_database_a_task_and_scores_of_their_own(tmp_path):
    study = replace(
        MADE,
        database={"good": "mitdb", "several": "ptb-xl"},
        data={"good": MADE.data, "several": labels},
        answers={"good": partial(guess, right=0.9), "several": several},
        task={"good": MADE.task, "several": tasks.multi_label(("V",))},
        scores={"good": ("accuracy",), "several": ("auroc",)},
        grid=({"method": ["good", "several"], "protocol": ["fixed"], "seed": [0, 1]},),
        pairs=(),
    )
    shelf = Shelf(study, "cpu", "synthetic", tmp_path)
    for case in study.cases():
        shelf.compute(case)
    scores = {unit.case["method"]: {row.score for row in unit.rows} for unit in shelf.units()}
    assert scores == {"good": {"accuracy"}, "several": {"auroc"}}
    origins = {case["method"]: shelf.get(case).origin for case in study.cases()}
    assert "PTB-XL" in origins["several"]
    assert "MIT-BIH" in origins["good"]


def test_only_methods_that_start_from_weights_depend_on_them(tmp_path, monkeypatch):
    file = tmp_path / "base.safetensors"
    monkeypatch.setattr(released, "folder", lambda: tmp_path)
    study = replace(MADE, weights={"base": "beat_cnn"}, starting=("bad",))

    def keys(text):
        file.write_text(text)
        shelf = runner.Shelf(study, "cpu", "synthetic", tmp_path)
        return {case["method"]: shelf.key(case) for case in study.cases()}

    before, after = keys("one"), keys("another")
    assert before["good"] == after["good"]
    assert before["bad"] != after["bad"]
