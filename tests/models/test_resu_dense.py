"""ResU-Dense: the published table of sizes, the U by hand, and no shift at any length."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from ecgbook.errors import ModelInvalid
from ecgbook.models import count_parameters, create_model
from tests.models.examples import Example, conv, linear

SMALL = {"width": 8, "middle": 4, "depths": (2, 1), "dense": (2, 1), "growth": 2, "heads": 2}


def u(width, middle, depth):
    down = conv(width, middle, 9) + (depth - 1) * conv(middle, middle, 9)
    up = (depth - 1) * conv(2 * middle, middle, 9) + conv(2 * middle, width, 9)
    return conv(width, width, 9) + down + conv(middle, middle, 9) + up + width * width


def dense(inputs, units, growth):
    middle, total = 4 * growth, 0
    for unit in range(units):
        seen = inputs + unit * growth
        total += 2 * seen + seen * middle + 2 * middle + 3 * middle * growth
    return total


def transition(inputs, outputs):
    return 2 * inputs + inputs * outputs


def attention(width):
    return linear(width, 3 * width) + linear(width, width)


BODY = conv(2, 8, 15) + u(8, 4, 2) + u(8, 4, 1) + dense(8, 2, 2) + transition(12, 6)
BODY += dense(6, 1, 2) + transition(8, 8) + linear(8, 3)
SMALL_OF_TWO = SMALL | {"leads": 2, "classes": 3}
EXAMPLES = [
    Example("resu_dense", SMALL_OF_TWO | more, ((2, 90),), (3,), total)
    for more, total in (
        ({}, BODY + attention(8)),
        ({"attention": "residual"}, BODY + attention(8) + 2 * 8),
        ({"attention": None}, BODY),
    )
]


def test_every_stage_has_the_size_of_the_published_table():
    model, x = create_model("resu_dense").eval(), torch.zeros(1, 12, 4096)
    stages = [("stem", 2, 46_592, (256, 2048))]
    stages += [("u", 1, 1_690_112, (256, 1024)), ("u", 1, 1_579_264, (256, 512))]
    stages += [("u", 1, 1_468_416, (256, 256)), ("u", 1, 1_357_568, (256, 128))]
    stages += [("dense", 16, 305_984, (448, 128)), ("transition", 1, 101_248, (224, 128))]
    stages += [("dense", 16, 280_384, (416, 128)), ("transition", 1, 107_328, (256, 128))]
    layers = iter(model.trunk)
    for name, number, parameters, shape in stages:
        taken = [next(layers) for _ in range(number)]
        x = nn.Sequential(*taken)(x)
        assert (name, tuple(x.shape[1:])) == (name, shape)
        assert sum(map(count_parameters, taken)) == parameters, name
    assert next(layers, None) is None
    assert count_parameters(model.attention) == 263_168
    assert count_parameters(model.head) == 6_682


@pytest.mark.parametrize(
    ("attention", "parameters"),
    [("published", 7_206_746), (None, 7_206_746 - 263_168), ("residual", 7_206_746 + 2 * 256)],
)
def test_parameters_with_and_without_attention_and_corrected(attention, parameters):
    assert count_parameters(create_model("resu_dense", attention=attention)) == parameters


def test_a_u_by_hand():
    block = create_model("resu_dense", **SMALL).trunk[2].eval()
    x = torch.randn(3, 8, 64, generator=torch.Generator().manual_seed(0))

    def layer(sequence, x):
        convolution, norm, _ = sequence
        more = {"output_padding": 1} if isinstance(convolution, nn.ConvTranspose1d) else {}
        work = functional.conv_transpose1d if more else functional.conv1d
        x = work(x, convolution.weight, None, convolution.stride, 4, **more)
        x = functional.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias)
        return functional.leaky_relu(x, 0.01)

    start = layer(block.enter, x)
    half = layer(block.down[0], start)
    quarter = layer(block.down[1], half)
    bottom = layer(block.bottom, quarter)
    up = layer(block.up[0], torch.cat([bottom, quarter], dim=1))
    up = layer(block.up[1], torch.cat([up, half], dim=1))
    expected = functional.conv1d(functional.avg_pool1d(up + start, 2), block.leave.weight)
    torch.testing.assert_close(block(x), expected)


@pytest.mark.parametrize("time", [20, 21, 22, 23, 90, 127])
def test_no_step_is_shifted_at_any_length(time):
    # Kernels that copy the sample in their middle: what comes up again has been taken down and
    # stands where it stood, every other sample of it, or 0.
    block = create_model("resu_dense", **SMALL | {"depths": (1,)}).trunk[2].eval()
    with torch.no_grad():
        for sequence in (block.enter, *block.down, block.bottom, *block.up):
            sequence[0].weight.zero_()
            sequence[0].weight[0, 0, 4] = 1.0
        block.leave.weight.zero_()
        block.leave.weight[0, 0] = 1.0
    x = torch.rand(1, 8, time, generator=torch.Generator().manual_seed(0)) + 1
    kept = (torch.arange(time) + (time % 4 > 0)) % 2 == 0
    expected = functional.avg_pool1d(x[:, :1] * (1 + kept), 2)
    torch.testing.assert_close(block(x)[:, :1], expected, rtol=1e-3, atol=0.0)


def test_only_the_published_attention_knows_no_position():
    x = torch.randn(2, 8, 5, generator=torch.Generator().manual_seed(0))
    for kind, equal in (("published", True), ("residual", False)):
        layer = create_model("resu_dense", **SMALL, attention=kind).attention
        assert torch.allclose(layer(x.flip(2)).flip(2), layer(x), atol=1e-5) == equal


def test_another_attention_is_refused():
    with pytest.raises(ModelInvalid, match="attention must be one of 'published', 'residual', Non"):
        create_model("resu_dense", attention="corrected")
