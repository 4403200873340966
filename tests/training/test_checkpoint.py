import copy
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
from ecgbook.training.tensorfile import read_tensors
from tests.training.stand_ins import Task

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


def test_describe_tells_weights_and_what_is_frozen_apart():
    torch.manual_seed(0)
    first, other = nn.Linear(2, 2), nn.Linear(2, 2)
    again = copy.deepcopy(first)
    assert describe(first) == describe(again)
    assert describe(first).startswith("Linear ")
    assert describe(first) != describe(other)
    again.weight.requires_grad_(False)
    assert describe(first) != describe(again)
    assert describe(nn.Linear(2, 2).bfloat16()) != describe(first)  # numpy has no bfloat16


def scaled(by):
    return lambda x: x * by


def powered(by):
    return lambda x: x**by


class Noise:
    def __init__(self, size):
        self.size = size

    def __call__(self, x):
        return x + self.size


def default(x, *, by=2):
    return x * by


@pytest.mark.parametrize(
    ("first", "same", "other"),
    [
        (scaled(2), scaled(2), scaled(3)),
        (scaled(2), scaled(2), powered(2)),
        (scaled(np.ones(3)), scaled(np.ones(3)), scaled(np.zeros(3))),
        (lambda x: np.sin(x), lambda x: np.sin(x), lambda x: np.cos(x)),
        (lambda x: x in {"a", "b"}, lambda x: x in {"a", "b"}, lambda x: x in {"a", "c"}),
        (
            lambda x: (lambda y: y + 1)(x),
            lambda x: (lambda y: y + 1)(x),
            lambda x: (lambda y: y)(x),
        ),
        (partial(default, by=3), partial(default, by=3), partial(default, by=4)),
        (Noise(1), Noise(1), Noise(2)),
        (Noise(1).__call__, Noise(1).__call__, Noise(2).__call__),
        ({"a": np.ones(2)}, {"a": np.ones(2)}, {"a": np.zeros(2)}),
        (Task(), Task(), Task(selection=default)),
        (np.sin, np.sin, np.cos),
        (torch.nn.functional.mse_loss, torch.nn.functional.mse_loss, torch.nn.functional.l1_loss),
    ],
)
def test_describe_tells_functions_and_objects_apart(first, same, other):
    assert describe(first) == describe(same)
    assert describe(first) != describe(other)


def test_a_setting_that_holds_itself_is_refused(tmp_path):
    def again(x):
        return again(x)

    with pytest.raises(TrainingFailed, match="a setting holds itself"):
        Checkpoint(tmp_path / "file", {"augment": again})


def test_any_changed_byte_is_noticed(tmp_path):
    path, notes = tmp_path / "file", {"best": torch.arange(40.0), "history": [0.25, "ü"]}
    Checkpoint(path, {"lr": 0.1}).save(notes)
    good = path.read_bytes()
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
        with pytest.raises(DataCorrupt):
            Checkpoint(path, {"lr": 0.1}).load()


def test_a_cut_or_longer_file_is_noticed(tmp_path):
    path = tmp_path / "file"
    Checkpoint(path, {}).save([torch.arange(40.0)])
    good = path.read_bytes()
    for bad in (b"", good[:7], good[:-1], good + b"\0", good[1:], good * 2):
        path.write_bytes(bad)
        with pytest.raises(DataCorrupt):
            Checkpoint(path, {}).load()


def test_there_is_a_tensor_in_every_checkpoint(tmp_path):
    # The oldest safetensors allowed cannot read a file without any.
    Checkpoint(tmp_path / "file", {}).save(None)
    assert read_tensors(tmp_path / "file")[0]
