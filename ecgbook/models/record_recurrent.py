"""Recurrent networks that read ten seconds of some leads sample by sample."""

from functools import partial

from torch import nn

from ecgbook.models.gated import GRU, LSTM
from ecgbook.models.narotamo import NAROTAMO, Recurrence
from ecgbook.models.pooling import under, valid_steps
from ecgbook.models.recurrent import RNN
from ecgbook.models.registry import register

__all__ = ["RecordBiGRU", "RecordBiGRUAttention", "RecordBiLSTM", "RecordGRU", "RecordGRUAttention"]
__all__ += ["RecordLSTM", "RecordRNN"]

_register = partial(
    register, inputs=("x", "length"), min_length=1, task="multi_label", paper=NAROTAMO
)


class _Record(nn.Module):
    """Recurrent layers over the samples, and one linear layer over what they end with."""

    cell, both_ways, attends = GRU, False, False

    def __init__(self, *, leads=3, classes=4, units=128, layers=2, dropout=0.0):
        super().__init__()
        sizes = leads, units, layers
        self.recurrence = Recurrence(self.cell, *sizes, dropout=dropout, both_ways=self.both_ways)
        self.units = self.recurrence.units  # of a state
        self.head = nn.Linear(self.recurrence.units, classes)
        self.scores = nn.Linear(self.recurrence.units, 1) if self.attends else None

    def forward(self, x, length=None):
        """Score each recording for each class.

        Parameters
        ----------
        x : tensor of float32, shape (batch, lead, time)
            Each lead with mean 0 and deviation 1, as of `ecgbook.datasets.standardised`.
        length : tensor of int64, shape (batch,), optional
            Samples of each recording, by default all. What comes after changes nothing.

        Returns
        -------
        tensor, shape (batch, class)
            Logits.
        """
        return self.head(self.features(x, length))

    def features(self, x, length=None):
        """Return what the classes are read from: (batch, feature)."""
        return self.recurrence.summary(self.states(x, length), length)

    def states(self, x, length=None):
        """Return the state after every sample: (batch, time, unit)."""
        return self.recurrence(x.transpose(1, 2), length)


@_register("record_rnn")
class RecordRNN(_Record):
    """Two recurrent layers without gates, and with one bias each, where torch's own have two.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    units, layers : int, defaults 128 and 2
        Size of a state in each direction, and layers.
    dropout : float, default 0
        Share of the states between layers that training blanks out.
    """

    cell = RNN


class _GRU(_Record):
    def __init__(self, *, leads=3, classes=4, units=128, layers=3, dropout=0.0):
        super().__init__(leads=leads, classes=classes, units=units, layers=layers, dropout=dropout)


@_register("record_gru", parameters={"trainable": 249_732})
class RecordGRU(_GRU):
    """Three layers of gated recurrent units. 249,732 parameters; settings as `RecordRNN`.

    The best of its publication, ahead of all pictures and of all fusions.
    """


@_register("record_lstm", parameters={"trainable": 794_628})
class RecordLSTM(_Record):
    """Two layers of long short-term memory. 794,628 parameters; settings as `RecordRNN`."""

    cell = LSTM

    def __init__(self, *, leads=3, classes=4, units=256, layers=2, dropout=0.0):
        super().__init__(leads=leads, classes=classes, units=units, layers=layers, dropout=dropout)


class _BothWays(_Record):
    both_ways = True

    def __init__(self, *, leads=3, classes=4, units=128, layers=2, dropout=0.5):
        super().__init__(leads=leads, classes=classes, units=units, layers=layers, dropout=dropout)


@_register("record_bigru", parameters={"trainable": 399_620})
class RecordBiGRU(_BothWays):
    """Two layers of gated recurrent units in both directions. 399,620 parameters.

    The classes are read from the forward state of the last sample and the backward state of the
    first. Settings as `RecordRNN`, with a dropout of 0.5.
    """


@_register("record_bilstm", parameters={"trainable": 532_484})
class RecordBiLSTM(_BothWays):
    """Two layers of long short-term memory in both directions. 532,484 parameters; as BiGRU."""

    cell = LSTM


class _Attention:
    """The mean of all states under weights that are learnt, in place of the last state.

    The weight of a state is one number that a linear layer makes of it, under a softmax over the
    samples of its own recording.
    """

    attends = True

    def features(self, x, length=None):
        """Return what the classes are read from: (batch, feature)."""
        states = self.states(x, length)
        return under(self._weights(states, length), states)

    def attention(self, x, length=None):
        """Return how much each sample counts: (batch, time), with a sum of 1, 0 after the end."""
        return self._weights(self.states(x, length), length)

    def _weights(self, states, length):
        scores, valid = self.scores(states).squeeze(2), valid_steps(states.shape[1], length)
        scores = scores if valid is None else scores.masked_fill(~valid, float("-inf"))
        return scores.softmax(dim=1)


@_register("record_gru_attention", parameters={"trainable": 249_861})
class RecordGRUAttention(_Attention, _GRU):
    """A `RecordGRU` with attention over its states. 249,861 parameters; settings the same."""


@_register("record_bigru_attention", parameters={"trainable": 399_877})
class RecordBiGRUAttention(_Attention, _BothWays):
    """A `RecordBiGRU` with attention over its states. 399,877 parameters; settings the same."""
