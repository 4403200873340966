"""The network for whole recordings: its sizes, masks, attention, and the layout of processors."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from ecgbook.datasets import Examples
from ecgbook.datasets.ragged import Ragged
from ecgbook.errors import ModelInvalid
from ecgbook.models import count_parameters, create_model
from ecgbook.tasks import single_label
from ecgbook.training import channels_last, fit, predict
from tests.models.examples import Example, conv, gates, linear


def parameters(widths, kernel, stem, units, seen, leads=1, classes=4):
    total = conv(leads, widths[0], stem)
    for inputs, outputs in itertools.pairwise(widths):
        total += conv(inputs, outputs, kernel) + conv(outputs, outputs, kernel)
        total += conv(inputs, outputs, 1)
    return total + 2 * (gates(3, widths[-1], units) + 3 * units) + linear(seen, classes)


WIDTHS = (16, 32, 64, 96, 128)
WHOLE = parameters(WIDTHS, 5, 15, 96, 192)
ATTENTION = 192 * 96 + 96
SMALL = {"widths": (4, 6, 8), "kernel": 3, "stem": (9, 3), "units": 5}

EXAMPLES = [
    Example("rhythm_crnn", {}, ((1, 128),), (4,), WHOLE + ATTENTION),
    Example(
        "rhythm_crnn",
        {"leads": 2, "classes": 3, "pool": "mean_max"} | SMALL,
        ((2, 90),),
        (3,),
        parameters((4, 6, 8), 3, 9, 5, 20, leads=2, classes=3),
    ),
]

LENGTH = torch.tensor([999, 16, 500, 32])
pools = pytest.mark.parametrize("pool", ["attention", "mean", "max", "mean_max"])


def recordings(n=4, time=999, leads=1, seed=0):
    return torch.randn(n, leads, time, generator=torch.Generator().manual_seed(seed))


def test_it_has_some_400_thousand_parameters():
    assert count_parameters(create_model("rhythm_crnn", pool="mean")) == WHOLE
    assert 350_000 < count_parameters(create_model("rhythm_crnn")) < 450_000


@pools
@pytest.mark.parametrize("config", [{}, SMALL])
def test_a_padded_recording_is_scored_as_alone(pool, config):
    model, x = create_model("rhythm_crnn", pool=pool, **config), recordings()
    model(x)  # running statistics that are not 0 and 1
    model.eval()
    together = model(x, LENGTH)
    for i, length in enumerate(LENGTH):
        torch.testing.assert_close(together[i : i + 1], model(x[i : i + 1, :, :length]))
    torch.testing.assert_close(model(x, torch.full((4,), 999)), model(x))


@pools
def test_what_comes_after_the_end_changes_nothing(pool):
    model, x = create_model("rhythm_crnn", pool=pool).eval(), recordings()
    other = x.clone()
    for recording, length in zip(other, LENGTH, strict=True):
        recording[:, length:] = 1e3
    assert torch.equal(model(x, LENGTH), model(other, LENGTH))
    assert not torch.allclose(model(x), model(other))


def test_steps_count_up_to_the_end_of_a_recording():
    model, x = create_model("rhythm_crnn").eval(), recordings()
    assert model.samples_per_step == 32
    states, valid = model.states(x, LENGTH)
    assert states.shape == (4, 32, 192)
    assert valid.sum(dim=1).tolist() == [32, 1, 16, 1]  # ceil(length / 32)
    assert create_model("rhythm_crnn", stem=(45, 6)).samples_per_step == 96  # as long at 300 Hz


def test_a_step_is_centred_on_its_sample():
    model = create_model("rhythm_crnn").eval()
    x = recordings(16, 2000).requires_grad_()
    seen = torch.relu(model.stem(x))
    for block in model.blocks:
        seen = block(seen, None)
    seen[:, :, 30].sum().backward()
    touched = x.grad.abs().sum(dim=(0, 1)).nonzero()[:, 0]
    assert int(touched.min()) + int(touched.max()) == 2 * 30 * 32


def test_attention_sums_to_one_before_the_end():
    model, x = create_model("rhythm_crnn").eval(), recordings()
    weights = model.attention(x, LENGTH)
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(4))
    for row, steps in zip(weights, [32, 1, 16, 1], strict=True):
        assert (row[:steps] > 0).all()
        assert not row[steps:].any()
    states, valid = model.states(x, LENGTH)
    scores = (states @ model.weights.first.weight.T).tanh() @ model.weights.second.weight[0]
    expected = scores.exp() * valid
    torch.testing.assert_close(weights, expected / expected.sum(dim=1, keepdim=True))
    torch.testing.assert_close(model.score(states, weights), model(x, LENGTH))
    with pytest.raises(ModelInvalid, match="no attention: it was built with pool='mean'"):
        create_model("rhythm_crnn", pool="mean").attention(x)


@pools
def test_pools_by_hand(pool):
    model, x = create_model("rhythm_crnn", pool=pool).eval(), recordings()
    states, valid = model.states(x, LENGTH)
    rows = []
    for i, (state, kept) in enumerate(zip(states, valid, strict=True)):
        state = state[kept]
        weights = None if pool != "attention" else model.attention(x, LENGTH)[i][kept]
        rows.append(
            {
                "attention": lambda s=state, w=weights: (w[:, None] * s).sum(dim=0),
                "mean": lambda s=state: s.mean(dim=0),
                "max": lambda s=state: s.max(dim=0).values,
                "mean_max": lambda s=state: torch.cat([s.mean(dim=0), s.max(dim=0).values]),
            }[pool]()
        )
    torch.testing.assert_close(model(x, LENGTH), model.head(torch.stack(rows)))


def test_the_recurrence_by_torchs_own_on_packed_steps():
    model, x = create_model("rhythm_crnn").eval(), recordings()
    given = []
    model.forwards.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    states, valid = model.states(x, LENGTH)
    theirs = nn.GRU(128, 96, batch_first=True, bidirectional=True)
    for suffix, layer in (("", model.forwards), ("_reverse", model.backwards)):
        for name, weight in layer.state_dict().items():
            getattr(theirs, f"{name}_l0{suffix}").data.copy_(weight)
    options = {"batch_first": True, "enforce_sorted": False}
    packed = nn.utils.rnn.pack_padded_sequence(given[0], valid.sum(dim=1), **options)
    expected = nn.utils.rnn.pad_packed_sequence(theirs(packed)[0], batch_first=True)[0]
    torch.testing.assert_close(states * valid[:, :, None], expected)


@pytest.mark.parametrize("length", [None, LENGTH])
def test_with_channels_last_outputs_and_gradients_are_the_same(length):
    model, x = create_model("rhythm_crnn").eval(), recordings()
    plain = model(x, length)
    plain.square().mean().backward()
    expected = {name: weight.grad.clone() for name, weight in model.named_parameters()}
    model.zero_grad()
    with channels_last(model):
        output = model(x, length)
        output.square().mean().backward()
    torch.testing.assert_close(output, plain, atol=1e-5, rtol=1e-4)
    for name, weight in model.named_parameters():
        torch.testing.assert_close(weight.grad, expected[name], atol=1e-5, rtol=1e-3)
    with channels_last(model), torch.autocast("cpu", torch.bfloat16):
        assert (model(x, length) - plain).abs().max() < 0.05 * plain.abs().max()


def test_lengths_are_exported_and_compiled():
    model = create_model("rhythm_crnn", **SMALL | {"widths": (4, 6)}).eval()
    batch = recordings(3, 30), torch.tensor([30, 20, 16])
    exported = torch.export.export(model, batch).module()
    torch.testing.assert_close(exported(*batch), model(*batch))
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(*batch), model(*batch))


def test_recordings_of_different_length_are_trained_on_and_scored_alone():
    length = np.arange(24) * 7 + 40
    signals = [recordings(1, time, seed=i)[0].numpy() for i, time in enumerate(length)]
    rows = pd.DataFrame({"patient": "a", "record": "a", "sample": range(24), "length": length})
    data = Examples(Ragged.of(signals), np.arange(24) % 2, ("N", "A"), rows, fs=100, leads=("I",))
    model = create_model("rhythm_crnn", classes=2, **SMALL)
    options = {"task": single_label(("N", "A")), "epochs": 1, "batch_size": 8, "device": "cpu"}
    fit(model, data, data, **options, precision="bfloat16", progress=False)
    scores = predict(model, data, progress=False)
    with torch.no_grad():
        alone = [model.eval()(torch.as_tensor(signal)[None]) for signal in signals]
    torch.testing.assert_close(torch.as_tensor(scores), torch.cat(alone), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"kernel": 4}, r"kernels must be odd, got kernel=4 and stem=\(15, 2\)"),
        ({"stem": (10, 2)}, "kernels must be odd"),
        ({"pool": "last"}, "pool must be one of 'attention', 'mean', 'max', 'mean_max'"),
    ],
)
def test_settings_that_cannot_be_are_refused(config, message):
    with pytest.raises(ModelInvalid, match=message):
        create_model("rhythm_crnn", **config)
