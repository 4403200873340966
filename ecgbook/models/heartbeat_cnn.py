"""Plain networks for heartbeats: a perceptron, two of convolutions, and one for the spectrum."""

import itertools
from functools import partial

import torch
from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models.beat_parts import DETECTRON, dense, draw_as_keras, filled_up, largest, one_of
from ecgbook.models.registry import register
from ecgbook.models.trunk import WithTrunk

__all__ = ["MLP", "CourseCNN", "FourierCNN", "VanillaCNN"]

_SHORTEST = 72  # samples of which one is left after the eight convolutions of the course's network

_register = partial(register, inputs=("x",), task="single_label", paper=DETECTRON)


@_register("course_cnn", min_length=_SHORTEST, cam_layer="trunk", parameters={"keras": 254_901})
class CourseCNN(WithTrunk):
    """The network that the course gave its students: eight convolutions, the largest of each.

    Pairs of convolutions without padding, with ReLU, max pooling and dropout between the pairs;
    then each of 256 channels gives its largest value over time. 254,901 parameters.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    hidden : tuple of int, default (64, 64)
        Sizes of the layers of the head; (256, 128) was taken for transfer.
    dropout, pooled_dropout : float
        Share of numbers blanked out in training after each pair, and after the largest were taken.

    References
    ----------
    Project report and code of the Arrhythmia Detectron (2021).
    """

    def __init__(self, *, leads=1, classes=5, hidden=(64, 64), dropout=0.1, pooled_dropout=0.2):
        super().__init__()
        self.trunk = nn.Sequential(
            *_pair(leads, 16, kernel=5),
            *_halved(dropout),
            *_pair(16, 32, kernel=3),
            *_halved(dropout),
            *_pair(32, 32, kernel=3),
            *_halved(dropout),
            *_pair(32, 256, kernel=3),
        )
        self.head = nn.Sequential(nn.Dropout(pooled_dropout), dense(256, *hidden, classes))
        draw_as_keras(self)

    def forward(self, x):
        """Return logits (batch, class) of beats (batch, lead, time) of at least 72 samples."""
        return self.head(largest(self.trunk(x)))  # (batch, 256) to (batch, class)


@_register("mlp", min_length=1, parameters={"keras": 49_413})
class MLP(nn.Sequential):
    """The beat as one long list of numbers, and a layer of 256 over it. 49,413 parameters.

    Parameters
    ----------
    leads, time, classes : int
        Leads and most samples of the input, and scores of the output. Shorter beats are filled up
        with zeros; longer ones are a `ModelInvalid`.
    hidden : tuple of int, default (256,)
        Sizes of the layers between.
    dropout : float, default 0
        Share of their numbers that training blanks out.

    References
    ----------
    Project report and code of the Arrhythmia Detectron (2021).
    """

    def __init__(self, *, leads=1, time=187, classes=5, hidden=(256,), dropout=0.0):
        super().__init__(*dense(leads * time, *hidden, classes, dropout=dropout))
        self.time = time
        draw_as_keras(self)

    def forward(self, x):
        """Return logits (batch, class) of beats (batch, lead, time)."""
        return super().forward(filled_up(x, self.time).flatten(1))


@_register("vanilla_cnn", min_length=60, cam_layer="trunk")
class VanillaCNN(WithTrunk):
    """Pairs of convolutions with pooling between, as a search over settings found them.

    In the published network the pooling was told that channels come first, while they came last:
    it halved the channels, not the time. ``pool="channels"`` builds that one, with 199,477
    parameters, and for infarctions, with ``widths=(16, 32), kernels=(7, 5), hidden=(128, 32),
    dropout=0.2, classes=1``, one with 16,785.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    widths, kernels : tuples of int
        Channels and kernel of each pair of convolutions.
    hidden : tuple of int
        Sizes of the layers of the head.
    dropout : float
        Share of the channels' largest values that training blanks out.
    pool : {"time", "channels"}
        What pooling takes the larger of: two neighbours in time, or two channels.

    References
    ----------
    Project report and code of the Arrhythmia Detectron (2021).
    """

    def __init__(
        self,
        *,
        leads=1,
        classes=5,
        widths=(16, 32, 64),
        kernels=(5, 5, 5),
        hidden=(512, 256),
        dropout=0.1,
        pool="time",
    ):
        super().__init__()
        if len(widths) != len(kernels):
            raise ModelInvalid(f"each pair needs a width and a kernel, got {widths} and {kernels}")
        halve, kept = {"time": (nn.MaxPool1d, 1), "channels": (ChannelPool, 2)}[
            one_of("pool", pool, ("time", "channels"))
        ]
        inputs = [leads, *(width // kept for width in widths)]
        layers = []
        for seen, width, kernel in zip(inputs, widths, kernels, strict=False):
            layers += [*_pair(seen, width, kernel), halve(2)]
        self.trunk = nn.Sequential(*layers[:-1])  # after the last pair, time is gone at once
        self.head = nn.Sequential(nn.Dropout(dropout), dense(widths[-1], *hidden, classes))
        draw_as_keras(self)

    def forward(self, x):
        """Return logits (batch, class) of beats (batch, lead, time) of at least 60 samples."""
        return self.head(largest(self.trunk(x)))


@_register("fourier_cnn", min_length=1, parameters={"keras": 254_981})
class FourierCNN(nn.Module):
    """The course's network on the spectrum of the beat. 254,981 parameters.

    The beat, filled up to ``time`` samples, becomes ``time // 2 + 1`` complex numbers, whose real
    and imaginary parts are the channels of a `CourseCNN`: its time axis is then one of frequency.

    Parameters
    ----------
    leads, time, classes : int
        Leads and most samples of the input, and scores of the output; ``time`` from 142 on.
    hidden, dropout, pooled_dropout
        As for `CourseCNN`.

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
        hidden=(64, 64),
        dropout=0.1,
        pooled_dropout=0.2,
    ):
        super().__init__()
        if time // 2 + 1 < _SHORTEST:
            raise ModelInvalid(f"time must be at least {2 * _SHORTEST - 2} samples, got {time}")
        self.time = time
        settings = {"hidden": hidden, "dropout": dropout, "pooled_dropout": pooled_dropout}
        self.cnn = CourseCNN(leads=2 * leads, classes=classes, **settings)

    def forward(self, x):
        """Return logits (batch, class) of beats (batch, lead, time)."""
        return self.cnn(self.spectrum(x))

    def spectrum(self, x):
        """Return real, then imaginary parts: (batch, lead, time) to (batch, 2 * lead, frequency).

        Frequency k is k times the sampling rate over ``time``, as for `numpy.fft.rfft`.
        """
        spectrum = torch.fft.rfft(filled_up(x, self.time))
        return torch.cat([spectrum.real, spectrum.imag], dim=1)


class ChannelPool(nn.MaxPool1d):
    """Max pooling over neighbouring channels in place of neighbouring samples: a mistake, kept."""

    def forward(self, x):
        """Return the larger of each pair: (batch, channel, time) to (batch, channel / 2, time)."""
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


def _pair(inputs, outputs, kernel):
    """Return two convolutions without padding, each with a ReLU."""
    sizes = itertools.pairwise((inputs, outputs, outputs))
    return [layer for size in sizes for layer in (nn.Conv1d(*size, kernel), nn.ReLU())]


def _halved(dropout):
    return nn.MaxPool1d(2), nn.Dropout(dropout)
