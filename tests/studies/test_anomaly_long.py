import numpy as np
import pytest

from ecgbook import open_database
from ecgbook.evaluation import auroc
from ecgbook.studies import anomaly, anomaly_long
from ecgbook.training import anomaly_scores
from ecgbook.training.duel import Duel

UNIT = {"protocol": "ds1_ds2", "view": "usual", "profile": "smoke", "data": "synthetic"}


def test_a_training_in_its_own_process_is_the_same_and_leaves_no_checkpoint(monkeypatch):
    monkeypatch.setattr(anomaly_long, "_SEEDS", (0,))
    metrics = {m["name"]: m for m in anomaly_long.run(**UNIT)}
    whole = metrics["auroc_madegan_long_ds1_ds2_usual"]
    assert whole["simulated"]
    assert whole["split"] == "nobody on two sides"

    budget = anomaly_long.LONG["smoke"]
    database = open_database("mitdb", data="synthetic")
    beats = anomaly.beats_of(database, view="usual", records=budget.records)
    (split,) = anomaly.PROTOCOLS["ds1_ds2"](beats)
    generator, _ = anomaly.train(beats, split, "madegan", budget=budget, seed=0)
    scores = anomaly_scores(generator, beats.x[split.test], precision="bfloat16")
    assert whole["value"] == pytest.approx(auroc(beats.y[split.test] > 0, scores))
    assert not anomaly_long._checkpoint(0, *UNIT.values()).exists()


def test_a_stopped_unit_goes_on_from_its_checkpoint(monkeypatch):
    _, first, _ = anomaly_long._score(0, **UNIT)

    def step(*_):
        raise AssertionError("trained again")

    monkeypatch.setattr(Duel, "step", step)  # the checkpoint holds the whole training
    np.testing.assert_array_equal(anomaly_long._score(0, **UNIT)[1], first)
