"""Training of a generator against a discriminator: BeatGAN and MadeGAN, AE and MemAE alone."""

import math
from copy import deepcopy

import numpy as np
import torch
from tqdm import tqdm

from ecgbook.errors import TrainingFailed
from ecgbook.evaluation import auroc
from ecgbook.training.adversarial_step import AdversarialStep
from ecgbook.training.batches import batches, random_order
from ecgbook.training.checkpoint import Checkpoint
from ecgbook.training.distributed import join
from ecgbook.training.optim import (
    autocast,
    check_positive,
    epochs_since_best,
    finite_mean,
    learning_rate,
    mixed_seed,
)
from ecgbook.training.optim import generator as chance
from ecgbook.training.scoring import anomaly_scores, checked_beats

__all__ = ["fit_adversarial"]


def fit_adversarial(
    generator,
    discriminator,
    train,
    valid,
    *,
    metric=auroc,
    epochs=20,
    batch_size=64,
    lr=1e-3,
    feature_weight=1.0,
    entropy_weight=0.0,
    restart_below=5e-6,
    patience=None,
    precision="float32",
    seed=0,
    device=None,
    checkpoint=None,
    on_epoch=None,
    progress=True,
):
    """Train a generator to give back normal beats, and leave it with its best epoch's weights.

    The discriminator learns to tell beats from what the generator makes of them; the generator,
    to give beats back so that the discriminator's features agree, too. Both take one step a
    batch, see `AdversarialStep`, under one cosine schedule. All chance of an epoch is drawn from
    (seed, epoch), so a resumed run on a CPU goes on bit for bit.

    Parameters
    ----------
    generator : torch.nn.Module
        ``recall(x)`` returns beats like ``x`` and the mixture of its memory, or None.
    discriminator : torch.nn.Module or None
        Made by `ecgbook.models.create_model`; returns logits, and from ``features(x)`` what it sees
        before. None trains by reconstruction alone.
    train : array or tensor of float32, shape (beat, 1, time)
        Normal beats between −1 and 1.
    valid : tuple ``(x, abnormal)``
        Beats of both kinds, and an array of bool or 0 and 1, shape (beat,).
    metric : callable ``(abnormal, score) -> float``
        How well `anomaly_scores` tell the validation beats apart; larger is better.
    epochs, batch_size, lr : numbers
        ``lr`` is the peak of the schedule.
    feature_weight, entropy_weight : float
        Weights of two parts of the generator's loss; that of the reconstruction is 1.
    restart_below : float
        The discriminator starts afresh when its loss of a step is below this.
    patience : int, optional
        Stop when the best epoch is that many epochs ago.
    precision : {"float32", "bfloat16"}
        Arithmetic of the forward passes in training; losses are float32.
    seed : int
        Seed of order and restarts; the first weights are the models' own.
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
        One record an epoch: ``epoch`` (from 1), ``lr`` (at its end), the mean of each part of
        the losses (``reconstruction``, with a discriminator ``discriminator`` and ``feature``,
        with an entropy_weight ``entropy``), ``restarts`` so far and ``valid_score``.

    Raises
    ------
    TrainingFailed
        If the data or settings cannot work, a loss is not finite, or the checkpoint belongs to
        a run with other settings.
    """
    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr}
    settings["patience"] = epochs if patience is None else patience
    weights = {"reconstruction": 1.0, "feature": feature_weight, "entropy": entropy_weight}
    _check_settings(settings, weights | {"restart_below": restart_below}, precision)
    team = join(device)
    _check_players(generator, discriminator, team, entropy_weight)
    train, (x_valid, abnormal) = _checked_data(train, valid)

    settings |= {"precision": precision, "seed": seed, "restart_below": restart_below}
    settings |= {"weights": list(weights.values()), "metric": metric, "generator": generator}
    settings |= {"discriminator": discriminator, "train": train, "valid": [x_valid, abnormal]}
    train, x_valid = train.to(team.device), x_valid.to(team.device)
    players = {"generator": generator, "discriminator": discriminator}
    players = {
        name: player.to(team.device) for name, player in players.items() if player is not None
    }
    duel = AdversarialStep(players, weights, restart_below, seed, autocast(precision, team.device))
    state = Checkpoint(checkpoint, settings, **players, **duel.optimizers)
    notes = state.load() or {"history": [], "best": None}
    history, best = notes["history"], notes["best"]
    duel.restarts = history[-1]["restarts"] if history else 0

    n = len(train)
    batch_size = min(batch_size, n)
    steps = n // batch_size  # of an epoch
    bar = tqdm(total=epochs * steps, unit="batch", disable=not progress)
    bar.update(len(history) * steps)
    with bar, torch.random.fork_rng([team.device] if team.device.type == "cuda" else []):
        for epoch in range(len(history), epochs):
            if epochs_since_best(history) >= settings["patience"]:
                break
            torch.manual_seed(mixed_seed(seed, epoch, 0))  # dropout, if a network has any
            order = random_order(n, chance("cpu", seed, epoch, 1)).to(team.device)
            losses = []
            for player in players.values():
                player.train()
            for (x,) in batches([train], order, batch_size):
                rate = learning_rate(epoch * steps + len(losses), epochs * steps, lr)
                losses.append(duel.step(x, rate))
                bar.update()

            parts = {name: torch.stack([loss[name] for loss in losses]) for name in losses[0]}
            record = {"epoch": epoch + 1, "lr": rate}
            record |= {name: finite_mean(part, epoch) for name, part in parts.items()}
            score = _finite_score(metric, generator, x_valid, abnormal, epoch)
            history.append(record | {"restarts": duel.restarts, "valid_score": score})
            if epochs_since_best(history) == 0:
                best = {name: deepcopy(player.state_dict()) for name, player in players.items()}
            state.save({"history": history, "best": best})
            bar.set_postfix(epoch=epoch + 1, loss=record["reconstruction"], valid=score)
            if on_epoch is not None:
                on_epoch(history[-1])
    for name, player in players.items():
        player.load_state_dict(best[name])
        player.eval()
    return history


def _finite_score(metric, generator, x, abnormal, epoch):
    score = float(metric(abnormal, anomaly_scores(generator, x, progress=False)))
    if not math.isfinite(score):
        raise TrainingFailed(
            f"after epoch {epoch + 1} the validation score is {score}; see that the metric is "
            f"defined for this validation set"
        )
    return score


def _check_settings(positive, not_negative, precision):
    check_positive(**positive)
    for name, value in not_negative.items():
        if not value >= 0:
            raise TrainingFailed(f"{name} must be at least 0, got {value}")
    if precision == "float16":  # its small gradients would vanish without a scaled loss
        raise TrainingFailed("precision must be float32 or bfloat16 here, got 'float16'")


def _check_players(generator, discriminator, team, entropy_weight):
    if team.size > 1:
        raise TrainingFailed(f"two players train in one process, not {team.size}; use no torchrun")
    if entropy_weight > 0 and not hasattr(generator, "memory"):
        raise TrainingFailed(
            f"entropy_weight must be 0 for this {type(generator).__name__} without a memory, "
            f"got {entropy_weight}; or train a memory_autoencoder"
        )
    if discriminator is not None and not hasattr(discriminator, "config"):
        raise TrainingFailed(
            f"discriminator must be made by models.create_model, to be made again at a restart, "
            f"got {type(discriminator).__name__}"
        )


def _checked_data(train, valid):
    if not isinstance(valid, tuple | list) or len(valid) != 2:
        raise TrainingFailed(f"valid must be a tuple (x, abnormal), got {type(valid)}")
    train, x = checked_beats(train, "train"), checked_beats(valid[0], "x of valid")
    if train.shape[1:] != x.shape[1:]:
        shapes = f"{tuple(train.shape)} and {tuple(x.shape)}"
        raise TrainingFailed(f"train and valid differ: {shapes}; cut the beats of both alike")
    abnormal = np.asarray(valid[1])
    if abnormal.shape != (len(x),) or not np.isin(abnormal, (0, 1)).all():
        raise TrainingFailed(
            f"abnormal must hold 0 or 1 for each of {len(x)} beats of valid, got "
            f"{np.unique(abnormal)[:3]} in shape {abnormal.shape}"
        )
    if len(np.unique(abnormal)) < 2:
        raise TrainingFailed(
            f"all {len(x)} beats of valid are {'ab' if abnormal[0] else ''}normal: no epoch can "
            f"be better than another; validate on beats of both kinds"
        )
    return train, (x, abnormal.astype(bool))
