"""Gated layers with two biases: torch's own are the oracle."""

import pytest
import torch
from torch import nn

from ecgbook.models.gated import GRU, LSTM

pairs = pytest.mark.parametrize(("kind", "oracle"), [(LSTM, nn.LSTM), (GRU, nn.GRU)])


def layer_and_oracle(kind, oracle):
    torch.manual_seed(0)
    layer, theirs = kind(3, 8), oracle(3, 8, batch_first=True)
    with torch.no_grad():
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(theirs, f"{name}_l0").copy_(getattr(layer, name))
    return layer, theirs


@pairs
def test_a_layer_is_torchs(kind, oracle):
    layer, theirs = layer_and_oracle(kind, oracle)
    x = torch.randn(5, 12, 3)
    torch.testing.assert_close(layer(x), theirs(x)[0])
    torch.testing.assert_close(layer._written_out(x), theirs(x)[0])
    layer(x).square().mean().backward()
    theirs(x)[0].square().mean().backward()
    for name, weight in layer.named_parameters():
        torch.testing.assert_close(weight.grad, getattr(theirs, f"{name}_l0").grad)


@pairs
def test_under_automatic_precision_it_computes_in_float32(kind, oracle):
    layer, _ = layer_and_oracle(kind, oracle)
    x = torch.randn(2, 6, 3).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        states = layer(x)
    assert states.dtype == torch.float32
    assert torch.equal(states, layer(x.float()))


@pairs
def test_first_weights_lie_as_torchs(kind, oracle):
    layer, _ = layer_and_oracle(kind, oracle)
    largest = max(weight.abs().max() for weight in layer.parameters())
    assert 0.95 * 8**-0.5 < largest <= 8**-0.5
