"""Residual networks: published sizes, the order of layers, what is refused."""

import pytest
import torch
from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models import count_parameters, create_model
from tests.models.examples import Example, conv, linear
from tests.models.test_heartbeat_cnn import beats

BEAT = ((1, 187),)


def bottlenecks(units, classes):
    """Parameters of all layers, one by one, with a bias each and scale and shift of a norm."""
    total, inputs = 7 * 16 + 16 + 2 * 16, 16
    for outputs in (64, 128, 256):
        middle = outputs // 4
        for unit in range(units):
            total += 0 if inputs == 16 else 2 * inputs  # the stem has normalised already
            total += linear(inputs, middle) + 2 * middle
            total += linear(3 * middle, middle) + 2 * middle + linear(middle, outputs)
            total += 0 if unit else linear(inputs, outputs)
            inputs = outputs
    return total + 2 * 256 + linear(256, classes)


def stages(width, blocks, kernel, seen):
    total, inputs = conv(1, width, 7), width
    for outputs in (width, 2 * width, 4 * width):
        total += conv(inputs, outputs, kernel) + conv(outputs, outputs, kernel)
        total += 0 if inputs == outputs else conv(inputs, outputs, 1)
        total += (blocks - 1) * 2 * conv(outputs, outputs, kernel)
        inputs = outputs
    return total + linear(seen, 5)


EXAMPLES = [
    Example("bottleneck_resnet", {"depth": 11}, BEAT, (5,), bottlenecks(1, 5)),
    Example("bottleneck_resnet", {"depth": 20, "classes": 1}, BEAT, (1,), bottlenecks(2, 1)),
    Example("beat_resnet", {}, BEAT, (5,), stages(32, 1, 5, 2 * 128)),
    Example(
        "beat_resnet",
        {"width": 8, "blocks": 2, "kernel": 3, "pool": "mean"},
        ((1, 100),),
        (5,),
        stages(8, 2, 3, 32),
    ),
]


@pytest.mark.parametrize(
    ("config", "keras", "trainable"),
    [
        ({}, 2_782_725, 2_723_557),
        ({"classes": 1}, 2_781_697, None),
        ({"depth": 101, "classes": 1}, 719_329, None),
    ],
)
def test_parameters_are_as_many_as_in_the_report(config, keras, trainable):
    model = create_model("bottleneck_resnet", **config)
    assert count_parameters(model, "keras") == keras
    assert trainable is None or count_parameters(model) == trainable


@pytest.mark.parametrize("depth", [11, 20, 101])
def test_depth_counts_the_layers_with_weights(depth):
    model = create_model("bottleneck_resnet", depth=depth)
    layers = [m for m in model.modules() if isinstance(m, nn.Conv1d | nn.Linear)]
    shortcuts = 3  # one a stage, not counted
    assert len(layers) - shortcuts == depth


@pytest.mark.parametrize("depth", [2, 9, 21, 100, -7])
def test_another_depth_is_refused(depth):
    with pytest.raises(ModelInvalid, match=rf"9 n \+ 2, such as 11, 20 or 29, got {depth}"):
        create_model("bottleneck_resnet", depth=depth)


def test_stages_halve_the_time_axis():
    model, x, shapes = create_model("bottleneck_resnet", depth=20), beats(2), []
    for layer in model.trunk:
        x = layer(x)
        shapes.append(tuple(x.shape[1:]))
    expected = [(16, 187)] * 3 + [(64, 187)] * 2 + [(128, 94)] * 2 + [(256, 47)] * 4
    assert shapes == expected


def test_a_unit_adds_to_what_comes_in():
    unit, x = create_model("bottleneck_resnet", depth=20).eval().trunk[4], beats(2, leads=64)
    with torch.no_grad():
        unit.way[-1].weight.zero_()
        unit.way[-1].bias.fill_(2.0)
    torch.testing.assert_close(unit(x), x + 2)  # no normalisation and no ReLU on the sum
    scaled = 3 * x + 1
    torch.testing.assert_close(unit(scaled), scaled + 2)


@pytest.mark.parametrize("pool", ["mean", "max", "both"])
def test_pools_of_the_small_network(pool):
    model, x = create_model("beat_resnet", pool=pool).eval(), beats()
    seen = model.trunk(x)
    assert seen.shape == (6, 128, 24)  # 187 halved three times, rounded up but in the pooling
    numbers = {"mean": [seen.sum(dim=2) / 24], "max": [seen.max(dim=2).values]}
    numbers["both"] = numbers["mean"] + numbers["max"]
    torch.testing.assert_close(model(x), model.head(torch.cat(numbers[pool], dim=1)))


@pytest.mark.parametrize(
    ("config", "message"),
    [({"kernel": 4}, "kernel must be odd"), ({"pool": "sum"}, "pool must be one of 'mean'")],
)
def test_settings_that_cannot_be_are_refused(config, message):
    with pytest.raises(ModelInvalid, match=message):
        create_model("beat_resnet", **config)
