"""Chapter 6's study: splits, recipes, and every method on a few simulated beats."""

from dataclasses import replace
from functools import partial
from itertools import combinations

import numpy as np
import pytest

from ecgbook import conventions, open_database
from ecgbook.datasets import kachuee_beats
from ecgbook.studies import heartbeats as study
from ecgbook.studies import runner
from ecgbook.studies.study import Training

TINY = Training(examples=64, draws=64, batch_size=32, lr=1e-3, records=study._FEW)


@pytest.fixture(scope="module")
def beats():
    return kachuee_beats(open_database("mitdb", data="synthetic"), records=study._FEW)


@pytest.fixture(scope="module")
def compute(beats):
    """Compute a case on every twentieth beat, with those of rare classes all."""
    kept = (np.arange(len(beats)) % 20 == 0) | (beats.y > 0)
    data = dict.fromkeys(study._BEATS, lambda *_: beats[kept])
    made = replace(study.STUDY, data=data, trainings={"smoke": TINY})
    return partial(runner.run, made, profile="smoke", data="synthetic")


def test_by_patient_nobody_is_on_two_sides_and_every_side_has_paced_beats(beats):
    split = study.by_patient(beats)
    sides = [set(beats.patient[getattr(split, side)]) for side in ("train", "valid", "test")]
    assert all(a.isdisjoint(b) for a, b in combinations(sides, 2))
    paced = set(conventions.PACED) & set(beats.record)
    for side in (split.train, split.valid, split.test):
        assert paced & set(beats.record[side])
    assert "201" not in set(beats.record[split.train])


def test_by_beat_a_fifth_is_tested_and_a_tenth_of_the_rest_chooses(beats):
    split = study.by_beat(beats)
    assert len(split.test) == pytest.approx(len(beats) / 5, abs=1)
    assert len(split.valid) == pytest.approx((len(beats) - len(split.test)) / 10, abs=1)


@pytest.mark.real
def test_the_published_sizes_are_met_but_for_eight_beats():
    # Published: 87,554 beats to learn from and choose on, 21,892 to test.
    split = study.by_beat(kachuee_beats("mitdb"))
    assert len(split.train) + len(split.valid) == pytest.approx(87_554, abs=10)
    assert len(split.test) == pytest.approx(21_892, abs=5)


QUICK = ["mlp", "course_cnn", "vanilla_cnn", "channel_pooling", "fourier_cnn", "vanilla_rnn"]
QUICK += [
    "bilstm",
    "dilated_bilstm",
    "encoder_classifier",
    "beat_transformer",
    "beat_resnet",
    "trees",
]


@pytest.mark.parametrize("method", QUICK)
def test_every_method_answers_with_probabilities(compute, method):
    case = {"method": method, "protocol": "by_patient", "recipe": "one_budget", "seed": 0}
    computed = compute(case)
    for part in ("valid", "test"):
        said = computed.arrays[f"{part}.0"]
        assert said.shape == (len(computed.arrays[f"{part}.y"]), 5)
        np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-5)


def test_the_published_recipe_is_that_of_the_report():
    how = study._published(TINY, "dilated_bilstm")
    assert (how["lr"], how["batch_size"], how["patience"]) == (1e-3, 32, 5)
    assert how["task"].select == "accuracy"
    assert "focal" in how["task"].loss.__name__
    assert study._published(TINY, "vanilla_rnn")["lr"] == 1e-4
    assert study._published(TINY, "resnet_398")["batch_size"] == 128


def test_a_slow_model_sees_fewer_beats():
    budget = Training(examples=100, draws=1_000, options={"bilstm": 200})
    epochs = [study._epochs(budget, method, 100) for method in ("mlp", "bilstm")]
    assert epochs == [10, 2]


def test_stacks_are_fitted_on_what_was_learnt_and_on_validation(compute):
    case = {"method": "stack_on_training", "protocol": "by_beat", "recipe": "one_budget"}
    computed = compute(case)
    assert [answer["fields"] for answer in computed.answers] == [
        {"fitted_on": "training"},
        {"fitted_on": "validation"},
    ]
    assert not np.array_equal(computed.arrays["test.0"], computed.arrays["test.1"])
