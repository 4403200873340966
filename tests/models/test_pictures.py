"""Networks over pictures: published sizes on the meta device, attention, what is refused."""

from itertools import pairwise

import pytest
import torch

from ecgbook.errors import ModelInvalid
from ecgbook.images import nine_channels
from ecgbook.models import SelfAttention, count_parameters, create_model, info
from tests.models.examples import Example, linear

SECONDS = ((1, 256),)
TINY = {"leads": 1, "classes": 3}


def square(inputs, outputs, kernel):
    """Parameters of a convolution of kernel × kernel pixels, with a bias."""
    return inputs * outputs * kernel**2 + outputs


def normed(inputs, outputs, kernel, groups=1):
    """Parameters of a convolution without a bias, and of the normalisation after it."""
    return inputs // groups * outputs * kernel**2 + 2 * outputs


def alexnet(width, hidden, side, channels=3, classes=3):
    total = square(channels, width, 11) + square(width, 2 * width, 5)
    total += square(2 * width, 4 * width, 3) + square(4 * width, 8 * width, 3)
    total += square(8 * width, 256, 3)
    for sizes in zip((256 * side**2, *hidden), (*hidden, classes), strict=True):
        total += linear(*sizes)
    return total


def attention(channels):
    return 2 * square(channels, max(1, channels // 8), 1) + square(channels, channels, 1) + 1


def resnet(width, blocks, classes):
    total, inputs = normed(3, width, 7), width
    for stage, times in enumerate(blocks):
        middle = width * 2**stage
        for _ in range(times):
            total += sum(
                normed(a, b, k) + b  # each with a bias beside
                for a, b, k in [(inputs, middle, 1), (middle, middle, 3), (middle, 4 * middle, 1)]
            )
            if inputs != 4 * middle:
                total += normed(inputs, 4 * middle, 1) + 4 * middle
            inputs = 4 * middle
    return total + linear(inputs, classes)


def small(widths, channels, classes):
    total = normed(channels, widths[0], 3)
    for a, b in pairwise(widths):
        total += normed(a, b, 3) + normed(b, b, 3) + normed(a, b, 1)
    return total + linear(2 * widths[-1], classes)


def mobilenet(width, stages, expand, channels, classes):
    total, inputs = normed(channels, width, 3), width
    for outputs, times, _ in stages:
        for _ in range(times):
            wide = expand * inputs
            total += (
                normed(inputs, wide, 1) + normed(wide, wide, 3, wide) + normed(wide, outputs, 1)
            )
            inputs = outputs
    return total + normed(inputs, expand * inputs, 1) + linear(expand * inputs, classes)


ALEX = {"size": 67, "width": 2, "hidden": (6, 5)}
VGG = {"size": 16, "widths": ((4, 1), (6, 2)), "hidden": (16, 12)}
STAGES = ((4, 1, 1), (6, 2, 2))
EXAMPLES = [
    Example("alexnet", TINY | ALEX, SECONDS, (3,), alexnet(2, (6, 5), 1)),
    Example(
        "alexnet_attention",
        TINY | ALEX,
        SECONDS,
        (3,),
        alexnet(2, (6, 5), 1) + attention(2) + attention(8),
        asleep=tuple(  # what attention finds is added with a share that begins at 0
            f"trunk.{layer}.{part}.{kind}"
            for layer in (2, 11)
            for part in ("query", "key", "value")
            for kind in ("weight", "bias")
        ),
    ),
    Example(
        "picture_vgg",
        TINY | VGG,
        SECONDS,
        (3,),
        square(3, 4, 3) + square(4, 6, 3) + square(6, 6, 3)
        + linear(6 * 16, 16) + linear(16, 12) + linear(12, 3),
    ),
    Example(
        "picture_cnn",
        TINY | {"size": 18, "widths": (2, 3, 4), "hidden": (6, 5)},
        SECONDS,
        (3,),
        square(3, 2, 3) + square(2, 3, 3) + square(3, 4, 3)
        + linear(4 * 9, 6) + linear(6, 5) + linear(5, 3),
    ),
    Example(
        "picture_resnet",
        TINY | {"size": 32, "width": 4, "blocks": (1, 2)},
        SECONDS,
        (3,),
        resnet(4, (1, 2), 3),
    ),
    Example(
        "small_picture_net",
        TINY | {"widths": (4, 6, 8), "size": 32},
        ((1, 100),),
        (3,),
        small((4, 6, 8), 3, 3),
    ),
    Example(
        "picture_mobilenet",
        TINY | {"size": 32, "width": 4, "stages": STAGES, "expand": 2},
        SECONDS,
        (3,),
        mobilenet(4, STAGES, 2, 3, 3),
    ),
]  # fmt: skip


def empty(name, **config):
    """Build a network without memory for its weights."""
    with torch.device("meta"):
        return info(name).model_class(**config)


@pytest.mark.parametrize(
    ("name", "config", "published"),
    [
        ("alexnet", {}, 46_334_468),
        ("alexnet", {"width": 16}, 46_569_476),
        ("alexnet_attention", {}, 46_335_880),
        ("picture_resnet", {}, 1_494_356),
        ("picture_vgg", {}, 285_347_124),
        ("picture_cnn", {}, 505_969_540),
    ],
)
def test_parameters_are_as_many_as_published(name, config, published):
    model = empty(name, **config)
    assert count_parameters(model) == published
    pictures = torch.zeros(2, 9, 256, 256, device="meta")
    assert model(pictures).shape == (2, 4)  # and the sizes of all layers fit


def test_a_laptop_can_train_the_small_ones():
    assert count_parameters(empty("small_picture_net")) < 500_000
    assert count_parameters(empty("picture_mobilenet")) < 500_000


def test_the_maps_have_the_published_sides():
    model, seen = empty("alexnet_attention"), []
    for layer in model.trunk:
        layer.register_forward_hook(lambda _, __, output: seen.append(output.shape[-1]))
    model.maps(torch.zeros(1, 9, 256, 256, device="meta"))
    kinds = [type(layer).__name__ for layer in model.trunk]
    places = [side for kind, side in zip(kinds, seen, strict=True) if kind == "SelfAttention"]
    assert places == [62, 14]
    assert [s for k, s in zip(kinds, seen, strict=True) if k == "Conv2d"] == [62, 30, 14, 14, 14]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_pictures_may_be_given_or_made(example):
    model = create_model(example.name, **example.config).eval()
    x = example.batch()[0]
    torch.testing.assert_close(model(nine_channels(x, model.size)), model(x))


def test_pictures_of_another_size_are_refused():
    model = create_model("small_picture_net")
    with pytest.raises(ModelInvalid, match=r"64 × 64 pixels, got .*\(1, 9, 64, 65\)"):
        model(torch.zeros(1, 9, 64, 65))
    with pytest.raises(ModelInvalid, match="take 67"):
        create_model("alexnet", size=66)


@pytest.mark.parametrize(("over", "axis"), [("keys", 2), ("queries", 1)])
def test_weights_of_attention_sum_to_one_over_the_keys(over, axis):
    layer, x = SelfAttention(8, over=over), torch.randn(2, 8, 3, 5)
    weights = layer.weights(x)  # (batch, place that looks, place looked at)
    torch.testing.assert_close(weights.sum(dim=axis), torch.ones(2, 15))
    assert not torch.allclose(weights.sum(dim=3 - axis), torch.ones(2, 15), atol=1e-2)


def test_over_the_keys_a_place_takes_a_mean_and_over_the_queries_it_does_not():
    x = torch.randn(1, 8, 4, 4)
    for over, is_mean in (("keys", True), ("queries", False)):
        layer = SelfAttention(8, over=over)
        torch.nn.init.zeros_(layer.value.weight)
        torch.nn.init.ones_(layer.value.bias)  # every place offers 1
        torch.nn.init.ones_(layer.share)
        taken = layer(x) - x
        assert torch.allclose(taken, torch.ones_like(x), atol=1e-5) == is_mean


def test_attention_adds_nothing_before_it_has_learnt():
    layer, x = SelfAttention(8), torch.randn(2, 8, 3, 3)
    assert torch.equal(layer(x), x)
    with pytest.raises(ModelInvalid, match="over must be one of"):
        SelfAttention(8, over="values")


def test_attention_is_the_weighted_sum_place_by_place():
    layer, x = SelfAttention(8), torch.randn(1, 8, 2, 3)
    torch.nn.init.constant_(layer.share, 0.5)
    places = x[0].flatten(1).T  # (place, channel)
    query, key, value = (
        places @ part.weight[:, :, 0, 0].T + part.bias
        for part in (layer.query, layer.key, layer.value)
    )
    expected = torch.zeros(6, 8)
    for i in range(6):
        weight = torch.stack([(query[i] * key[j]).sum() for j in range(6)]).exp()
        expected[i] = (weight[:, None] / weight.sum() * value).sum(dim=0)
    torch.testing.assert_close(
        layer(x)[0].flatten(1).T, places + 0.5 * expected, atol=1e-5, rtol=1e-4
    )
