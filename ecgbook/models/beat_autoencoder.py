"""An autoencoder of heartbeats of any recipe, and a classifier on its code."""

import itertools
import math
from functools import partial

from torch import nn

from ecgbook.models.beat_parts import filled_up
from ecgbook.models.registry import register
from ecgbook.models.trunk import WithTrunk

__all__ = ["BeatAutoencoder", "BeatEncoder", "EncoderClassifier"]

_CHANNELS = (16, 32, 64, 64)
_STRIDE = 2 ** len(_CHANNELS)  # samples of a beat for one of the last convolution

_register = partial(register, inputs=("x",), min_length=1)


class BeatEncoder(nn.Module):
    """Four convolutions, each of which halves the time axis, and a linear layer to the code."""

    def __init__(self, *, leads=1, time=187, code=32):
        super().__init__()
        self.time, self.steps = time, math.ceil(time / _STRIDE)
        blocks = [_halve(*pair) for pair in itertools.pairwise((leads, *_CHANNELS))]
        self.features = nn.Sequential(*itertools.chain(*blocks))
        self.code = nn.Linear(_CHANNELS[-1] * self.steps, code)

    def forward(self, x):
        """Return the code of each beat: (batch, lead, time) to (batch, code)."""
        x = filled_up(filled_up(x, self.time), _STRIDE * self.steps)
        return self.code(self.features(x).flatten(1))


class BeatDecoder(nn.Sequential):
    """The encoder backwards: (batch, code) to (batch, lead, time), time rounded up to 16."""

    def __init__(self, *, leads=1, time=187, code=32):
        channels, short = _CHANNELS[::-1], math.ceil(time / _STRIDE)
        layers = [nn.Linear(code, channels[0] * short), nn.Unflatten(1, (channels[0], short))]
        for inputs, outputs in itertools.pairwise(channels):
            layers += [nn.ReLU(), nn.ConvTranspose1d(inputs, outputs, 4, 2, 1, bias=False)]
            layers += [nn.BatchNorm1d(outputs)]
        layers += [nn.ReLU(), nn.ConvTranspose1d(channels[-1], leads, 4, 2, 1)]
        super().__init__(*layers)


@_register("beat_autoencoder", task="reconstruction")
class BeatAutoencoder(nn.Module):
    """Encoder and decoder with ``code`` numbers between, for beats in any unit.

    Parameters
    ----------
    leads, time : int
        Leads and most samples of a beat. Shorter ones are filled up with zeros and come back in
        their own length; longer ones are a `ModelInvalid`.
    code : int, default 32
        Numbers that a beat is squeezed into.

    See Also
    --------
    EncoderClassifier : Takes the trained encoder over, by `ecgbook.models.trunk.copy_trunk`.
    """

    def __init__(self, *, leads=1, time=187, code=32):
        super().__init__()
        self.encoder = BeatEncoder(leads=leads, time=time, code=code)
        self.decoder = BeatDecoder(leads=leads, time=time, code=code)

    def forward(self, x):
        """Return each beat as far as the code can hold it: (batch, lead, time) to the same."""
        return self.decoder(self.encoder(x))[..., : x.shape[-1]]

    @property
    def trunk(self):
        """Return the encoder, which a classifier takes over."""
        return self.encoder


@_register("encoder_classifier", task="single_label", cam_layer="trunk.features")
class EncoderClassifier(WithTrunk):
    """The encoder of a `BeatAutoencoder`, and one linear layer from its code to the classes.

    Parameters
    ----------
    leads, time, code
        As for `BeatAutoencoder`.
    classes : int
        Scores of the output.

    Examples
    --------
    >>> from ecgbook.models import copy_trunk, freeze_trunk
    >>> autoencoder, model = BeatAutoencoder(code=8), EncoderClassifier(code=8)
    >>> copy_trunk(model, autoencoder)  # trained before, without labels
    >>> freeze_trunk(model)  # and only the last layer learns
    """

    def __init__(self, *, leads=1, time=187, classes=5, code=32):
        super().__init__()
        self.trunk = BeatEncoder(leads=leads, time=time, code=code)
        self.head = nn.Linear(code, classes)

    def forward(self, x):
        """Return logits (batch, class) of beats (batch, lead, time)."""
        return self.head(self.trunk(x))


def _halve(inputs, outputs):
    """Return a convolution with stride 2, normalisation and ReLU."""
    convolution = nn.Conv1d(inputs, outputs, 7, stride=2, padding=3, bias=False)
    return convolution, nn.BatchNorm1d(outputs), nn.ReLU()
