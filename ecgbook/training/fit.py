"""The training loop of every chapter, to be read from top to bottom."""

import math

import torch
from tqdm import tqdm

from ecgbook.errors import TrainingFailed
from ecgbook.training.batches import batches, check_output, on_device, random_order
from ecgbook.training.checkpoint import Checkpoint
from ecgbook.training.distributed import join
from ecgbook.training.losses import cross_entropy
from ecgbook.training.optim import (
    adamw,
    autocast,
    check_positive,
    epochs_since_best,
    finite_mean,
    generator,
    learning_rate,
    mixed_seed,
    update,
)
from ecgbook.training.predict import outputs

__all__ = ["fit"]


def fit(
    model,
    train,
    valid,
    *,
    loss=cross_entropy,
    metric=None,
    epochs=20,
    batch_size=256,
    lr=1e-3,
    weight_decay=0.01,
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
):
    """Train a model and leave it with the weights of its best epoch on the validation set.

    AdamW under one cosine schedule, in batches cut from data that live on the device as a
    whole. Under ``torchrun`` every process takes its share of each batch. All chance of an
    epoch is drawn from (seed, epoch), so a resumed run on a CPU goes on bit for bit.

    Parameters
    ----------
    model : torch.nn.Module
        Called as ``model(*inputs)``; returns one tensor with a row an example.
    train, valid : tuple of arrays or tensors ``(*inputs, target)``
        Inputs of float32, a target of int64 (classes) or float32; one row an example.
    loss : callable ``(output, target) -> scalar``
        A mean over the examples of a batch; see `ecgbook.training.losses`.
    metric : callable ``(target, output) -> float``, optional
        Score of the validation set from numpy arrays, larger is better; without it the best
        epoch is the one with the lowest validation loss.
    epochs, batch_size, lr, weight_decay : numbers
        ``batch_size`` counts over all processes; ``lr`` is the peak of the schedule.
    clip_norm : float
        Longer gradients are cut to this length.
    patience : int, optional
        Stop when the best epoch is that many epochs ago.
    augment : callable ``(x, generator) -> x``, optional
        Changes the first input of each training batch, on the device.
    sample_weights : array, shape (example,), optional
        Chance of each training example to be drawn; without it each comes once an
        epoch, but for the few that fill no batch.
    precision : {"float32", "bfloat16", "float16"}
        Arithmetic of the forward pass in training (automatic mixed precision).
    compile : bool
        Compile the model first, which takes a minute and pays off in long runs.
    seed : int
        Seed of order, augmentation and dropout; the first weights are the model's own.
    device : str, optional
        By default the accelerator if there is one.
    checkpoint : path-like, optional
        File that is written after each epoch, and from which the same call goes on.
    on_epoch : callable ``(record) -> None``, optional
        Called after each epoch when its checkpoint is written; what it raises ends the run.
    progress : bool
        Show a progress bar.

    Returns
    -------
    list of dict
        One record an epoch: ``epoch`` (from 1), ``lr`` (at its end), ``train_loss``,
        ``valid_loss`` and ``valid_score`` (the metric, or minus the loss).

    Raises
    ------
    TrainingFailed
        If the data or settings cannot work, a loss is not finite, or the checkpoint belongs to
        a run with other settings.
    """
    patience = epochs if patience is None else patience
    check_positive(epochs=epochs, batch_size=batch_size, lr=lr, clip_norm=clip_norm)
    check_positive(patience=patience)
    team = join(device)
    train, valid = on_device(train, "train", team.device), on_device(valid, "valid", team.device)
    check_output(model.to(team.device), train, valid)
    n = len(train[0])
    batch_size = team.whole_batch(batch_size, n)
    steps = n // batch_size  # of an epoch
    optimizer = adamw(model, weight_decay)
    scaler = torch.amp.GradScaler(team.device.type, enabled=precision == "float16")
    mixed = autocast(precision, team.device)

    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "weight_decay": weight_decay}
    settings |= {"clip_norm": clip_norm, "patience": patience, "precision": precision, "seed": seed}
    settings |= {"model": model, "loss": loss, "metric": metric, "augment": augment}
    settings |= {"train": train, "valid": valid, "sample_weights": sample_weights}
    state = Checkpoint(checkpoint, settings, model=model, optimizer=optimizer, scaler=scaler)
    notes = state.load() or {"history": [], "best": None}
    history, best = notes["history"], notes["best"]

    runner = team.wrap(model)
    runner = torch.compile(runner) if compile else runner
    bar = tqdm(total=epochs * steps, unit="batch", disable=not (progress and team.is_first))
    bar.update(len(history) * steps)
    with bar, torch.random.fork_rng([team.device] if team.device.type == "cuda" else []):
        for epoch in range(len(history), epochs):
            if epochs_since_best(history) >= patience:
                break
            torch.manual_seed(mixed_seed(seed, epoch, 0, team.rank))  # dropout
            order = random_order(n, generator("cpu", seed, epoch, 1), sample_weights)
            chance = generator(team.device, seed, epoch, 2, team.rank)
            losses = []
            runner.train()
            rows = batches(train, order.to(team.device), batch_size, team.share)
            for *inputs, target in rows:
                if augment is not None:
                    inputs[0] = augment(inputs[0], chance)
                with mixed:
                    output = runner(*inputs)
                batch_loss = loss(output.float(), target)
                rate = learning_rate(epoch * steps + len(losses), epochs * steps, lr)
                update(optimizer, scaler, batch_loss, rate, clip_norm)
                losses.append(batch_loss.detach())  # a number now would wait for the GPU
                bar.update()

            team.share_buffers(model)
            train_loss = finite_mean(team.mean(torch.stack(losses)), epoch)
            valid_loss, score = _validate(model, valid, team, loss, metric, batch_size, epoch)
            record = {"epoch": epoch + 1, "lr": rate, "train_loss": train_loss}
            history.append(record | {"valid_loss": valid_loss, "valid_score": score})
            if epochs_since_best(history) == 0:
                best = {name: value.clone() for name, value in model.state_dict().items()}
            if team.is_first:
                state.save({"history": history, "best": best})
            bar.set_postfix(epoch=epoch + 1, loss=train_loss, valid=valid_loss)
            if on_epoch is not None:
                on_epoch(history[-1])
    model.load_state_dict(best)
    model.eval()
    return history


def _validate(model, valid, team, loss, metric, batch_size, epoch):
    """Return loss and score of the validation set, in eval mode and float32."""
    *inputs, target = valid
    mine = [x[team.share] for x in inputs]
    output = team.gather(outputs(model, mine, batch_size), len(target))
    value = float(loss(output, target))
    score = -value if metric is None else metric(target.cpu().numpy(), output.cpu().numpy())
    if not (math.isfinite(value) and math.isfinite(score)):
        raise TrainingFailed(
            f"after epoch {epoch + 1} the validation loss is {value} and the score {score}; "
            f"lower lr, or see that the metric is defined for this validation set"
        )
    return value, float(score)
