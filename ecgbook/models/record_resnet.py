"""A small residual network for ten seconds of some leads, which is quick on processors."""

from itertools import pairwise

import torch
from torch import nn

from ecgbook.models.recording_parts import convolution
from ecgbook.models.registry import register

__all__ = ["RecordResNet"]


@register("record_resnet", inputs=("x",), min_length=2, task="multi_label", cam_layer="trunk")
class RecordResNet(nn.Module):
    """Convolutions that shorten a recording, and what is largest and mean in the last of them.

    A convolution and then residual blocks, each with a stride of 2, make of 100 samples a second
    some 3 steps a second. As a recurrent network it has a state for every step, so it can stand in
    its place in a fusion. The convolutions run in `ecgbook.training.channels_last`, in bfloat16 as
    well.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    widths : tuple of int, default (32, 48, 64, 96, 128)
        Channels of the first convolution, and of the residual blocks after it.
    stem, kernel : int, defaults 15 and 7
        Samples that the first convolution and those of a block see; odd numbers.
    dropout : float, default 0.3
        Share of what the classes are read from that training blanks out.

    References
    ----------
    He et al. 2016, https://arxiv.org/abs/1512.03385, for the block; sizes are our own.
    """

    def __init__(
        self, *, leads=3, classes=4, widths=(32, 48, 64, 96, 128), stem=15, kernel=7, dropout=0.3
    ):
        super().__init__()
        layers = [convolution(leads, widths[0], stem, 2), nn.ReLU()]
        layers += [_Block(*sizes, kernel) for sizes in pairwise(widths)]
        self.trunk = nn.Sequential(*layers)
        self.units = widths[-1]  # of a state
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * self.units, classes)

    def forward(self, x):
        """Return logits (batch, class) of recordings (batch, lead, time)."""
        return self.head(self.features(x))

    def features(self, x):
        """Return mean and largest value of each channel over time: (batch, feature)."""
        seen = self.trunk(x)  # (batch, channel, step)
        return self.dropout(torch.cat([seen.mean(dim=2), seen.amax(dim=2)], dim=1))

    def states(self, x):
        """Return the channels of every step: (batch, step, unit)."""
        return self.trunk(x).transpose(1, 2)


class _Block(nn.Module):
    """Two convolutions beside a shortcut, at half the steps, and a ReLU over the sum."""

    def __init__(self, inputs, outputs, kernel):
        super().__init__()
        self.way = nn.Sequential(
            *(convolution(inputs, outputs, kernel, 2), nn.ReLU()),
            convolution(outputs, outputs, kernel),
        )
        self.shortcut = convolution(inputs, outputs, 1, 2)

    def forward(self, x):
        return torch.relu(self.way(x) + self.shortcut(x))
