"""The epochs of every training, to be read from top to bottom."""

import math
from dataclasses import dataclass

import torch
from tqdm import tqdm

from ecgbook.errors import TrainingFailed
from ecgbook.training.batches import batch_rows, random_order
from ecgbook.training.layout import channels_last
from ecgbook.training.optim import (
    check_positive,
    epochs_since_best,
    finite_mean,
    generator,
    mixed_seed,
    share_of_rate,
)

__all__ = ["Plan", "run_epochs"]


@dataclass(frozen=True)
class Plan:
    """How long to train, how fast, and from which chance; as in `ecgbook.training.fit`."""

    epochs: int
    batch_size: int
    lr: float
    seed: int
    schedule: str = "cosine"
    patience: int | None = None
    sample_weights: object = None

    def __post_init__(self):
        check_positive(epochs=self.epochs, batch_size=self.batch_size, lr=self.lr)
        check_positive(patience=self.epochs if self.patience is None else self.patience)


def run_epochs(networks, data, step, evaluate, *, plan, group, state, on_epoch, progress):
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
        Written after each epoch; what it holds at first is gone on from.
    on_epoch, progress
        As in `ecgbook.training.fit`.

    Raises
    ------
    TrainingFailed
        If a loss or a validation score is not finite, or the checkpoint is of another run.
    """
    history, best = state.load() or ([], None)
    if not history:  # what cannot be scored fails before the first epoch
        _finite(evaluate(), "the untrained model")
    batch_size = group.whole_batch(plan.batch_size, len(data))
    steps = len(data) // batch_size  # of an epoch
    bar = tqdm(total=plan.epochs * steps, unit="batch", disable=not (progress and group.is_first))
    bar.update(len(history) * steps)
    with bar, torch.random.fork_rng([group.device] if group.device.type == "cuda" else []):
        for epoch in range(len(history), plan.epochs):
            if epochs_since_best(history) >= (plan.patience or plan.epochs):
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
                    at = {"step": epoch * steps + len(losses), "steps": plan.epochs * steps}
                    rate = plan.lr * share_of_rate(plan.schedule, scores=scores, **at)
                    losses.append(step(data.batch(batch[group.rows]), rate, chance))
                    bar.update()

            for network in networks.values():
                group.share_buffers(network)
            parts = {name: torch.stack([loss[name] for loss in losses]) for name in losses[0]}
            parts = {name: finite_mean(group.mean(part), epoch) for name, part in parts.items()}
            judged = _finite(evaluate(), f"epoch {epoch + 1}")
            history.append({"epoch": epoch + 1, "lr": rate} | parts | judged)
            if epochs_since_best(history) == 0:
                best = {name: _copy(network) for name, network in networks.items()}
            if group.is_first:
                state.save([history, best])
            loss, score = next(iter(parts.values())), judged["valid_score"]
            bar.set_postfix(epoch=epoch + 1, loss=loss, valid=score)
            if on_epoch is not None:
                on_epoch(history[-1])
    for name, network in networks.items():
        network.load_state_dict(best[name])
        network.eval()
    return history


def _copy(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def _finite(judged, after):
    bad = [f"{name} is {value}" for name, value in judged.items() if not math.isfinite(value)]
    if bad:
        raise TrainingFailed(
            f"after {after} the {' and the '.join(bad)}; lower lr, or see that the score is "
            f"defined for this validation set"
        )
    return judged
