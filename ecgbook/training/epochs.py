"""The epochs of every training, to be read from top to bottom."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn.modules.batchnorm import _BatchNorm
from tqdm import tqdm

from ecgbook.errors import TrainingFailed
from ecgbook.training.batches import batch_rows, random_order
from ecgbook.training.layout import channels_last
from ecgbook.training.optim import check_positive, generator, mixed_seed, share_of_rate

__all__ = ["Plan", "run_epochs"]


@dataclass(frozen=True)
class Plan:
    """How long to train, how fast, and from which chance; as in `ecgbook.training.fit`."""

    epochs: int
    batch_size: int
    lr: float
    patience: int | None
    seed: int
    on_epoch: Callable | None
    progress: bool
    schedule: str = "cosine"
    sample_weights: object = None

    def __post_init__(self):
        check_positive(epochs=self.epochs, batch_size=self.batch_size, lr=self.lr)
        check_positive(patience=self.epochs if self.patience is None else self.patience)

    def settings(self):
        """Return what decides the result of a run."""
        return {k: v for k, v in vars(self).items() if k not in ("on_epoch", "progress")}


def run_epochs(networks, data, step, evaluate, *, plan, group, state):
    """Train networks and leave them with the weights of the best epoch; return the history.

    All chance of an epoch is drawn from (seed, epoch), so a resumed run goes on bit for bit.

    Parameters
    ----------
    networks : dict of str: torch.nn.Module
    data : Data
        What to learn from.
    step : callable ``(batch, rate, chance) -> dict of tensors``
        Moves the networks by one batch and returns the parts of its loss.
    evaluate : callable ``() -> dict``
        What an epoch is judged by: ``valid_score``, larger is better, and other numbers.
    plan : Plan
    group : ProcessGroup
    state : Checkpoint
        Written after each epoch; the run goes on from what it holds.

    Raises
    ------
    TrainingFailed
        If a loss or a score is not finite, or the checkpoint is of another run.
    """
    batch_size = group.whole_batch(plan.batch_size, len(data))
    steps = len(data) // batch_size  # of an epoch
    _check_norms(networks, batch_size // group.world_size)
    history, best = state.load() or ([], None)
    if not history:  # what cannot be scored fails before the first epoch
        _finite(evaluate(), "the untrained model")
    show = plan.progress and group.is_first
    bar = tqdm(total=plan.epochs * steps, unit="batch", disable=not show)
    bar.update(len(history) * steps)
    with bar, torch.random.fork_rng([group.device] if group.device.type == "cuda" else []):
        for epoch in range(len(history), plan.epochs):
            if _since_best(history) >= (plan.patience or plan.epochs):
                break
            torch.manual_seed(mixed_seed(plan.seed, epoch, 0, group.rank))  # dropout
            chance = generator("cpu", plan.seed, epoch, 1)
            order = random_order(len(data), chance, plan.sample_weights).to(group.device)
            rows = batch_rows(order, batch_size, chance, data.lengths)
            chance = generator(group.device, plan.seed, epoch, 2, group.rank)
            scores = [record["valid_score"] for record in history]
            losses = []
            for network in networks.values():
                network.train()
            with channels_last(*networks.values()):
                for batch in rows:
                    now, end = epoch * steps + len(losses), plan.epochs * steps
                    rate = plan.lr * share_of_rate(plan.schedule, now, end, scores)
                    losses.append(step(data.batch(batch[group.rows]), rate, chance))
                    bar.update()

            for network in networks.values():
                group.share_buffers(network)
            means = {name: _mean(losses, name, group, epoch) for name in losses[0]}
            judged = _finite(evaluate(), f"epoch {epoch + 1}")
            history.append({"epoch": epoch + 1, "lr": rate} | means | judged)
            if _since_best(history) == 0:
                best = {name: _copy(network) for name, network in networks.items()}
            if group.is_first:
                state.save([history, best])
            loss, score = next(iter(means.values())), judged["valid_score"]
            bar.set_postfix(epoch=epoch + 1, loss=loss, valid=score)
            if plan.on_epoch is not None:
                plan.on_epoch(history[-1])
    for name, network in networks.items():
        network.load_state_dict(best[name])
        network.eval()
    return history


def _check_norms(networks, rows):
    layers = [layer for network in networks.values() for layer in network.modules()]
    if rows == 1 and any(isinstance(layer, _BatchNorm) for layer in layers):
        raise TrainingFailed(
            "batch normalisation has nothing to compare in a batch of one example; make "
            "batch_size at least 2 and give as many examples"
        )


def _since_best(history):
    """Return how long ago the epoch with the highest ``valid_score`` was; 0 before the first."""
    scores = [record["valid_score"] for record in history]
    return len(scores) - 1 - scores.index(max(scores)) if scores else 0


def _mean(losses, name, group, epoch):
    """Return the mean of a part of the loss over batches and processes, refused if not finite."""
    values = group.mean(torch.stack([loss[name] for loss in losses]))
    bad = (~torch.isfinite(values)).nonzero()
    if len(bad):
        step = int(bad[0])
        raise TrainingFailed(
            f"the loss is {float(values[step])} in epoch {epoch + 1}, batch {step + 1} of "
            f"{len(values)}; lower lr, or look for extreme values in the inputs"
        )
    return float(values.mean())


def _finite(judged, of):
    for name, value in judged.items():
        if not math.isfinite(value):
            raise TrainingFailed(
                f"the {name} of {of} is {value}; see that the validation set has examples of "
                f"every class, or lower lr"
            )
    return judged


def _copy(network):
    return {name: value.clone() for name, value in network.state_dict().items()}
