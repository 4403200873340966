"""Training of one network by one task."""

import numpy as np
import torch

from ecgbook.errors import TrainingFailed
from ecgbook.training import optim
from ecgbook.training.batches import on_device, split_target
from ecgbook.training.checkpoint import Checkpoint
from ecgbook.training.distributed import process_group
from ecgbook.training.epochs import run_epochs
from ecgbook.training.predict import outputs

__all__ = ["fit"]

# What a user of other libraries may call a setting.
_MEANT = {"learning_rate": "lr", "optimiser": "optimizer", "metric": "task", "criterion": "loss"}
_MEANT |= {"scheduler": "schedule", "n_epochs": "epochs", "random_state": "seed"}


def fit(
    model,
    train,
    valid,
    *,
    task=None,
    loss=None,
    epochs=20,
    batch_size=256,
    lr=1e-3,
    optimizer="adamw",
    schedule="cosine",
    init=None,
    weight_decay=None,
    clip_norm=1.0,
    patience=None,
    augment=None,
    sample_weights=None,
    precision="float32",
    compile=False,
    seed=0,
    device=None,
    checkpoint=None,
    on_epoch=None,
    progress=True,
    **unknown,
):
    """Train a model and leave it with the weights of its best epoch on the validation set.

    Batches are cut from data that live on the device as a whole, those of recordings of different
    length from recordings of similar length. Under ``torchrun`` every process takes its part of
    each batch. All chance of an epoch is drawn from (seed, epoch), so a resumed run on a CPU goes
    on bit for bit. Data or settings that cannot work are a `TrainingFailed` before the first epoch,
    a loss that is not finite during it.

    Parameters
    ----------
    model : torch.nn.Module
        Called as ``model(*inputs)``, with ``length=`` (in samples) if it takes that and the data
        have it; returns one tensor with a row an example.
    train, valid : Examples, or tuple of arrays or tensors ``(*inputs, target)``
        Inputs of float32 (after the first also of int64, where they are an index), a target of
        int64 (classes), bool (example, class) or float32; one row an example. The inputs of
        `Examples` are ``x`` and, where they have names, ``features``.
    task : Task
        What is learnt, such as ``tasks.single_label(classes)``: the loss, and the score of the
        validation set by which the best epoch is chosen.
    loss : callable ``(output, target) -> scalar``, optional
        A mean over the examples of a batch, in place of the task's; the training target need then
        suit this loss only.
    epochs, batch_size, lr : numbers
        ``batch_size`` counts over all processes; ``lr`` is the peak of the schedule.
    optimizer : {"adamw", "adam", "sgd"}
        The last with a momentum of 0.9.
    schedule : {"cosine", "step", "plateau"}
        A twentieth of the run straight up, then half a cosine down; a tenth after each third of the
        run; or a tenth whenever two epochs have brought no better score.
    init : {None, "xavier", "orthogonal"}
        Draw matrices and kernels anew from ``seed``, with biases of 0; None leaves the model's own.
    weight_decay, clip_norm : float
        Decay of matrices and kernels, by default 0.01 for AdamW, else 0; longest gradient, to which
        longer ones are cut.
    patience : int, optional
        Stop when the best epoch is that many epochs ago.
    augment : callable ``(x, generator) -> x``, optional
        Changes the first input of each training batch, on the device.
    sample_weights : array, shape (example,), optional
        Chance of each training example to be drawn; without it each comes once an epoch, but for
        the few that fill no batch.
    precision : {"float32", "bfloat16", "float16", "auto"}
        Arithmetic of the forward pass in training (automatic mixed precision); ``"auto"`` is
        bfloat16 where the device has instructions for it, else float32.
    compile : bool
        Compile the model first, which takes a minute and pays off in long runs.
    seed : int
        Seed of order, augmentation and dropout; the first weights are the model's own.
    device, progress : str, bool
        Where to compute, by default on the accelerator if there is one; show a progress bar.
    checkpoint : path-like, optional
        File that is written after each epoch, and from which the same call goes on; one of a run
        with other settings is refused.
    on_epoch : callable ``(record) -> None``, optional
        Called after each epoch when its checkpoint is written; what it raises ends the run.

    Returns
    -------
    list of dict
        One record an epoch: ``epoch`` (from 1), ``lr`` (at its end), ``train_loss``, ``valid_loss``
        and ``valid_score`` (the task's).
    """
    check_names("fit", unknown)
    optim.check_positive(clip_norm=clip_norm)
    group = process_group(device)
    precision = optim.native_precision(precision, group.device)
    plan = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "schedule": schedule}
    plan |= {"patience": patience, "sample_weights": sample_weights, "seed": seed}
    settings = plan | {"optimizer": optimizer, "init": init, "clip_norm": clip_norm}
    settings |= {"weight_decay": weight_decay, "augment": augment, "precision": precision}
    settings |= {"model": model, "task": task, "loss": loss}

    y = split_target(valid, "valid")[1]
    y = y.cpu().numpy() if torch.is_tensor(y) else np.asarray(y)
    whole = train, valid
    train = on_device(train, "train", model, group.device)
    valid = on_device(valid, "valid", model, group.device)
    _check_task(task, whole if loss is None else whole[1:], train.target)
    settings |= {"train": train, "valid": valid}

    model.to(group.device)
    optimizer = optim.make_optimizer(optimizer, model, weight_decay)
    scaler = torch.amp.GradScaler(group.device.type, enabled=precision == "float16")
    state = Checkpoint(checkpoint, settings, model=model, optimizer=optimizer, scaler=scaler)
    optim.initialise(model, init, seed)
    runner = group.wrap(model)
    runner = torch.compile(runner) if compile else runner
    loss = task.loss if loss is None else loss

    def step(batch, rate, chance):
        inputs, named, target = batch
        if augment is not None:
            inputs[0] = augment(inputs[0], chance)
        with optim.autocast(precision, group.device):
            output = runner(*inputs, **named)
        batch_loss = loss(output.float(), target)
        optim.update(optimizer, scaler, batch_loss, rate, clip_norm)
        return {"train_loss": batch_loss.detach()}  # a number now would wait for the GPU

    def evaluate():
        rows = torch.arange(len(valid))[group.rows]
        output = group.gather(outputs(model, valid, batch_size, rows=rows), len(valid))
        _check_classes(output, train.target, valid.target)
        score = float(task.selection(y, output.cpu().numpy()))
        return {"valid_loss": float(loss(output, valid.target)), "valid_score": score}

    run = {"group": group, "state": state, "on_epoch": on_epoch, "progress": progress}
    return run_epochs({"model": model}, train, step, evaluate, plan=plan, **run)


def check_names(function, unknown):
    """Refuse settings that a function does not have, and say which one may be meant."""
    for name in unknown:
        meant = f"write {_MEANT[name]}=" if name in _MEANT else f"see help(training.{function})"
        raise TrainingFailed(f"{function} has no setting {name!r}; {meant}")


def _check_task(task, examples, target):
    if task is None:
        raise TrainingFailed("fit needs a task; write task=tasks.single_label(train.classes)")
    for data in examples:
        task.check(data if hasattr(data, "feature_names") else data[-1])
    if target.dtype == torch.int64 and target.ndim == 1 and target.min() == target.max():
        raise TrainingFailed(
            f"all {len(target)} training examples are of class {int(target[0])}: "
            f"there is nothing to learn; check the split"
        )


def _check_classes(output, *targets):
    classes = [t for t in targets if t.dtype == torch.int64 and t.ndim == 1]
    largest = max((int(target.max()) for target in classes), default=-1)
    if largest >= 0 and (output.ndim < 2 or output.shape[-1] <= largest):
        raise TrainingFailed(
            f"the target has class {largest}, but the model's output of shape "
            f"{tuple(output.shape)} has no score for it; create the model with more classes"
        )
