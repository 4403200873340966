"""What a released classifier says of examples that fit its card, and of others."""

import numpy as np
import pandas as pd
import pytest
import torch

from ecgbook import ModelInvalid, RecordInvalid, released
from ecgbook.datasets import Examples
from ecgbook.models import create_model
from ecgbook.training import predict_released, save_weights


def examples(fs=125, leads=1, time=187, n=6):
    x = np.random.default_rng(0).random((n, leads, time), np.float32)
    rows = pd.DataFrame({"patient": "a", "record": "a", "sample": np.arange(n)})
    names = [f"lead {k}" for k in range(leads)]
    return Examples(x, np.zeros(n, np.int64), ("N", "V"), rows, fs=fs, leads=names)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(released, "path", lambda name: tmp_path / name)
    return tmp_path


@pytest.fixture
def network(folder):
    model = create_model("mlp", classes=2, seed=1)
    path = folder / "mine.safetensors"
    save_weights(path, model, classes=["N", "V"], fs=125, recipe={"recipe": "heartbeat"})
    return model


def test_probabilities_are_the_softmax_of_the_model(network):
    probability, classes = predict_released("mine", examples())
    with torch.no_grad():
        expected = network(torch.from_numpy(examples().x)).softmax(dim=1)
    np.testing.assert_allclose(probability, expected, rtol=1e-5)
    assert classes == ["N", "V"]


@pytest.mark.parametrize(("fs", "leads"), [(360, 1), (125, 2)])
def test_another_rate_or_number_of_leads_is_refused(network, fs, leads):
    with pytest.raises(RecordInvalid, match=r"1 lead.* at 125 Hz.* by the recipe 'heartbeat'"):
        predict_released("mine", examples(fs=fs, leads=leads))


def test_longer_beats_are_refused(network):
    with pytest.raises(ModelInvalid, match="187"):
        predict_released("mine", examples(time=300))


def test_a_network_that_does_not_classify_is_refused(folder):
    model = create_model("beat_autoencoder")
    save_weights(folder / "mine.safetensors", model, classes=["beat"], fs=125)
    with pytest.raises(ModelInvalid, match="does not classify"):
        predict_released("mine", examples())


def test_leads_in_another_order_are_refused(folder):
    model = create_model("record_resnet", leads=2, classes=2)
    named = {"leads": ["lead 1", "lead 0"], "classes": ["MI", "CD"]}
    save_weights(folder / "mine.safetensors", model, fs=125, **named)
    with pytest.raises(RecordInvalid, match=r"takes the leads lead 1, lead 0 in this order"):
        predict_released("mine", examples(leads=2))
