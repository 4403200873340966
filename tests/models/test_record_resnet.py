"""The small residual network for three leads, alone and in the place of a recurrent one."""

from itertools import pairwise

import pytest
import torch

from ecgbook.models import create_model
from tests.models.examples import Example, conv, linear


def size(leads, widths, stem, kernel, classes):
    blocks = pairwise(widths)
    total = conv(leads, widths[0], stem)
    total += sum(conv(a, b, kernel) + conv(b, b, kernel) + conv(a, b, 1) for a, b in blocks)
    return total + linear(2 * widths[-1], classes)


SMALL = {"leads": 1, "classes": 3, "widths": (4, 6, 8), "stem": 5, "kernel": 3}
EXAMPLES = [
    Example("record_resnet", {}, ((3, 64),), (4,), size(3, (32, 48, 64, 96, 128), 15, 7, 4)),
    Example("record_resnet", SMALL, ((1, 33),), (3,), size(1, (4, 6, 8), 5, 3, 3)),
]
PICTURES = {"size": 32, "widths": (4, 6)}
PAIR = {"leads": 1, "classes": 3, "signal": "record_resnet", "image": "small_picture_net"}
PAIR |= {"signal_config": {"widths": (4, 6)}, "image_config": PICTURES}


def signals(n=4, time=160):
    return torch.randn(n, 1, time, generator=torch.Generator().manual_seed(0))


def test_features_are_the_mean_and_the_largest_of_the_states():
    model, x = create_model("record_resnet", **SMALL).eval(), signals()
    states = model.states(x)
    assert states.shape == (4, 20, 8)  # three strides of 2: 160 / 8
    both = torch.cat([states.mean(dim=1), states.max(dim=1).values], dim=1)
    torch.testing.assert_close(model.features(x), both)


@pytest.mark.parametrize("fusion", ["early_fusion", "joint_fusion", "cross_attention_fusion"])
def test_fusions_take_it_over_as_the_network_for_the_leads(fusion):
    sizes = {"leads": 1, "classes": 3}
    signal = create_model("record_resnet", seed=1, **sizes, **PAIR["signal_config"]).eval()
    image = create_model("small_picture_net", seed=1, **sizes, **PICTURES).eval()
    config = {"tokens": 5, "width": 8, "heads": 2} if fusion.startswith("cross") else {}
    model, x = create_model(fusion, **PAIR, **config).eval(), signals()
    model.take_over(signal, image)
    torch.testing.assert_close(model.signal.states(x), signal.states(x))
    torch.testing.assert_close(model.image.maps(x), image.maps(x))
    assert model(x).shape == (4, 3)


def test_the_parts_of_an_early_fusion_are_what_its_layers_join():
    model, x = create_model("early_fusion", **PAIR).eval(), signals()
    state, pooled = model.parts(x)
    torch.testing.assert_close(state, model.signal.features(x))
    torch.testing.assert_close(model.joined(state, pooled), model(x))
