"""Chapter 5's study: labels, weights, thresholds, fusions, words, and cases from end to end."""

import doctest
from dataclasses import replace
from functools import partial
from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import expit

from ecgbook import RecordInvalid, open_database
from ecgbook.code import _add_named_entries, _visit
from ecgbook.datasets import few_of_each_superclass
from ecgbook.labels import _IN_FIELD, _LABELS, label
from ecgbook.studies import picture_fusion, runner, study_of
from ecgbook.studies import picture_methods as methods
from ecgbook.studies.picture_recipes import RECIPES, epochs_of, still_rising
from ecgbook.studies.study import Training
from tests.studies.superclasses import make_recordings

STUDY = study_of("05-images-fusion")
TINY = Training(examples=40, draws=40, options={"kernel_features": 168})
NAMES = {name for fusions in picture_fusion.FUSIONS.values() for name in fusions}
NAMES |= {name for pair in picture_fusion.PARTS.values() for name in pair}


@pytest.fixture(scope="module")
def records():
    return make_recordings()


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Make the large networks small."""
    sizes = {"alexnet": {"size": 67, "width": 2, "hidden": (6, 5)}, "record_bigru": {"units": 4}}
    for name, config in sizes.items():
        monkeypatch.setitem(RECIPES, name, replace(RECIPES[name], config=config))


def test_examples_in_docstrings_hold():
    assert doctest.testmod(methods).failed == 0


# Weights


def test_weights_by_first_label_are_the_published_ones():
    # 17,111 records of the publication's training part, by whose first label each is.
    first = np.repeat(np.arange(5), [4389, 3136, 1915, 417, 7254])
    y = first[:, None] == np.arange(4)
    y[first < 3, 3] = True  # whatever comes after the first label does not count
    weights = methods.positive_weights(y, "first_label")
    np.testing.assert_allclose(weights, [3.90, 5.46, 8.94, 41.03], atol=0.005)


def test_right_weights_make_positives_of_each_label_weigh_as_much_as_negatives(records):
    weights = methods.positive_weights(records.y, "per_label")
    np.testing.assert_allclose(weights * records.y.sum(axis=0), (~records.y).sum(axis=0))
    assert methods.positive_weights(records.y, "none") is None
    with pytest.raises(RecordInvalid, match="weights must be one of"):
        methods.positive_weights(records.y, "by_label")


# Thresholds


def g_mean(y, called):
    return np.sqrt(called[y].mean() * (~called)[~y].mean())


def test_thresholds_have_the_best_g_mean_of_all():
    rng = np.random.default_rng(0)
    y, logits = rng.random((50, 3)) < 0.3, rng.normal(size=(50, 3))
    found = methods.best_thresholds(y, logits)
    for k in range(3):
        tried = [g_mean(y[:, k], logits[:, k] >= limit) for limit in logits[:, k]]
        assert g_mean(y[:, k], logits[:, k] >= found[k]) == pytest.approx(max(tried))


def test_a_class_that_nobody_has_is_called_at_one_half():
    y = np.array([[True, False], [False, False]])
    np.testing.assert_array_equal(methods.best_thresholds(y, [[2.0, 1], [1, 2]]), [2, 0])


def test_the_last_batch_decides_alone_in_the_published_code():
    size = 2156 % 1024  # records of its validation part that are left after full batches
    assert size == methods.LAST_BATCH
    rng = np.random.default_rng(0)
    y, logits = rng.random((400, 4)) < 0.4, rng.normal(size=(400, 4))
    own = methods.best_thresholds(y[292:], logits[292:])
    np.testing.assert_array_equal(methods.last_batch(y, logits), own)
    logits[:292] += 5
    np.testing.assert_array_equal(methods.last_batch(y, logits), own)
    assert not np.array_equal(methods.best_thresholds(y, logits), own)


def test_reports_call_from_the_threshold_on_and_keep_all_ranks():
    rng = np.random.default_rng(0)
    y, valid, test = rng.random((60, 4)) < 0.4, rng.normal(size=(60, 4)), rng.normal(size=(9, 4))
    limits = methods.best_thresholds(y, valid)
    (answer,) = methods.answers_at(y, valid, test)
    np.testing.assert_array_equal(answer.test >= 0.5, test >= limits)
    np.testing.assert_array_equal(answer.test.argsort(axis=0), test.argsort(axis=0))
    answers = methods.answers_at(y, valid, test, [*methods.THRESHOLDS], method="one")
    assert [a.fields["threshold"] for a in answers] == ["validation", "last_batch", "half"]
    np.testing.assert_allclose(answers[2].test, expit(test))


# Data


def test_official_folds_9_and_10_choose_and_test(records):
    split = methods.by_fold(records)
    folds = [set(records.rows["fold"].iloc[getattr(split, side)]) for side in ("valid", "test")]
    assert folds == [{9}, {10}]
    assert len(split.train) == 48


def test_few_records_are_some_of_each_superclass_of_each_fold():
    table = pd.DataFrame(np.eye(5, dtype=bool)[np.arange(60) % 5])
    table.columns = ["NORM", "MI", "STTC", "CD", "HYP"]
    table["fold"] = np.arange(60) // 20
    few = few_of_each_superclass(SimpleNamespace(metadata=table), 2)
    counts = table.loc[few].groupby("fold")[["NORM", "MI", "HYP"]].sum()
    assert (counts == 2).all(axis=None)
    assert len(few) == 3 * 5 * 2


def test_what_a_network_is_shown_has_a_unit_or_not(records):
    louder = replace(records, x=3 * records.x)
    in_mv, scaled = (RECIPES[name] for name in ("record_resnet", "record_resnet_scaled"))
    np.testing.assert_array_equal(methods.shown(louder, in_mv).x, 3 * records.x)
    pair = (methods.shown(part, scaled).x for part in (records, louder))
    np.testing.assert_allclose(*pair, atol=1e-5)


def test_an_unknown_filter_is_refused():
    with pytest.raises(RecordInvalid, match="filter must be one of st_kept, published"):
        methods.recordings(open_database("ptb-xl", "synthetic"), clean="causal")


@pytest.mark.real
def test_a_quick_look_has_all_classes_in_every_fold():
    database = open_database("ptb-xl")
    few = few_of_each_superclass(database, 1)
    records = methods.recordings(database, records=few)
    assert records.leads == ("I", "II", "V2")
    assert records.x.shape[1:] == (3, 1000)
    table = pd.DataFrame(records.y).groupby(records.rows["fold"]).sum()
    assert len(table) == 10
    assert (table >= 1).all(axis=None)


# Fusion


def test_a_head_answers_for_patients_that_it_has_not_learnt_from(records, monkeypatch):
    patient = np.repeat(np.arange(12), 5)
    probability = np.broadcast_to(patient[:, None, None] / 12, (60, 2, 4)).astype(np.float32)
    asked = []

    def fit_head(y, learnt, training, **options):
        def head(x):
            asked.append(set(np.unique(x)) & set(np.unique(learnt)))
            return x[:, 0]

        return head

    monkeypatch.setattr(picture_fusion, "fit_head", fit_head)
    monkeypatch.setattr(picture_fusion, "_asked", lambda head, x: head(x))
    said = picture_fusion.cross_fitted(records.y, probability, patient, TINY)
    np.testing.assert_array_equal(said, probability[:, 0])  # everybody once, at the right place
    assert asked == [set()] * 5


def test_a_head_learns_which_network_is_right():
    rng = np.random.default_rng(0)
    y = rng.random((300, 4)) < 0.5
    right, noise = np.where(y, 0.9, 0.1), rng.random((300, 4))
    probability = np.stack([noise, right], axis=1).astype(np.float32)
    head = picture_fusion.fit_head(y, probability, Training(examples=300, draws=80_000))
    said = picture_fusion._asked(head, probability) > 0
    assert (said == y).mean() > 0.98


@pytest.fixture(scope="module")
def compute(records):
    made = replace(STUDY, data=lambda *_: records, trainings={"smoke": TINY})
    return partial(runner.run, made, profile="smoke", data="synthetic")


USUAL = {"protocol": "official_folds", "filter": "st_kept", "weights": "none", "seed": 0}


@pytest.mark.parametrize("pair", [*picture_fusion.PARTS])
def test_a_pair_answers_for_both_networks_and_all_their_fusions(compute, pair):
    done = compute({"method": pair, **USUAL})
    names = [done.fields(k)["method"] for k in range(len(done.answers))]
    assert {*names} == {*picture_fusion.PARTS[pair], *picture_fusion.FUSIONS[pair]}
    said = np.stack([done.arrays[f"test.{k}"] for k in range(len(names))])
    assert said.shape[1:] == (6, 4)
    assert ((said >= 0) & (said <= 1)).all()
    assert set(done.fields(0)) == {"method", "threshold", *USUAL} - {"seed"}


def test_a_part_of_a_pair_is_the_network_that_is_trained_alone(records):
    split, work = methods.by_fold(records), replace_case("small_parts")
    pair = picture_fusion.trained(records, split, work)
    alone = methods.train(records, split, TINY, "small_picture_net", progress=False)
    for one, other in zip(
        pair.networks["small_picture_net"].parameters(), alone.parameters(), strict=True
    ):
        torch.testing.assert_close(one, other)


def replace_case(method):
    from ecgbook.studies.study import Work

    return Work({"method": method, **USUAL}, TINY)


@pytest.mark.parametrize("method", ["record_cnn_gru_reshaped", "random_kernels"])
def test_a_network_and_a_ridge_answer_with_probabilities(compute, method):
    done = compute({"method": method, **USUAL})
    assert done.arrays["test.0"].shape == (6, 4)
    assert np.isfinite(done.arrays["valid.0"]).all()


def test_a_stopped_pair_goes_on_with_what_is_trained(records, tmp_path, monkeypatch):
    split = methods.by_fold(records)
    work = replace_case("small_parts")._replace(checkpoint=tmp_path / "key.0")
    first = picture_fusion.trained(records, split, work)
    steps = []
    monkeypatch.setattr("ecgbook.training.optim.update", lambda *_: steps.append(1))
    again = picture_fusion.trained(records, split, work)
    assert not steps
    for name, model in first.networks.items():
        for one, other in zip(model.parameters(), again.networks[name].parameters(), strict=True):
            torch.testing.assert_close(one, other)
    assert {path.name for path in tmp_path.iterdir()} == {
        f"key.{name}" for name in picture_fusion.PARTS["small_parts"]
    }


# What the study says of itself


def test_every_case_has_a_recipe_or_a_function_of_its_own():
    others = {"random_kernels", *picture_fusion.PARTS}
    for case in STUDY.cases():
        assert case["method"] in others | set(RECIPES)
        assert case["method"] in STUDY.answers


def test_pairs_name_methods_that_there_are_and_none_twice():
    known = {case["method"] for case in STUDY.cases()} - set(picture_fusion.PARTS) | NAMES
    named = {side["method"] for pair in STUDY.pairs for side in pair if "method" in side}
    assert named <= known
    pairs = [(*left.items(), *right.items()) for left, right in STUDY.pairs]
    assert len(set(pairs)) == len(pairs)


def test_every_method_and_field_has_words_of_its_own():
    values = {(name, value) for case in STUDY.cases() for name, value in case.items()}
    values = {pair for pair in values if pair[1] not in picture_fusion.PARTS}
    values |= {("method", name) for name in NAMES}
    values |= set(product(["threshold"], methods.THRESHOLDS))
    named = {pair for pair in values if isinstance(pair[1], str)}
    missing = {pair for pair in named if pair not in _IN_FIELD and pair[1] not in _LABELS}
    assert not missing
    assert len({label(value, name) for name, value in named}) == len(named)
    assert all(score.removeprefix("pooled_") in _LABELS for score in STUDY.scores)


def test_a_case_depends_on_its_own_recipe_and_a_pair_on_those_of_its_fusions():
    def found_by(method):
        found, values = {}, []
        for thing in STUDY.code({"method": method, **USUAL}, "cpu"):
            _visit(thing, found, values)
        _add_named_entries(found, values)
        return {name.partition(".")[2] for _, name in found if name.startswith("RECIPES.")}

    assert found_by("record_gru") == {"record_gru"}
    assert found_by("small_parts") >= {"record_resnet", "small_picture_net", "joint_fusion"}


def test_a_cap_stops_a_network_before_the_others_and_says_so():
    training = Training(examples=100, draws=1_000, options={"alexnet_draws": 200})
    assert [epochs_of(name, training, 100) for name in ("record_resnet", "alexnet")] == [10, 2]
    assert still_rising(training) == ["alexnet"]
    assert still_rising(STUDY.trainings["gpu"]) == []
