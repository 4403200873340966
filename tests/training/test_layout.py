"""Channels last computes what the plain model does, in another layout and by the same weights."""

import copy
import doctest

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from ecgbook.models import create_model
from ecgbook.training import layout as module
from ecgbook.training import predict
from ecgbook.training.layout import channels_last

BEAT = (1, 320)
MODELS = {
    "beat_cnn": ({"leads": 2, "features": 3}, (2, 187), (3,)),
    "autoencoder": ({}, BEAT),
    "memory_autoencoder": ({"slots": 20, "shrink": 0.0}, BEAT),
    "beat_discriminator": ({}, BEAT),
    "beat_classifier": ({"dropout": 0.0}, BEAT),
    "multi_branch_classifier": ({"dropout": 0.0}, BEAT),
}


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0


def learnt(model, inputs):
    """Return the output of a training pass, all gradients, and the state after it."""
    output = model(*inputs)
    (output * torch.linspace(-1, 1, output.numel()).view_as(output)).sum().backward()
    grads = {name: weight.grad for name, weight in model.named_parameters()}
    return output.detach(), grads, model.state_dict()


@pytest.mark.parametrize("name", MODELS)
def test_a_registered_model_learns_the_same(name):
    config, *shapes = MODELS[name]
    model = create_model(name, **({"dropout": 0.0} if name == "beat_cnn" else {}) | config)
    twin = copy.deepcopy(model)
    inputs = [torch.randn(6, *shape, generator=torch.manual_seed(0)) for shape in shapes]
    plain = learnt(model.train(), inputs)
    with channels_last(twin):
        last = learnt(twin.train(), inputs)
    torch.testing.assert_close(last[0], plain[0], rtol=1e-4, atol=1e-5)
    for ours, theirs in zip(last[1:], plain[1:], strict=True):
        assert ours.keys() == theirs.keys()
        for key in theirs:
            size = float(theirs[key].abs().max())
            torch.testing.assert_close(ours[key], theirs[key], rtol=1e-3, atol=1e-5 + 1e-5 * size)
    assert [type(layer) for layer in twin.modules()] == [type(layer) for layer in model.modules()]
    assert str(twin) == str(model)


@pytest.mark.parametrize("name", MODELS)
def test_a_registered_model_scores_the_same(name):
    config, *shapes = MODELS[name]
    model = create_model(name, **config).eval()
    inputs = [torch.randn(5, *shape, generator=torch.manual_seed(0)) for shape in shapes]
    with torch.no_grad():
        expected = model(*inputs)
    torch.testing.assert_close(
        torch.tensor(predict(model, *inputs)), expected, rtol=1e-4, atol=1e-5
    )


@st.composite
def layers(draw):
    """Return a layer over time for four channels, with settings that fit 24 samples."""
    kernel, stride, dilation = (
        draw(st.integers(1, 5)),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 2)),
    )
    padding, groups = draw(st.integers(0, kernel // 2)), draw(st.sampled_from([1, 2]))
    common = {"bias": draw(st.booleans()), "groups": groups, "dilation": dilation}
    return draw(
        st.sampled_from(
            [
                nn.Conv1d(4, 6, kernel, stride, padding, **common),
                nn.Conv1d(4, 6, 3, padding="same", **common),
                nn.Conv1d(4, 6, 24, bias=common["bias"]),
                nn.ConvTranspose1d(4, 6, kernel, stride, padding, stride - 1, **common)
                if stride - 1 < max(stride, dilation)
                else nn.Identity(),
                nn.BatchNorm1d(4),
                nn.GroupNorm(2, 4),
                nn.MaxPool1d(kernel, stride, padding, ceil_mode=draw(st.booleans())),
                nn.MaxPool1d((kernel,), stride),
                nn.AvgPool1d(kernel, stride),
                nn.AdaptiveAvgPool1d(3),
                nn.LeakyReLU(0.2),
                nn.Upsample(scale_factor=2),
            ]
        )
    )


@settings(max_examples=150, deadline=None)
@given(layers(), st.integers(1, 3), st.booleans())
def test_a_layer_gives_the_same_whatever_its_settings(layer, batch, training):
    x = torch.randn(batch + 1, 4, 24, generator=torch.manual_seed(batch))
    layer.train(training)
    expected = copy.deepcopy(layer)(x)
    with channels_last(layer):
        torch.testing.assert_close(layer(x), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("bias", [True, False])
def test_one_sample_is_spread_by_a_transposed_convolution(bias):
    layer, x = nn.ConvTranspose1d(5, 3, 10, bias=bias), torch.randn(4, 5, 1)
    expected = layer(x)
    with channels_last(layer):
        torch.testing.assert_close(layer(x), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("layer", [nn.Conv1d(4, 6, 3), nn.MaxPool1d(2)])
def test_one_signal_without_a_batch_stays_possible(layer):
    x = torch.randn(4, 24)
    expected = layer(x)
    with channels_last(layer):
        torch.testing.assert_close(layer(x), expected)


def last(x):
    """Return whether the channels of a sample lie side by side."""
    _, channels, time = x.shape
    return x.stride() == (channels * time, 1, channels)


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="nothing is changed then")
def test_the_layout_is_handed_on_from_layer_to_layer():
    block = [nn.Conv1d(4, 4, 5, padding=2), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.1)]
    body = nn.Sequential(
        *block, nn.MaxPool1d(2), nn.GroupNorm(2, 4), nn.ConvTranspose1d(4, 6, 2, 2)
    )
    seen = []
    for layer in body:
        layer.register_forward_hook(lambda layer, inputs, output: seen.append(last(output)))
    x = torch.randn(3, 4, 64)
    body(x)
    assert not any(seen)
    seen.clear()
    with channels_last(body):
        body(x)
    assert all(seen)
    assert len(seen) == len(body)


class Residual(nn.Module):
    """A block with a sum and a recurrent layer, which has a layout of its own."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv1d(2, 8, 3, padding=1), nn.Conv1d(8, 8, 3, padding=1)
        self.memory = nn.LSTM(8, 4, batch_first=True)

    def forward(self, x):
        x = torch.relu(self.first(x))
        x = x + self.second(x)
        return self.memory(x.transpose(1, 2))[0][:, -1]


def test_a_network_that_is_not_a_sequence_gives_the_same():
    torch.manual_seed(0)
    model, x = Residual(), torch.randn(3, 2, 50)
    expected = model(x)
    with channels_last(model):
        torch.testing.assert_close(model(x), expected, rtol=1e-4, atol=1e-5)


class Own(nn.Conv1d):
    def forward(self, x):
        return super().forward(x) + 1


@pytest.mark.parametrize(
    "layer",
    [
        Own(4, 4, 3),
        nn.Conv1d(4, 4, 3, padding=1, padding_mode="circular"),
        nn.MaxPool1d(2, return_indices=True),
        nn.Conv2d(4, 4, 3),
        nn.Conv1d(4, 4, 3, device="meta"),
    ],
    ids=["a class of one's own", "circular", "indices", "two dimensions", "another device"],
)
def test_what_it_does_not_know_is_left_alone(layer):
    before = type(layer)
    with channels_last(layer):
        assert type(layer) is before


def test_an_error_within_gives_the_model_back():
    model = nn.Sequential(nn.Conv1d(1, 2, 3), nn.BatchNorm1d(2))
    with pytest.raises(RuntimeError, match="expected"), channels_last(model):
        model(torch.ones(2, 7, 20))
    assert [type(layer) for layer in model] == [nn.Conv1d, nn.BatchNorm1d]


def test_one_within_another_changes_nothing():
    model, x = nn.Conv1d(1, 2, 3), torch.ones(2, 1, 20)
    with channels_last(model):
        with channels_last(model):
            inner = model(x)
        assert torch.equal(model(x), inner)
    assert type(model) is nn.Conv1d
