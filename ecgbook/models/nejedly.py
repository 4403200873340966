"""A residual network with attention, after the one that won the Challenge of 2021."""

import torch
from torch import nn

from ecgbook.models.beat_parts import largest
from ecgbook.models.recording_parts import AttentionOverTime, convolution, pairs_averaged
from ecgbook.models.registry import register

__all__ = ["NejedlyResNet"]

_KERNEL = 9


@register(
    "nejedly",
    inputs=("x",),
    min_length=1,
    task="multi_label",
    cam_layer="trunk",
    paper="Nejedly et al. 2021, Classification of ECG using ensemble of residual CNNs with "
    "attention mechanism, Computing in Cardiology 48, "
    "https://doi.org/10.23919/CinC53138.2021.9662723",
)
class NejedlyResNet(nn.Module):
    """Five wide residual blocks, attention over time, the largest value, and which leads there are.

    A convolution and each block halve the time axis, 8,192 samples to 128 steps. The one linear
    layer reads 256 channels and, for every lead, whether it is there: a lead of zeros is missing,
    so one network answers for any set of leads. 6,547,794 parameters with 12 leads and 26 classes.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    width, blocks, heads : int, defaults 256, 5 and 8
        Channels, residual blocks, and heads of the attention.
    attention : bool, default True
        Whether there is attention: in the authors' follow-up (Nejedly et al. 2022,
        https://doi.org/10.1088/1361-6579/ac647c) it made no significant difference.
    dropout : float, default 0.5
        Share of numbers that training blanks out before the attention.

    Notes
    -----
    What differs from the paper: one network instead of three that vote. No second part, in which
    two more layers turn scores into decisions for the challenge score, and so the loss is the
    caller's: there it is a mixture of binary cross-entropy, a smooth challenge score and a penalty
    on decisions between 0 and 1. Thresholds by differential evolution are left to the caller as
    well. The leads that are there are found in the signal rather than given. At an odd number of
    steps the shortcut keeps the last one alone; there, lengths are powers of two.
    """

    def __init__(
        self, *, leads=12, classes=26, width=256, blocks=5, heads=8, attention=True, dropout=0.5
    ):
        super().__init__()
        first = [convolution(leads, width, 15, 2), nn.LeakyReLU()]
        self.trunk = nn.Sequential(*first, *(_Block(width) for _ in range(blocks)))
        self.dropout = nn.Dropout(dropout)
        self.attention = AttentionOverTime(width, heads) if attention else None
        self.head = nn.Linear(width + leads, classes)

    def forward(self, x):
        """Return logits (batch, class) of recordings (batch, lead, time)."""
        there = (x != 0).any(dim=2).to(x.dtype)  # (batch, lead)
        x = self.dropout(self.trunk(x))
        seen = largest(x if self.attention is None else self.attention(x))  # (batch, width)
        return self.head(torch.cat([seen, there], dim=1))


class _Block(nn.Module):
    """Two convolutions at half the steps, added to the mean of neighbours under one more."""

    def __init__(self, width):
        super().__init__()
        self.way = nn.Sequential(
            convolution(width, width, _KERNEL, 2),
            nn.LeakyReLU(),
            convolution(width, width, _KERNEL),
            nn.LeakyReLU(),
        )
        self.shortcut = nn.Conv1d(width, width, 1, bias=False)

    def forward(self, x):
        return self.way(x) + self.shortcut(pairs_averaged(x, keep_last=True))
