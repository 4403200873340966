"""A residual network of 50 layers over pictures of an ECG, a quarter as wide as the usual one."""

from functools import partial

from torch import nn

from ecgbook.models.narotamo import NAROTAMO
from ecgbook.models.pictures import PictureNetwork, convolution
from ecgbook.models.registry import register

__all__ = ["PictureResNet"]

# Published with a bias in every convolution but the first, which the normalisation takes away.
_with_bias = partial(convolution, bias=True)


@register(
    "picture_resnet",
    inputs=("x",),
    min_length=2,
    task="multi_label",
    paper=NAROTAMO,
    parameters={"trainable": 1_494_356},
)
class PictureResNet(PictureNetwork):
    """ResNet-50 with bottlenecks of 16, 32, 64 and 128 channels. 1,494,356 parameters.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, with three pictures each, and scores of the output.
    size : int, default 256
        Pixels of a side.
    width : int, default 16
        Channels of the first stage's bottlenecks; each stage has twice as many as the one before,
        and gives out four times as many. 64 is the usual ResNet-50.
    blocks : tuple of int, default (3, 4, 6, 3)
        Blocks of each stage.

    References
    ----------
    He et al. 2016, https://arxiv.org/abs/1512.03385.
    """

    def __init__(self, *, leads=3, classes=4, size=256, width=16, blocks=(3, 4, 6, 3)):
        super().__init__()
        self.size, inputs = size, width
        layers = [convolution(3 * leads, width, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1)]
        for stage, times in enumerate(blocks):
            middle = width * 2**stage
            for block in range(times):
                stride = 2 if stage and not block else 1
                layers.append(_Bottleneck(inputs, middle, stride))
                inputs = 4 * middle
        self.trunk = nn.Sequential(*layers)
        self.n_features = inputs
        self.head = nn.Linear(inputs, classes)

    def features(self, x):
        """Return the mean of each of the last maps: (batch, feature)."""
        return self.maps(x).mean(dim=(2, 3))


class _Bottleneck(nn.Module):
    """Convolutions of 1, 3 and 1 pixels beside a shortcut, and a ReLU over the sum."""

    def __init__(self, inputs, middle, stride):
        super().__init__()
        self.way = nn.Sequential(
            *(_with_bias(inputs, middle, 1), nn.ReLU()),
            *(_with_bias(middle, middle, 3, stride), nn.ReLU()),
            _with_bias(middle, 4 * middle, 1),
        )
        same = inputs == 4 * middle and stride == 1
        self.shortcut = nn.Identity() if same else _with_bias(inputs, 4 * middle, 1, stride)

    def forward(self, x):
        return (self.way(x) + self.shortcut(x)).relu()
