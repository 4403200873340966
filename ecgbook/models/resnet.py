"""Residual networks for heartbeats: a very deep published one, and a small one of this book."""

from functools import partial

import torch
from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models.beat_parts import DETECTRON, draw_as_keras, largest, mean, one_of
from ecgbook.models.registry import register
from ecgbook.models.trunk import WithTrunk

__all__ = ["BeatResNet", "BottleneckResNet"]

# As Keras has it, but for the running statistics: they follow the batches ten times as fast here,
# or after a few hundred steps they would still be those of the first.
_keras_norm = partial(nn.BatchNorm1d, eps=1e-3)

_register = partial(register, inputs=("x",), task="single_label", cam_layer="trunk")


@_register(
    "bottleneck_resnet",
    min_length=1,
    paper=DETECTRON,
    parameters={"keras": 2_782_725, "trainable": 2_723_557},
)
class BottleneckResNet(WithTrunk):
    """Three stages of ``(depth - 2) / 9`` units, each with three convolutions around a bottleneck.

    Version 2 of the residual network as Keras' example builds it: normalisation and ReLU come
    before each convolution, so the sum runs through the whole network unchanged. Stages have 64,
    128 and 256 channels, the second and third halve the time axis. 2,782,725 parameters with the
    running statistics, 2,723,557 without; 719,329 for ``depth=101, classes=1``.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    depth : int, default 398
        Layers with weights, shortcuts left out: 9 n + 2 for n units a stage, such as 11, 20, 29.
        Another number is a `ModelInvalid`.

    References
    ----------
    Project report and code of the Arrhythmia Detectron (2021); He et al. 2016,
    https://arxiv.org/abs/1603.05027, for the order of the layers.
    """

    def __init__(self, *, leads=1, classes=5, depth=398):
        super().__init__()
        units, rest = divmod(depth - 2, 9)
        if rest or units < 1:
            raise ModelInvalid(f"depth must be 9 n + 2, such as 11, 20 or 29, got {depth}")
        stem = [nn.Conv1d(leads, 16, 7, padding=3), _keras_norm(16), nn.ReLU()]
        layers, inputs = [*stem], 16
        for outputs in (64, 128, 256):
            for unit in range(units):
                stride = 2 if unit == 0 and outputs > 64 else 1
                after_stem = len(layers) == len(stem)
                layers.append(_Bottleneck(inputs, outputs, stride, activate=not after_stem))
                inputs = outputs
        self.trunk = nn.Sequential(*layers, _keras_norm(256), nn.ReLU())
        self.head = nn.Linear(256, classes)
        draw_as_keras(self, partial(nn.init.kaiming_normal_, nonlinearity="relu"))

    def forward(self, x):
        """Return logits (batch, class) of beats (batch, lead, time)."""
        return self.head(mean(self.trunk(x)))


class _Bottleneck(nn.Module):
    """Down to a quarter of the channels, over three samples, and up again, beside a shortcut."""

    def __init__(self, inputs, outputs, stride, activate):
        super().__init__()
        middle = outputs // 4
        self.activate = nn.Sequential(_keras_norm(inputs), nn.ReLU()) if activate else None
        self.way = nn.Sequential(
            nn.Conv1d(inputs, middle, 1, stride=stride),
            _keras_norm(middle),
            nn.ReLU(),
            nn.Conv1d(middle, middle, 3, padding=1),
            _keras_norm(middle),
            nn.ReLU(),
            nn.Conv1d(middle, outputs, 1),
        )
        self.shortcut = None if inputs == outputs else nn.Conv1d(inputs, outputs, 1, stride=stride)

    def forward(self, x):
        way = self.way(x if self.activate is None else self.activate(x))
        return way + (x if self.shortcut is None else self.shortcut(x))


@_register("beat_resnet", min_length=2)
class BeatResNet(WithTrunk):
    """A small residual network, which is quick on processors.

    A convolution and a halving of the time axis, then three stages of ``width``, twice and four
    times as many channels, the second and third at half the samples of the one before. Its layers
    are those that run with channels last in bfloat16 (`ecgbook.training.channels_last`).

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    width : int, default 32
        Channels of the first stage.
    blocks : int, default 1
        Residual blocks of two convolutions in each stage.
    kernel : int, default 5
        Samples that a convolution of a block sees; an odd number.
    pool : {"mean", "max", "both"}
        What is taken of each channel over time; both side by side by default.
    dropout : float, default 0.2
        Share of what was taken that training blanks out.

    References
    ----------
    He et al. 2016, https://arxiv.org/abs/1512.03385, for the block; sizes are our own.
    """

    def __init__(
        self, *, leads=1, classes=5, width=32, blocks=1, kernel=5, pool="both", dropout=0.2
    ):
        super().__init__()
        if kernel % 2 == 0:
            raise ModelInvalid(f"kernel must be odd, so that a block keeps the length: {kernel}")
        self.pool = one_of("pool", pool, ("mean", "max", "both"))
        layers = [_convolution(leads, width, 7), nn.ReLU(), nn.MaxPool1d(2)]
        inputs = width
        for stage, outputs in enumerate((width, 2 * width, 4 * width)):
            for block in range(blocks):
                stride = 2 if stage and not block else 1
                layers.append(_Block(inputs, outputs, kernel, stride))
                inputs = outputs
        self.trunk = nn.Sequential(*layers)
        seen = 2 * inputs if pool == "both" else inputs
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(seen, classes))

    def forward(self, x):
        """Return logits (batch, class) of beats (batch, lead, time) of at least 2 samples."""
        seen = self.trunk(x)  # (batch, 4 * width, time / 8)
        parts = {"mean": mean(seen), "max": largest(seen)}
        taken = parts.values() if self.pool == "both" else [parts[self.pool]]
        return self.head(torch.cat([*taken], dim=1))


class _Block(nn.Module):
    """Two convolutions beside a shortcut, and a ReLU over the sum."""

    def __init__(self, inputs, outputs, kernel, stride):
        super().__init__()
        self.way = nn.Sequential(
            _convolution(inputs, outputs, kernel, stride),
            nn.ReLU(),
            _convolution(outputs, outputs, kernel),
        )
        same = inputs == outputs and stride == 1
        self.shortcut = None if same else _convolution(inputs, outputs, 1, stride)

    def forward(self, x):
        return torch.relu(self.way(x) + (x if self.shortcut is None else self.shortcut(x)))


def _convolution(inputs, outputs, kernel, stride=1):
    """Return a convolution that keeps the length but for its stride, and a normalisation."""
    convolution = nn.Conv1d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm1d(outputs))
