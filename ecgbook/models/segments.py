"""Networks that read a recording segment by segment, each of 32 samples, with an LSTM over them.

A window of 2,048 samples is 64 segments. What is made of a segment before the LSTM sees it
(nothing, or two convolutions and a mean) and what is made of the LSTM's states after (the last, or
their mean under attention) is what sets these networks apart.
"""

from functools import partial

import torch
from torch import nn
from torch.nn import functional

from ecgbook.errors import ModelInvalid
from ecgbook.models.beat_parts import one_of
from ecgbook.models.gated import LSTM
from ecgbook.models.pooling import AdditiveAttention, under
from ecgbook.models.registry import register

__all__ = ["CRANN", "CRNN", "SegmentBiLSTM", "SegmentLSTM", "segments"]

SEGMENT = 32  # samples

LEEDS = (
    "Qiu, ECG classification, MSc project, University of Leeds, 2020, "
    "https://github.com/JoshuaQSH/LeedsUniversity-MSc-FinalProject"
)

_register = partial(register, inputs=("x",), min_length=SEGMENT, task="single_label", paper=LEEDS)


def segments(x):
    """Cut signals (batch, lead, time) into segments (batch, segment, lead, 32), one after another.

    A length that is no multiple of 32 samples is a `ModelInvalid`.

    >>> segments(torch.arange(64.0).reshape(1, 1, 64))[0, :, 0, 0]
    tensor([ 0., 32.])
    """
    if x.shape[-1] % SEGMENT:
        raise ModelInvalid(
            f"this network reads segments of {SEGMENT} samples, got an input of shape "
            f"{tuple(x.shape)}; cut windows of a multiple of {SEGMENT} samples, such as 2048"
        )
    return x.unflatten(2, (-1, SEGMENT)).transpose(1, 2)


@_register("segment_lstm")
class SegmentLSTM(nn.Module):
    """An LSTM over segments as they are, and a linear layer over its last state.

    The project of Leeds reports an LSTM and a BiLSTM whose code is lost: all sizes are our choice.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    units : int, default 64
        Size of the state.
    dropout : float, default 0.2
        Share of the last state that training blanks out.

    References
    ----------
    Qiu 2020, MSc project, University of Leeds, for the idea.
    """

    def __init__(self, *, leads=1, classes=2, units=64, dropout=0.2):
        super().__init__()
        self.lstm = LSTM(leads * SEGMENT, units)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(units, classes))

    def forward(self, x):
        """Return logits (batch, class) of windows (batch, lead, time) of whole segments."""
        return self.head(self.lstm(segments(x).flatten(2))[:, -1])


@_register("segment_bilstm")
class SegmentBiLSTM(nn.Module):
    """Two LSTMs over segments, one from the begin and one from the end, and a linear layer.

    Our choice, parameters and reference as for `SegmentLSTM`; ``units`` are those of a direction.
    The one that goes back reads the segments in turned order, each from its begin.
    """

    def __init__(self, *, leads=1, classes=2, units=64, dropout=0.2):
        super().__init__()
        self.forwards, self.backwards = LSTM(leads * SEGMENT, units), LSTM(leads * SEGMENT, units)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * units, classes))

    def forward(self, x):
        """Return logits (batch, class) of windows (batch, lead, time) of whole segments."""
        parts = segments(x).flatten(2)
        there, back = self.forwards(parts), self.backwards(parts.flip(1))
        return self.head(torch.cat([there[:, -1], back[:, -1]], dim=1))


class _Convolutional(nn.Module):
    """Convolutions over each segment, their mean over its time, and an LSTM over the segments."""

    attends = False

    def __init__(
        self,
        *,
        leads=1,
        classes=2,
        units=16,
        kernels=(16, 4),
        strides=(4, 2),
        modules="built_once",
        activation="relu",
        dropout=0.2,
    ):
        super().__init__()
        if len(kernels) != len(strides):
            raise ModelInvalid(f"each kernel needs a stride, got {kernels} and {strides}")
        _check_length(kernels, strides)
        self.modules_built = one_of("modules", modules, ("built_once", "in_forward", None))
        self.activation = one_of("activation", activation, ("relu", None))
        inputs = [leads, *[units] * (len(kernels) - 1)]
        sizes = zip(inputs, kernels, strides, strict=True)
        self.convolutions = nn.ModuleList(nn.Conv1d(n, units, *size) for n, *size in sizes)
        channels = [leads, *[units] * len(kernels)] if modules == "built_once" else []
        self.norms = nn.ModuleList(nn.BatchNorm1d(n) for n in channels)
        self.lstm = LSTM(units, units)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(units, classes)
        if self.attends:
            self.weights = AdditiveAttention(units, units)

    def states(self, x):
        """Return the state after each segment: (batch, lead, time) to (batch, segment, unit)."""
        parts = segments(x)
        seen = self._normalised(0, parts.flatten(0, 1))  # (batch * segment, lead, 32)
        for i, convolution in enumerate(self.convolutions, 1):
            seen = self._normalised(i, convolution(seen))
            seen = seen.relu() if self.activation else seen
        return self.lstm(seen.mean(dim=2).unflatten(0, parts.shape[:2]))

    def _normalised(self, i, seen):
        if self.modules_built == "in_forward":  # a new module is in training mode, always
            return functional.batch_norm(seen, None, None, training=True)
        return self.norms[i](seen) if self.modules_built else seen

    def _classified(self, taken):
        if self.modules_built == "in_forward":
            return self.head(functional.dropout(taken, self.dropout.p, training=True))
        return self.head(self.dropout(taken))


@_register("crnn")
class CRNN(_Convolutional):
    """Two convolutions over each segment, their mean, an LSTM over segments, and its last state.

    It differs from a `CRANN` in what is made of the states alone. The network that both go back to,
    of the repository resnet1d, has one convolution and nothing else:
    ``kernels=(16,), strides=(2,), modules=None, activation=None, dropout=0``.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    units : int, default 16
        Channels of the convolutions, and size of the state.
    kernels, strides : tuples of int, defaults (16, 4) and (4, 2)
        Of each convolution. They must leave something of the 32 samples.
    modules : {"built_once", "in_forward", None}
        Normalisation of the input and after each convolution, and dropout: as layers of the
        network; as Leeds published them, made anew whenever the network is called; or no
        normalisation. **A layer made in** ``forward`` **is a flaw**: it is in training mode for
        good, so a window is normalised by its neighbours in the batch and dropout also blanks out
        numbers when patients are scored; what it learns is not kept.
    activation : {"relu", None}
        What follows each convolution. None, as published, makes one linear map of them all.
    dropout : float, default 0.2
        Share of numbers blanked out before the last layer.

    References
    ----------
    Hong et al., https://github.com/hsd1503/resnet1d, and Qiu 2020, MSc project, University of
    Leeds.
    """

    def forward(self, x):
        """Return logits (batch, class) of windows (batch, lead, time) of whole segments."""
        return self._classified(self.states(x)[:, -1])


@_register("crann")
class CRANN(_Convolutional):
    """A `CRNN` that takes the mean of all states under additive attention, not the last state.

    With ``modules="in_forward", activation=None`` it is the published one: 3,794 parameters. An
    earlier one, with ``kernels=(16, 2), strides=(4, 1)`` and no normalisation, has 3,282.

    Parameters and references as for `CRNN`.
    """

    attends = True

    def forward(self, x):
        """Return logits (batch, class) of windows (batch, lead, time) of whole segments."""
        states = self.states(x)
        return self.score(states, self.weights(states))

    def attention(self, x):
        """Return how much each segment counts: (batch, segment), with a sum of 1.

        Segment i holds the samples ``32 i`` to ``32 i + 31``.
        """
        return self.weights(self.states(x))

    def score(self, states, weights):
        """Return logits (batch, class) from states and any weights, such as shuffled ones."""
        return self._classified(under(weights, states))


def _check_length(kernels, strides):
    left = SEGMENT
    for kernel, stride in zip(kernels, strides, strict=True):
        left = (left - kernel) // stride + 1
        if left < 1:
            raise ModelInvalid(
                f"kernels {kernels} with strides {strides} leave nothing of {SEGMENT} samples"
            )
