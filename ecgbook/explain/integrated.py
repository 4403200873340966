"""Integrated gradients: the gradient summed up on the way from a signal that says nothing."""

import numpy as np
import torch

from ecgbook.errors import ExplanationInvalid
from ecgbook.explain.asked import ask
from ecgbook.explain.gradient import as_attribution, input_gradient
from ecgbook.explain.replacing import replacement

__all__ = ["integrated_gradients"]


def integrated_gradients(
    model, x, target=None, *, baseline="zero", steps=50, inputs=None, chunk=256
):
    """Return how the answer's rise over a baseline is shared, float32 (batch, lead, time).

    The shares of a signal sum to the class's answer to the signal less that to the baseline; the
    integral is computed by Gauss and Legendre, so that some tens of steps come close.

    Parameters
    ----------
    model, x, target, inputs, chunk
        As for `gradient`.
    baseline : {"zero", "mean", "line"} or array, shape (lead, time) or (batch, lead, time)
        Where the way begins: zero, the mean of each lead, the line from its first to its last
        sample, or other signals. A signal equal to its baseline, such as a constant one and its
        mean, gets 0 everywhere.
    steps : int
        Places on the way at which the gradient is taken.

    Returns
    -------
    array of float32, shape (batch, lead, time)

    References
    ----------
    Sundararajan et al. 2017, https://arxiv.org/abs/1703.01365.
    """
    if steps < 1:
        raise ExplanationInvalid(f"integrated gradients need a step or more, got {steps}")
    asked = ask(model, x, target, inputs=inputs)
    begin = replacement(asked.x.cpu().numpy(), np.zeros(1, np.int64), baseline)
    way = asked.x - torch.as_tensor(begin, device=asked.x.device)
    place, weight = (torch.as_tensor(v / 2).to(way) for v in np.polynomial.legendre.leggauss(steps))
    place = place + 0.5
    total = torch.zeros_like(way)
    for pair in torch.arange(len(way) * steps, device=way.device).split(chunk):
        row, step = pair // steps, pair % steps
        at = asked.x[row] - (1 - place[step])[:, None, None] * way[row]
        slope = weight[step][:, None, None] * input_gradient(asked, at, row)
        total.index_add_(0, row, slope)
    return as_attribution(total * way)
