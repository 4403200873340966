"""The deep residual network with which the benchmark on PTB-XL was published."""

from itertools import pairwise

import torch
from torch import nn

from ecgbook.models.beat_parts import draw_as_keras, largest, mean
from ecgbook.models.recording_parts import convolution, pairs_averaged
from ecgbook.models.registry import register

__all__ = ["XResNet1d101"]

_EXPANSION = 4


@register(
    "xresnet1d101",
    inputs=("x",),
    min_length=1,
    task="multi_label",
    cam_layer="trunk",
    paper="Strodthoff et al. 2021, Deep learning for ECG analysis: benchmarks and insights from "
    "PTB-XL, IEEE J. Biomed. Health Inform. 25, 1519, https://doi.org/10.1109/JBHI.2020.3022989",
)
class XResNet1d101(nn.Module):
    """Three convolutions, 33 bottleneck blocks in four stages, and two linear layers.

    The stages have 3, 4, 23 and 3 blocks, all of 256 channels around a bottleneck of 64; the
    second, third and fourth halve the time axis, as do the first convolution and a pooling before
    the blocks: 1,000 samples become 32 steps. The mean and the largest value over time go to the
    linear layers.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output: the five diagnostic superclasses by default.
    stem : tuple of int, default (32, 32, 64)
        Channels of the first convolutions.
    blocks : tuple of int, default (3, 4, 23, 3)
        Blocks of each stage.
    width : int, default 64
        Channels of a bottleneck; a block gives four times as many.
    kernel : int, default 5
        Samples that a convolution sees in the stem and within a bottleneck.
    hidden, dropout : int, float, defaults 128 and 0.5
        Numbers between the two linear layers; and the share of numbers that training blanks out
        before the second. Before the first it is half of that.

    Notes
    -----
    Sizes, order of the layers and first weights follow the public benchmark
    (https://github.com/helme/ecg_ptbxl_benchmarking), which takes the network of He et al. 2019,
    https://arxiv.org/abs/1812.01187, to one dimension. What differs is how it is used: there it
    reads crops of 2.5 s, and the largest score over the crops of a recording counts; here a
    recording is read whole. There it is trained by fastai's schedule with other learning rates for
    lower layers; here by `ecgbook.training.fit`.
    """

    def __init__(
        self,
        *,
        leads=12,
        classes=5,
        stem=(32, 32, 64),
        blocks=(3, 4, 23, 3),
        width=64,
        kernel=5,
        hidden=128,
        dropout=0.5,
    ):
        super().__init__()
        layers, inputs = [], stem[-1]
        for n, sizes in enumerate(pairwise((leads, *stem))):
            layers += [convolution(*sizes, kernel, 1 if n else 2), nn.ReLU()]
        layers.append(nn.MaxPool1d(3, 2, padding=1))
        for stage, number in enumerate(blocks):
            for block in range(number):
                layers.append(_Block(inputs, width, kernel, halve=stage > 0 and block == 0))
                inputs = _EXPANSION * width
        self.trunk = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.BatchNorm1d(2 * inputs),
            nn.Dropout(dropout / 2),
            nn.Linear(2 * inputs, hidden),
            nn.ReLU(),
            nn.BatchNorm1d(hidden),
            nn.Dropout(dropout),
            nn.Linear(hidden, classes),
        )
        draw_as_keras(self, nn.init.kaiming_normal_)
        for layer in self.trunk:
            if isinstance(layer, _Block):  # at first each gives on what its shortcut brings
                nn.init.zeros_(layer.way[-1][1].weight)

    def forward(self, x):
        """Return logits (batch, class) of recordings (batch, lead, time)."""
        seen = self.trunk(x)  # (batch, 4 * width, time / 32)
        return self.head(torch.cat([mean(seen), largest(seen)], dim=1))


class _Block(nn.Module):
    """Down to the bottleneck, over some samples, and up again, beside a shortcut.

    A shortcut over half the steps takes the mean of neighbours, so that no sample is skipped.
    """

    def __init__(self, inputs, width, kernel, *, halve):
        super().__init__()
        outputs = _EXPANSION * width
        self.way = nn.Sequential(
            convolution(inputs, width, 1),
            nn.ReLU(),
            convolution(width, width, kernel, 2 if halve else 1),
            nn.ReLU(),
            convolution(width, outputs, 1),
        )
        self.halve = halve
        self.shortcut = None if inputs == outputs else convolution(inputs, outputs, 1)

    def forward(self, x):
        past = pairs_averaged(x, keep_last=True) if self.halve else x
        past = past if self.shortcut is None else self.shortcut(past)
        return torch.relu(self.way(x) + past)
