"""A small modern network for the rhythm of a whole recording of any length."""

from itertools import pairwise

import torch
from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models.beat_parts import cut_off, one_of
from ecgbook.models.gated import GRU
from ecgbook.models.pooling import (
    AdditiveAttention,
    largest_state,
    mean_state,
    under,
    valid_steps,
)
from ecgbook.models.recurrent import reverse
from ecgbook.models.registry import register

__all__ = ["RhythmCRNN"]


@register("rhythm_crnn", inputs=("x", "length"), min_length=16, task="single_label")
class RhythmCRNN(nn.Module):
    """Residual convolutions that shorten a recording, a GRU in both directions, and attention.

    A convolution and then four residual blocks, each with a stride of 2, make of 100 samples a
    second some 3 steps a second. A GRU reads the steps from both ends. Its states are summed up
    to one vector a recording, from which the classes are read. All that lies after the end of a
    recording is set to 0 before every convolution, so a recording is scored in a padded batch as it
    is alone. The convolutions run in `ecgbook.training.channels_last`, in bfloat16 as well.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    widths : tuple of int, default (16, 32, 64, 96, 128)
        Channels of the first convolution, and of the residual blocks after it.
    kernel : int, default 5
        Samples that a convolution of a block sees; an odd number.
    stem : (int, int), default (15, 2)
        Kernel (odd) and stride of the first convolution. At 300 Hz take (45, 6): all later layers
        then see as much time as at 100 Hz.
    units : int, default 96
        Size of the GRU's state in each direction.
    pool : {"attention", "mean", "max", "mean_max"}
        How the states are summed up; additive attention by default.
    dropout : float, default 0.2
        Share of numbers that training blanks out before the GRU and before the classes.

    References
    ----------
    Blocks by He et al. 2016, https://arxiv.org/abs/1512.03385; sizes are our own.
    """

    def __init__(
        self,
        *,
        leads=1,
        classes=4,
        widths=(16, 32, 64, 96, 128),
        kernel=5,
        stem=(15, 2),
        units=96,
        pool="attention",
        dropout=0.2,
    ):
        super().__init__()
        if kernel % 2 == 0 or stem[0] % 2 == 0:
            raise ModelInvalid(f"kernels must be odd, got kernel={kernel} and stem={stem}")
        self.pool = one_of("pool", pool, ("attention", "mean", "max", "mean_max"))
        self.stem = _convolution(leads, widths[0], *stem)
        self.blocks = nn.ModuleList(_Block(*sizes, kernel) for sizes in pairwise(widths))
        self.dropout = nn.Dropout(dropout)
        self.forwards, self.backwards = GRU(widths[-1], units), GRU(widths[-1], units)
        self.weights = AdditiveAttention(2 * units, units) if pool == "attention" else None
        seen = 4 * units if pool == "mean_max" else 2 * units
        self.head = nn.Linear(seen, classes)
        self.samples_per_step = stem[1] * 2 ** len(self.blocks)

    def forward(self, x, length=None):
        """Score each recording for each class.

        Parameters
        ----------
        x : tensor of float32, shape (batch, lead, time)
        length : tensor of int64, shape (batch,), optional
            Samples of each recording, by default all. What comes after changes nothing.

        Returns
        -------
        tensor, shape (batch, class)
            Logits.
        """
        states, valid = self.states(x, length)
        if self.weights is not None:
            return self.score(states, self.weights(states, valid))
        taken = []
        if "mean" in self.pool:
            taken.append(mean_state(states, valid))
        if "max" in self.pool:
            taken.append(largest_state(states, valid))
        return self.head(self.dropout(torch.cat(taken, dim=1)))

    def states(self, x, length=None):
        """Return the GRU's states (batch, step, unit), and which steps count (batch, step) or None.

        Step i is centred on sample ``i * samples_per_step``.
        """
        x = torch.relu(self.stem(cut_off(x, length)))
        steps = _shortened(length, self.stem[0].stride[0])
        for block in self.blocks:
            x, steps = _kept(x, steps), _shortened(steps, 2)
            x = block(x, steps)
        x = self.dropout(x).transpose(1, 2)  # (batch, step, channel)
        back = reverse(self.backwards(reverse(x, steps)), steps)
        states = torch.cat([self.forwards(x), back], dim=2)
        return states, valid_steps(states.shape[1], steps)

    def attention(self, x, length=None):
        """Return how much each step counts: (batch, step), with a sum of 1, and 0 after the end.

        A network without attention raises `ModelInvalid`.
        """
        if self.weights is None:
            raise ModelInvalid(
                f"this network has no attention: it was built with pool={self.pool!r}"
            )
        return self.weights(*self.states(x, length))

    def score(self, states, weights):
        """Return logits (batch, class) from states and any weights, such as shuffled ones."""
        return self.head(self.dropout(under(weights, states)))


class _Block(nn.Module):
    """Two convolutions beside a shortcut, at half the steps, and a ReLU over the sum."""

    def __init__(self, inputs, outputs, kernel):
        super().__init__()
        self.first = _convolution(inputs, outputs, kernel, 2)
        self.second = _convolution(outputs, outputs, kernel, 1)
        self.shortcut = _convolution(inputs, outputs, 1, 2)

    def forward(self, x, steps):
        seen = _kept(torch.relu(self.first(x)), steps)
        return torch.relu(self.second(seen) + self.shortcut(x))


def _convolution(inputs, outputs, kernel, stride):
    """Return a convolution that gives one step per ``stride``, rounded up, and a normalisation."""
    convolution = nn.Conv1d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm1d(outputs))


def _kept(x, length):
    """Set what comes after the end to 0, as `cut_off` does, in the layout that ``x`` has."""
    valid = valid_steps(x.shape[2], length)
    return x if valid is None else x * valid[:, None].to(x.dtype)


def _shortened(length, stride):
    return None if length is None else (length + stride - 1) // stride
