"""Convolutions that shorten ten seconds of ECG, and a recurrent layer over what is left."""

from functools import partial
from itertools import pairwise

from torch import nn

from ecgbook.models.beat_parts import one_of
from ecgbook.models.gated import GRU, LSTM
from ecgbook.models.narotamo import NAROTAMO, Recurrence
from ecgbook.models.registry import register

__all__ = ["RecordCNNGRU", "RecordCNNLSTM", "scrambled"]

_WIDTHS, _KERNEL = (6, 12, 24), 5
_register = partial(register, inputs=("x",), min_length=36, task="multi_label", paper=NAROTAMO)


class _RecordCRNN(nn.Module):
    """Three convolutions, each with a ReLU, a pooling of two and dropout, and a recurrent layer."""

    cell = GRU

    def __init__(self, *, leads=3, classes=4, units=256, dropout=0.3, layout="transposed"):
        super().__init__()
        self.layout = one_of("layout", layout, ("transposed", "reshaped"))
        layers = []
        for sizes in pairwise((leads, *_WIDTHS)):
            layers += [nn.Conv1d(*sizes, _KERNEL), nn.ReLU(), nn.MaxPool1d(2), nn.Dropout(dropout)]
        self.convolutions = nn.Sequential(*layers)
        self.recurrence = Recurrence(self.cell, _WIDTHS[-1], units, 1)
        self.head = nn.Linear(units, classes)

    def forward(self, x):
        """Return logits (batch, class) of recordings (batch, lead, time)."""
        return self.head(self.features(x))

    def features(self, x):
        """Return what the classes are read from: (batch, feature)."""
        reshaped = self.layout == "reshaped"
        seen = self.convolutions(scrambled(x) if reshaped else x)  # (batch, channel, step)
        n, channels, steps = seen.shape
        seen = seen.reshape(n, steps, channels) if reshaped else seen.transpose(1, 2)
        return self.recurrence.summary(self.recurrence(seen))


@_register("record_cnn_gru", parameters={"trainable": 219_536})
class RecordCNNGRU(_RecordCRNN):
    """Three convolutions and a layer of gated recurrent units. 219,536 parameters.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    units : int, default 256
        Size of the recurrent layer's state.
    dropout : float, default 0.3
        Share of each convolution's output that training blanks out.
    layout : {"transposed", "reshaped"}
        How (time, lead) becomes (lead, time), and back after the convolutions. By default the axes
        change places. The published code reshapes, which fills the new shape in the old order: see
        `scrambled`.
    """


@_register("record_cnn_lstm", parameters={"trainable": 81_296})
class RecordCNNLSTM(_RecordCRNN):
    """As `RecordCNNGRU`, with a layer of long short-term memory of 128 units. 81,296 parameters."""

    cell = LSTM

    def __init__(self, *, leads=3, classes=4, units=128, dropout=0.3, layout="transposed"):
        super().__init__(leads=leads, classes=classes, units=units, dropout=dropout, layout=layout)


def scrambled(x):
    """Return what a reshape makes of recordings stored as (batch, time, lead).

    The shape is that of (batch, lead, time), but each "lead" is a third of the time of three leads
    in turn, one sample of each after the other.

    >>> import torch
    >>> scrambled(torch.tensor([[[1, 2, 3, 4], [10, 20, 30, 40]]]))
    tensor([[[ 1, 10,  2, 20],
             [ 3, 30,  4, 40]]])
    """
    return x.transpose(1, 2).reshape(x.shape)
