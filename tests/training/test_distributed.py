"""Two processes under torchrun train the network of one."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ecgbook.errors import TrainingFailed
from ecgbook.models import create_model
from ecgbook.training import class_weights, cross_entropy, fit
from ecgbook.training.distributed import ProcessGroup, process_group
from tests.training.stand_ins import SINGLE


def train(folder, name):
    """Train two networks on the beats in a folder, and write down what has become of them."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x, y = np.load(f"{folder}/x.npy"), np.load(f"{folder}/y.npy")
    layers = nn.Conv1d(1, 8, 5), nn.GroupNorm(2, 8), nn.ReLU(), nn.Flatten(), nn.Linear(224, 3)
    model = nn.Sequential(*layers)
    loss = partial(cross_entropy, weight=class_weights(y, 3))
    valid = x[160:233], y[160:233]  # an odd number: the parts differ by one
    how = {"task": SINGLE, "batch_size": 32, "device": "cpu", "progress": False}
    kept = {"loss": loss, "checkpoint": f"{folder}/{name}"}
    history = fit(model, (x[:160], y[:160]), valid, epochs=3, **kept, **how)
    weights = torch.cat([p.detach().flatten() for p in model.parameters()])

    # Batch normalisation sees one part on a CPU, yet all processes end with the same statistics.
    normed = create_model("beat_cnn", classes=3, width=8)
    fit(normed, (x[:160], y[:160]), valid, epochs=2, **how)
    state = torch.cat([value.flatten().double() for value in normed.state_dict().values()])
    rank = torch.distributed.get_rank() if torch.distributed.is_initialized() else 0
    np.save(f"{folder}/{name}.{rank}.npy", weights.numpy())
    np.save(f"{folder}/{name}.normed.{rank}.npy", state.numpy())
    if rank == 0:
        Path(f"{folder}/{name}.json").write_text(json.dumps(history))


def torchrun(folder, name):
    """Train in two processes."""
    script = folder / "script.py"
    script.write_text(
        f"from tests.training.test_distributed import train\ntrain({str(folder)!r}, {name!r})\n"
    )
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    process = subprocess.run(
        [sys.executable, *launcher, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.returncode == 0, process.stderr


def test_two_processes_train_the_network_of_one(beats, tmp_path):
    np.save(tmp_path / "x.npy", beats[0])
    np.save(tmp_path / "y.npy", beats[2])
    train(tmp_path, "alone")
    torchrun(tmp_path, "together")
    alone, together = (
        json.loads((tmp_path / f"{name}.json").read_text()) for name in ("alone", "together")
    )
    for a, b in zip(alone, together, strict=True):
        assert b == pytest.approx(a, rel=1e-4)
    weights = [np.load(tmp_path / f"together.{rank}.npy") for rank in range(2)]
    np.testing.assert_array_equal(weights[0], weights[1])
    np.testing.assert_allclose(weights[0], np.load(tmp_path / "alone.0.npy"), atol=1e-4)
    normed = [np.load(tmp_path / f"together.normed.{rank}.npy") for rank in range(2)]
    np.testing.assert_array_equal(normed[0], normed[1])


def test_a_group_of_one_changes_nothing():
    group = ProcessGroup(0, 1, torch.device("cpu"))
    rows = torch.arange(6.0).reshape(3, 2)
    assert group.gather(rows, 3) is rows
    assert group.mean(rows) is rows
    assert group.wrap(model := torch.nn.Linear(2, 2)) is model
    assert group.whole_batch(256, 100) == 100
    assert rows[group.rows].equal(rows)


def test_parts_must_be_equal():
    group = ProcessGroup(0, 3, torch.device("cpu"))
    assert group.whole_batch(30, 100) == 30
    assert group.whole_batch(300, 100) == 99
    with pytest.raises(TrainingFailed, match="make batch_size a multiple of 3"):
        group.whole_batch(32, 100)
    with pytest.raises(TrainingFailed, match="cannot share batches of 3 from 2 examples"):
        group.whole_batch(3, 2)


def test_without_torchrun_the_group_is_this_process(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    assert process_group("cpu") == ProcessGroup(0, 1, torch.device("cpu"))
