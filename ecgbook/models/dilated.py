"""Dilated convolutions that shorten a heartbeat to a few steps, and an LSTM over these."""

import itertools

import torch
from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models.beat_parts import DETECTRON, dense, draw_as_keras, filled_up
from ecgbook.models.recurrent import LSTM, reverse
from ecgbook.models.registry import register

__all__ = ["DilatedBiLSTM"]


@register(
    "dilated_bilstm",
    inputs=("x",),
    min_length=1,
    task="single_label",
    cam_layer="steps",
    paper=DETECTRON,
    parameters={"keras": 221_862, "trainable": 221_862},
)
class DilatedBiLSTM(nn.Module):
    """Four dilated convolutions, an LSTM in both directions, and layers over each of its steps.

    A beat of 187 samples becomes 7 steps. Each of them sees 76 samples, and begins 16 samples
    after the one before. The layers of the head are the same for every step; only the last sees
    all steps at once. 221,862 parameters, 218,274 with ``classes=1``.

    Parameters
    ----------
    leads, time, classes : int
        Leads and most samples of the input, and scores of the output. Shorter beats are filled up
        with zeros, which the LSTM reads as it reads the beat; longer ones are a `ModelInvalid`.
    widths : tuple of int, default (200, 150, 100, 75)
        Channels of the convolutions.
    units : int, default 20
        Size of the state of each direction.
    hidden : tuple of int, default (256, 128)
        Sizes of the layers over each step.
    dropout, head_dropout : float, defaults 0.05 and 0.3
        Share of numbers blanked out in training, after convolutions and in the head.

    References
    ----------
    Project report and code of the Arrhythmia Detectron (2021).
    """

    def __init__(
        self,
        *,
        leads=1,
        time=187,
        classes=5,
        widths=(200, 150, 100, 75),
        units=20,
        hidden=(256, 128),
        dropout=0.05,
        head_dropout=0.3,
    ):
        super().__init__()
        self.time = time
        blocks = [_block(*sizes, dropout) for sizes in itertools.pairwise((leads, *widths))]
        self.steps = nn.Sequential(*blocks)
        self.forwards, self.backwards = LSTM(widths[-1], units), LSTM(widths[-1], units)
        each = dense(2 * units, *hidden, classes, dropout=head_dropout)[:-1]
        self.each_step = each  # without the last layer, which sees all steps
        self.head = nn.Linear(hidden[-1] * _steps(time, len(widths)), classes)
        draw_as_keras(self)

    def forward(self, x):
        """Return logits (batch, class) of beats (batch, lead, time)."""
        steps = self.steps(filled_up(x, self.time)).transpose(1, 2)  # (batch, step, channel)
        back = reverse(self.backwards(reverse(steps)))
        both = torch.cat([self.forwards(steps), back], dim=2)  # (batch, step, 2 * unit)
        return self.head(self.each_step(both).flatten(1))


def _block(inputs, outputs, dropout):
    """Return a convolution over every other sample, ReLU, halving of the time axis and dropout."""
    convolution = nn.Conv1d(inputs, outputs, 3, dilation=2)
    return nn.Sequential(convolution, nn.ReLU(), nn.MaxPool1d(2), nn.Dropout(dropout))


def _steps(time, blocks):
    left = time
    for _ in range(blocks):
        left = (left - 4) // 2
    if left < 1:
        raise ModelInvalid(f"after {blocks} blocks nothing is left of {time} samples")
    return left
