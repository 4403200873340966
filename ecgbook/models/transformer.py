"""A transformer that reads a heartbeat in patches of a few samples."""

import math

import torch
from torch import nn
from torch.nn import functional

from ecgbook.errors import ModelInvalid
from ecgbook.models.beat_parts import cut_off, filled_up, one_of
from ecgbook.models.registry import register

__all__ = ["BeatTransformer", "sinusoids"]


@register("beat_transformer", inputs=("x", "length"), min_length=1, task="single_label")
class BeatTransformer(nn.Module):
    """Patches of a beat, each of which looks at all others, layer after layer.

    Every patch becomes ``width`` numbers by one linear layer and is told its position. In each
    layer it takes a weighted mean of what the patches offer, then thinks it over by itself.
    Patches that lie wholly after the end of the beat are not looked at.

    Parameters
    ----------
    leads, time, classes : int
        Leads and most samples of the input, and scores of the output. Longer beats are a
        `ModelInvalid`.
    patch : int, default 8
        Samples of a patch.
    width, layers, heads : int, defaults 64, 4 and 4
        Numbers of a patch, layers, and weighted means side by side in each layer.
    positions : {"learnt", "sinusoidal", None}
        How a patch is told where it lies: by numbers that are learnt, by `sinusoids`, or not at
        all; without, the network cannot tell a beat from its patches in another order.
    pool : {"mean", "token"}
        What the classes are read from: the mean over the patches, or one more position that
        belongs to no patch.
    dropout : float, default 0.1
        Share of what each layer adds that training blanks out.

    References
    ----------
    Vaswani et al. 2017, https://arxiv.org/abs/1706.03762; patches and class token as Dosovitskiy
    et al. 2021, https://arxiv.org/abs/2010.11929. Sizes are our own.
    """

    def __init__(
        self,
        *,
        leads=1,
        time=187,
        classes=5,
        patch=8,
        width=64,
        layers=4,
        heads=4,
        positions="learnt",
        pool="mean",
        dropout=0.1,
    ):
        super().__init__()
        if width % heads or width % 2:
            raise ModelInvalid(f"width must be even and a multiple of heads={heads}: {width}")
        self.time, self.patch = time, patch
        self.embed = nn.Linear(leads * patch, width)
        self.positions = _positions(positions, math.ceil(time / patch), width)
        token = one_of("pool", pool, ("mean", "token")) == "token"
        self.token = nn.Parameter(torch.randn(width) * 0.02) if token else None
        self.layers = nn.ModuleList(_Layer(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

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
        seen, valid = self._patches(x, length)
        for layer in self.layers:
            seen = layer(seen, valid)
        return self.head(self._pooled(self.norm(seen), valid))

    def attention(self, x, length=None):
        """Return how much each patch looks at each other, in every layer and head.

        From the input of `forward` to (batch, layer, head, patch, patch): a row sums to 1 over its
        last axis, the patches that are looked at. With ``pool="token"`` the first is the token.
        """
        seen, valid = self._patches(x, length)
        weights = []
        for layer in self.layers:
            weights.append(layer.attention.weights(layer.first(seen), valid))
            seen = layer(seen, valid)
        return torch.stack(weights, dim=1)

    def _patches(self, x, length):
        """Return embedded patches (batch, patch, width), and which may be looked at or None."""
        filled_up(x, self.time)  # refuses what is too long
        x = filled_up(cut_off(x, length), self.patch * math.ceil(x.shape[-1] / self.patch))
        patches = x.unflatten(2, (-1, self.patch)).transpose(1, 2)  # (batch, patch, lead, sample)
        seen = self.embed(patches.flatten(2))
        n, number = seen.shape[:2]
        valid = None
        if length is not None:
            begin = self.patch * torch.arange(number, device=x.device)
            valid = begin < length[:, None]  # (batch, patch)
        if self.positions is not None:
            seen = seen + self.positions[:number]
        if self.token is not None:
            seen = torch.cat([self.token.expand(n, 1, -1), seen], dim=1)
            valid = None if valid is None else functional.pad(valid, (1, 0), value=True)
        return seen, valid

    def _pooled(self, seen, valid):
        if self.token is not None:
            return seen[:, 0]
        if valid is None:
            return seen.mean(dim=1)
        kept = valid[:, :, None].to(seen.dtype)
        return (seen * kept).sum(dim=1) / kept.sum(dim=1)


class _Layer(nn.Module):
    """Attention and two linear layers, each of what is normalised before and added after."""

    def __init__(self, width, heads, dropout):
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = _Attention(width, heads)
        self.think = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, valid):
        x = x + self.dropout(self.attention(self.first(x), valid))
        return x + self.dropout(self.think(self.second(x)))


class _Attention(nn.Module):
    """Scaled dot products of queries and keys, and the mean of values under their softmax."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.queries_keys_values = nn.Linear(width, 3 * width, bias=False)
        self.join = nn.Linear(width, width)

    def forward(self, x, valid):
        # With this few patches, torch's fused attention takes over twice as long in bfloat16.
        queries, keys, values = self._split(x)
        mean = _softmax(queries, keys, valid).to(values.dtype) @ values
        return self.join(mean.transpose(1, 2).flatten(2))

    def weights(self, x, valid):
        """Return the softmax that `forward` takes: (batch, head, patch, patch)."""
        return _softmax(*self._split(x)[:2], valid)

    def _split(self, x):
        """Return queries, keys and values, each (batch, head, patch, width of a head)."""
        parts = self.queries_keys_values(x).unflatten(2, (3, self.heads, -1))
        return parts.permute(2, 0, 3, 1, 4).unbind(0)


def _softmax(queries, keys, valid):
    """Return how much each query looks at each key that may be looked at."""
    scores = queries @ keys.transpose(2, 3) / math.sqrt(queries.shape[-1])
    if valid is not None:
        scores = scores.masked_fill(~valid[:, None, None], -math.inf)
    return scores.softmax(dim=-1)


def sinusoids(n, width):
    """Return positions as sines and cosines of many wavelengths, (n, width).

    Numbers 2 k and 2 k + 1 of position t are sine and cosine of ``t / 10000**(2 k / width)``
    (Vaswani et al. 2017, section 3.5).

    Examples
    --------
    >>> sinusoids(2, 4)
    tensor([[0.0000, 1.0000, 0.0000, 1.0000],
            [0.8415, 0.5403, 0.0100, 0.9999]])
    """
    rate = 10_000 ** (-torch.arange(0, width, 2) / width)
    angle = torch.arange(n)[:, None] * rate
    return torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1)


def _positions(kind, n, width):
    kind = one_of("positions", kind, ("learnt", "sinusoidal", None))
    if kind == "learnt":
        return nn.Parameter(torch.randn(n, width) * 0.02)
    return None if kind is None else nn.Buffer(sinusoids(n, width), persistent=False)
