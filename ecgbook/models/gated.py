"""Recurrent layers with two biases a gate, as torch has them, that can be compiled as well."""

import torch
from torch import nn
from torch.nn import functional

__all__ = ["GRU", "LSTM"]


class _Gated(nn.Module):
    """One layer over time with torch's names, first weights and two biases a gate.

    torch's own layers stop a graph that is compiled; these are written out step by step there.
    """

    gates = 0

    def __init__(self, inputs, units):
        super().__init__()
        self.units = units
        self.weight_ih = nn.Parameter(torch.empty(self.gates * units, inputs))
        self.weight_hh = nn.Parameter(torch.empty(self.gates * units, units))
        self.bias_ih = nn.Parameter(torch.empty(self.gates * units))
        self.bias_hh = nn.Parameter(torch.empty(self.gates * units))
        for weight in self.parameters():
            nn.init.uniform_(weight, -(units**-0.5), units**-0.5)

    def extra_repr(self):
        return f"{self.weight_ih.shape[1]}, {self.units}"

    def forward(self, x):
        """Return the state after every step: (batch, time, input) to (batch, time, unit)."""
        # torch's kernels have one precision for all they are given: that of the weights.
        with torch.autocast(x.device.type, enabled=False):
            x = x.to(self.weight_ih.dtype)
            return self._written_out(x) if torch.compiler.is_dynamo_compiling() else self._fused(x)

    def _arguments(self):
        weights = [self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh]
        one_layer, dropout, bidirectional, batch_first = 1, 0.0, False, True
        keep = torch.is_grad_enabled()  # what a gradient needs, in eval mode as well
        return weights, True, one_layer, dropout, keep, bidirectional, batch_first

    def _written_out(self, x):
        state = x.new_zeros(len(x), self.units), x.new_zeros(len(x), self.units)
        states = []
        for seen in functional.linear(x, self.weight_ih, self.bias_ih).unbind(1):
            state = self._step(
                seen, functional.linear(state[0], self.weight_hh, self.bias_hh), state
            )
            states.append(state[0])
        return torch.stack(states, dim=1)


class LSTM(_Gated):
    """Long short-term memory, as `torch.nn.LSTM` with ``batch_first=True`` computes it."""

    gates = 4

    def _fused(self, x):
        start = x.new_zeros(1, len(x), self.units)
        return torch.lstm(x, (start, start), *self._arguments())[0]

    def _step(self, seen, known, state):
        new, kept, cell, shown = (seen + known).chunk(4, dim=1)
        cell = kept.sigmoid() * state[1] + new.sigmoid() * cell.tanh()
        return shown.sigmoid() * cell.tanh(), cell


class GRU(_Gated):
    """Gated recurrent unit, as `torch.nn.GRU` with ``batch_first=True`` computes it."""

    gates = 3

    def _fused(self, x):
        return torch.gru(x, x.new_zeros(1, len(x), self.units), *self._arguments())[0]

    def _step(self, seen, known, state):
        (reset, kept, new), (known_reset, known_kept, known_new) = (
            seen.chunk(3, 1),
            known.chunk(3, 1),
        )
        kept = (kept + known_kept).sigmoid()
        new = (new + (reset + known_reset).sigmoid() * known_new).tanh()
        return kept * state[0] + (1 - kept) * new, state[1]
