"""Signal and pictures look at each other: attention between tokens, never between patients."""

import torch
from torch import nn
from torch.nn import functional

from ecgbook.errors import ModelInvalid
from ecgbook.models.fusion import TwoNetworks
from ecgbook.models.registry import register

__all__ = ["CrossAttentionFusion", "PatientAttention"]


@register("cross_attention_fusion", inputs=("x",), min_length=2, task="multi_label")
class CrossAttentionFusion(TwoNetworks):
    """Moments of the signal look at places of the pictures, and places at moments.

    The states of the first network, averaged over ``tokens`` stretches of time, and the last
    maps of the other, place by place, become tokens of ``width`` numbers. Those of one kind take
    a weighted mean of those of the other; the classes are read from the mean token of each kind.
    All tokens come from one recording, so its scores do not depend on who is beside it.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    signal, image : str, defaults "record_bigru" and "small_picture_net"
        Names of a network with states and of one with maps.
    signal_config, image_config : dict, optional
        Their settings, without leads and classes.
    tokens, width, heads : int, defaults 25, 64 and 4
        Stretches of time, numbers of a token, and weighted means side by side.
    dropout : float, default 0.2
        Share of what the classes are read from that training blanks out.

    References
    ----------
    Vaswani et al. 2017, https://arxiv.org/abs/1706.03762; sizes are our own.
    """

    def __init__(
        self,
        *,
        leads=3,
        classes=4,
        signal="record_bigru",
        image="small_picture_net",
        signal_config=None,
        image_config=None,
        tokens=25,
        width=64,
        heads=4,
        dropout=0.2,
    ):
        super().__init__(signal, image, leads, classes, signal_config, image_config)
        if width % heads:
            raise ModelInvalid(f"width must be a multiple of heads={heads}, got {width}")
        states, maps = self.signal.units, self.maps_of_nothing().shape[1]
        self.keep_states_and_maps()
        self.tokens = tokens
        self.of_signal, self.of_image = nn.Linear(states, width), nn.Linear(maps, width)
        self.signal_looks, self.image_looks = _Look(width, heads), _Look(width, heads)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * width, classes)

    def forward(self, x):
        """Return logits (batch, class) of recordings (batch, lead, time)."""
        moments, places = self._tokens(x)
        seen = self.signal_looks(moments, places), self.image_looks(places, moments)
        return self.head(self.dropout(torch.cat([part.mean(dim=1) for part in seen], dim=1)))

    def attention(self, x):
        """Return how much each moment looks at each place: (batch, head, moment, place)."""
        moments, places = self._tokens(x)
        return self.signal_looks.weights(moments, places)

    def _tokens(self, x):
        states = self.signal.states(x).transpose(1, 2)  # (batch, unit, time)
        few = functional.adaptive_avg_pool1d(states, self.tokens).transpose(1, 2)
        places = self.image.maps(x).flatten(2).transpose(1, 2)  # (batch, place, channel)
        return self.of_signal(few), self.of_image(places)


class _Look(nn.Module):
    """Tokens that look add a weighted mean of what the others offer."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value, self.join = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, who, others):
        values = self._split(self.value(self.second(others)))
        mean = self.weights(who, others) @ values  # (batch, head, token, width of a head)
        return who + self.join(mean.transpose(1, 2).flatten(2))

    def weights(self, who, others):
        queries = self._split(self.query(self.first(who)))
        keys = self._split(self.key(self.second(others)))
        return (queries @ keys.mT / queries.shape[-1] ** 0.5).softmax(dim=-1)

    def _split(self, x):
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)


class PatientAttention(nn.Module):
    """Attention over a matrix (patient, feature), as published: patients look at each other.

    What is said of one patient then depends on who else is in the batch, and for a patient alone
    the weight is 1, whatever was learnt. It stands here to be shown, not to be used.
    """

    def __init__(self, features):
        super().__init__()
        self.query, self.key = nn.Linear(features, features), nn.Linear(features, features)
        self.value = nn.Linear(features, features)

    def forward(self, x):
        """Return (batch, feature) from the same."""
        return self.weights(x) @ self.value(x)

    def weights(self, x):
        """Return how much each patient looks at each: (batch, batch)."""
        return (self.query(x) @ self.key(x).mT).softmax(dim=-1)
