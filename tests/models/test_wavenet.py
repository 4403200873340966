"""WaveNet: published size, causality and reach by gradient, the same samples as the naive loop."""

import pytest
import torch
from torch.nn import functional

from ecgbook.errors import ModelInvalid
from ecgbook.models import (
    count_parameters,
    create_model,
    generate,
    generate_blocks,
    level_values,
    next_sample_loss,
)
from ecgbook.models.generation import Stepper, draw
from ecgbook.models.wavenet import receptive_field
from tests.models.examples import Example, linear


def wavenet(levels, layers, channels, skip):
    each = linear(2 * channels, 2 * channels) + channels * skip
    between = (layers - 1) * channels * channels
    head = linear(skip, skip) + linear(skip, levels)
    return linear(1, channels) + layers * each + between + head


SMALL = {"levels": 16, "blocks": 2, "layers": 3, "channels": 6, "skip": 8}

EXAMPLES = [
    Example("wavenet", {}, ((1, 40),), (256, 40), wavenet(256, 18, 32, 64)),
    Example("wavenet", SMALL, ((1, 30),), (16, 30), wavenet(16, 6, 6, 8)),
    Example(
        "block_wavenet",
        {},
        ((1, 1100),),
        (256, 77),
        109_824,
        idle=("norms.17.weight", "norms.17.bias"),
    ),
]


def small(seed=0, **config):
    """Return a network of 16 levels that sees 15 samples, with scores that are far from even."""
    model = create_model("wavenet", seed=seed, **(SMALL | config)).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(2)
    return model


def levels(batch, time, count=16, seed=0):
    return torch.randint(count, (batch, time), generator=torch.Generator().manual_seed(seed))


def touched(output, x):
    x.grad = None
    output.sum().backward(retain_graph=True)
    seen = x.grad.abs().sum(dim=(0, 1)).nonzero()[:, 0]
    return int(seen.min()), int(seen.max())


@pytest.mark.parametrize(("blocks", "layers", "expected"), [(2, 3, 15), (1, 4, 16), (3, 2, 10)])
def test_a_score_sees_its_receptive_field_and_no_later_sample(blocks, layers, expected):
    model = small(blocks=blocks, layers=layers)
    assert receptive_field(blocks, layers) == model.receptive_field == expected
    x = torch.randn(8, 1, 40).requires_grad_()
    scores = model(x)
    for time in (20, 39):
        assert touched(scores[:, :, time], x) == (time - expected + 1, time)


def test_the_default_network_sees_1023_samples():
    assert create_model("wavenet").receptive_field == receptive_field(2, 9) == 1023


def test_a_layer_by_the_formula():
    model, x = small(blocks=1, layers=1), torch.randn(2, 1, 12)
    first, gated = model.enter, model.gated[0]
    h = x * first.weight[:, 0] + first.bias[:, None]
    before = torch.cat([torch.zeros(2, 6, 1), h[..., :-1]], dim=2)
    W = gated.weight
    both = torch.einsum("oc,bct->bot", W[..., 0], before) + torch.einsum(
        "oc,bct->bot", W[..., 1], h
    )
    both = both + gated.bias[:, None]
    seen = both[:, :6].tanh() * both[:, 6:].sigmoid()
    skip = torch.einsum("sc,bct->bst", model.skip[0].weight[..., 0], seen)
    torch.testing.assert_close(model(x), model.head(skip))


def test_residuals_and_skips_add_up():
    model, x = small(), torch.randn(2, 1, 30)
    total, h = 0, model.enter(x)
    for i, gated in enumerate(model.gated):
        both = gated(functional.pad(h, (gated.dilation[0], 0)))
        seen = both[:, :6].tanh() * both[:, 6:].sigmoid()
        total = total + model.skip[i](seen)
        h = h + model.residual[i](seen) if i < 5 else None
    torch.testing.assert_close(model(x), model.head(total))
    assert [layer.dilation[0] for layer in model.gated] == [1, 2, 4, 1, 2, 4]


def test_the_loss_is_that_of_the_next_sample():
    output, target = torch.randn(3, 16, 10), levels(3, 10)
    by_hand = [
        -output[b, :, t].log_softmax(0)[target[b, t + 1]] for b in range(3) for t in range(9)
    ]
    torch.testing.assert_close(next_sample_loss(output, target), torch.stack(by_hand).mean())


def test_levels_become_numbers_from_minus_one_to_one():
    values = level_values(torch.arange(256)[None])
    assert values.shape == (1, 1, 256)
    torch.testing.assert_close(values[0, 0], torch.linspace(-1, 1, 256))


@torch.no_grad()
def naive(model, context, n, temperature, generator):
    """Run the whole network over its receptive field for every new sample."""
    count, seen = model.head[-1].out_channels, context
    for _ in range(n):
        window = seen[:, -model.receptive_field :]
        scores = model(level_values(window, count))[..., -1]
        seen = torch.cat([seen, draw(scores, temperature, generator)[:, None]], dim=1)
    return seen[:, context.shape[1] :]


@pytest.mark.parametrize("temperature", [0, 0.7, 1.0, 2.0])
@pytest.mark.parametrize("time", [1, 3, 14, 15, 40])
def test_cached_samples_are_those_of_the_naive_loop(time, temperature):
    model, context = small(), levels(4, time)
    chance = [torch.Generator().manual_seed(1) for _ in range(2)]
    new = generate(model, context, 50, temperature=temperature, generator=chance[0])
    assert new.shape == (4, 50)
    assert new.equal(naive(model, context, 50, temperature, chance[1]))


@pytest.mark.parametrize("time", [1, 3, 15, 40])
def test_scores_step_by_step_are_those_of_the_network(time):
    model, all_levels = small(), levels(4, 90)
    with torch.no_grad():
        expected = model(level_values(all_levels, 16))
    stepper = Stepper(model, all_levels[:, :time])
    for t in range(time - 1, 89):
        torch.testing.assert_close(stepper.scores, expected[..., t], atol=1e-6, rtol=1e-5)
        stepper.step(all_levels[:, t + 1])


def test_scores_of_the_default_network_beyond_its_receptive_field():
    model, all_levels = create_model("wavenet").eval(), levels(2, 1300, 256)
    with torch.no_grad():
        expected = model(level_values(all_levels))
    stepper = Stepper(model, all_levels[:, :900])
    for t in range(899, 1299):
        torch.testing.assert_close(stepper.scores, expected[..., t], atol=1e-6, rtol=0)
        stepper.step(all_levels[:, t + 1])


def test_signals_of_a_batch_are_continued_by_themselves():
    model, context = small(), levels(5, 20)
    together = generate(model, context, 30, temperature=0)
    for i in range(5):
        assert together[i : i + 1].equal(generate(model, context[i : i + 1], 30, temperature=0))


def test_draws_follow_the_scores():
    scores = torch.tensor([0.5, 0.3, 0.2]).log().expand(20_000, 3)
    generator = torch.Generator().manual_seed(0)
    share = draw(scores, 1.0, generator).bincount(minlength=3) / 20_000
    torch.testing.assert_close(share, torch.tensor([0.5, 0.3, 0.2]), atol=0.015, rtol=0)
    squared = torch.tensor([0.25, 0.09, 0.04]) / 0.38  # at temperature 1/2
    share = draw(scores, 0.5, generator).bincount(minlength=3) / 20_000
    torch.testing.assert_close(share, squared, atol=0.015, rtol=0)
    assert (draw(scores, 0) == 0).all()
    never = torch.tensor([[-torch.inf, 0.0, -torch.inf]]).expand(1000, 3)
    assert (draw(never, 1.0, generator) == 1).all()


def test_chance_comes_from_the_generator_alone():
    model, context = small(), levels(2, 20)
    first, second, other = (
        generate(model, context, 40, generator=torch.Generator().manual_seed(seed))
        for seed in (0, 0, 1)
    )
    assert first.equal(second)
    assert not first.equal(other)


def test_the_published_network_answers_with_a_block():
    model = create_model("block_wavenet").eval()
    assert count_parameters(model) == 109_824
    assert model.receptive_field == 1023
    assert model(torch.zeros(1, 1, 2048)).shape == (1, 256, 1025)


def test_a_place_of_a_block_sees_two_fields_side_by_side():
    model = create_model("block_wavenet", blocks=2, layers=3, channels=4, levels=8).eval()
    x = torch.randn(8, 1, 1100).requires_grad_()
    scores = model(x)
    assert scores.shape == (8, 8, 1100 - 15)
    for place in (0, 100, 1084):
        assert touched(scores[:, :, place], x) == (place, place + 15)


def test_blocks_are_the_likeliest_levels_and_move_the_window():
    model = create_model("block_wavenet", levels=16).eval()
    context = levels(2, 1100)
    with torch.no_grad():
        first = model(level_values(context, 16)).argmax(dim=1)
        window = torch.cat([context, first], dim=1)[:, -1100:]
        second = model(level_values(window, 16)).argmax(dim=1)
    expected = torch.cat([first, second], dim=1)[:, :100]
    assert generate_blocks(model, context, 100).equal(expected)


@pytest.mark.parametrize(
    ("context", "n", "message"),
    [
        (torch.zeros(2, 1, 20), 5, r"levels \(batch, time\) of int64, at least 1 .*float32"),
        (torch.zeros(2, 0, dtype=torch.int64), 5, r"at least 1 samples, got .*\(2, 0\)"),
        (torch.full((2, 9), 16), 5, "levels from 0 to 15; encode with as many"),
        (torch.full((2, 9), -1), 5, "levels from 0 to 15"),
        (torch.zeros(2, 9, dtype=torch.int64), 0, "n must be 1 or more and temperature 0 or more"),
    ],
)
def test_contexts_that_cannot_be_continued_are_refused(context, n, message):
    with pytest.raises(ModelInvalid, match=message):
        generate(small(), context, n)


def test_other_refusals():
    context = levels(2, 1023, 256)
    with pytest.raises(ModelInvalid, match="temperature 0 or more, got 5 and -1"):
        generate(small(), levels(2, 9), 5, temperature=-1)
    with pytest.raises(ModelInvalid, match="needs a WaveNet, got a BlockWaveNet"):
        generate(create_model("block_wavenet"), context, 5)
    with pytest.raises(ModelInvalid, match="at least 1024 samples"):
        generate_blocks(create_model("block_wavenet"), context, 5)
    with pytest.raises(ModelInvalid, match="needs a block and a layer, got 2 and 0"):
        create_model("wavenet", layers=0)
