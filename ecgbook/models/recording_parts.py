"""Small parts that several networks for whole recordings share."""

import math

from torch import nn
from torch.nn import functional

from ecgbook.errors import ModelInvalid
from ecgbook.models.transformer import sinusoids

__all__ = ["AttentionOverTime", "ResidualAttention", "convolution", "pairs_averaged"]


def convolution(inputs, outputs, kernel, stride=1):
    """Return a convolution with an odd kernel and a normalisation: a step per ``stride`` samples.

    >>> import torch
    >>> convolution(12, 64, 15, 2)(torch.zeros(1, 12, 1000)).shape
    torch.Size([1, 64, 500])
    """
    layer = nn.Conv1d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(layer, nn.BatchNorm1d(outputs))


def pairs_averaged(x, *, keep_last=False):
    """Return the mean of every two neighbours in time, in the layout that ``x`` has.

    Parameters
    ----------
    x : tensor, shape (batch, channel, time)
    keep_last : bool
        Whether the last of an odd number of samples stays, alone; otherwise it is dropped.

    Examples
    --------
    >>> import torch
    >>> x = torch.tensor([[[1.0, 3.0, 8.0]]])
    >>> pairs_averaged(x), pairs_averaged(x, keep_last=True)
    (tensor([[[2.]]]), tensor([[[2., 8.]]]))
    """
    # As an image of height 1, since pooling of images keeps the layout and that of signals not.
    return functional.avg_pool2d(x.unsqueeze(2), (1, 2), ceil_mode=keep_last).squeeze(2)


class AttentionOverTime(nn.Module):
    """Every step of a recording takes a weighted mean of what all steps offer, in several heads.

    The layers are those of `torch.nn.MultiheadAttention`, its biases and first weights included.

    Parameters
    ----------
    width, heads : int
        Channels, and weighted means side by side, which share the channels evenly. There is no
        position in it: steps in another order give the same answers in that order.

    References
    ----------
    Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, section 3.2.2.
    """

    def __init__(self, width, heads):
        super().__init__()
        if width % heads:
            raise ModelInvalid(f"the channels must be a multiple of heads={heads}, got {width}")
        self.heads = heads
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.queries_keys_values.weight)
        nn.init.zeros_(self.queries_keys_values.bias)
        nn.init.zeros_(self.join.bias)

    def forward(self, x):
        """Return as many channels and steps as came in: (batch, channel, step)."""
        queries, keys, values = self._split(x)
        mean = _softmax(queries, keys).to(values.dtype) @ values  # (batch, head, step, …)
        return self.join(mean.transpose(1, 2).flatten(2)).transpose(1, 2)

    def weights(self, x):
        """Return how much each step looks at each other: (batch, head, step, step), rows sum to 1.

        The last axis is the step that is looked at.
        """
        return _softmax(*self._split(x)[:2])

    def _split(self, x):
        """Return queries, keys and values, each (batch, head, step, width of a head)."""
        parts = self.queries_keys_values(x.transpose(1, 2)).unflatten(2, (3, self.heads, -1))
        return parts.permute(2, 0, 3, 1, 4).unbind(0)


class ResidualAttention(nn.Module):
    """`AttentionOverTime` as a transformer has it: told the positions, normalised, and added.

    Parameters
    ----------
    width, heads : int
        As for `AttentionOverTime`; the width must be even.
    """

    def __init__(self, width, heads):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = AttentionOverTime(width, heads)

    def forward(self, x):
        """Return the input plus what attention makes of it: (batch, channel, step)."""
        return x + self.attention(self._told(x))

    def weights(self, x):
        """Return how much each step looks at each other, as `AttentionOverTime.weights`."""
        return self.attention.weights(self._told(x))

    def _told(self, x):
        positions = sinusoids(x.shape[2], x.shape[1]).to(x)
        return self.norm(x.transpose(1, 2) + positions).transpose(1, 2)


def _softmax(queries, keys):
    scores = queries @ keys.transpose(2, 3) / math.sqrt(queries.shape[-1])
    return scores.softmax(dim=-1)
