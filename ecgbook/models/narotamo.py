"""What the networks of Narotamo et al. (2024) share: the paper, and recurrent layers."""

import torch
from torch import nn

from ecgbook.models.recurrent import reverse

__all__ = ["NAROTAMO", "Recurrence"]

NAROTAMO = (
    "Narotamo et al. 2024, Deep learning for ECG classification: a comparative study of 1D and 2D "
    "representations and multimodal fusion approaches, Biomed Signal Process Control 93:106141, "
    "https://doi.org/10.1016/j.bspc.2024.106141"
)


class Recurrence(nn.Module):
    """Recurrent layers on top of each other, each over time and perhaps back as well.

    Parameters
    ----------
    cell : class
        ``GRU`` or ``LSTM`` of `ecgbook.models.gated`, or ``RNN`` of `ecgbook.models.recurrent`.
    inputs, units, layers : int
        Numbers of each step, of each direction's state, and layers.
    dropout : float
        Share of the states between two layers that training blanks out.
    both_ways : bool
        A second layer beside each reads from the end, and its states stand beside the others.
    """

    def __init__(self, cell, inputs, units, layers, *, dropout=0.0, both_ways=False):
        super().__init__()
        self.units = units * (1 + both_ways)  # of a state with both directions
        sizes = [inputs] + [self.units] * (layers - 1)
        self.forwards = nn.ModuleList(cell(size, units) for size in sizes)
        self.backwards = nn.ModuleList(cell(size, units) for size in sizes if both_ways)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, length=None):
        """Return the states of the last layer: (batch, time, input) to (batch, time, unit).

        Where a signal ends before its padding, the way back begins at its own end.
        """
        for number, layer in enumerate(self.forwards):
            x = self.dropout(x) if number else x
            states = [layer(x)]
            if self.backwards:
                states.append(reverse(self.backwards[number](reverse(x, length)), length))
            x = torch.cat(states, dim=2)
        return x

    def summary(self, states, length=None, *, backward="first"):
        """Return one state a signal, (batch, unit): that of its last step.

        With both directions it is the forward state of the last step beside the backward state of
        the first, where it has read the whole signal; with ``backward="last"`` that of the last
        step, where it has read one sample.
        """
        last = _at_end(states, length)
        if not self.backwards or backward == "last":
            return last
        half = self.units // 2
        return torch.cat([last[:, :half], states[:, 0, half:]], dim=1)


def _at_end(states, length):
    if length is None:
        return states[:, -1]
    index = (length - 1)[:, None, None].expand(-1, 1, states.shape[2])
    return states.gather(1, index).squeeze(1)
