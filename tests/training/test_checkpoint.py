from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from ecgbook.errors import DataCorrupt, TrainingFailed
from ecgbook.models import create_model
from ecgbook.training import focal_loss, save_weights
from ecgbook.training.checkpoint import Checkpoint, describe

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
keys = st.integers() | st.text()
trees = st.dictionaries(
    keys, st.recursive(leaves, lambda t: st.lists(t) | st.dictionaries(keys, t), max_leaves=10)
)


@settings(max_examples=50)
@given(tree=trees)
def test_notes_come_back_as_they_were(tmp_path_factory, tree):
    path = tmp_path_factory.mktemp("checkpoint") / "file"
    Checkpoint(path, {}).save(tree)
    assert Checkpoint(path, {}).load() == tree


def test_tensors_in_notes_come_back(tmp_path):
    Checkpoint(tmp_path / "file", {}).save(
        {"best": {"w": torch.arange(3)}, "list": [torch.ones(2)]}
    )
    notes = Checkpoint(tmp_path / "file", {}).load()
    assert torch.equal(notes["best"]["w"], torch.arange(3))
    assert torch.equal(notes["list"][0], torch.ones(2))


@pytest.mark.parametrize("optimizer_class", [torch.optim.AdamW, torch.optim.SGD, torch.optim.RAdam])
def test_an_optimizer_goes_on_as_if_never_stopped(tmp_path, optimizer_class):
    def build():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1))
        return model, optimizer_class(model.parameters(), lr=0.1, weight_decay=0.1)

    def step(model, optimizer):
        optimizer.zero_grad()
        model(torch.ones(2, 4)).square().sum().backward()
        optimizer.step()

    model, optimizer = build()
    for _ in range(3):
        step(model, optimizer)
    Checkpoint(tmp_path / "file", {}, model=model, optimizer=optimizer).save(None)
    resumed, resumed_optimizer = build()
    Checkpoint(tmp_path / "file", {}, model=resumed, optimizer=resumed_optimizer).load()
    for _ in range(3):
        step(model, optimizer)
        step(resumed, resumed_optimizer)
    assert all(map(torch.equal, model.parameters(), resumed.parameters()))


def test_without_a_path_nothing_is_kept():
    state = Checkpoint(None, {"lr": 1})
    state.save({"epoch": 1})
    assert state.load() is None


def test_changed_settings_are_refused_by_name(tmp_path):
    before = {"lr": 0.1, "seed": 0, "loss": partial(focal_loss, gamma=2.0)}
    Checkpoint(tmp_path / "file", before).save(None)
    for name, value, message in [
        ("lr", 0.2, "lr was 0.1 and is now 0.2"),
        ("seed", 1, "seed was 0 and is now 1"),
        (
            "loss",
            focal_loss,
            r"loss was 'focal_loss \w{8}\(gamma=2.0\)' and is now 'focal_loss \w{8}'",
        ),
    ]:
        with pytest.raises(TrainingFailed, match=message):
            Checkpoint(tmp_path / "file", before | {name: value}).load()
    Checkpoint(tmp_path / "file", dict(before)).load()


def test_weights_are_no_checkpoint(tmp_path):
    path = tmp_path / "file"
    save_weights(path, create_model("beat_cnn"), classes="NSVFQ", fs=360)
    with pytest.raises(DataCorrupt, match="no checkpoint"):
        Checkpoint(path, {}).load()


def test_describe_tells_data_and_models_apart():
    x = np.zeros((4, 3), np.float32)
    changed = x.copy()
    changed[2, 1] = 1e-6
    assert describe(x) == describe(torch.tensor(x)) == describe(x.T.copy().T)
    assert describe(x) != describe(changed)
    assert describe(x) != describe(x.reshape(3, 4))
    assert describe(nn.Dropout(0.1)) == describe(nn.Dropout(0.1))
    assert describe(nn.Dropout(0.1)) != describe(nn.Dropout(0.2))
    assert describe(np.float64(0.5)) == 0.5
