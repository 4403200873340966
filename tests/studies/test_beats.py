from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.preprocessing import StandardScaler

from ecgbook import open_database
from ecgbook.classical.beat_baselines import beat_features
from ecgbook.conventions import DS2
from ecgbook.datasets import Split
from ecgbook.datasets.sequences import class_sorted_sequences
from ecgbook.studies import beats as study
from ecgbook.studies import runner
from ecgbook.studies.study import Training

# 201 and 202 are one man, on two sides of the usual split.
RECORDS = tuple("106 119 208 209 201 114 203 223 100 213 233 202".split())
TINY = Training(examples=800, draws=800, lr=2e-3, records=RECORDS)
STUDY = replace(study.STUDY, trainings={"smoke": TINY})
NETWORK = {"method": "beat_cnn", "seed": 0, "protocol": "ds1_ds2", "chosen_on": "validation"}


@pytest.fixture(scope="module")
def made():
    return study.beats_of(open_database("mitdb", data="synthetic"), RECORDS)


@pytest.fixture(scope="module")
def split(made):
    return Split.de_chazal(made)


@pytest.fixture(scope="module")
def network():
    return runner.run(STUDY, NETWORK, profile="smoke", data="synthetic")


def test_beats_have_a_lead_and_its_difference_from_the_template_at_180_hz(made):
    assert (made.fs, made.classes) == (180, study.CLASSES)
    assert made.x.shape[1:] == (2, 180)
    assert len(made.leads) == 2


@pytest.mark.parametrize("protocol", study.SPLITS)
def test_only_the_honest_protocols_have_no_leak(made, protocol):
    split = study.SPLITS[protocol](made)
    sides = [set(made.patient[i]) for i in (split.train, split.valid, split.test)]
    disjoint = not (sides[0] & sides[2] or sides[1] & sides[2] or sides[0] & sides[1])
    assert disjoint == (protocol in ("half", "ds1_ds2")) == (not split.leaky)


def test_one_man_alone_is_on_both_sides_if_201_stays(made):
    split = study.SPLITS["ds1_ds2_one_man_twice"](made)
    shared = set(made.patient[split.train]) & set(made.patient[split.test])
    assert shared == set(made.patient[made.record == "202"])


def test_the_leak_is_all_that_differs_between_two_halves_of_ds2(made):
    clean, leaky = (study.SPLITS[name](made) for name in ("half", "half_seen"))
    np.testing.assert_array_equal(clean.test, leaky.test)
    np.testing.assert_array_equal(clean.valid, leaky.valid)
    assert len(clean.train) == len(leaky.train)
    assert not set(leaky.train) & set(leaky.test)
    tested = np.flatnonzero(np.isin(made.record, DS2))
    assert len(clean.test) == (len(tested) + 1) // 2
    assert set(made.patient[clean.test]) == set(made.patient[tested])
    seen = np.isin(made.patient[leaky.train], made.patient[tested])
    pool = len(clean.train) + len(tested) // 2
    assert seen.mean() == pytest.approx(len(tested) // 2 / pool, abs=0.05)


def test_features_are_in_standard_deviations_of_the_beats_learnt(made, split, monkeypatch):
    learnt = []
    monkeypatch.setattr("ecgbook.training.fit", lambda model, train, *a, **o: learnt.append(train))
    _, shown = study.train(made, split, TINY, seed=3)
    (train,) = learnt
    index = np.random.default_rng(3).permutation(split.train)[: TINY.examples]
    scaler = StandardScaler().fit(made.features[index].astype(float))
    expected = scaler.transform(made.features.astype(float)).clip(-5, 5)
    np.testing.assert_allclose(shown.features, expected, atol=1e-4)
    np.testing.assert_array_equal(train.features, shown.features[index])
    np.testing.assert_array_equal(train.y, made.y[index])


@pytest.mark.parametrize("part", ["validation", "test"])
def test_the_epoch_is_chosen_on_the_part_named(made, split, monkeypatch, part):
    looked_at = []
    monkeypatch.setattr("ecgbook.training.fit", lambda m, t, valid, **o: looked_at.append(valid))
    study.train(made, split, TINY, chosen_on=part)
    index = split.valid if part == "validation" else split.test
    np.testing.assert_array_equal(looked_at[0].x, made.x[index])


def test_rare_classes_are_drawn_by_the_root_of_their_share(made, split, monkeypatch):
    options = {}
    monkeypatch.setattr("ecgbook.training.fit", lambda m, t, v, **o: options.update(o, train=t))
    study.train(made, split, TINY)
    y, weight = options["train"].y, options["sample_weights"]
    total = np.bincount(y, weight)
    np.testing.assert_allclose(total, np.sqrt(np.bincount(y)), rtol=1e-6)
    assert options["epochs"] == 1


def test_a_case_of_the_network_gives_every_score(network):
    (alone, rows), (voted, _) = STUDY.report([network])
    assert alone == {name: value for name, value in NETWORK.items() if name != "seed"}
    assert voted == alone | {"protocol": "ds1_ds2_sorted"}
    reported = set(zip(rows["score"], rows["class"], strict=True))
    assert {("f1", "macro"), ("accuracy", "all"), ("j_kappa", "all")} <= reported
    for score in ("ec57_sensitivity", "ec57_ppv"):
        assert {(score, "S"), (score, "V")} <= reported
    y, named = network.arrays["test.y"], network.arrays["test.0"].argmax(axis=1)
    value = rows.set_index(["score", "class"])["value"]
    assert value["accuracy", "all"] == pytest.approx((y == named).mean())
    assert value["f1", "macro"] == pytest.approx(f1_score(y, named, average="macro"))


def test_the_parts_of_a_case_are_those_of_the_split(network, made, split):
    for part in ("valid", "test"):
        index = getattr(split, part)
        np.testing.assert_array_equal(network.arrays[f"{part}.rows"], index)
        np.testing.assert_array_equal(network.arrays[f"{part}.patient"], made.patient[index])
        np.testing.assert_allclose(network.arrays[f"{part}.0"].sum(axis=1), 1, atol=1e-5)


def test_sorted_beats_take_the_vote_of_ten_of_their_class(network):
    y, named = network.arrays["test.y"], network.arrays["test.0"].argmax(axis=1)
    expected = named.copy()
    for ten in class_sorted_sequences(y, seed=0, leaky="to test it"):
        votes = Counter(named[ten].tolist())
        expected[ten] = min(votes, key=lambda k: (-votes[k], k))
    np.testing.assert_array_equal(network.arrays["test.1"], np.eye(4)[expected])


def test_only_the_honest_protocol_is_sorted_too():
    case = NETWORK | {"chosen_on": "test"}
    few = replace(TINY, examples=100, draws=100)
    done = runner.run(
        replace(STUDY, trainings={"smoke": few}), case, profile="smoke", data="synthetic"
    )
    assert len(done.answers) == 1


def test_a_baseline_learns_from_the_training_part_and_answers_for_the_others():
    case = {"method": "logistic", "protocol": "ds1_ds2", "chosen_on": "validation"}
    done = runner.run(STUDY, case, profile="smoke", data="synthetic")
    plain = STUDY.data["logistic"](open_database("mitdb", "synthetic"), case, TINY)
    split, (numbers, _) = Split.de_chazal(plain), beat_features(plain)
    scaler = StandardScaler().fit(numbers[split.train])
    oracle = LogisticRegression(class_weight="balanced", max_iter=1000)
    oracle.fit(scaler.transform(numbers[split.train]), plain.y[split.train])
    for part in ("valid", "test"):
        expected = oracle.predict_proba(scaler.transform(numbers[getattr(split, part)]))
        np.testing.assert_allclose(done.arrays[f"{part}.0"], expected, atol=1e-6)
