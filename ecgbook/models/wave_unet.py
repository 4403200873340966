"""A small U-Net that says of each sample to which wave it belongs."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from ecgbook.errors import ModelInvalid
from ecgbook.models.registry import register

__all__ = ["WaveUNet", "sample_cross_entropy"]


def sample_cross_entropy(output, target):
    """Mean cross-entropy over all samples of all signals.

    Parameters
    ----------
    output : tensor, shape (batch, class, time)
        Of a `WaveUNet`.
    target : tensor of int64, shape (batch, time)
        The class of each sample.

    Examples
    --------
    >>> sample_cross_entropy(torch.zeros(1, 4, 3), torch.tensor([[0, 3, 1]]))  # log 4
    tensor(1.3863)
    """
    return functional.cross_entropy(output, target)


class _Step(nn.Sequential):
    """Two convolutions of one width, each with batch normalisation and ReLU."""

    def __init__(self, inputs, outputs, kernel):
        layers = []
        for n in (inputs, outputs):
            layers += [nn.Conv1d(n, outputs, kernel, padding=kernel // 2, bias=False)]
            layers += [nn.BatchNorm1d(outputs), nn.ReLU()]
        super().__init__(*layers)


@register(
    "wave_unet",
    inputs=("x",),
    min_length=16,
    task=None,
    parameters={"trainable": 48_748},
)
class WaveUNet(nn.Module):
    """Classes of every sample: none, P wave, QRS complex and T wave.

    On the way down each level has half the samples of the one above, so that the same kernel
    sees twice the time; on the way up each level is given what the one of its size saw on the way
    down, so that borders are as sharp as the signal. With five levels and kernels of 9 samples a
    sample of the lowest level sees about 1.5 s at 250 Hz: a whole beat.

    Parameters
    ----------
    leads, classes : int, defaults 1 and 4
    channels : sequence of int
        Of each level, from the top; 48,748 parameters by default.
    kernel : int, default 9
        Samples of a convolution, odd.

    References
    ----------
    Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597; for ECGs, much larger, Moskalenko,
    Zolotykh, Osipov 2020, https://doi.org/10.1007/978-3-030-30425-6_29.
    """

    def __init__(self, *, leads=1, classes=4, channels=(8, 12, 16, 20, 24), kernel=9):
        super().__init__()
        if kernel % 2 == 0 or len(channels) < 2:
            raise ModelInvalid(f"wave_unet needs an odd kernel and two levels, got {kernel}")
        above = (leads, *channels[:-1])
        pairs = list(pairwise(channels))
        self.down = nn.ModuleList(_Step(a, b, kernel) for a, b in zip(above, channels, strict=True))
        self.up = nn.ModuleList(_Step(a + b, a, kernel) for a, b in reversed(pairs))
        self.head = nn.Conv1d(channels[0], classes, 1)

    def forward(self, x):
        """Return scores (batch, class, time) of the samples of (batch, lead, time)."""
        time = x.shape[-1]
        whole = 2 ** (len(self.down) - 1)
        x = functional.pad(x, (0, (time + whole - 1) // whole * whole - time))
        seen = []
        for level, step in enumerate(self.down):
            x = step(x if level == 0 else functional.max_pool1d(x, 2))
            seen.append(x)
        for step, beside in zip(self.up, seen[-2::-1], strict=True):
            x = step(torch.cat([functional.interpolate(x, scale_factor=2.0), beside], dim=1))
        return self.head(x)[..., :time]
