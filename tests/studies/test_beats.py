import numpy as np
import pytest

from ecgbook import open_database
from ecgbook.studies import beats as study

# Reference rows N, S, V, F: two patients, one read well and one badly.
GOOD = np.array([[90, 0, 0, 0], [0, 10, 0, 0], [0, 0, 10, 0], [0, 0, 0, 2]])
BAD = np.array([[90, 0, 0, 0], [10, 0, 0, 0], [10, 0, 0, 0], [2, 0, 0, 0]])


@pytest.fixture(scope="module")
def made():
    return study.beats_of(open_database("mitdb", data="synthetic"))


def test_scores_of_all_patients_together_are_the_value():
    table = study.summarise([np.stack([GOOD, BAD])])
    assert table.index.tolist() == list(study.SCORES)
    assert table.value["s_sensitivity"] == pytest.approx(10 / 20)
    assert table.value["s_ppv"] == 1
    assert table.value["accuracy"] == pytest.approx(202 / 224)
    assert table.n["accuracy"] == 224


def test_the_interval_knows_that_patients_differ():
    table = study.summarise([np.stack([GOOD, BAD] * 10)])
    assert table.low["s_sensitivity"] < 0.4 < 0.6 < table.high["s_sensitivity"]
    alike = study.summarise([np.stack([GOOD] * 20)])
    assert alike.low["s_sensitivity"] == alike.high["s_sensitivity"] == 1


def test_seeds_are_averaged_and_widen_the_interval():
    table = study.summarise([np.stack([GOOD] * 5), np.stack([BAD] * 5)])
    assert table.value["v_sensitivity"] == pytest.approx(0.5)
    assert (table.low["v_sensitivity"], table.high["v_sensitivity"]) == (0, 1)
    assert table.seeds.tolist() == [2] * len(study.SCORES)


def test_a_class_that_is_never_named_has_a_ppv_of_0_and_the_rest_still_counts():
    table = study.summarise([np.stack([BAD] * 3)])
    assert (table.value["s_ppv"], table.low["s_ppv"], table.high["s_ppv"]) == (0, 0, 0)
    # V is found and S never named: one sensitivity and one PPV are 1.
    half = np.array([[70, 0, 0, 0], [20, 0, 0, 0], [0, 0, 10, 0], [0, 0, 0, 0]])
    expected = (80 / 100 - (0.7 * 0.9 + 0.1 * 0.1)) / (1 - 0.64) / 2 + 2 / 8
    assert study._scores(half)["j_kappa"] == pytest.approx(expected)


@pytest.mark.parametrize("protocol", study.PROTOCOLS)
def test_only_the_honest_protocol_has_no_leak(made, protocol):
    split = study.PROTOCOLS[protocol](made, 0)
    sides = [set(made.patient[i]) for i in (split.train, split.valid, split.test)]
    disjoint = not (sides[0] & sides[2] or sides[1] & sides[2] or sides[0] & sides[1])
    assert disjoint == (protocol == "ds1_ds2") == (not split.leaky)


def test_features_are_in_standard_deviations_of_the_beats_learnt(made):
    learnt = np.arange(100)
    features = study._standardised(made, learnt).features
    np.testing.assert_allclose(features[learnt].mean(axis=0), 0, atol=0.2)
    assert np.abs(features).max() <= 5


def test_a_unit_of_the_study_gives_every_score(monkeypatch):
    monkeypatch.setitem(study.BUDGETS, "smoke", study.Budget(beats=1500, epochs=1))
    monkeypatch.setattr(study, "_SEEDS", (0, 1))
    metrics = study.run(protocol="ds1_ds2", profile="smoke", data="synthetic")
    names = {f"{score}_{p}" for score in study.SCORES for p in ("ds1_ds2", "ds1_ds2_sorted")}
    assert {metric["name"] for metric in metrics} == names
    assert all(metric["simulated"] and 0 <= metric["value"] <= 1 for metric in metrics)
