"""Contrastive predictive coding: a network that learns from ECGs without labels.

What comes in a second or two is to be told from what comes elsewhere; a network that can do that
has learnt what rhythms and beats look like. Its trunk is then copied into a classifier:

>>> from ecgbook.models import copy_trunk, create_model
>>> source, model = create_model("cpc"), create_model("cpc_classifier", classes=5)
>>> copy_trunk(model, source)

`ecgbook.training.pretrain` trains the first, `ecgbook.models.freeze_trunk` makes of the second a
linear probe, and without it the classifier is fine-tuned.
"""

import math
from functools import partial

import torch
from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models.gated import GRU
from ecgbook.models.registry import register
from ecgbook.models.trunk import WithTrunk

__all__ = ["CPC", "CPCClassifier", "CPCTrunk"]

_LATER = (4, 2), (4, 2)  # kernel and stride of the convolutions after the first
_register = partial(
    register,
    inputs=("x",),
    paper="van den Oord et al. 2018, Representation learning with contrastive predictive coding, "
    "https://arxiv.org/abs/1807.03748",
)


class CPCTrunk(nn.Module):
    """Three convolutions that make a step of every 16 samples, and a GRU over the steps.

    Nothing in it looks ahead, and nothing compares one recording or one time with another: a
    normalisation over a batch, or over time, would give away what is to be predicted. So each step
    is normalised over its own channels, and no convolution is padded.

    Parameters
    ----------
    leads : int
    widths : (int, int, int)
        Channels of the convolutions.
    units : int
        Size of the GRU's state.
    stem : (int, int)
        Kernel and stride of the first convolution.
    """

    def __init__(self, leads, widths, units, stem):
        super().__init__()
        sizes = zip((leads, *widths[:-1]), widths, (stem, *_LATER), strict=True)
        self.steps = nn.Sequential(*(_Step(*size) for size in sizes))
        self.context = GRU(widths[-1], units)
        self.samples_per_step, self.samples_seen = 1, 1
        for kernel, stride in (stem, *_LATER):
            self.samples_seen += (kernel - 1) * self.samples_per_step
            self.samples_per_step *= stride

    def forward(self, x):
        """Return steps (batch, step, channel) and what is known after each (batch, step, unit).

        Step i sees ``samples_seen`` samples from ``i * samples_per_step`` on, and its context all
        before as well.
        """
        steps = self.steps(x).transpose(1, 2)
        return steps, self.context(steps)


@_register("cpc", min_length=268, task=None)
class CPC(nn.Module):
    """A trunk that predicts its own steps to come, for `ecgbook.training.predictive_loss`.

    From the context after a step, one linear layer for each distance predicts the step at that
    distance. The nearest one is the first that shares no sample with what the context has seen.
    417,216 parameters in the trunk, at 12 leads, and 160,576 more that only the training needs.

    Parameters
    ----------
    leads : int, default 12
        Leads of the input. A lead of zeros is one that a recording lacks.
    widths : (int, int, int), default (96, 160, 192)
        Channels of the three convolutions.
    units : int, default 192
        Size of the GRU's state.
    stem : (int, int), default (8, 4)
        Kernel and stride of the first convolution. At 500 Hz take (40, 20): all later layers then
        see as much time as at 100 Hz.
    ahead : int, default 12
        How many distances are predicted. At 100 Hz a step is 0.16 s, and they reach from 0.48 to
        2.24 s: the next beat at least.
    every : int, default 4
        One of so many steps is predicted from.
    width : int, default 64
        Numbers in which a prediction and a step are compared.

    Notes
    -----
    What differs from the paper: sizes, which are our own; both sides of a comparison are projected
    to ``width`` numbers; and distances start where no sample is shared, since steps overlap here.
    Prediction was chosen rather than the filling of masked gaps, since it is what has been found to
    save most labels on ECGs (https://arxiv.org/abs/2509.25095), and since it has no mask to choose
    that would hide a P wave or not.
    """

    def __init__(
        self,
        *,
        leads=12,
        widths=(96, 160, 192),
        units=192,
        stem=(8, 4),
        ahead=12,
        every=4,
        width=64,
    ):
        super().__init__()
        if ahead < 1 or every < 1:
            raise ModelInvalid(f"ahead and every must be at least 1, got {ahead} and {every}")
        self.trunk = CPCTrunk(leads, widths, units, stem)
        self.ahead, self.every = ahead, every
        self.predict = nn.Linear(units, ahead * width)
        self.project = nn.Linear(widths[-1], width)
        self.nearest = math.ceil(self.trunk.samples_seen / self.trunk.samples_per_step)

    def forward(self, x):
        """Return what was predicted and what came: (batch, 2, anchor, distance, width).

        An anchor is a step that is predicted from; the last one is as late as the farthest distance
        allows. Shorter recordings than that are a `ModelInvalid`.
        """
        steps, context = self.trunk(x)
        last = steps.shape[1] - self.nearest - self.ahead
        if last < 0:
            least = (self.nearest + self.ahead - 1) * self.trunk.samples_per_step
            raise ModelInvalid(
                f"cpc predicts up to {self.nearest + self.ahead - 1} steps ahead and needs "
                f"{least + self.trunk.samples_seen} samples, got an input of shape "
                f"{tuple(x.shape)}; cut longer windows, or create it with fewer steps ahead="
            )
        anchor = torch.arange(last % self.every, last + 1, self.every, device=x.device)
        distance = self.nearest + torch.arange(self.ahead, device=x.device)
        predicted = self.predict(context[:, anchor]).unflatten(2, (self.ahead, -1))
        came = self.project(steps)[:, anchor[:, None] + distance]
        return torch.stack([predicted, came.to(predicted.dtype)], dim=1)


@_register("cpc_classifier", min_length=44, task="multi_label")
class CPCClassifier(WithTrunk):
    """The trunk of `CPC` with one linear layer over the mean and the largest of its contexts.

    Parameters
    ----------
    leads, widths, units, stem
        As for `CPC`; they must be the same if its trunk is to be copied.
    classes : int, default 5
        Scores of the output.
    dropout : float, default 0.2
        Share of the numbers before the linear layer that training blanks out.
    """

    def __init__(
        self,
        *,
        leads=12,
        classes=5,
        widths=(96, 160, 192),
        units=192,
        stem=(8, 4),
        dropout=0.2,
    ):
        super().__init__()
        self.trunk = CPCTrunk(leads, widths, units, stem)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * units, classes))

    def forward(self, x):
        """Return logits (batch, class) of recordings (batch, lead, time)."""
        context = self.trunk(x)[1]  # (batch, step, unit)
        return self.head(torch.cat([context.mean(dim=1), context.amax(dim=1)], dim=1))


class _Step(nn.Module):
    """A convolution, a normalisation over the channels of each step, and a GELU."""

    def __init__(self, inputs, outputs, how):
        super().__init__()
        self.layer = nn.Conv1d(inputs, outputs, *how)
        self.norm = nn.LayerNorm(outputs)

    def forward(self, x):
        return nn.functional.gelu(self.norm(self.layer(x).transpose(1, 2))).transpose(1, 2)
