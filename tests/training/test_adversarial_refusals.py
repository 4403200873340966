"""Settings and data that cannot work are refused with one sentence."""

import math

import numpy as np
import pytest
from torch import nn

from ecgbook.errors import EcgError, ModelInvalid, TrainingFailed
from ecgbook.models import create_model
from ecgbook.training import adversarial
from ecgbook.training.adversarial import fit_adversarial
from ecgbook.training.distributed import ProcessGroup
from tests.training.adversaries import (
    CPU,
    TRAIN,
    VALID,
    networks,
    run,
)
from tests.training.stand_ins import Task


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs must be a whole number above 0, got 0"),
        ({"batch_size": 0}, "batch_size must be a whole number above 0, got 0"),
        ({"lr": -1.0}, "lr must be above 0"),
        ({"patience": 0}, "patience must be a whole number above 0"),
        ({"feature_weight": -1.0}, "feature must be at least 0, got -1.0"),
        ({"restart_below": math.nan}, "restart_below must be at least 0, got nan"),
        ({"precision": "float16"}, "precision must be float32 or bfloat16 here"),
        ({"precision": "int8"}, "precision must be 'float32'.* got 'int8'"),
        ({"pair": (create_model("autoencoder"), None)}, "entropy_weight must be 0 .*got 0.001"),
        ({"pair": (networks()[0], nn.Linear(1, 1))}, "made by models.create_model"),
        (
            {"task": Task(selection=lambda y, score: math.nan)},
            "the valid_score of the untrained model is nan",
        ),
        ({"lr": 1e30}, "loss is (nan|inf) in epoch 1, batch"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes, message):
    with pytest.raises(TrainingFailed, match=message):
        run(**changes)


X, ABNORMAL = VALID


@pytest.mark.parametrize(
    ("train", "valid", "message"),
    [
        (TRAIN, X, r"valid must be Examples or a tuple \(\*inputs, target\), got ndarray"),
        (TRAIN, (X[:8], ABNORMAL[:8]), "nan; see that the validation set has .*every class"),
        (TRAIN, (X, ABNORMAL[:9]), r"valid has 16 beats and labels of shape \(9,\)"),
        (TRAIN, (X, 2 * ABNORMAL), "2"),
        (TRAIN[:0], VALID, "train is empty"),
        (3 * TRAIN, VALID, "train reaches from .*datasets.scale_beats"),
        (TRAIN, (X + 5, ABNORMAL), "x of valid reaches from .*datasets.scale_beats"),
        (TRAIN * np.float32(np.nan), VALID, "train has NaN"),
        (TRAIN[..., :300], VALID, r"320.* \(24, 1, 300\)"),
    ],
)
def test_data_that_cannot_work_are_refused(train, valid, message):
    with pytest.raises(EcgError, match=message):
        fit_adversarial(*networks(), train, valid, device="cpu", progress=False)


def test_beats_of_another_length_are_refused():
    short = TRAIN[..., :300], (X[..., :300], ABNORMAL)
    with pytest.raises(ModelInvalid, match=r"320.* \(16, 1, 300\)"):
        fit_adversarial(*networks(), *short, device="cpu", progress=False)


def test_two_processes_are_refused(monkeypatch):
    monkeypatch.setattr(adversarial, "process_group", lambda device: ProcessGroup(0, 2, CPU))
    with pytest.raises(TrainingFailed, match="train in one process, not 2"):
        run()
