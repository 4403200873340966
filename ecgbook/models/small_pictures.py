"""Networks over pictures that a laptop can train; sizes are our own."""

import torch
from torch import nn

from ecgbook.models.pictures import PictureNetwork, convolution
from ecgbook.models.registry import register

__all__ = ["PictureMobileNet", "SmallPictureNet"]


@register("small_picture_net", inputs=("x",), min_length=2, task="multi_label")
class SmallPictureNet(PictureNetwork):
    """A residual network for pictures of 64 × 64 pixels, with fewer than 500,000 parameters.

    A convolution, and then blocks that halve the sides each, but for the last. The classes are
    read from the mean and the largest value of each map.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, with three pictures each, and scores of the output.
    size : int, default 64
        Pixels of a side.
    widths : tuple of int, default (24, 48, 96, 128)
        Channels of the first convolution, and of the blocks.
    dropout : float, default 0.2
        Share of what the classes are read from that training blanks out.

    References
    ----------
    He et al. 2016, https://arxiv.org/abs/1512.03385, for the block.
    """

    def __init__(self, *, leads=3, classes=4, size=64, widths=(24, 48, 96, 128), dropout=0.2):
        super().__init__()
        self.size, inputs = size, widths[0]
        layers = [convolution(3 * leads, inputs, 3, 2), nn.ReLU()]
        for outputs in widths[1:]:
            layers.append(_Block(inputs, outputs, 1 if outputs == widths[-1] else 2))
            inputs = outputs
        self.trunk = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout)
        self.n_features = 2 * inputs
        self.head = nn.Linear(self.n_features, classes)

    def features(self, x):
        """Return mean and largest value of each of the last maps: (batch, feature)."""
        maps = self.maps(x)
        return self.dropout(torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))], dim=1))


class _Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.way = nn.Sequential(
            *(convolution(inputs, outputs, 3, stride), nn.ReLU()),
            convolution(outputs, outputs, 3),
        )
        self.shortcut = convolution(inputs, outputs, 1, stride)

    def forward(self, x):
        return (self.way(x) + self.shortcut(x)).relu()


@register("picture_mobilenet", inputs=("x",), min_length=2, task="multi_label")
class PictureMobileNet(PictureNetwork):
    """Inverted bottlenecks, as MobileNetV2 has them, for pictures of 256 × 256 pixels.

    Each block makes its maps more, filters each of them by itself, and joins them to few again.
    A MobileNetV2 is named beside the published networks, but its layers are not: these are ours.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, with three pictures each, and scores of the output.
    size : int, default 256
        Pixels of a side.
    width : int, default 32
        Channels of the first convolution.
    stages : tuple of (int, int, int), default four of them
        Channels, blocks and stride of each stage.
    expand : int, default 4
        How many times as many maps a block filters as it takes.
    dropout : float, default 0.2
        Share of what the classes are read from that training blanks out.

    References
    ----------
    Sandler et al. 2018, https://arxiv.org/abs/1801.04381.
    """

    def __init__(
        self,
        *,
        leads=3,
        classes=4,
        size=256,
        width=32,
        stages=((16, 1, 1), (24, 2, 2), (48, 2, 2), (96, 2, 2)),
        expand=4,
        dropout=0.2,
    ):
        super().__init__()
        self.size, inputs = size, width
        layers = [convolution(3 * leads, width, 3, 2), nn.ReLU6()]
        for outputs, times, stride in stages:
            for block in range(times):
                layers.append(_Inverted(inputs, outputs, 1 if block else stride, expand))
                inputs = outputs
        self.n_features = expand * inputs
        layers += [convolution(inputs, self.n_features, 1), nn.ReLU6()]
        self.trunk, self.dropout = nn.Sequential(*layers), nn.Dropout(dropout)
        self.head = nn.Linear(self.n_features, classes)

    def features(self, x):
        """Return the mean of each of the last maps: (batch, feature)."""
        return self.dropout(self.maps(x).mean(dim=(2, 3)))


class _Inverted(nn.Module):
    """More maps, a filter for each, fewer maps without a ReLU; the input is added where it fits."""

    def __init__(self, inputs, outputs, stride, expand):
        super().__init__()
        wide = expand * inputs
        self.way = nn.Sequential(
            *(convolution(inputs, wide, 1), nn.ReLU6()),
            *(convolution(wide, wide, 3, stride, groups=wide), nn.ReLU6()),
            convolution(wide, outputs, 1),
        )
        self.is_same = inputs == outputs and stride == 1

    def forward(self, x):
        return x + self.way(x) if self.is_same else self.way(x)
