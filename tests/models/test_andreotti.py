"""The residual network of 34 layers: published sizes, the order of layers, Keras' padding."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from ecgbook.errors import ModelInvalid
from ecgbook.models import count_parameters, create_model
from ecgbook.training import channels_last
from tests.models.examples import Example, linear


def parameters(filters, classes, time, leads=1):
    """All layers one by one: convolutions with bias, scale and shift of a normalisation."""
    first = linear(16 * leads, filters) + 2 * filters
    first += 2 * linear(16 * filters, filters) + 2 * filters
    total, inputs, halved = first, filters, time // 2
    for block in range(15):
        outputs = filters * (1 + block // 4)
        total += 2 * inputs + linear(16 * inputs, outputs)
        total += 2 * outputs + linear(16 * outputs, outputs)
        total += 0 if inputs == outputs else linear(inputs, outputs)
        inputs, halved = outputs, halved // 2 if block % 2 else halved
    return total + 2 * inputs + linear(inputs * halved, classes)


EXAMPLES = [
    Example(
        "andreotti",
        {"filters": 2, "time": 300, "leads": 2, "classes": 3},
        ((2, 290),),
        (3,),
        parameters(2, 3, 300, leads=2),
    ),
]


def recordings(n=3, time=600, leads=1, seed=0):
    return torch.randn(n, leads, time, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("config", "keras", "trainable"),
    [
        ({}, 843_780, 841_380),
        ({"filters": 64}, 13_316_100, 13_306_500),
        ({"filters": 64, "classes": 2}, 13_298_178, 13_288_578),
    ],
)
def test_parameters_are_as_many_as_published(config, keras, trainable):
    model = create_model("andreotti", **config)
    assert count_parameters(model, "keras") == keras
    assert count_parameters(model) == trainable


def test_layers_are_34_but_for_the_shortcuts():
    layers = [
        m for m in create_model("andreotti").modules() if isinstance(m, nn.Conv1d | nn.Linear)
    ]
    shortcuts = [m for m in layers if getattr(m, "kernel_size", None) == (1,)]
    assert len(shortcuts) == 3
    assert len(layers) - len(shortcuts) == 34


def test_every_other_block_halves_the_time_axis():
    model = create_model("andreotti", filters=2).eval()
    x, shapes = recordings(1, 9000), []
    for layer in model.trunk:
        x = layer(x)
        shapes.append(tuple(x.shape[1:]))
    assert shapes[:3] == [(2, 9000)] * 3  # convolution, normalisation, ReLU
    widths = [2] * 5 + [4] * 4 + [6] * 4 + [8] * 3
    times = [4500, 4500, 2250, 2250, 1125, 1125, 562, 562, 281, 281, 140, 140, 70, 70, 35, 35]
    assert shapes[3:19] == list(zip(widths, times, strict=True))
    assert shapes[19:] == [(8, 35)] * 2


def test_a_convolution_is_padded_as_keras_pads_it():
    layer, x = create_model("andreotti", filters=2).trunk[0], recordings(2, 100)
    expected = functional.conv1d(functional.pad(x, (7, 8)), layer[0].weight, layer[0].bias)
    torch.testing.assert_close(layer(x), expected)


def test_a_block_adds_to_what_comes_in_before_its_activation():
    block, x = create_model("andreotti", filters=2).eval().trunk[4], recordings(2, 100, leads=2)
    with torch.no_grad():
        block.way[-1][0].weight.zero_()
        block.way[-1][0].bias.fill_(2.0)
    torch.testing.assert_close(block(x), x + 2)


def test_a_shorter_recording_is_filled_up_and_a_longer_one_refused():
    model, x = create_model("andreotti", filters=2, time=600).eval(), recordings(time=500)
    torch.testing.assert_close(model(x), model(torch.cat([x, torch.zeros(3, 1, 100)], dim=2)))
    with pytest.raises(ModelInvalid, match=r"up to 600 samples, got .*\(3, 1, 601\).* cut crops"):
        model(recordings(time=601))
    with pytest.raises(ModelInvalid, match="time must be at least 256 samples, got 255"):
        create_model("andreotti", time=255)


def test_with_channels_last_it_is_the_same():
    model, x = create_model("andreotti", filters=4, time=600).eval(), recordings()
    plain = model(x)
    with channels_last(model):
        torch.testing.assert_close(model(x), plain, atol=1e-5, rtol=1e-4)
