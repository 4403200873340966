"""The transformer: attention by hand, masks, positions."""

import math

import numpy as np
import pytest
import torch

from ecgbook.errors import ModelInvalid
from ecgbook.models import create_model
from ecgbook.models.transformer import sinusoids
from tests.models.examples import Example, linear

BEAT = ((1, 187),)


def layers(n, width):
    norms, thinking = 2 * 2 * width, linear(width, 2 * width) + linear(2 * width, width)
    return n * (norms + 3 * width * width + linear(width, width) + thinking)


def rest(inputs, width, classes=5):
    """Parameters of the embedding, the last normalisation and the classes."""
    return linear(inputs, width) + 2 * width + linear(width, classes)


EXAMPLES = [
    Example("beat_transformer", {}, BEAT, (5,), rest(8, 64) + 24 * 64 + layers(4, 64)),
    Example(
        "beat_transformer",
        {"leads": 2, "patch": 5, "width": 12, "heads": 3, "layers": 2, "pool": "token"}
        | {"positions": "sinusoidal", "classes": 4, "time": 60},
        ((2, 60),),
        (4,),
        rest(10, 12, 4) + 12 + layers(2, 12),
    ),
    Example(
        "beat_transformer",
        {"layers": 1, "positions": None},
        BEAT,
        (5,),
        rest(8, 64) + layers(1, 64),
    ),
]

LENGTH = torch.tensor([187, 1, 96, 97])
pools = pytest.mark.parametrize("pool", ["mean", "token"])


def beats(n=4, leads=1, time=187, seed=0):
    return torch.randn(n, leads, time, generator=torch.Generator().manual_seed(seed))


@pools
@pytest.mark.parametrize("length", [None, LENGTH])
def test_attention_is_the_softmax_of_scaled_products(pool, length):
    model, x = create_model("beat_transformer", pool=pool).eval(), beats()
    inputs = []
    for layer in model.layers:
        layer.register_forward_pre_hook(lambda _, given: inputs.append(given[0].detach().numpy()))
    with torch.no_grad():
        model(x, length)
        weights = model.attention(x, length).numpy()
    token = pool == "token"
    assert weights.shape == (4, 4, 4, 24 + token, 24 + token)
    ends = np.full(4, 24) if length is None else -(-length.numpy() // 8)
    for number, (layer, seen) in enumerate(zip(model.layers, inputs, strict=False)):
        centred = seen - seen.mean(axis=2, keepdims=True)
        normed = centred / np.sqrt(centred.var(axis=2, keepdims=True) + 1e-5)
        matrix = layer.attention.queries_keys_values.weight.detach().numpy()
        for head in range(4):
            rows = slice(16 * head, 16 * head + 16)
            queries, keys = normed @ matrix[:64][rows].T, normed @ matrix[64:128][rows].T
            scores = np.exp(queries @ keys.transpose(0, 2, 1) / math.sqrt(16))
            for beat, end in enumerate(ends + token):
                scores[beat, :, end:] = 0
            expected = scores / scores.sum(axis=2, keepdims=True)
            np.testing.assert_allclose(weights[:, number, head], expected, atol=1e-5)


def test_what_a_layer_takes_is_the_mean_under_its_attention():
    model, x = create_model("beat_transformer").eval(), beats()
    attention, taken = model.layers[0].attention, []
    attention.register_forward_hook(lambda _, given, output: taken.extend([given[0], output]))
    model(x)
    values = attention.queries_keys_values(taken[0])[..., 128:].unflatten(2, (4, 16))
    mean = torch.einsum("bhqk,bkhd->bqhd", model.attention(x)[:, 0], values)
    torch.testing.assert_close(taken[1], attention.join(mean.flatten(2)))


@pools
@pytest.mark.parametrize("positions", ["learnt", "sinusoidal", None])
def test_what_comes_after_the_end_of_a_beat_changes_nothing(pool, positions):
    model = create_model("beat_transformer", pool=pool, positions=positions).eval()
    x = beats()
    other = x.clone()
    for beat, length in zip(other, LENGTH, strict=True):
        beat[:, length:] = 1e3
    torch.testing.assert_close(model(x, LENGTH), model(other, LENGTH), rtol=0, atol=0)
    assert not torch.allclose(model(x), model(other))


@pools
def test_a_padded_beat_is_scored_as_the_beat_alone(pool):
    model, x = create_model("beat_transformer", pool=pool).eval(), beats()
    together = model(x, LENGTH)
    for i, length in enumerate(LENGTH):
        alone = model(x[i : i + 1, :, :length])
        torch.testing.assert_close(together[i : i + 1], alone)
    torch.testing.assert_close(model(x, torch.full((4,), 187)), model(x))


def test_patches_that_are_all_padding_are_not_looked_at():
    weights = create_model("beat_transformer").eval().attention(beats(), LENGTH)
    for beat, patches in zip(weights, [24, 1, 12, 13], strict=True):
        assert not beat[..., patches:].any()
        assert (beat[..., :patches] > 0).all()
        torch.testing.assert_close(beat.sum(dim=-1), torch.ones(4, 4, 24))


def test_without_positions_the_order_of_patches_is_not_seen():
    x = beats(time=184)
    turned = x.unflatten(2, (23, 8)).flip(2).flatten(2)
    for positions, same in ((None, True), ("learnt", False), ("sinusoidal", False)):
        model = create_model("beat_transformer", positions=positions).eval()
        assert torch.allclose(model(x), model(turned), atol=1e-5) == same


def test_sinusoids_by_the_formula():
    table = sinusoids(30, 12)
    for t in range(30):
        for k in range(6):
            angle = t / 10_000 ** (2 * k / 12)
            assert table[t, 2 * k] == pytest.approx(math.sin(angle), abs=1e-5)
            assert table[t, 2 * k + 1] == pytest.approx(math.cos(angle), abs=1e-5)


@pools
def test_lengths_are_exported_and_compiled(pool):
    model, batch = create_model("beat_transformer", pool=pool).eval(), (beats(), LENGTH)
    exported = torch.export.export(model, batch).module()
    torch.testing.assert_close(exported(*batch), model(*batch))
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(*batch), model(*batch))


def test_longer_beats_are_refused():
    with pytest.raises(ModelInvalid, match=r"beats of up to 187 samples, got .*\(2, 1, 188\)"):
        create_model("beat_transformer")(torch.zeros(2, 1, 188))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"positions": "sine"}, "positions must be one of 'learnt', 'sinusoidal', None"),
        ({"pool": "max"}, "pool must be one of 'mean', 'token'"),
        ({"width": 66}, "a multiple of heads=4: 66"),
        ({"width": 7, "heads": 7}, "width must be even"),
    ],
)
def test_settings_that_cannot_be_are_refused(config, message):
    with pytest.raises(ModelInvalid, match=message):
        create_model("beat_transformer", **config)
