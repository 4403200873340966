"""One vector from the states of a recording: under attention, the mean or the largest.

States are (batch, step, unit). ``valid`` (batch, step) says which steps count; None is all.
"""

import math

import torch
from torch import nn

__all__ = ["AdditiveAttention", "largest_state", "mean_state", "under", "valid_steps"]


class AdditiveAttention(nn.Module):
    """How much each step counts: ``softmax over t of v · tanh(W h[t])``.

    Parameters
    ----------
    units, width : int
        Numbers of a state, and of what is made of it before it becomes one score.

    References
    ----------
    Bahdanau et al. 2015, https://arxiv.org/abs/1409.0473, without a query.
    """

    def __init__(self, units, width):
        super().__init__()
        self.first = nn.Linear(units, width, bias=False)
        self.second = nn.Linear(width, 1, bias=False)

    def forward(self, states, valid=None):
        """Return weights (batch, step) that sum to 1 over the valid steps, and are 0 elsewhere."""
        scores = self.second(self.first(states).tanh()).squeeze(2).float()
        if valid is not None:
            scores = scores.masked_fill(~valid, -math.inf)
        return scores.softmax(dim=1)


def under(weights, states):
    """Return the sum of the states, each times its weight: (batch, unit).

    >>> under(torch.tensor([[0.25, 0.75]]), torch.tensor([[[4.0], [8.0]]]))
    tensor([[7.]])
    """
    return (weights[:, :, None] * states).sum(dim=1)


def mean_state(states, valid=None):
    """Return the mean of the states that are valid: (batch, unit).

    >>> mean_state(torch.tensor([[[1.0], [3.0], [9.0]]]), torch.tensor([[True, True, False]]))
    tensor([[2.]])
    """
    if valid is None:
        return states.mean(dim=1)
    kept = valid.to(states.dtype)
    return under(kept / kept.sum(dim=1, keepdim=True), states)


def largest_state(states, valid=None):
    """Return the largest value of each unit over the states that are valid: (batch, unit).

    >>> largest_state(torch.tensor([[[1.0], [3.0], [9.0]]]), torch.tensor([[True, True, False]]))
    tensor([[3.]])
    """
    if valid is not None:
        states = states.masked_fill(~valid[:, :, None], -math.inf)
    return states.amax(dim=1)


def valid_steps(steps, length):
    """Return which of so many steps lie before the end of each signal, or None for no lengths.

    >>> valid_steps(3, torch.tensor([1, 3]))
    tensor([[ True, False, False],
            [ True,  True,  True]])
    """
    if length is None:
        return None
    return torch.arange(steps, device=length.device) < length[:, None]
