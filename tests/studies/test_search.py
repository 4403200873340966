"""The search for settings: what it tries, what it chooses, and what it must not see."""

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from ecgbook import open_database
from ecgbook.datasets import kachuee_beats
from ecgbook.errors import TrainingFailed
from ecgbook.studies import heartbeats, runner, search
from ecgbook.studies.study import Training

TINY = Training(examples=64, draws=64, batch_size=32, lr=1e-3, records=heartbeats._FEW)


@pytest.fixture(scope="module")
def beats():
    """Return every fortieth simulated beat, with those of rare classes all."""
    every = kachuee_beats(open_database("mitdb", data="synthetic"), records=heartbeats._FEW)
    return every[(np.arange(len(every)) % 40 == 0) | (every.y > 0)]


@pytest.fixture(scope="module")
def split(beats):
    return heartbeats.by_patient(beats)


@pytest.fixture
def scored(monkeypatch):
    """Let a function of the settings stand for training; return the trainings asked for."""

    def by(function):
        asked = []

        def train(beats, split, training, settings, **options):
            asked.append(SimpleNamespace(training=training, settings=settings, **options))
            return None, function(**settings)

        monkeypatch.setattr(search, "train", train)
        return asked

    return by


def look_for(**options):
    return search.searched(None, None, TINY, **options)


def test_the_best_trial_by_validation_is_taken_and_the_first_of_equals(scored):
    scored(lambda kernel, width, **others: kernel + 10 * (width == 8))
    found, table = look_for(trials=25)
    best = table[table["macro_f1"] == table["macro_f1"].max()].iloc[0]
    assert found == best.drop("macro_f1").to_dict()
    assert (found["kernel"], found["width"]) == (7, 8)  # of 9 pairs, in 25 trials


def test_proposals_near_a_known_best_rate_get_more_frequent(scored):
    scored(lambda lr, **others: -abs(np.log(lr / 3e-3)))
    _, table = look_for(trials=25)
    assert table["lr"].between(*search.RATES).all()
    far = -table["macro_f1"]
    assert far[15:].median() < far[1:10].median()  # proposed, against drawn at random


def test_the_first_trial_has_the_published_settings_and_the_rate_of_the_recipe(scored):
    asked = scored(lambda **settings: 0.5)
    found, table = look_for(trials=3)
    assert asked[0].settings == search.PUBLISHED | {"lr": TINY.lr} == found
    assert table.index.to_list() == [1, 2, 3]


def test_the_published_settings_are_those_of_the_network():
    published = search._config(**search.PUBLISHED, lr=None)
    network = search._config(pairs=2, width=8, kernel=3, hidden=64, dropout=0.0, lr=None)
    assert published == {
        "widths": (16, 32, 64),
        "kernels": (5, 5, 5),
        "hidden": (512, 256),
        "dropout": 0.1,
    }
    assert network == {
        "widths": (8, 16),
        "kernels": (3, 3),
        "hidden": (64, 32),
        "dropout": 0.0,
    }


def test_a_trial_is_a_short_training_of_its_own(scored, tmp_path):
    asked = scored(lambda **settings: 0.5)
    budget = Training(examples=100_000, draws=1_000_000, lr=2e-3)
    options = {"trials": 2, "seed": 4, "checkpoint": tmp_path / "unit.0"}
    search.searched(None, None, budget, **options)
    assert [(one.training.examples, one.training.draws) for one in asked] == [(60_000, 60_000)] * 2
    assert [one.checkpoint.name for one in asked] == ["unit.0.trial-0", "unit.0.trial-1"]
    assert {one.seed for one in asked} == {4}


def test_one_seed_gives_one_table_and_another_another(scored):
    scored(lambda lr, kernel, **others: kernel - 100 * lr)
    first, again, other = (look_for(trials=15, seed=seed)[1] for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(first, again)
    assert not first["lr"].equals(other["lr"])


def test_trained_with_published_settings_it_is_the_network_of_the_study(beats, split):
    usual = heartbeats.train(beats, split, TINY, "vanilla_cnn", progress=False)
    settings = search.PUBLISHED | {"lr": TINY.lr}
    ours, _ = search.train(beats, split, TINY, settings, progress=False)
    for one, other in zip(usual.parameters(), ours.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_test_part_is_not_looked_at(beats, split):
    x, y = beats.x.copy(), beats.y.copy()
    x[split.test] = 1 - x[split.test]
    y[split.test] = (y[split.test] + 1) % 5
    poisoned = replace(beats, x=x, y=y)
    tables = [
        search.searched(some, split, TINY, trials=2, share=1.0)[1] for some in (beats, poisoned)
    ]
    pd.testing.assert_frame_equal(*tables)


def test_a_search_cut_off_goes_on_with_the_same_trials(beats, split, tmp_path):
    options = {"share": 1.0, "checkpoint": tmp_path / "unit.0"}
    search.searched(beats, split, TINY, trials=2, **options)
    _, resumed = search.searched(beats, split, TINY, trials=3, **options)
    _, whole = search.searched(beats, split, TINY, trials=3, share=1.0)
    pd.testing.assert_frame_equal(resumed, whole)


@pytest.mark.parametrize("trials", [0, -1])
def test_a_search_without_trials_is_refused(trials):
    with pytest.raises(TrainingFailed, match=f"at least one trial, got trials={trials}"):
        look_for(trials=trials)


def test_without_optuna_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(TrainingFailed, match=r"pip install 'ecgbook\[search\]'"):
        look_for(trials=1)


def test_nothing_is_logged_and_the_log_is_left_as_it_was(scored, capfd):
    import optuna

    scored(lambda **settings: 0.5)
    before = optuna.logging.get_verbosity()
    look_for(trials=12)
    assert optuna.logging.get_verbosity() == before
    assert capfd.readouterr() == ("", "")


def test_the_unit_carries_the_settings_and_the_trials(beats, monkeypatch):
    monkeypatch.setattr(search, "TRIALS", 2)
    data = dict.fromkeys(heartbeats._BEATS, lambda *_: beats)
    study = replace(heartbeats.STUDY, data=data, trainings={"smoke": TINY})
    case = {"method": "searched_cnn", "protocol": "by_patient", "recipe": "one_budget", "seed": 0}
    assert case in study.cases()
    unit = runner.run(study, case, profile="smoke", data="synthetic")
    for part in ("valid", "test"):
        said = unit.arrays[f"{part}.0"]
        assert said.shape == (len(unit.arrays[f"{part}.y"]), 5)
        np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-5)
    (_, scores), (fields, facts) = study.report([unit])
    assert {"f1", "accuracy"} <= set(scores["score"])
    assert facts["class"].to_list() == [
        *("pairs", "width", "kernel", "hidden", "dropout", "learning rate"),
        *("trial 1", "trial 2"),
    ]
    kernel = int(facts["value"][facts["class"] == "kernel"].item())
    assert f"kernel {kernel}," in fields["found"]


def test_numbers_of_a_report_are_as_they_were_set():
    noted = np.array([3, 16, 5, 512, 0.1, 0.002, 0.75], np.float32)
    table = search.report(None, np.tile(noted, (1, 4, 1)), None)
    assert table["value"].to_list() == [3, 16, 5, 512, 0.1, 0.002, 0.75]
    assert table["score"].to_list() == ["setting"] * 6 + ["trial_macro_f1"]
