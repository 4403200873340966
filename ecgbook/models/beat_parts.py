"""Small parts that several networks for heartbeats share."""

import itertools

import torch
from torch import nn
from torch.nn import functional

from ecgbook.errors import ModelInvalid

__all__ = [
    "DETECTRON",
    "cut_off",
    "dense",
    "draw_as_keras",
    "filled_up",
    "largest",
    "mean",
    "one_of",
]

DETECTRON = (
    "Arrhythmia Detectron, project report, ETH Zurich, June 2021, https://github.com/ceylanmesut/"
    "Arrhythmia-Detectron-A-Deep-Dive-into-Electrocardiogram-ECG-Signal-Classification"
)


def dense(*sizes, dropout=0.0):
    """Return linear layers of these sizes, with ReLU and dropout after each but the last.

    >>> dense(256, 64, 5)
    Sequential(
      (0): Linear(in_features=256, out_features=64, bias=True)
      (1): ReLU()
      (2): Dropout(p=0.0, inplace=False)
      (3): Linear(in_features=64, out_features=5, bias=True)
    )
    """
    layers = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers[:-2])


def filled_up(x, time):
    """Fill beats (batch, lead, time) up with zeros to ``time`` samples, as Kachuee's recipe does.

    Longer beats are a `ModelInvalid`.

    >>> filled_up(torch.ones(1, 1, 2), 4)
    tensor([[[1., 1., 0., 0.]]])
    """
    if x.shape[-1] > time:
        raise ModelInvalid(
            f"this network was built for beats of up to {time} samples, got an input of shape "
            f"{tuple(x.shape)}; create it with a larger time="
        )
    return functional.pad(x, (0, time - x.shape[-1]))


def draw_as_keras(model, kernel=nn.init.xavier_uniform_):
    """Draw first weights of convolutions and linear layers as Keras does, with biases of 0.

    Torch's own are smaller, and with them the deeper ones of these networks wait for epochs before
    they learn anything.
    """
    for layer in model.modules():
        if isinstance(layer, nn.Conv1d | nn.Linear):
            kernel(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def cut_off(x, length):
    """Set the samples after the end of each beat to 0.

    Parameters
    ----------
    x : tensor, shape (batch, lead, time)
    length : tensor of int64, shape (batch,), or None
        Samples of each beat; None leaves all as it is.

    Examples
    --------
    >>> cut_off(torch.ones(2, 1, 3), torch.tensor([1, 3]))
    tensor([[[1., 0., 0.]],
    <BLANKLINE>
            [[1., 1., 1.]]])
    """
    if length is None:
        return x
    after = torch.arange(x.shape[-1], device=x.device) >= length[:, None]  # (batch, time)
    return x.masked_fill(after[:, None], 0.0)


def largest(x):
    """Return the largest value of each channel over time: (batch, channel, time) to two axes.

    As ``x.amax(dim=2)``, but pooling keeps the layout of its input, and so does its gradient.

    >>> largest(torch.tensor([[[1.0, 3.0, 2.0]]]))
    tensor([[3.]])
    """
    return functional.max_pool2d(x.unsqueeze(2), (1, x.shape[2])).flatten(1)


def mean(x):
    """Return the mean of each channel over time, as `largest` the largest.

    >>> mean(torch.tensor([[[1.0, 3.0, 2.0]]]))
    tensor([[2.]])
    """
    return functional.avg_pool2d(x.unsqueeze(2), (1, x.shape[2])).flatten(1)


def one_of(name, value, known):
    """Refuse a setting that is none of the known ones, and return it otherwise."""
    if value not in known:
        words = ", ".join(map(repr, known))
        raise ModelInvalid(f"{name} must be one of {words}, got {value!r}")
    return value
