"""The epochs of every training, to be read from top to bottom."""

import math
from copy import deepcopy

import torch
from torch.nn.modules.batchnorm import _BatchNorm
from tqdm import tqdm

from ecgbook.errors import TrainingFailed
from ecgbook.training.batches import batch_rows, random_order
from ecgbook.training.layout import channels_last
from ecgbook.training.optim import check_positive, generator, mixed_seed, share_of_rate

__all__ = ["run_epochs"]


def run_epochs(networks, data, step, evaluate, *, plan, group, state, on_epoch, progress):
    """Train networks and leave them with the weights of the best epoch; return the history.

    ``step(batch, rate, chance)`` moves the networks ``{name: module}`` by a batch of the `Data` and
    returns the parts of its loss. ``evaluate()`` returns the numbers by which an epoch is judged,
    with a ``valid_score`` that is larger for a better one. The plan holds the settings of
    `ecgbook.training.fit` that are named here. The run goes on from what the checkpoint ``state``
    holds, bit for bit, since all chance of an epoch is drawn from (seed, epoch). A setting that
    cannot work and a loss or score that is not finite are a `TrainingFailed`.
    """
    epochs, seed, patience = plan["epochs"], plan["seed"], plan["patience"]
    patience = epochs if patience is None else patience
    check_positive(epochs=epochs, batch_size=plan["batch_size"], lr=plan["lr"], patience=patience)
    batch_size = group.whole_batch(plan["batch_size"], len(data))
    steps = len(data) // batch_size  # of an epoch
    _check_norms(networks, batch_size // group.world_size)
    history, best = state.load() or ([], None)
    if not history:  # what cannot be scored fails before the first epoch
        _finite(evaluate(), "the untrained model")
    bar = tqdm(total=epochs * steps, unit="batch", disable=not (progress and group.is_first))
    bar.update(len(history) * steps)
    with bar, torch.random.fork_rng([group.device] if group.device.type == "cuda" else []):
        for epoch in range(len(history), epochs):
            scores = [record["valid_score"] for record in history]
            if scores and len(scores) - 1 - scores.index(max(scores)) >= patience:
                break
            torch.manual_seed(mixed_seed(seed, epoch, 0, group.rank))  # dropout
            chance = generator("cpu", seed, epoch, 1)
            order = random_order(len(data), chance, plan["sample_weights"]).to(group.device)
            rows = batch_rows(order, batch_size, chance, data.lengths)
            chance = generator(group.device, seed, epoch, 2, group.rank)
            losses = []
            for network in networks.values():
                network.train()
            with channels_last(*networks.values()):
                for batch in rows:
                    now = epoch * steps + len(losses)
                    share = share_of_rate(plan["schedule"], now, epochs * steps, scores)
                    rate = plan["lr"] * share
                    losses.append(step(data.batch(batch[group.rows]), rate, chance))
                    bar.update()

            for network in networks.values():
                group.share_buffers(network)
            means = {name: _mean(losses, name, group, epoch) for name in losses[0]}
            judged = _finite(evaluate(), f"epoch {epoch + 1}")
            history.append({"epoch": epoch + 1, "lr": rate} | means | judged)
            if judged["valid_score"] > max(scores, default=-math.inf):
                best = {name: deepcopy(network.state_dict()) for name, network in networks.items()}
            if group.is_first:
                state.save([history, best])
            loss, score = next(iter(means.values())), judged["valid_score"]
            bar.set_postfix(epoch=epoch + 1, loss=loss, valid=score)
            if on_epoch is not None:
                on_epoch(history[-1])
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
