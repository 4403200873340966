"""The residual network that Ribeiro and others trained on two million recordings."""

import math
from functools import partial
from itertools import pairwise

from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models.beat_parts import draw_as_keras, filled_up
from ecgbook.models.registry import register

__all__ = ["RibeiroResNet"]

_norm = partial(nn.BatchNorm1d, eps=1e-3)  # of Keras

_KERNEL = 16
_QUARTERINGS = 4
_STEP = 4**_QUARTERINGS  # samples


@register(
    "ribeiro",
    inputs=("x",),
    min_length=1,
    task="multi_label",
    cam_layer="units.3.after",
    paper="Ribeiro et al. 2020, Automatic diagnosis of the 12-lead ECG using a deep neural "
    "network, Nature Communications 11, 1760, https://doi.org/10.1038/s41467-020-15432-4",
    parameters={"keras": 6_528_058, "trainable": 6_524_330},
)
class RibeiroResNet(nn.Module):
    """A convolution and four residual units over 16 samples, each at a quarter of the steps.

    Figure 3 of the paper. Units have 128, 196, 256 and 320 channels, and 1,024, 256, 64 and 16
    steps at 4,096 samples; all that is left is read by one linear layer, so the length of a
    recording is fixed. With the running statistics 6,528,058 parameters, and 6,425,638 for the six
    classes of the paper; without them 6,524,330 and 6,421,910.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    time : int, default 4096
        Most samples of a recording, rounded up to a multiple of 256: 4,096 are 10.24 s at the
        400 Hz of the paper. Shorter recordings are filled up with zeros at the end; longer ones are
        a `ModelInvalid`.
    widths : tuple of int, default (64, 128, 196, 256, 320)
        Channels of the first convolution and of the units.
    dropout : float, default 0.2
        Share of numbers that training blanks out after each activation of a unit.

    Notes
    -----
    The one difference from the paper's code: the running statistics follow the batches ten times as
    fast as Keras lets them, or they would still be those of the first batches after a short
    training.
    """

    def __init__(
        self, *, leads=12, classes=26, time=4096, widths=(64, 128, 196, 256, 320), dropout=0.2
    ):
        super().__init__()
        if len(widths) != _QUARTERINGS + 1:
            raise ModelInvalid(f"widths must be of {_QUARTERINGS + 1} layers, got {widths}")
        if time < 1:
            raise ModelInvalid(f"time must be at least 1 sample, got {time}")
        steps = math.ceil(time / _STEP)
        self.time = steps * _STEP
        self.stem = nn.Sequential(_Same(leads, widths[0]), _norm(widths[0]), nn.ReLU())
        self.units = nn.ModuleList(_Unit(*sizes, dropout) for sizes in pairwise(widths))
        self.head = nn.Linear(widths[-1] * steps, classes)
        draw_as_keras(self, nn.init.kaiming_normal_)

    def forward(self, x):
        """Return logits (batch, class) of recordings (batch, lead, time)."""
        if x.shape[-1] > self.time:
            raise ModelInvalid(
                f"ribeiro was built for recordings of up to {self.time} samples, got an input of "
                f"shape {tuple(x.shape)}; cut crops from them, or create it with a larger time="
            )
        x = past = self.stem(filled_up(x, self.time))
        for unit in self.units:
            past = unit(x, past)
            x = unit.after(past)
        return self.head(x.transpose(1, 2).flatten(1))  # step by step, as Keras flattens


class _Unit(nn.Module):
    """Two convolutions beside a shortcut that has never been activated, at a quarter of the steps.

    What is activated of the sum (`after`) goes into the next unit's convolutions, the sum itself
    into its shortcut.
    """

    def __init__(self, inputs, outputs, dropout):
        super().__init__()
        activated = [_norm(outputs), nn.ReLU(), nn.Dropout(dropout)]
        quarter = nn.Conv1d(outputs, outputs, _KERNEL, 4, padding=6, bias=False)
        self.way = nn.Sequential(_Same(inputs, outputs), *activated, quarter)
        self.shortcut = nn.Sequential(nn.MaxPool1d(4), nn.Conv1d(inputs, outputs, 1, bias=False))
        self.after = nn.Sequential(_norm(outputs), nn.ReLU(), nn.Dropout(dropout))

    def forward(self, x, past):
        return self.way(x) + self.shortcut(past)


class _Same(nn.Sequential):
    """A convolution that keeps the length as Keras pads it: 7 zeros before and 8 after.

    Here 8 stand on both sides, and the first number that comes out, one too many, is dropped.
    """

    def __init__(self, inputs, outputs):
        super().__init__(nn.Conv1d(inputs, outputs, _KERNEL, padding=_KERNEL // 2, bias=False))

    def forward(self, x):
        return super().forward(x)[..., 1:]
