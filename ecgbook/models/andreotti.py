"""The residual network of 34 layers that Andreotti and others took to the Challenge of 2017."""

from functools import partial

from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models.beat_parts import filled_up
from ecgbook.models.registry import register

__all__ = ["AndreottiResNet"]

# Normalisation of Keras, whose momentum is the share that stays, 0.99.
_norm = partial(nn.BatchNorm1d, eps=1e-3, momentum=0.01)

_BLOCKS = 15  # after the first
_POOLS = 8


@register(
    "andreotti",
    inputs=("x",),
    min_length=1,
    task="single_label",
    cam_layer="trunk",
    paper="Andreotti et al. 2017, Computing in Cardiology 44, https://doi.org/10.22489/CinC.2017.360-239",
    parameters={"keras": 843_780, "trainable": 841_380},
)
class AndreottiResNet(nn.Module):
    """Sixteen residual blocks of convolutions over 16 samples, eight halvings, one linear layer.

    Every fourth block has ``filters`` channels more than those before, up to four times as many;
    every other block halves the time axis, 9,000 samples to 35. All that is left is read by the
    one linear layer, so the length of a recording is fixed. With the running statistics 843,780
    parameters, and 13,316,100 with ``filters=64``; without them 841,380 and 13,306,500.

    Parameters
    ----------
    leads, time, classes : int
        Leads and most samples of the input (30 s at 300 Hz by default), and scores of the output.
        Shorter recordings are filled up with zeros; longer ones are a `ModelInvalid`.
    filters : int, default 16
        Channels of the first blocks: 16 in the weights that were published, 64 in the code.
    dropout : float, default 0.5
        Share of numbers that training blanks out before convolutions.

    References
    ----------
    Andreotti et al. 2017, https://doi.org/10.22489/CinC.2017.360-239, after Rajpurkar et al. 2017,
    https://arxiv.org/abs/1707.01836.
    """

    def __init__(self, *, leads=1, time=9000, classes=4, filters=16, dropout=0.5):
        super().__init__()
        steps = time >> _POOLS
        if steps < 1:
            raise ModelInvalid(f"time must be at least {1 << _POOLS} samples, got {time}")
        self.time = time
        layers = [_Same(leads, filters), _norm(filters), nn.ReLU()]
        layers.append(_Block(filters, filters, dropout, halve=True, first=True))
        inputs = filters
        for block in range(_BLOCKS):
            outputs = filters * (1 + block // 4)
            layers.append(_Block(inputs, outputs, dropout, halve=block % 2 == 1))
            inputs = outputs
        self.trunk = nn.Sequential(*layers, _norm(inputs), nn.ReLU())
        self.head = nn.Linear(inputs * steps, classes)

    def forward(self, x):
        """Return logits (batch, class) of recordings (batch, lead, time)."""
        if x.shape[-1] > self.time:
            raise ModelInvalid(
                f"andreotti was built for recordings of up to {self.time} samples, got an input of "
                f"shape {tuple(x.shape)}; cut crops from them, or create it with a larger time="
            )
        return self.head(self.trunk(filled_up(x, self.time)).flatten(1))


class _Block(nn.Module):
    """Two convolutions beside a shortcut, each after a normalisation, a ReLU and dropout.

    The ``first`` block begins with a convolution at once: the stem has been activated already.
    """

    def __init__(self, inputs, outputs, dropout, *, halve, first=False):
        super().__init__()
        before = [] if first else [_norm(inputs), nn.ReLU(), nn.Dropout(dropout)]
        between = [_norm(outputs), nn.ReLU(), nn.Dropout(dropout)]
        self.way = nn.Sequential(*before, _Same(inputs, outputs), *between, _Same(outputs, outputs))
        self.shortcut = None if inputs == outputs else nn.Conv1d(inputs, outputs, 1)
        self.halve = nn.MaxPool1d(2) if halve else None

    def forward(self, x):
        way, past = self.way(x), x if self.shortcut is None else self.shortcut(x)
        return way + past if self.halve is None else self.halve(way) + self.halve(past)


class _Same(nn.Sequential):
    """A convolution over 16 samples that keeps the length, with He's first weights.

    Keras fills up with 7 zeros before and 8 after. Here 8 stand on both sides, and the first number
    that comes out, which is one too many, is dropped.
    """

    def __init__(self, inputs, outputs):
        super().__init__(nn.Conv1d(inputs, outputs, 16, padding=8))
        nn.init.kaiming_normal_(self[0].weight)
        nn.init.zeros_(self[0].bias)

    def forward(self, x):
        return super().forward(x)[..., 1:]
