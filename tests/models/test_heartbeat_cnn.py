"""Perceptron and plain convolutional networks: published sizes, pooling, spectrum."""

import numpy as np
import pytest
import torch
from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models import count_parameters, create_model
from ecgbook.models.beat_parts import cut_off, filled_up, largest, mean
from ecgbook.models.heartbeat_cnn import ChannelPool
from ecgbook.training import channels_last
from tests.models.examples import Example, linear

BEAT = ((1, 187),)


def plain(inputs, outputs, kernel):
    """Parameters of a convolution with a bias."""
    return inputs * outputs * kernel + outputs


def pair(inputs, outputs, kernel):
    return plain(inputs, outputs, kernel) + plain(outputs, outputs, kernel)


_COURSE = pair(16, 32, 3) + pair(32, 32, 3) + pair(32, 256, 3)
_SEARCHED = {"widths": (16, 32), "kernels": (7, 5), "hidden": (128, 32), "dropout": 0.2}

EXAMPLES = [
    Example("course_cnn", {}, BEAT, (5,), 254_901),
    Example(
        "course_cnn",
        {"leads": 2, "classes": 4, "hidden": (10,)},
        ((2, 100),),
        (4,),
        pair(2, 16, 5) + _COURSE + linear(256, 10) + linear(10, 4),
    ),
    Example("mlp", {}, BEAT, (5,), 49_413),
    Example(
        "mlp",
        {"leads": 2, "time": 50, "hidden": (8, 6), "dropout": 0.5},
        ((2, 40),),
        (5,),
        linear(100, 8) + linear(8, 6) + linear(6, 5),
    ),
    Example(
        "vanilla_cnn",
        {},
        BEAT,
        (5,),
        pair(1, 16, 5) + pair(16, 32, 5) + pair(32, 64, 5)
        + linear(64, 512) + linear(512, 256) + linear(256, 5),
    ),
    Example("vanilla_cnn", {"pool": "channels"}, BEAT, (5,), 199_477),
    Example("vanilla_cnn", _SEARCHED | {"pool": "channels", "classes": 1}, BEAT, (1,), 16_785),
    Example("fourier_cnn", {}, BEAT, (5,), 254_981),
    Example(
        "fourier_cnn",
        {"leads": 2, "time": 142},
        ((2, 142),),
        (5,),
        pair(4, 16, 5) + _COURSE + linear(256, 64) + linear(64, 64) + linear(64, 5),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "config", "published"),
    [
        ("course_cnn", {}, 254_901),
        ("course_cnn", {"classes": 1}, 254_641),
        ("course_cnn", {"classes": 1, "hidden": (256, 128)}, 332_785),
        ("mlp", {}, 49_413),
        ("mlp", {"classes": 1}, 48_385),
        ("vanilla_cnn", {"pool": "channels"}, 199_477),
        ("vanilla_cnn", _SEARCHED | {"pool": "channels", "classes": 1}, 16_785),
        ("fourier_cnn", {}, 254_981),
        ("fourier_cnn", {"classes": 1}, 254_721),
    ],
)
def test_parameters_are_as_many_as_in_the_report(name, config, published):
    assert count_parameters(create_model(name, **config), "keras") == published


def beats(n=6, leads=1, time=187, seed=0):
    return torch.randn(n, leads, time, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("pool", "shapes"),
    [  # the published summary has (179, 16) and then (179, 8) for pooling that was to halve 179
        ("channels", [(16, 179), (8, 179), (32, 171), (16, 171), (64, 163)]),
        ("time", [(16, 179), (16, 89), (32, 81), (32, 40), (64, 32)]),
    ],
)
def test_pooling_halves_what_it_is_told_to(pool, shapes):
    trunk, x, seen = create_model("vanilla_cnn", pool=pool).trunk, beats(), []
    for layer in trunk:
        x = layer(x)
        seen.append(tuple(x.shape[1:]))
    assert [seen[i] for i in (3, 4, 8, 9, 13)] == shapes
    assert len(trunk) == 14


def test_pooling_channels_takes_the_larger_of_two_neighbours():
    x = torch.tensor([[[1.0, 8.0], [3.0, 2.0], [0.0, 0.0], [-1.0, 5.0], [9.0, 9.0]]])
    pooled = ChannelPool(2)(x)
    torch.testing.assert_close(pooled, torch.tensor([[[3.0, 8.0], [0.0, 5.0]]]))  # the fifth is cut
    x = beats(leads=6)
    by_hand = np.stack([x.numpy()[:, i : i + 2].max(axis=1) for i in (0, 2, 4)], axis=1)
    np.testing.assert_array_equal(ChannelPool(2)(x), by_hand)


def test_the_course_network_by_torchs_functions():
    model, x = create_model("course_cnn").eval(), beats()
    convolutions = [layer for layer in model.trunk if isinstance(layer, nn.Conv1d)]
    assert [layer.kernel_size for layer in convolutions] == [(5,), (5,), *[(3,)] * 6]
    seen = x
    for i, layer in enumerate(convolutions):
        seen = nn.functional.conv1d(seen, layer.weight, layer.bias).relu()
        seen = nn.functional.max_pool1d(seen, 2) if i in (1, 3, 5) else seen
    seen = seen.max(dim=2).values
    layers = [layer for layer in model.head.modules() if isinstance(layer, nn.Linear)]
    for layer in layers[:-1]:
        seen = (seen @ layer.weight.T + layer.bias).relu()
    torch.testing.assert_close(model(x), seen @ layers[-1].weight.T + layers[-1].bias)


def test_the_spectrum_is_numpys():
    model, x = create_model("fourier_cnn", leads=2), beats(leads=2)
    expected = np.fft.rfft(x.numpy().astype(float), axis=2)
    spectrum = model.spectrum(x)
    assert spectrum.shape == (6, 4, 94)
    np.testing.assert_allclose(spectrum[:, :2], expected.real, atol=1e-4)
    np.testing.assert_allclose(spectrum[:, 2:], expected.imag, atol=1e-4)


@pytest.mark.parametrize("name", ["mlp", "fourier_cnn", "dilated_bilstm", "beat_autoencoder"])
def test_a_shorter_beat_is_filled_up_and_a_longer_one_refused(name):
    model, x = create_model(name).eval(), beats(time=120)
    long = torch.cat([x, torch.zeros(6, 1, 67)], dim=2)
    torch.testing.assert_close(model(x), model(long)[..., :120])
    with pytest.raises(ModelInvalid, match=r"beats of up to 187 samples, got .*\(6, 1, 188\)"):
        model(beats(time=188))


def test_filling_up_and_cutting_off_by_hand():
    x = torch.tensor([[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]])
    assert filled_up(x, 5)[0, 0].tolist() == [1, 2, 3, 0, 0]
    assert filled_up(x, 3).equal(x)
    assert cut_off(x, torch.tensor([2, 3]))[:, 0].tolist() == [[1, 2, 0], [4, 5, 6]]
    assert cut_off(x, None).equal(x)


@pytest.mark.parametrize(("ours", "name"), [(largest, "amax"), (mean, "mean")])
def test_what_is_taken_over_time_keeps_the_layout(ours, name):
    x = beats(4, leads=3).transpose(1, 2).contiguous().transpose(1, 2).requires_grad_()
    expected = getattr(x, name)(dim=2)
    torch.testing.assert_close(ours(x), expected)
    gradient = torch.autograd.grad(ours(x).square().sum(), x)[0]
    assert gradient.stride() == x.stride()
    torch.testing.assert_close(gradient, torch.autograd.grad(expected.square().sum(), x)[0])


CONVOLUTIONAL = [
    ("course_cnn", {}),
    ("vanilla_cnn", {}),
    ("vanilla_cnn", {"pool": "channels"}),
    ("fourier_cnn", {}),
    ("bottleneck_resnet", {"depth": 20}),
    ("dilated_bilstm", {}),
    ("beat_autoencoder", {}),
    ("encoder_classifier", {}),
    ("beat_resnet", {}),
]


@pytest.mark.parametrize(("name", "config"), CONVOLUTIONAL)
def test_with_channels_last_outputs_and_gradients_are_the_same(name, config):
    model, x = create_model(name, **config).eval(), beats(16)
    plain = model(x)
    plain.square().mean().backward()
    expected = {name: weight.grad.clone() for name, weight in model.named_parameters()}
    model.zero_grad()
    with channels_last(model):
        output = model(x)
        output.square().mean().backward()
    torch.testing.assert_close(output, plain, atol=1e-5, rtol=1e-4)
    for name, weight in model.named_parameters():
        torch.testing.assert_close(weight.grad, expected[name], atol=1e-5, rtol=1e-3)


@pytest.mark.parametrize(
    ("name", "config", "message"),
    [
        ("vanilla_cnn", {"pool": "lead"}, "pool must be one of 'time', 'channels', got 'lead'"),
        ("vanilla_cnn", {"widths": (16, 32)}, "each pair needs a width and a kernel"),
        ("fourier_cnn", {"time": 141}, "time must be at least 142 samples, got 141"),
        ("dilated_bilstm", {"time": 75}, "after 4 blocks nothing is left of 75 samples"),
    ],
)
def test_settings_that_cannot_be_are_refused(name, config, message):
    with pytest.raises(ModelInvalid, match=message):
        create_model(name, **config)


@pytest.mark.parametrize("name", ["course_cnn", "mlp", "vanilla_cnn", "dilated_bilstm"])
def test_first_weights_are_drawn_as_keras_draws_them(name):
    for layer in create_model(name).modules():
        if isinstance(layer, nn.Conv1d | nn.Linear):
            sides = sum(layer.weight.shape[:2]) * layer.weight[0, 0].numel()
            limit = (6 / sides) ** 0.5  # Glorot's: uniform, by what comes in and what goes out
            # The largest of n draws falls short of the limit by about one part in n.
            least = limit * (1 - 10 / layer.weight.numel())
            assert least < layer.weight.abs().max() <= limit
            assert not layer.bias.any()


def test_first_weights_of_the_deep_network_are_those_of_keras_example():
    for layer in create_model("bottleneck_resnet", depth=11).trunk.modules():
        if isinstance(layer, nn.Conv1d):
            inputs = layer.weight[0].numel()
            off = 5 / (2 * layer.weight.numel()) ** 0.5
            assert float(layer.weight.detach().std()) == pytest.approx((2 / inputs) ** 0.5, rel=off)
