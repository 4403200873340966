"""Parts of networks for recordings, by torch's own layers and by theory."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models.recording_parts import AttentionOverTime, ResidualAttention, pairs_averaged


def steps(n=2, width=8, time=11, seed=0):
    return torch.randn(n, width, time, generator=torch.Generator().manual_seed(seed))


def attention(kind=AttentionOverTime, width=8, heads=2):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = kind(width, heads)
        for bias in (weight for weight in layer.parameters() if weight.ndim == 1):
            nn.init.normal_(bias)
    return layer


def test_attention_is_torchs_own():
    ours, theirs, x = attention(), nn.MultiheadAttention(8, 2, batch_first=True), steps()
    with torch.no_grad():
        theirs.in_proj_weight.copy_(ours.queries_keys_values.weight)
        theirs.in_proj_bias.copy_(ours.queries_keys_values.bias)
        theirs.out_proj.weight.copy_(ours.join.weight)
        theirs.out_proj.bias.copy_(ours.join.bias)
    given = [x.transpose(1, 2)] * 3
    expected, weights = theirs(*given, average_attn_weights=False)
    torch.testing.assert_close(ours(x), expected.transpose(1, 2))
    torch.testing.assert_close(ours.weights(x), weights)
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())


@given(st.permutations(range(7)))
def test_attention_knows_no_position_unless_it_is_told(order):
    x = steps(time=7)
    plain, told = attention(), attention(ResidualAttention)
    torch.testing.assert_close(plain(x[..., order]), plain(x)[..., order])
    moved = list(order) != list(range(7))
    assert torch.allclose(told(x[..., order]), told(x)[..., order], atol=1e-4) != moved


def test_residual_attention_adds_to_what_comes_in():
    layer, x = attention(ResidualAttention), steps()
    with torch.no_grad():
        layer.attention.join.weight.zero_()
        layer.attention.join.bias.fill_(2.0)
    torch.testing.assert_close(layer(x), x + 2)
    torch.testing.assert_close(layer.weights(x).sum(dim=3), torch.ones(2, 2, 11))


def test_heads_must_share_the_channels_evenly():
    with pytest.raises(ModelInvalid, match="a multiple of heads=3, got 8"):
        AttentionOverTime(8, 3)


@given(st.integers(1, 40), st.booleans())
def test_pairs_are_averaged_as_by_hand(time, keep_last):
    x = steps(time=max(time, 2))
    expected = [x[..., i : i + 2].mean(dim=2) for i in range(0, x.shape[2], 2)]
    expected = expected if keep_last or x.shape[2] % 2 == 0 else expected[:-1]
    averaged = pairs_averaged(x, keep_last=keep_last)
    torch.testing.assert_close(averaged, torch.stack(expected, dim=2))
