"""MadeGAN and its family: autoencoders of single beats, a memory between, a discriminator."""

import itertools
from functools import partial

from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models.memory import Memory
from ecgbook.models.registry import register

__all__ = ["Autoencoder", "BeatDiscriminator", "Encoder", "MemoryAutoencoder"]

PAPER = "Wang, Stavrakis, Yao 2023, https://doi.org/10.1016/j.compbiomed.2023.106641"
LENGTH = 320  # samples of a beat: five halvings, then one step over the ten that are left
_CHANNELS = (16, 32, 64, 128, 512)

_register = partial(register, inputs=("x",), min_length=LENGTH, paper=PAPER)


class Encoder(nn.Module):
    """Six convolutions from a beat to a code of ``code`` numbers."""

    def __init__(self, *, code=50):
        super().__init__()
        layers = [nn.Conv1d(1, _CHANNELS[0], 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
        for inputs, outputs in itertools.pairwise(_CHANNELS):
            layers += [nn.Conv1d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm1d(outputs)]
            layers += [nn.LeakyReLU(0.2)]
        self.features = nn.Sequential(*layers)  # (batch, 1, 320) -> (batch, 512, 10)
        self.head = nn.Conv1d(_CHANNELS[-1], code, LENGTH // 32, bias=False)
        self.apply(_draw)

    def forward(self, x):
        """Return the code of each beat: (batch, 1, 320) to (batch, code)."""
        return self.head(self.features(_checked(x))).squeeze(2)


class Decoder(nn.Sequential):
    """The encoder backwards: (batch, code) to (batch, 1, 320), between −1 and 1."""

    def __init__(self, *, code=50):
        channels = _CHANNELS[::-1]
        layers = [nn.Unflatten(1, (code, 1))]
        layers += _grow(code, channels[0], LENGTH // 32, 1, 0)
        for inputs, outputs in itertools.pairwise(channels):
            layers += _grow(inputs, outputs, 4, 2, 1)
        layers += [nn.ConvTranspose1d(channels[-1], 1, 4, 2, 1, bias=False), nn.Tanh()]
        super().__init__(*layers)
        self.apply(_draw)


@_register("autoencoder", task="reconstruction")
class Autoencoder(nn.Module):
    """Encoder and decoder of MadeGAN, with nothing between: the generator of BeatGAN.

    Trained alone it is a plain autoencoder (AE); trained against a `BeatDiscriminator`,
    BeatGAN (Zhou et al. 2019), with half of its channels but for the last 512. Between encoder
    and decoder are ``code`` numbers.
    """

    def __init__(self, *, code=50):
        super().__init__()
        self.encoder = Encoder(code=code)
        self.decoder = Decoder(code=code)

    def forward(self, x):
        """Return each beat as far as the code can hold it: (batch, 1, 320) to the same."""
        return self.recall(x)[0]

    def recall(self, x):
        """Return each beat as `forward` does, and None: there is no memory."""
        return self.decoder(self.encoder(x)), None


@_register("memory_autoencoder", task="reconstruction", parameters={"trainable": 1_225_408})
class MemoryAutoencoder(nn.Module):
    """The generator of MadeGAN: what the decoder sees is a mixture of remembered codes.

    Trained alone it is a memory-augmented autoencoder (MemAE, Gong et al. 2019); trained
    against a `BeatDiscriminator`, MadeGAN. 1,225,408 parameters.

    Parameters
    ----------
    code, slots, shrink
        As for `ecgbook.models.memory.Memory`; the defaults are the published ones.

    References
    ----------
    Wang, Stavrakis, Yao (2023), Comput. Biol. Med. 155, 106641,
    https://doi.org/10.1016/j.compbiomed.2023.106641; layers after its public code.
    """

    def __init__(self, *, code=50, slots=2000, shrink=0.0025):
        super().__init__()
        self.encoder = Encoder(code=code)
        self.memory = Memory(slots=slots, code=code, shrink=shrink)
        self.decoder = Decoder(code=code)

    def forward(self, x):
        """Return each beat as the memory knows it: (batch, 1, 320) to the same."""
        return self.recall(x)[0]

    def recall(self, x):
        """Return each beat as `forward` does, and how much of each slot was read (`Memory`)."""
        code, mixture = self.memory(self.encoder(x))
        return self.decoder(code), mixture


@_register("beat_discriminator", task=None, parameters={"trainable": 311_808})
class BeatDiscriminator(Encoder):
    """The encoder with a code of one number: recorded or generated? 311,808 parameters."""

    def __init__(self):
        super().__init__(code=1)


def _grow(inputs, outputs, kernel, stride, padding):
    """Return transposed convolution, normalisation and ReLU."""
    wider = nn.ConvTranspose1d(inputs, outputs, kernel, stride, padding, bias=False)
    return [wider, nn.BatchNorm1d(outputs), nn.ReLU()]


def _draw(module):
    """Draw first weights as published: Xavier for convolutions, about 1 for normalisations."""
    if isinstance(module, nn.Conv1d | nn.ConvTranspose1d):
        nn.init.xavier_normal_(module.weight)
    if isinstance(module, nn.BatchNorm1d):
        nn.init.normal_(module.weight, 1.0, 0.02)


def _checked(x):
    if x.shape[1:] != (1, LENGTH):
        raise ModelInvalid(
            f"this network takes beats of shape (batch, 1, {LENGTH}), got {tuple(x.shape)}; "
            f"cut them with datasets.beatgan_beats and scale them with datasets.scale_beats"
        )
    return x
