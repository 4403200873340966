"""N epochs in one go and in two, with exceptions and SIGKILL between, end in the same bits."""

import multiprocessing
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from ecgbook.errors import DataCorrupt, TrainingFailed
from ecgbook.models import create_model
from ecgbook.training import fit
from tests.training.stand_ins import SINGLE, Task

EPOCHS = 5


class Enough(Exception):
    pass


def jitter(x, generator):
    # A set of words has another order in each process, which must not make another run of it.
    known = x.device.type in {"cpu", "cuda", "mps", "xpu"}
    return x + 0.1 * known * torch.randn(x.shape, generator=generator)


def run(beats, checkpoint=None, first_weights=0, **changes):
    model = create_model(
        "beat_cnn", classes=3, features=2, width=8, seed=first_weights
    )  # with dropout
    train, valid = tuple(a[:160] for a in beats), tuple(a[160:] for a in beats)
    settings = {"task": SINGLE, "epochs": EPOCHS, "batch_size": 48, "lr": 3e-3, "augment": jitter}
    settings |= changes
    history = fit(
        model,
        train,
        valid,
        device="cpu",
        checkpoint=checkpoint,
        progress=False,
        **settings,
    )
    return history, model.state_dict()


def assert_same(first, second):
    assert first[0] == second[0]
    assert all(torch.equal(first[1][name], second[1][name]) for name in first[1])


def stop_after(epoch):
    def on_epoch(record):
        if record["epoch"] == epoch:
            raise Enough

    return on_epoch


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_k_epochs_and_the_rest_are_n_epochs(beats, tmp_path, precision):
    whole = run(beats, precision=precision)
    for k in (1, 3):
        file = tmp_path / f"{k}"
        with pytest.raises(Enough):
            run(beats, file, on_epoch=stop_after(k), precision=precision)
        assert_same(run(beats, file, precision=precision), whole)


def test_weighted_draws_resume_too(beats, tmp_path):
    weights = np.linspace(1, 2, 160)
    with pytest.raises(Enough):
        run(beats, tmp_path / "file", on_epoch=stop_after(2), sample_weights=weights)
    resumed = run(beats, tmp_path / "file", sample_weights=weights)
    assert_same(resumed, run(beats, sample_weights=weights))


def test_a_finished_run_is_read_not_repeated(beats, tmp_path):
    first = run(beats, tmp_path / "file")
    epochs = []
    assert_same(run(beats, tmp_path / "file", on_epoch=epochs.append), first)
    assert epochs == []


def test_a_run_that_lost_patience_stays_ended(beats, tmp_path):
    task = Task(selection=lambda y, output: 0.0)
    first = run(beats, tmp_path / "file", patience=2, task=task)
    assert len(first[0]) == 3
    assert_same(run(beats, tmp_path / "file", patience=2, task=task), first)


KILLED = """
import os, signal, sys
import numpy as np, torch
torch.set_num_threads(1)
sys.path.insert(0, {folder!r})
import test_resume
from ecgbook.training import tensorfile
{trap}
beats = [np.load(file) for file in sys.argv[2:]]
test_resume.run(beats, sys.argv[1])
"""

IN_AN_EPOCH = """
batches, randn = [], torch.randn
def dying(*shape, **chance):  # `jitter` calls it once a batch
    batches.append(1)
    if len(batches) == 8:  # in the third epoch of three batches each
        os.kill(os.getpid(), signal.SIGKILL)
    return randn(*shape, **chance)
torch.randn = dying
"""

IN_A_WRITE = """
writes, fsync = [], os.fsync
def dying(descriptor):
    writes.append(1)
    if len(writes) == 3:  # the third checkpoint lies beside its place
        os.kill(os.getpid(), signal.SIGKILL)
    fsync(descriptor)
os.fsync = dying
"""


@pytest.mark.parametrize("trap", [IN_AN_EPOCH, IN_A_WRITE], ids=["in an epoch", "in a write"])
def test_a_killed_run_goes_on(beats, tmp_path, trap, request):
    files = [tmp_path / f"{i}.npy" for i in range(3)]
    for file, array in zip(files, beats, strict=True):
        np.save(file, array)
    script = KILLED.format(folder=str(request.path.parent), trap=trap)
    command = [sys.executable, "-c", script, tmp_path / "file", *files]
    process = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert process.returncode == -signal.SIGKILL, process.stderr
    epochs = []
    resumed = run(beats, tmp_path / "file", on_epoch=epochs.append)
    assert [record["epoch"] for record in epochs] == [3, 4, 5]
    assert_same(resumed, run(beats))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lr": 1e-3}, "lr was 0.003 and is now 0.001"),
        ({"epochs": 9}, "epochs was 5 and is now 9"),
        ({"seed": 1}, "seed was 0 and is now 1"),
        ({"first_weights": 1}, r"model was 'BeatCNN .* with weights \w{8}' and is now 'BeatCNN"),
        ({"optimizer": "sgd"}, "optimizer was 'adamw' and is now 'sgd'"),
        ({"schedule": "step"}, "schedule was 'cosine' and is now 'step'"),
        ({"init": "xavier"}, "init was None and is now 'xavier'"),
        ({"augment": None}, "augment was 'jitter [0-9a-f]{8}' and is now None"),
        ({"sample_weights": np.ones(160)}, r"sample_weights was None and is now 'float64 \(160,\)"),
    ],
)
def test_changed_settings_are_refused(beats, tmp_path, changes, message):
    run(beats, tmp_path / "file")
    with pytest.raises(TrainingFailed, match=message):
        run(beats, tmp_path / "file", **changes)


def test_changed_data_are_refused(beats, tmp_path):
    run(beats, tmp_path / "file")
    beats[0][200, 0, 0] += 1
    with pytest.raises(TrainingFailed, match="belongs to another run: valid was"):
        run(beats, tmp_path / "file")


def test_a_damaged_checkpoint_is_refused(beats, tmp_path):
    file = tmp_path / "file"
    run(beats, file)
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(DataCorrupt, match=r"file is damaged .* delete it"):
        run(beats, file)


@pytest.mark.parametrize(("optimizer", "schedule"), [("adam", "step"), ("sgd", "plateau")])
def test_every_optimizer_and_schedule_goes_on(beats, tmp_path, optimizer, schedule):
    changes = {"optimizer": optimizer, "schedule": schedule, "init": "orthogonal"}
    with pytest.raises(Enough):
        run(beats, tmp_path / "file", on_epoch=stop_after(3), **changes)
    assert_same(run(beats, tmp_path / "file", **changes), run(beats, **changes))


def together(beats, file, best):
    torch.set_num_threads(1)
    assert_same(run(beats, file), best)


def test_four_processes_on_one_checkpoint_do_not_disturb_one_another(beats, tmp_path):
    context = multiprocessing.get_context("spawn")  # a fork may inherit threads of autograd
    best = run(beats)
    arguments = beats, tmp_path / "file", best
    runs = [context.Process(target=together, args=arguments) for _ in range(4)]
    for process in runs:
        process.start()
    for process in runs:
        process.join()
    assert [process.exitcode for process in runs] == [0] * 4
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert_same(run(beats, tmp_path / "file"), best)
