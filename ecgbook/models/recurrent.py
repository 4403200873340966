"""Networks that read a heartbeat sample by sample, to its own end and no further."""

from functools import partial

import torch
from torch import nn
from torch.nn import functional

from ecgbook.models.beat_parts import DETECTRON, dense, draw_as_keras
from ecgbook.models.registry import register

__all__ = ["LSTM", "RNN", "BiLSTM", "VanillaRNN", "reverse"]


class _Recurrence(nn.Module):
    """One layer over time with one bias a gate, as Keras has it; torch's own has two.

    First weights are drawn as Keras does: an orthogonal matrix between the units of two steps,
    Glorot's for the inputs, biases of 0, of 1 for what an LSTM keeps.
    """

    gates = 1

    def __init__(self, inputs, units):
        super().__init__()
        self.units = units
        self.weight_ih = nn.Parameter(torch.empty(self.gates * units, inputs))
        self.weight_hh = nn.Parameter(torch.empty(self.gates * units, units))
        self.bias = nn.Parameter(torch.zeros(self.gates * units))
        nn.init.xavier_uniform_(self.weight_ih)
        nn.init.orthogonal_(self.weight_hh)

    def extra_repr(self):
        return f"{self.weight_ih.shape[1]}, {self.units}"

    def _arguments(self):
        """Return weights and settings of torch's function: its second bias is 0, and not learnt."""
        weights = [self.weight_ih, self.weight_hh, self.bias, torch.zeros_like(self.bias)]
        one_layer, dropout, bidirectional, batch_first = 1, 0.0, False, True
        keep = torch.is_grad_enabled()  # what a gradient needs, in eval mode as well
        return weights, True, one_layer, dropout, keep, bidirectional, batch_first

    def _start(self, x):
        return x.new_zeros(1, len(x), self.units)


class RNN(_Recurrence):
    """``h[t] = tanh(W x[t] + U h[t - 1] + b)`` with ``h[-1] = 0``: Keras' SimpleRNN."""

    def forward(self, x):
        """Return the state after every step: (batch, time, input) to (batch, time, unit)."""
        return torch.rnn_tanh(x, self._start(x), *self._arguments())[0]


class LSTM(_Recurrence):
    """Long short-term memory, gates in torch's order: input, forget, cell, output."""

    gates = 4

    def __init__(self, inputs, units):
        super().__init__(inputs, units)
        with torch.no_grad():
            self.bias[units : 2 * units] = 1.0

    def forward(self, x):
        """Return the state after every step: (batch, time, input) to (batch, time, unit)."""
        if torch.compiler.is_dynamo_compiling():
            # In torch 2.13 the fused one, once compiled for a processor, has no gradient.
            return self._step_by_step(x)
        start = self._start(x)
        return torch.lstm(x, (start, start), *self._arguments())[0]

    def _step_by_step(self, x):
        state = cell = x.new_zeros(len(x), self.units)
        states = []
        for seen in functional.linear(x, self.weight_ih, self.bias).unbind(1):
            gates = (seen + functional.linear(state, self.weight_hh)).chunk(4, dim=1)
            new, kept, shown = (gates[i].sigmoid() for i in (0, 1, 3))
            cell = kept * cell + new * gates[2].tanh()
            state = shown * cell.tanh()
            states.append(state)
        return torch.stack(states, dim=1)


def reverse(x, length=None):
    """Turn each sequence round within its own length; what comes after stays where it is.

    Parameters
    ----------
    x : tensor, shape (batch, time, channel)
    length : tensor of int64, shape (batch,), optional
        Steps of each sequence, by default all.

    Examples
    --------
    >>> x = torch.tensor([[1, 2, 3, 0, 0], [1, 2, 3, 4, 5]])[:, :, None]
    >>> reverse(x, torch.tensor([3, 5]))[:, :, 0]
    tensor([[3, 2, 1, 0, 0],
            [5, 4, 3, 2, 1]])
    """
    if length is None:
        return x.flip(1)
    time = torch.arange(x.shape[1], device=x.device)
    turned = length[:, None] - 1 - time
    index = torch.where(turned >= 0, turned, time)  # (batch, time)
    return x.gather(1, index[:, :, None].expand_as(x))


def _last(states, length):
    """Return the state at the end of each sequence: (batch, time, unit) to (batch, unit)."""
    if length is None:
        return states[:, -1]
    index = (length - 1)[:, None, None].expand(-1, 1, states.shape[2])
    return states.gather(1, index).squeeze(1)


_register = partial(
    register, inputs=("x", "length"), min_length=1, task="single_label", paper=DETECTRON
)


@_register("vanilla_rnn", parameters={"keras": 83_205, "trainable": 83_205})
class VanillaRNN(nn.Module):
    """A recurrent layer without gates, and two layers over its last state. 83,205 parameters.

    For infarctions ``units=64, hidden=(512, 128), classes=1`` were taken: 103,297 parameters.

    Parameters
    ----------
    leads, classes : int
        Numbers of each step, and scores of the output.
    units : int, default 128
        Size of the state.
    hidden : tuple of int, default (256, 128)
        Sizes of the layers over the last state.
    dropout : float, default 0.1
        Share of their numbers that training blanks out.

    References
    ----------
    Project report and code of the Arrhythmia Detectron (2021).
    """

    def __init__(self, *, leads=1, classes=5, units=128, hidden=(256, 128), dropout=0.1):
        super().__init__()
        self.recurrence = RNN(leads, units)
        self.head = dense(units, *hidden, classes, dropout=dropout)
        draw_as_keras(self.head)

    def forward(self, x, length=None):
        """Score each beat for each class.

        Parameters
        ----------
        x : tensor of float32, shape (batch, lead, time)
        length : tensor of int64, shape (batch,), optional
            Samples of each beat, by default all. What comes after changes nothing.

        Returns
        -------
        tensor, shape (batch, class)
            Logits.
        """
        states = self.recurrence(x.transpose(1, 2))  # (batch, time, unit)
        return self.head(_last(states, length))


@_register("bilstm", parameters={"keras": 232_453, "trainable": 232_453})
class BiLSTM(nn.Module):
    """Two LSTMs, one from the beat's begin to its end and one back. 232,453 parameters.

    The way back begins at the beat's own end. Parameters as for `VanillaRNN`; ``units`` are those
    of each direction.

    References
    ----------
    Project report and code of the Arrhythmia Detectron (2021).
    """

    def __init__(self, *, leads=1, classes=5, units=128, hidden=(256, 128), dropout=0.1):
        super().__init__()
        self.forwards, self.backwards = LSTM(leads, units), LSTM(leads, units)
        self.head = dense(2 * units, *hidden, classes, dropout=dropout)
        draw_as_keras(self.head)

    def forward(self, x, length=None):
        """Return logits (batch, class), from the input of a `VanillaRNN`."""
        x = x.transpose(1, 2)
        there = self.forwards(x)  # (batch, time, unit)
        back = self.backwards(reverse(x, length))
        return self.head(torch.cat([_last(there, length), _last(back, length)], dim=1))
