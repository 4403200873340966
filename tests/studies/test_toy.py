from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from ecgbook.studies.runner import Shelf
from tests.studies import toy


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    shelf = Shelf(toy.STUDY, "smoke", "synthetic", tmp_path_factory.mktemp("studies"))
    for case in shelf.missing():
        shelf.compute(case)
    return shelf


def test_a_new_study_takes_under_40_lines():
    assert len(Path(toy.__file__).read_text(encoding="utf-8").splitlines()) < 40


def test_every_case_is_computed_once(shelf):
    again = Shelf(toy.STUDY, "smoke", "synthetic", shelf.store.root.parent)
    assert again.missing() == []
    assert [case["seed"] for case in toy.STUDY.cases()] == [0, 1, 0, 1]


def test_rows_are_the_mean_of_the_seeds(shelf):
    runs = [shelf.get(case) for case in toy.STUDY.cases()[:2]]
    expected = [
        f1_score(run.arrays["test.y"], run.arrays["test.0"].argmax(axis=1), average="macro")
        for run in runs
    ]
    (unit,) = (u for u in shelf.units() if u.case.get("width") == 2 and "minus" not in u.case)
    (row,) = (row for row in unit.rows if (row.score, row.class_) == ("f1", "macro"))
    assert row.value == pytest.approx(np.mean(expected), abs=1e-12)
    assert row.n == len(runs[0].arrays["test.y"])
    assert row.n_patients == len(np.unique(runs[0].arrays["test.patient"]))
    assert unit.simulated
    assert unit.provenance["runs"] == 2


def test_pairs_are_compared_on_the_same_patients(shelf):
    units = {(u.case["width"], u.case.get("minus")): u for u in shelf.units()}
    assert set(units) == {(2, None), (4, None), (4, "width=2")}
    rows = {k: {(r.score, r.class_): r for r in u.rows} for k, u in units.items()}
    for key, difference in rows[4, "width=2"].items():
        apart = rows[4, None][key].value - rows[2, None][key].value
        assert difference.value == pytest.approx(apart, abs=1e-12)


def test_validation_is_reported_without_the_test_part(shelf):
    units = shelf.units("valid")
    n = len(shelf.get(toy.STUDY.cases()[0]).arrays["valid.y"])
    accuracy = [row.n for unit in units for row in unit.rows if row.score == "accuracy"]
    assert accuracy == [n] * 3
