"""The U-Net of waves: its size by hand, and that it can learn which sample is which."""

import doctest
from itertools import pairwise

import numpy as np
import pytest
import torch

from ecgbook.errors import ModelInvalid
from ecgbook.models import create_model, wave_unet
from tests.models.examples import Example, conv, linear


def unet(leads, classes, channels, kernel):
    above = (leads, *channels[:-1])
    down = sum(
        conv(a, b, kernel) + conv(b, b, kernel) for a, b in zip(above, channels, strict=True)
    )
    pairs = list(pairwise(channels))
    up = sum(conv(a + b, a, kernel) + conv(a, a, kernel) for a, b in pairs)
    return down + up + linear(channels[0], classes)


SMALL = {"leads": 2, "classes": 3, "channels": (4, 6), "kernel": 3}

EXAMPLES = [
    Example("wave_unet", {}, ((1, 203),), (4, 203), unet(1, 4, (8, 12, 16, 20, 24), 9)),
    Example("wave_unet", SMALL, ((2, 31),), (3, 31), unet(2, 3, (4, 6), 3)),
]


def test_examples_in_docstrings_hold():
    assert doctest.testmod(wave_unet).failed == 0


def test_the_default_has_few_ten_thousands_of_parameters():
    assert unet(1, 4, (8, 12, 16, 20, 24), 9) == 48_748


def test_it_learns_where_a_box_is():
    rng = np.random.default_rng(0)
    y = np.repeat(rng.integers(0, 3, (16, 8)), 8, axis=1)
    x = torch.from_numpy((y - 1 + rng.normal(0, 0.1, y.shape)).astype(np.float32))[:, None]
    y = torch.from_numpy(y)
    model = create_model("wave_unet", classes=3, channels=(4, 6), kernel=3)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(80):
        optimizer.zero_grad()
        wave_unet.sample_cross_entropy(model(x), y).backward()
        optimizer.step()
    assert (model.eval()(x).argmax(dim=1) == y).float().mean() > 0.95


def test_an_even_kernel_is_refused():
    with pytest.raises(ModelInvalid, match="odd kernel"):
        create_model("wave_unet", kernel=4)
