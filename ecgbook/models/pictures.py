"""Networks over pictures of an ECG: what is published, layer by layer."""

from functools import partial
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from ecgbook.errors import ModelInvalid
from ecgbook.images import nine_channels
from ecgbook.models.beat_parts import dense, one_of
from ecgbook.models.narotamo import NAROTAMO
from ecgbook.models.registry import register

__all__ = ["AlexNet", "AlexNetAttention", "ChannelCNN", "PictureNetwork", "PictureVGG"]
__all__ += ["SelfAttention", "convolution"]

_register = partial(register, inputs=("x",), min_length=2, task="multi_label", paper=NAROTAMO)


class PictureNetwork(nn.Module):
    """A network that sees three pictures a lead; of a signal it makes them itself.

    Classes that follow give `features`, what the classes are read from, as ``trunk`` and ``hidden``
    make it of pictures, and ``head``.
    """

    size = 256  # pixels of a side

    def forward(self, x):
        """Score each recording for each class.

        Parameters
        ----------
        x : tensor of float32, shape (batch, lead, time) or (batch, 3 * lead, size, size)
            Signals in any unit, or their pictures as `ecgbook.images.nine_channels` makes them.

        Returns
        -------
        tensor, shape (batch, class)
            Logits.
        """
        return self.head(self.features(x))

    def pictures(self, x):
        """Return the pictures of signals, or pictures as they are if their size is right.

        A signal with fewer samples than pixels is drawn sample by sample, and that enlarged.
        """
        if x.ndim == 3:
            drawn = nine_channels(x, min(self.size, x.shape[-1]))
            small, size = drawn.shape[-1] < self.size, (self.size, self.size)
            return functional.interpolate(drawn, size, mode="bilinear") if small else drawn
        if x.shape[-2:] != (self.size, self.size):
            raise ModelInvalid(
                f"this network was built for pictures of {self.size} × {self.size} pixels, got an "
                f"input of shape {tuple(x.shape)}; create it with another size="
            )
        return x

    def maps(self, x):
        """Return the last maps of the convolutions, (batch, channel, row, column)."""
        return self.trunk(self.pictures(x))

    def features(self, x):
        """Return what the classes are read from: (batch, feature)."""
        return self.hidden(self.maps(x).flatten(1))


class _AlexNet(PictureNetwork):
    def __init__(self, *, leads=3, classes=4, size=256, width=8, hidden=(4096, 2048), dropout=0.0):
        super().__init__()
        if size < 67:
            raise ModelInvalid(f"of {size} pixels nothing is left after three poolings; take 67")
        self.size = size
        self.trunk = nn.Sequential(*self._layers(3 * leads, width, dropout))
        self.pool = nn.MaxPool2d(3, 2)
        side = ((((size - 11) // 4 + 1 - 3) // 2 + 1) - 3) // 2 + 1  # of the last maps
        side = (side - 3) // 2 + 1
        self.hidden = nn.Sequential(*dense(256 * side**2, *hidden, dropout=dropout), nn.ReLU())
        self.n_features = hidden[-1]
        self.head = nn.Linear(hidden[-1], classes)

    def features(self, x):
        """Return what the classes are read from: (batch, feature)."""
        return self.hidden(self.pool(self.maps(x)).flatten(1))

    def _layers(self, channels, width, dropout):
        return [
            *(nn.Conv2d(channels, width, 11, 4), nn.ReLU()),
            *(nn.MaxPool2d(3, 2), nn.Dropout2d(dropout)),
            *(nn.Conv2d(width, 2 * width, 5, padding=2), nn.ReLU()),
            *(nn.MaxPool2d(3, 2), nn.Dropout2d(dropout)),
            *(nn.Conv2d(2 * width, 4 * width, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(4 * width, 8 * width, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(8 * width, 256, 3, padding=1), nn.ReLU()),
        ]


@_register("alexnet", parameters={"trainable": 46_334_468})
class AlexNet(_AlexNet):
    """Five convolutions and three linear layers, as AlexNet, with narrow ones. 46,334,468 weights.

    Most of them, 37.8 million, stand between the last maps and the first linear layer.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, with three pictures each, and scores of the output.
    size : int, default 256
        Pixels of a side, 67 or more.
    width : int, default 8
        Channels of the first convolution; the next have 2, 4 and 8 times as many, the last 256.
        The publication recommends 16 for its largest runs (46,569,476 parameters).
    hidden : tuple of int, default (4096, 2048)
        Sizes of the linear layers.
    dropout : float, default 0
        Share of the maps, and of the linear layers, that training blanks out.
    """


@_register("alexnet_attention", parameters={"trainable": 46_335_880})
class AlexNetAttention(_AlexNet):
    """`AlexNet` whose maps look at themselves after convolutions 1 and 3. 46,335,880 parameters.

    Parameters
    ----------
    leads, classes, size, width, hidden, dropout
        As for `AlexNet`.
    over : {"keys", "queries"}
        Along which axis weights of attention sum to 1. The published code has the queries.

    References
    ----------
    Zhang et al. 2019, Self-attention generative adversarial networks, arXiv:1805.08318.
    """

    def __init__(
        self,
        *,
        leads=3,
        classes=4,
        size=256,
        width=8,
        hidden=(4096, 2048),
        dropout=0.0,
        over="keys",
    ):
        self.over = over  # before the layers are made
        settings = {"size": size, "width": width, "hidden": hidden, "dropout": dropout}
        super().__init__(leads=leads, classes=classes, **settings)

    def _layers(self, channels, width, dropout):
        layers = super()._layers(channels, width, dropout)
        third = [i for i, layer in enumerate(layers) if isinstance(layer, nn.Conv2d)][2]
        layers.insert(third + 2, SelfAttention(4 * width, over=self.over))
        layers.insert(2, SelfAttention(width, over=self.over))
        return layers


class SelfAttention(nn.Module):
    """Each place of a map takes a weighted mean of what all places offer, and adds a share of it.

    Weights are a softmax of the products of a query and all keys. The share starts at 0.

    Parameters
    ----------
    channels : int
        Of the map; queries and keys have an eighth of them, at least one.
    over : {"keys", "queries"}
        ``"keys"``: the weights with which one place looks at all sum to 1. ``"queries"``: those
        with which all look at one do, so that a place may take nothing, or many times too much.
    """

    def __init__(self, channels, *, over="keys"):
        super().__init__()
        self.over = one_of("over", over, ("keys", "queries"))
        few = max(1, channels // 8)
        self.query, self.key = nn.Conv2d(channels, few, 1), nn.Conv2d(channels, few, 1)
        self.value = nn.Conv2d(channels, channels, 1)
        self.share = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        """Return maps of the same shape: (batch, channel, row, column)."""
        mean = self.value(x).flatten(2) @ self.weights(x).mT  # (batch, channel, place)
        return x + self.share * mean.unflatten(2, x.shape[2:])

    def weights(self, x):
        """Return how much each place looks at each: (batch, place that looks, place looked at)."""
        products = self.query(x).flatten(2).mT @ self.key(x).flatten(2)
        return products.softmax(dim=2 if self.over == "keys" else 1)


@_register("picture_vgg", parameters={"trainable": 285_347_124})
class PictureVGG(PictureNetwork):
    """What is published as VGG16: seven convolutions, three linear layers. 285,347,124 parameters.

    Parameters
    ----------
    leads, classes, size
        As for `AlexNet`; the size is a multiple of 8.
    widths : tuple of (int, int), default ((16, 2), (32, 2), (64, 3))
        Channels and convolutions before each pooling of two.
    hidden : tuple of int, default (4096, 4096)
        Sizes of the linear layers.
    dropout : float, default 0.3
        Share of the linear layers that training blanks out. (In the published code also later.)
    """

    def __init__(
        self,
        *,
        leads=3,
        classes=4,
        size=256,
        widths=((16, 2), (32, 2), (64, 3)),
        hidden=(4096, 4096),
        dropout=0.3,
    ):
        super().__init__()
        layers, inputs, self.size = [], 3 * leads, size
        for outputs, times in widths:
            for sizes in pairwise([inputs] + [outputs] * times):
                layers += [nn.Conv2d(*sizes, 3, padding=1), nn.ReLU()]
            layers.append(nn.MaxPool2d(2))
            inputs = outputs
        self.trunk = nn.Sequential(*layers)
        seen = inputs * (size // 2 ** len(widths)) ** 2
        self.hidden = nn.Sequential(
            *dense(seen, *hidden, dropout=dropout), nn.ReLU(), nn.Dropout(dropout)
        )
        self.n_features = hidden[-1]
        self.head = nn.Linear(hidden[-1], classes)


@_register("picture_cnn", parameters={"trainable": 505_969_540})
class ChannelCNN(PictureNetwork):
    """The publication's own network: three convolutions, three linear layers. 505,969,540 weights.

    Parameters
    ----------
    leads, classes, size
        As for `AlexNet`.
    widths : (int, int, int), default (16, 32, 64)
        Channels of the convolutions; the first and the last are followed by a pooling.
    hidden : tuple of int, default (2048, 1024)
        Sizes of the linear layers.
    dropout : float, default 0.3
        Share of the maps that training blanks out.
    """

    def __init__(
        self,
        *,
        leads=3,
        classes=4,
        size=256,
        widths=(16, 32, 64),
        hidden=(2048, 1024),
        dropout=0.3,
    ):
        super().__init__()
        self.size, (one, two, three) = size, widths
        self.trunk = nn.Sequential(
            *(nn.Conv2d(3 * leads, one, 3, padding=1), nn.ReLU()),
            *(nn.MaxPool2d(4, 2), nn.Dropout2d(dropout)),
            *(nn.Conv2d(one, two, 3, padding=1), nn.ReLU(), nn.Dropout2d(dropout)),
            *(nn.Conv2d(two, three, 3, padding=1), nn.ReLU()),
            *(nn.MaxPool2d(4, 2), nn.Dropout2d(dropout)),
        )
        side = ((size - 4) // 2 + 1 - 4) // 2 + 1
        self.hidden = nn.Sequential(*dense(three * side**2, *hidden), nn.ReLU())
        self.n_features = hidden[-1]
        self.head = nn.Linear(hidden[-1], classes)


def convolution(inputs, outputs, kernel, stride=1, *, groups=1, bias=False):
    """Return a convolution that keeps the size but for its stride, and a normalisation.

    >>> convolution(9, 16, 3, 2)(torch.zeros(2, 9, 32, 32)).shape
    torch.Size([2, 16, 16, 16])
    """
    how = {"padding": kernel // 2, "groups": groups, "bias": bias}
    layer = nn.Conv2d(inputs, outputs, kernel, stride, **how)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs))
