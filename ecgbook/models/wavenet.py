"""WaveNet: the next sample from all before, and the form in which Leeds extended recordings.

Samples are levels of a mu-law (`ecgbook.signals.mu_law_encode`). A network is given them as numbers
from -1 to 1, see `level_values`, and answers with a score for each level. New samples are drawn
with `ecgbook.models.generation.generate`.
"""

from torch import nn
from torch.nn import functional

from ecgbook.errors import ModelInvalid
from ecgbook.models.registry import register
from ecgbook.models.segments import LEEDS

__all__ = ["BlockWaveNet", "WaveNet", "level_values", "next_sample_loss", "receptive_field"]


def receptive_field(blocks, layers):
    """Return how many samples the last of a stack of layers sees.

    Kernels have 2 samples; layer i of each block leaves ``2**i - 1`` samples out between them, so
    that each adds ``2**i``: together ``1 + blocks (2**layers - 1)``.

    >>> receptive_field(2, 9)
    1023
    """
    return 1 + blocks * (2**layers - 1)


def level_values(level, levels=256):
    """Return levels (batch, time) as the input of a network, (batch, 1, time) from -1 to 1.

    >>> import torch
    >>> level_values(torch.tensor([[0, 255]]))
    tensor([[[-1.,  1.]]])
    """
    return (2 * level.float() / (levels - 1) - 1).unsqueeze(1)


def next_sample_loss(output, target):
    """Mean cross-entropy of every sample but the first, given those before it.

    Parameters
    ----------
    output : tensor, shape (batch, level, time)
        Of a `WaveNet`: the scores at time t are those of sample t + 1.
    target : tensor of int64, shape (batch, time)
        The levels of the input itself.
    """
    return functional.cross_entropy(output[..., :-1], target[:, 1:])


@register(
    "wavenet",
    inputs=("x",),
    min_length=1,
    task=None,
    paper="van den Oord et al. 2016, WaveNet, https://arxiv.org/abs/1609.03499",
)
class WaveNet(nn.Module):
    """Causal dilated convolutions that say, at every sample, which level the next will have.

    Each layer sees a sample and one that lies 1, 2, 4, … samples back; of what it sees it takes
    ``tanh(filter) * sigmoid(gate)``, adds one map of that to what it hands on and gives another to
    the head. Two blocks of nine layers see 1,023 samples. Nothing is known before the first sample:
    there all layers see 0.

    Parameters
    ----------
    levels : int, default 256
        Levels of the mu-law.
    blocks, layers : int, defaults 2 and 9
        Blocks, and layers of each; dilations begin anew at 1 in every block.
    channels, skip : int, defaults 32 and 64
        Numbers that a layer hands on, and that it gives to the head.

    References
    ----------
    van den Oord et al. 2016, https://arxiv.org/abs/1609.03499. Its input is one number a level;
    ours is one number, as in its parallel successors.
    """

    def __init__(self, *, levels=256, blocks=2, layers=9, channels=32, skip=64):
        super().__init__()
        if blocks < 1 or layers < 1:
            raise ModelInvalid(f"wavenet needs a block and a layer, got {blocks} and {layers}")
        self.receptive_field = receptive_field(blocks, layers)
        self.enter = nn.Conv1d(1, channels, 1)
        dilations = [2**i for i in range(layers)] * blocks
        self.gated = nn.ModuleList(
            nn.Conv1d(channels, 2 * channels, 2, dilation=d) for d in dilations
        )
        # The last layer hands nothing on.
        self.residual = nn.ModuleList(
            nn.Conv1d(channels, channels, 1, bias=False) for _ in dilations[1:]
        )
        self.skip = nn.ModuleList(nn.Conv1d(channels, skip, 1, bias=False) for _ in dilations)
        self.head = nn.Sequential(
            nn.ReLU(), nn.Conv1d(skip, skip, 1), nn.ReLU(), nn.Conv1d(skip, levels, 1)
        )

    def forward(self, x):
        """Return scores (batch, level, time) of the sample after each of (batch, 1, time)."""
        x, total = self.enter(x), 0.0
        for i, (gated, skip) in enumerate(zip(self.gated, self.skip, strict=True)):
            seen = gated(functional.pad(x, (gated.dilation[0], 0)))
            filtered, gate = seen.chunk(2, dim=1)
            seen = filtered.tanh() * gate.sigmoid()
            total = total + skip(seen)
            x = x + self.residual[i](seen) if i < len(self.residual) else x
        return self.head(total)


@register(
    "block_wavenet",
    inputs=("x",),
    min_length=1024,
    task=None,
    paper=LEEDS,
    parameters={"trainable": 109_824},
)
class BlockWaveNet(nn.Module):
    """WaveNet as Leeds published it: from 2,048 samples the next 1,025 at once.

    It differs from a `WaveNet` in that the filter has no tanh, a batch normalisation follows every
    layer (the last one's answer is used by nobody), and the last convolution spans two samples. It
    is trained, with `torch.nn.functional.cross_entropy`, to give at its j-th place not the sample
    that follows there but the j-th sample after the *whole* window. So each new sample is chosen
    without knowledge of the new ones before it, and if always the likeliest level is taken, the
    continuation has little of the variety of a recording. 109,824 parameters.

    Parameters
    ----------
    levels, blocks, layers, channels : int
        As for `WaveNet`.

    References
    ----------
    Qiu 2020, MSc project, University of Leeds.
    """

    def __init__(self, *, levels=256, blocks=2, layers=9, channels=32):
        super().__init__()
        self.receptive_field = receptive_field(blocks, layers)
        dilations = [2**i for i in range(layers)] * blocks
        inputs = [1] + [channels] * (len(dilations) - 1)
        self.layers = nn.ModuleList(map(_Ungated, inputs, [channels] * len(inputs), dilations))
        self.norms = nn.ModuleList(nn.BatchNorm1d(channels) for _ in dilations)
        self.head = nn.Sequential(
            nn.Conv1d(channels, channels, 1),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 1),
            nn.ReLU(),
            nn.Conv1d(channels, levels, 2),
        )

    def forward(self, x):
        """Return scores (batch, level, time - 1023) of what comes after (batch, 1, time)."""
        total = 0.0
        for layer, norm in zip(self.layers, self.norms, strict=True):
            skip = layer(x)
            x = norm(skip + x)  # the one channel of the signal is added to all
            total = total + skip[..., self.receptive_field - 1 :]
        return self.head(total)


class _Ungated(nn.Module):
    """``(filter * sigmoid(gate))`` and a map of it, without the tanh that bounds the filter."""

    def __init__(self, inputs, channels, dilation):
        super().__init__()
        self.filter = nn.Conv1d(inputs, channels, 2, dilation=dilation)
        self.gate = nn.Conv1d(inputs, channels, 2, dilation=dilation)
        self.out = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        x = functional.pad(x, (self.filter.dilation[0], 0))
        return self.out(self.filter(x) * self.gate(x).sigmoid())
