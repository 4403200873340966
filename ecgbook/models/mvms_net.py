"""Six views of the heart, each with a network of its own: MVMS-net."""

import torch
from torch import nn

from ecgbook.conventions import TWELVE_LEADS
from ecgbook.datasets.leadsets import LEAD_SETS
from ecgbook.errors import ModelInvalid
from ecgbook.models.beat_parts import mean
from ecgbook.models.recording_parts import convolution
from ecgbook.models.registry import register

__all__ = ["VIEWS", "MVMSNet"]

# Leads that look at the heart from one side.
VIEWS = (
    ("aVR",),
    ("I", "aVL"),
    ("V1", "V2"),
    ("V3", "V4"),
    ("V5", "V6"),
    ("II", "III", "aVF"),
)
_KERNEL, _SCALE = 15, 4


@register(
    "mvms_net",
    inputs=("x",),
    min_length=25,
    task="multi_label",
    paper="Yang, Lian, Zeng, Xu, Su 2023, A multi-view multi-scale neural network for multi-label "
    "ECG classification; code https://github.com/ysxGitHub/MVMS-net",
    parameters={"trainable": 2_247_456},
)
class MVMSNet(nn.Module):
    """Leads are sorted into six views, each is read by itself, and a weighted sum is classified.

    A view goes through a convolution over 25 samples and two multi-scale blocks, which halve the
    time axis, to its mean over time. How much a view counts is a sigmoid of what was seen in it.
    2,247,456 parameters with 12 leads and 26 classes.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    names : sequence of str, optional
        Name of each lead; by default the twelve in the usual order, or the 6, 4, 3 or 2 of the
        Challenge of 2021. Views of which no lead is there are left out. Unknown or repeated names,
        or another number without names, are a `ModelInvalid`.
    width, stem : int, defaults 128 and 64
        Channels of the blocks, and of the first convolution.

    Notes
    -----
    What differs from the paper: the network is trained once, with all views; the second stage,
    which distils it into a network for a single view, is left out. The public code adds Gaussian
    noise to recordings, at validation and test as well; here none is added. Fewer than twelve leads
    are our own. The rest follows the public code, in which two parts differ from what they are
    named after: the four parts of a block are convolved side by side, and not one after another as
    in Res2Net (Gao et al. 2021, https://arxiv.org/abs/1904.01169); and coordinate attention (Hou et
    al. 2021, https://arxiv.org/abs/2103.02907) has time as its only coordinate.
    """

    def __init__(self, *, leads=12, classes=26, names=None, width=128, stem=64):
        super().__init__()
        self.places = _places(leads, names)
        self.views = nn.ModuleList(_View(len(view), stem, width) for view in self.places)
        self.weights = nn.ModuleList(nn.Linear(width, 1) for _ in self.places)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        """Return logits (batch, class) of recordings (batch, lead, time)."""
        total = 0.0
        for place, view, weight in zip(self.places, self.views, self.weights, strict=True):
            seen = view(x[:, place])  # (batch, width)
            total = total + weight(seen).sigmoid() * seen
        return self.head(total)


def _places(leads, names):
    """Return the places of the leads of each view of which there is one."""
    names = LEAD_SETS.get(leads) if names is None else tuple(names)
    if names is None or len(names) != leads or len({*names} & {*TWELVE_LEADS}) != leads:
        raise ModelInvalid(
            f"mvms_net needs the name of each of its {leads} leads, out of "
            f"{', '.join(TWELVE_LEADS)}, got names={names}"
        )
    views = [[names.index(lead) for lead in view if lead in names] for view in VIEWS]
    return [view for view in views if view]


class _View(nn.Sequential):
    """From the leads of a view to one vector: (batch, lead, time) to (batch, width)."""

    def __init__(self, leads, stem, width):
        super().__init__(
            nn.Conv1d(leads, stem, 25, bias=False),
            nn.BatchNorm1d(stem),
            nn.Mish(),
            _Block(stem, width),
            _Block(width, width),
        )

    def forward(self, x):
        return mean(super().forward(x))


class _Block(nn.Module):
    """Four parts of the channels side by side, three of them convolved, at half the steps."""

    def __init__(self, inputs, outputs):
        super().__init__()
        part = outputs * 26 // 64
        self.spread = nn.Sequential(
            nn.Conv1d(inputs, _SCALE * part, 1, bias=False),
            nn.Mish(),
            nn.BatchNorm1d(_SCALE * part),
        )
        self.parts = nn.ModuleList(
            nn.Sequential(convolution(part, part, _KERNEL, 2), nn.Mish()) for _ in range(_SCALE - 1)
        )
        self.rest = nn.AvgPool1d(3, 2, padding=1)
        self.join = convolution(_SCALE * part, outputs, 1)
        self.attention = _CoordinateAttention(outputs)
        shortcut = nn.Conv1d(inputs, outputs, 1, stride=2)
        self.shortcut = nn.Sequential(shortcut, nn.BatchNorm1d(outputs))

    def forward(self, x):
        *parts, rest = self.spread(x).chunk(_SCALE, dim=1)
        parts = [layer(part) for layer, part in zip(self.parts, parts, strict=True)]
        way = self.join(torch.cat([*parts, self.rest(rest)], dim=1))
        return nn.functional.mish(self.attention(way) + self.shortcut(x))


class _CoordinateAttention(nn.Module):
    """Gates between 0 and 1 for every channel: one at each step, and one for all of them."""

    def __init__(self, width):
        super().__init__()
        few = max(8, width // 16)
        self.few = nn.Sequential(nn.Conv1d(width, few, 1), nn.BatchNorm1d(few), nn.Hardswish())
        self.whole, self.step = nn.Conv1d(few, width, 1), nn.Conv1d(few, width, 1)

    def forward(self, x):
        whole = mean(x).unsqueeze(2)
        both = self.few(torch.cat([whole, x], dim=2))  # (batch, few, 1 + step)
        gates = self.whole(both[..., :1]).sigmoid() * self.step(both[..., 1:]).sigmoid()
        return x * gates
