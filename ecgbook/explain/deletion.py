"""Deletion and insertion: the class's probability while samples go, or come, by attribution."""

import numpy as np
import torch

from ecgbook.errors import ExplanationInvalid
from ecgbook.explain.asked import ask
from ecgbook.explain.replacing import replacement

__all__ = ["deletion", "deletion_curve", "insertion", "insertion_curve"]


def deletion(model, x, attribution, target=None, **settings):
    """Return the mean probability while the highest attributions go first: low is good.

    Parameters
    ----------
    model, x, target
        As for `ecgbook.explain.gradient`.
    attribution : array, shape (batch, lead, time)
    **settings
        Of `deletion_curve`.

    Returns
    -------
    array of float64, shape (batch,)
        Area under `deletion_curve` over the share of samples that are gone, from 0 to 1.
    """
    return _area(deletion_curve(model, x, attribution, target, **settings))


def insertion(model, x, attribution, target=None, **settings):
    """Return the mean probability while the highest attributions come first: high is good.

    As `deletion`, under `insertion_curve`: all begins replaced.
    """
    return _area(insertion_curve(model, x, attribution, target, **settings))


def deletion_curve(model, x, attribution, target=None, **settings):
    """Return the class's probability after each step of replacing samples, highest first.

    Parameters
    ----------
    model, x, target
        As for `ecgbook.explain.gradient`.
    attribution : array, shape (batch, lead, time)
        Of equal ones, which goes first is drawn.
    steps : int, default 20
        Steps, each of as many samples.
    replace : {"mean", "line", "zero"} or array
        What a sample is replaced by: its lead's mean, and so on (`integrated_gradients`).
    seed, inputs, chunk
        Of the draw; as for `ecgbook.explain.gradient`.

    Returns
    -------
    array of float64, shape (batch, steps + 1)

    References
    ----------
    Petsiuk et al. 2018, https://arxiv.org/abs/1806.07421.
    """
    return _curve(model, x, attribution, target, _kept_in_deletion, **settings)


def insertion_curve(model, x, attribution, target=None, **settings):
    """Return the class's probability after each step of putting samples back, highest first.

    As `deletion_curve`, but all begins replaced.
    """
    return _curve(model, x, attribution, target, _kept_in_insertion, **settings)


def _kept_in_deletion(turn, gone):
    return turn >= gone


def _kept_in_insertion(turn, come):
    return turn < come


@torch.no_grad()
def _curve(
    model,
    x,
    attribution,
    target,
    kept,
    *,
    steps=20,
    replace="mean",
    seed=0,
    inputs=None,
    chunk=256,
):
    asked = ask(model, x, target, inputs=inputs)
    attribution = np.asarray(attribution)
    if attribution.shape != tuple(asked.x.shape) or not np.isfinite(attribution).all():
        raise ExplanationInvalid(
            f"the attribution must be finite and of the signals' shape {tuple(asked.x.shape)}, got "
            f"{attribution.shape}"
        )
    blank = torch.as_tensor(replacement(asked.x.cpu().numpy(), [0], replace), device=asked.x.device)
    turn = torch.as_tensor(_turns(attribution, seed), device=asked.x.device)
    changed_at = np.round(np.linspace(0, turn[0].numel(), steps + 1)).astype(np.int64)
    limit = torch.as_tensor(changed_at, device=asked.x.device)
    curve = torch.empty(len(turn) * len(limit), dtype=torch.float64)
    for pair in torch.arange(len(curve), device=asked.x.device).split(chunk):
        row, step = pair // len(limit), pair % len(limit)
        stays = kept(turn[row], limit[step][:, None, None])
        answer = asked.answers(torch.where(stays, asked.x[row], blank[row]), row)
        probability = asked.probability(answer).gather(1, asked.target[row, None])
        curve[pair.cpu()] = probability[:, 0].double().cpu()
    return curve.reshape(len(turn), -1).numpy()


def _turns(attribution, seed):
    """Return when each sample's turn comes, highest attribution first, equal ones in random order.

    The draw is the same for every signal, so that its neighbours in the batch change nothing.
    """
    flat = attribution.reshape(len(attribution), -1)
    drawn = np.random.default_rng(seed).permutation(flat.shape[1])
    order = np.lexsort((np.broadcast_to(drawn, flat.shape), -flat), axis=1)
    turn = np.empty_like(order)
    np.put_along_axis(turn, order, np.arange(flat.shape[1])[None], axis=1)
    return turn.reshape(attribution.shape)


def _area(curve):
    return np.trapezoid(curve, dx=1 / (curve.shape[1] - 1), axis=1)
