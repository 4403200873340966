"""The runner, on a study without a network: its answers are drawn from the labels."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from ecgbook import released, tasks
from ecgbook.datasets import Examples, Split
from ecgbook.errors import ScoreInvalid
from ecgbook.studies import runner
from ecgbook.studies.runner import Shelf
from ecgbook.studies.study import Answer, Study, Training

PEOPLE = 8


def data(database, case, training):
    y = np.arange(40 * PEOPLE) % 2
    patient = np.repeat([f"p{k}" for k in range(PEOPLE)], 40)
    rows = pd.DataFrame({"patient": patient, "record": patient, "sample": np.arange(len(y))})
    x = np.zeros((len(y), 1, training.examples), np.float32)
    return Examples(x, y, ("N", "V"), rows, fs=100, leads=["II"])


def guess(examples, split, work, *, right):
    """Name the true class with probability ``right``."""
    chance = np.random.default_rng(work.seed)
    sides = []
    for index in (split.valid, split.test):
        y = np.where(chance.random(len(index)) < right, examples.y[index], 1 - examples.y[index])
        sides.append(np.eye(2)[y])
    return Answer(*sides)


def by_seed(examples, split, work):
    """Judge other examples with another seed."""
    answer = guess(examples, split, work, right=0.5)
    answer.test[::4] = np.nan
    return [answer, answer._replace(fields={"part": "half"})]


def folds(examples):
    return Split.folds_by_patient(examples, 4)


STUDY = Study(
    chapter="made",
    database="mitdb",
    data=data,
    splits={"fixed": Split.by_patient, "folds": folds},
    answers={"good": partial(guess, right=0.9), "bad": partial(guess, right=0.6), "odd": by_seed},
    task=tasks.single_label(("N", "V"), scores=("accuracy",)),
    trainings={"cpu": Training(examples=4, draws=4), "smoke": Training(examples=5, draws=4)},
    grid=({"method": ["good", "bad"], "protocol": ["fixed", "folds"], "seed": [0, 1]},),
    pairs=(({"method": "good"}, {"method": "bad"}),),
)
CASE = {"method": "good", "protocol": "fixed", "seed": 0}


@pytest.fixture
def shelf_of(tmp_path):
    return lambda study=STUDY, profile="cpu": Shelf(study, profile, "synthetic", tmp_path)


def test_grids_are_products_in_the_order_written():
    study = replace(STUDY, grid=({"a": [1, 2], "b": ["x", "y"]}, {"c": [3]}))
    assert study.cases() == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
        {"a": 2, "b": "x"},
        {"a": 2, "b": "y"},
        {"c": 3},
    ]


def test_the_parts_of_several_splits_are_judged_together(shelf_of):
    computed = shelf_of().compute(CASE | {"protocol": "folds"})
    rows = np.sort(computed.arrays["test.rows"])
    np.testing.assert_array_equal(rows, np.arange(40 * PEOPLE))
    y = data(None, CASE, STUDY.trainings["cpu"]).y
    np.testing.assert_array_equal(computed.arrays["test.y"], y[computed.arrays["test.rows"]])


def test_what_is_computed_comes_back_from_the_shelf(shelf_of):
    done = shelf_of().compute(CASE)
    again = shelf_of().get(CASE)
    assert again.case == CASE
    assert again.answers == [{"fields": {}, "report": ""}]
    for name, values in done.arrays.items():
        np.testing.assert_array_equal(again.arrays[name], values)
    assert {"minutes", "date", "processor", "key", "profile"} <= set(again.provenance)


def test_only_what_is_missing_is_left(shelf_of):
    assert len(shelf_of().missing()) == 8
    shelf_of().compute(CASE)
    assert CASE not in shelf_of().missing()
    assert len(shelf_of().missing()) == 7


def test_a_case_is_reported_when_all_its_seeds_are_there(shelf_of):
    shelf = shelf_of()
    shelf.compute(CASE)
    assert shelf.units() == []
    shelf.compute(CASE | {"seed": 1})
    (unit,) = shelf.units()
    assert unit.case == {"method": "good", "protocol": "fixed"}
    (row,) = unit.rows
    runs = [shelf.get(CASE | {"seed": seed}).arrays for seed in (0, 1)]
    right = [(run["test.0"].argmax(axis=1) == run["test.y"]).mean() for run in runs]
    assert row.value == pytest.approx(np.mean(right), abs=1e-12)


def test_pairs_have_equal_fields_but_those_named(shelf_of):
    shelf = shelf_of()
    for case in shelf.missing():
        shelf.compute(case)
    pairs = [unit.case for unit in shelf.units() if "minus" in unit.case]
    assert pairs == [
        {"method": "good", "protocol": protocol, "minus": "method=bad"}
        for protocol in ("fixed", "folds")
    ]


def test_headlines_are_told_without_the_patients_who_decide_them(shelf_of):
    study = replace(STUDY, headlines=(("accuracy", {"protocol": "folds"}),), pairs=())
    shelf = shelf_of(study)
    for case in shelf.missing():
        shelf.compute(case)
    without = {}
    for unit in shelf.units():
        if "without" in unit.case:
            without.setdefault(unit.case["method"], {})[unit.case["without"]] = unit.rows[0]
    assert set(without) == {"good", "bad"}
    assert without["good"].keys() == without["bad"].keys()  # to be compared
    for method, rows in without.items():
        runs = [shelf.get({"method": method, "protocol": "folds", "seed": s}) for s in (0, 1)]
        arrays = [run.arrays for run in runs]
        values = {}
        for patient in [None, *np.unique(arrays[0]["test.patient"])]:
            kept = arrays[0]["test.patient"] != patient
            right = [(a["test.0"].argmax(axis=1) == a["test.y"])[kept].mean() for a in arrays]
            values[patient] = np.mean(right)
        moved = sorted(values, key=lambda name: -abs(values[name] - values[None]))
        assert set(moved[:2]) <= set(rows)
        for patient, row in rows.items():
            assert row.value == pytest.approx(values[patient], abs=1e-12)
            assert (row.score, row.n_patients) == ("accuracy", PEOPLE - 1)


def test_answers_of_unlike_many_seeds_are_compared_by_those_in_common(shelf_of):
    many = {"method": ["good"], "protocol": ["fixed"], "seed": [0, 1, 2]}
    some = {"method": ["bad"], "protocol": ["fixed"], "seed": [0, 1]}
    shelf = shelf_of(replace(STUDY, grid=(many, some)))
    units = [shelf.compute(case) for case in shelf.missing()]
    usual = STUDY.difference((units[:2], 0), (units[3:], 0))
    pd.testing.assert_frame_equal(STUDY.difference((units[:3], 0), (units[3:], 0)), usual)


def test_answers_about_other_examples_are_compared_patient_by_patient(shelf_of):
    units = [shelf_of().compute(CASE | {"method": method}) for method in ("good", "bad")]
    kept = np.arange(len(units[1].arrays["test.y"])) % 3 > 0
    for name, values in units[1].arrays.items():
        units[1].arrays[name] = values[kept] if name.startswith("test") else values
    right = [(u.arrays["test.0"].argmax(axis=1) == u.arrays["test.y"]).mean() for u in units]
    table = STUDY.difference((units[:1], 0), (units[1:], 0))
    assert table.loc[0, "value"] == pytest.approx(right[0] - right[1], abs=1e-12)
    units[1].arrays["test.patient"] = np.char.add(units[1].arrays["test.patient"], "?")
    with pytest.raises(ScoreInvalid, match="about different patients"):
        STUDY.difference((units[:1], 0), (units[1:], 0))


def test_seeds_that_judge_other_examples_are_refused(shelf_of):
    other = replace(STUDY, splits={"fixed": lambda e: Split.by_patient(e, seed=len(e.leads))})
    units = [shelf_of().compute(CASE), shelf_of(other).compute(CASE | {"seed": 1})]
    units[1].arrays["test.rows"] = units[1].arrays["test.rows"] + 1
    with pytest.raises(ScoreInvalid, match="the seeds were judged on different examples"):
        STUDY.report(units)


def test_examples_that_are_not_judged_are_left_out(shelf_of):
    study = replace(STUDY, grid=({"method": ["odd"], "protocol": ["fixed"], "seed": [0]},))
    shelf = shelf_of(study)
    shelf.compute(study.cases()[0])
    n = len(shelf.get(study.cases()[0]).arrays["test.y"])
    assert [unit.rows[0].n for unit in shelf.units()] == [n - n // 4] * 2
    assert [unit.case.get("part") for unit in shelf.units()] == [None, "half"]


def test_a_report_of_its_own(shelf_of):
    def largest(y, output, patient):
        return pd.DataFrame({"score": ["largest"], "value": [output.max()]})

    answers = {"good": lambda *a: guess(*a, right=0.9)._replace(report="largest")}
    grid = ({"method": ["good"], "protocol": ["fixed"]},)
    shelf = shelf_of(replace(STUDY, answers=answers, grid=grid, reports={"largest": largest}))
    shelf.compute({"method": "good", "protocol": "fixed"})
    assert [(r.score, r.value) for r in shelf.units()[0].rows] == [("largest", 1.0)]


def test_the_key_changes_with_case_profile_records_and_weights(shelf_of, tmp_path, monkeypatch):
    keys = {shelf_of().key(CASE), shelf_of(profile="smoke").key(CASE)}
    keys |= {shelf_of().key(CASE | {"seed": 1}), shelf_of().key(CASE | {"method": "bad"})}
    monkeypatch.setattr(runner, "_records_digest", lambda database: "other files")
    keys.add(shelf_of().key(CASE))
    monkeypatch.setattr(released, "folder", lambda: tmp_path)
    for content in ("a", "b"):
        (tmp_path / "net.safetensors").write_text(content)
        keys.add(shelf_of(replace(STUDY, weights={"net": "beat_cnn"})).key(CASE))
    assert len(keys) == 7


def test_a_new_score_makes_no_case_stale(shelf_of):
    task = tasks.single_label(("N", "V"), scores=("accuracy", "f1"))
    assert shelf_of(replace(STUDY, task=task)).key(CASE) == shelf_of().key(CASE)


def test_a_failed_case_leaves_nothing(shelf_of):
    def broken(examples, split, work):
        raise RuntimeError("no")

    shelf = shelf_of(replace(STUDY, answers={"good": broken}))
    with pytest.raises(RuntimeError):
        shelf.compute(CASE)
    assert shelf.get(CASE) is None
