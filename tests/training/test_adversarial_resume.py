"""Adversarial training goes on as if never stopped."""

import signal
import subprocess
import sys

import pytest

from ecgbook.errors import TrainingFailed
from tests.training.adversaries import (
    ALWAYS,
    NEVER,
    Enough,
    assert_same,
    networks,
    run,
    stop_after,
)


@pytest.mark.parametrize(("precision", "restart_below"), [("float32", NEVER), ("bfloat16", ALWAYS)])
def test_k_epochs_and_the_rest_are_n_epochs(tmp_path, precision, restart_below):
    changes = {"precision": precision, "restart_below": restart_below}
    whole = run(**changes)
    for k in (1, 3):
        file = tmp_path / f"{k}"
        with pytest.raises(Enough):
            run(file, on_epoch=stop_after(k), **changes)
        assert_same(run(file, **changes), whole)


def test_a_finished_run_is_read_not_repeated(tmp_path):
    first, epochs = run(tmp_path / "file"), []
    assert_same(run(tmp_path / "file", on_epoch=epochs.append), first)
    assert epochs == []


KILLED = """
import os, signal, sys
import torch
torch.set_num_threads(1)
sys.path.insert(0, {folder!r})
from tests.training import adversaries
step, steps = adversaries.AdversarialStep.step, []
def dying(both, x, rate):
    steps.append(1)
    if len(steps) == 8:  # in the third epoch of three batches each
        os.kill(os.getpid(), signal.SIGKILL)
    return step(both, x, rate)
adversaries.AdversarialStep.step = dying
adversaries.run(sys.argv[1])
"""


def test_a_killed_run_goes_on(tmp_path, request):
    script = KILLED.format(folder=str(request.path.parents[2]))
    command = [sys.executable, "-c", script, str(tmp_path / "file")]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == -signal.SIGKILL, process.stderr
    epochs = []
    resumed = run(tmp_path / "file", on_epoch=epochs.append)
    assert [record["epoch"] for record in epochs] == [3, 4]
    assert_same(resumed, run())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lr": 1e-3}, "lr was 0.002 and is now 0.001"),
        ({"seed": 1}, "seed was 0 and is now 1"),
        ({"feature_weight": 2.0}, r"weights was '1.0, 1.0, 0.001' and is now '1.0, 2.0, 0.001'"),
        ({"pair": (networks()[0], None)}, "discriminator was 'BeatDiscriminator"),
    ],
)
def test_changed_settings_are_refused(tmp_path, changes, message):
    run(tmp_path / "file", epochs=1)
    with pytest.raises(TrainingFailed, match=message):
        run(tmp_path / "file", epochs=1, **changes)
