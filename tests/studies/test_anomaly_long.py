import numpy as np
import pytest

from ecgbook import open_database
from ecgbook.evaluation import auroc
from ecgbook.studies import anomaly, anomaly_long
from ecgbook.training import anomaly_scores
from ecgbook.training.adversarial_step import AdversarialStep

UNIT = {"protocol": "ds1_ds2", "profile": "smoke", "data": "synthetic"}
RECORDS = anomaly.BUDGETS["smoke"].records


def test_a_training_in_its_own_process_is_the_same_and_leaves_no_checkpoint(monkeypatch):
    monkeypatch.setattr(anomaly_long, "_SEEDS", (0,))
    metrics = {m["name"]: m for m in anomaly_long.run(**UNIT)}
    whole = metrics["auroc_madegan_long_ds1_ds2_beat"]
    assert whole["simulated"]
    assert whole["split"] == "nobody on two sides"

    beats = anomaly.beats_of(open_database("mitdb", data="synthetic"), records=RECORDS)
    (split,) = anomaly.PROTOCOLS["ds1_ds2"](beats)
    budget = anomaly_long.LONG["smoke"]
    generator, _ = anomaly.train(beats, split, "madegan", budget=budget, seed=0)
    scores = anomaly_scores(generator, beats.x[split.test], precision="bfloat16")
    assert whole["value"] == pytest.approx(auroc(beats.y[split.test] > 0, scores))
    assert not anomaly_long._checkpoint(0, *UNIT.values()).exists()


def test_a_stopped_unit_goes_on_from_its_checkpoint(monkeypatch):
    # Six batches make an epoch: the ninth is in the second.
    monkeypatch.setitem(anomaly_long.LONG, "smoke", anomaly.Budget(300, 3, 50, 1e-3, 0.01, RECORDS))
    whole = anomaly_long._score(5, **UNIT)
    anomaly_long._checkpoint(5, *UNIT.values()).unlink()
    real, steps = AdversarialStep.step, []

    def step(*args):
        steps.append(len(steps))
        if len(steps) == 9:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(AdversarialStep, "step", step)
    with pytest.raises(KeyboardInterrupt):
        anomaly_long._score(5, **UNIT)
    resumed = anomaly_long._score(5, **UNIT)
    assert len(steps) == 9 + 2 * 6  # the first epoch is not done again
    for one, other in zip(resumed, whole, strict=True):
        np.testing.assert_array_equal(one, other)
    anomaly_long._checkpoint(5, *UNIT.values()).unlink()
