"""ResU-Dense: U-shaped residual blocks, dense blocks and attention, for twelve leads."""

import torch
from torch import nn
from torch.nn import functional

from ecgbook.models.beat_parts import largest, one_of
from ecgbook.models.recording_parts import (
    AttentionOverTime,
    ResidualAttention,
    convolution,
    pairs_averaged,
)
from ecgbook.models.registry import register

__all__ = ["ResUDense"]

_KERNEL = 9
_ATTENTION = {"published": AttentionOverTime, "residual": ResidualAttention}


@register(
    "resu_dense",
    inputs=("x",),
    min_length=31,
    task="multi_label",
    cam_layer="trunk",
    paper="Hwang, Cha et al. 2023, Multi-label ECG abnormality classification using a combined "
    "ResNet-DenseNet architecture with ResU blocks, IEEE EMBS Int. Conf. on Data Science and "
    "Engineering in Healthcare, Medicine & Biology; code https://github.com/seorim0/ResU_Dense",
    parameters={"trainable": 7_206_746},
)
class ResUDense(nn.Module):
    """Four U-shaped residual blocks, two dense blocks, attention, and the largest value over time.

    A convolution and the four blocks each halve the time axis, 4,096 samples to 128 steps. Within a
    block a U goes down ``depths`` halvings and up again, and is added to what it started from.
    7,206,746 parameters as published, 6,943,578 without attention.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output: the 26 of the Challenge of 2021 by default.
    width, middle : int, defaults 256 and 64
        Channels of the blocks, and within a U.
    depths : tuple of int, default (6, 5, 4, 3)
        Halvings within the U of each block.
    dense, growth : tuple of int, int, defaults (16, 16) and 12
        Layers of each dense block, and channels that each of them adds.
    attention : {"published", "residual", None}
        Attention over time as published: its answer replaces what it was given, and it knows no
        position. Or corrected: it is told the positions, normalises what it reads, and its answer
        is added to what it was given (7,207,258 parameters). Or none.
    heads, dropout : int, float, defaults 8 and 0.5
        Of the attention; and the share of numbers that training blanks out before it.

    Notes
    -----
    The layers, their order and their sizes are those of the public code, at the 4,096 samples for
    which it was written. There a U pads a signal by one zero on the left where its length is no
    multiple of four, and crops once, at its end. Here each step up is cropped to the length of its
    counterpart on the way down, first of all by that zero: so any length from 31 samples works, and
    no step is shifted in time. The recipe around the network is not part of it: z-scores,
    random crops at test time and test recordings that choose the epoch are left to the caller.
    """

    def __init__(
        self,
        *,
        leads=12,
        classes=26,
        width=256,
        middle=64,
        depths=(6, 5, 4, 3),
        dense=(16, 16),
        growth=12,
        attention="published",
        heads=8,
        dropout=0.5,
    ):
        super().__init__()
        kind = one_of("attention", attention, (*_ATTENTION, None))
        layers = [convolution(leads, width, 15, 2), nn.LeakyReLU()]
        layers += [_ResU(width, middle, depth) for depth in depths]
        inputs = width
        for number, units in enumerate(dense, 1):
            layers += [_Dense(inputs + unit * growth, growth) for unit in range(units)]
            inputs += units * growth
            outputs = width if number == len(dense) else inputs // 2
            layers.append(_Transition(inputs, outputs))
            inputs = outputs
        self.trunk = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout)
        self.attention = _ATTENTION[kind](width, heads) if kind else None
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        """Return logits (batch, class) of recordings (batch, lead, time)."""
        x = self.dropout(self.trunk(x))  # (batch, width, time / 32)
        return self.head(largest(x if self.attention is None else self.attention(x)))


class _ResU(nn.Module):
    """A U within a residual block, then half the steps and a convolution over one of them."""

    def __init__(self, width, middle, depth):
        super().__init__()
        self.enter = _activated(convolution(width, width, _KERNEL))
        down = [convolution(width if not n else middle, middle, _KERNEL, 2) for n in range(depth)]
        self.down = nn.ModuleList(map(_activated, down))
        self.bottom = _activated(convolution(middle, middle, _KERNEL))
        up = [_twice(2 * middle, middle if n else width) for n in reversed(range(depth))]
        self.up = nn.ModuleList(map(_activated, up))
        self.leave = nn.Conv1d(width, width, 1, bias=False)

    def forward(self, x):
        start = x = self.enter(x)
        passed = []
        for layer in self.down:
            pad = int(x.shape[2] % 4 > 0)
            seen = layer(functional.pad(x, (pad, 0)) if pad else x)
            passed.append((seen, slice(pad, pad + x.shape[2])))
            x = seen
        x = self.bottom(x)
        for layer, (seen, kept) in zip(self.up, reversed(passed), strict=True):
            x = layer(torch.cat([x, seen], dim=1))[..., kept]
        return self.leave(pairs_averaged(x + start))


class _Dense(nn.Sequential):
    """A few new channels made from all there are, put beside them."""

    def __init__(self, inputs, growth):
        super().__init__(
            nn.BatchNorm1d(inputs),
            nn.ReLU(),
            nn.Conv1d(inputs, 4 * growth, 1, bias=False),
            nn.BatchNorm1d(4 * growth),
            nn.ReLU(),
            nn.Conv1d(4 * growth, growth, 3, padding=1, bias=False),
        )

    def forward(self, x):
        return torch.cat([x, super().forward(x)], dim=1)


class _Transition(nn.Sequential):
    """Fewer channels at the same steps: a dense network's pooling is left out, as published."""

    def __init__(self, inputs, outputs):
        super().__init__(
            nn.BatchNorm1d(inputs), nn.ReLU(), nn.Conv1d(inputs, outputs, 1, bias=False)
        )


def _activated(layer):
    return nn.Sequential(*layer, nn.LeakyReLU())


def _twice(inputs, outputs):
    """Return a transposed convolution to twice the steps, and a normalisation."""
    layer = nn.ConvTranspose1d(
        inputs, outputs, _KERNEL, 2, padding=_KERNEL // 2, output_padding=1, bias=False
    )
    return nn.Sequential(layer, nn.BatchNorm1d(outputs))
