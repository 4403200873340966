"""Recurrent networks for ten seconds: published sizes, both directions, leads kept apart."""

import pytest
import torch
from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models import create_model
from ecgbook.models.record_crnn import scrambled
from tests.models.examples import Example, gates, linear

SMALL = {"leads": 2, "classes": 3, "units": 5}
TEN_SECONDS = ((3, 60),)


def stack(n, leads, units, layers, classes, ways=1, biases=2):
    """Parameters of recurrent layers on top of each other, and of the layer over them."""
    total, inputs = 0, leads
    for _ in range(layers):
        total += ways * (gates(n, inputs, units) + (biases - 1) * n * units)
        inputs = ways * units
    return total + linear(inputs, classes)


def convolutions(leads):
    return sum(5 * a * b + b for a, b in [(leads, 6), (6, 12), (12, 24)])


EXAMPLES = [
    Example("record_rnn", {}, TEN_SECONDS, (4,), stack(1, 3, 128, 2, 4, biases=1)),
    Example("record_gru", SMALL, ((2, 40),), (3,), stack(3, 2, 5, 3, 3)),
    Example("record_bigru", SMALL, ((2, 40),), (3,), stack(3, 2, 5, 2, 3, ways=2)),
    Example("record_lstm", SMALL, ((2, 40),), (3,), stack(4, 2, 5, 2, 3)),
    Example("record_bilstm", SMALL, ((2, 40),), (3,), stack(4, 2, 5, 2, 3, ways=2)),
    Example("record_gru_attention", SMALL, ((2, 40),), (3,), stack(3, 2, 5, 3, 3) + 5 + 1),
    Example(
        "record_bigru_attention",
        SMALL,
        ((2, 40),),
        (3,),
        stack(3, 2, 5, 2, 3, ways=2) + 10 + 1,
    ),
    Example("record_cnn_gru", {}, TEN_SECONDS, (4,), convolutions(3) + stack(3, 24, 256, 1, 4)),
    Example(
        "record_cnn_lstm",
        SMALL | {"layout": "reshaped"},
        ((2, 50),),
        (3,),
        convolutions(2) + stack(4, 24, 5, 1, 3),
    ),
]
RECURRENT = [example.name for example in EXAMPLES if "cnn" not in example.name]
LENGTH = torch.tensor([40, 17, 1])


def recordings(n=3, leads=2, time=40, seed=0):
    return torch.randn(n, leads, time, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("name", "kind", "ways"),
    [("gru", nn.GRU, 1), ("bigru", nn.GRU, 2), ("lstm", nn.LSTM, 1), ("bilstm", nn.LSTM, 2)],
)
def test_the_states_are_those_of_torchs_layers(name, kind, ways):
    model, x = create_model(f"record_{name}", **SMALL).eval(), recordings()
    depth = len(model.recurrence.forwards)
    theirs = kind(2, 5, depth, batch_first=True, bidirectional=ways == 2)
    for k in range(depth):
        sides = {"": model.recurrence.forwards[k]}
        sides |= {"_reverse": model.recurrence.backwards[k]} if ways == 2 else {}
        for end, layer in sides.items():
            for weight, values in layer.named_parameters():
                getattr(theirs, f"{weight}_l{k}{end}").data.copy_(values.data)
    states, _ = theirs(x.transpose(1, 2))
    torch.testing.assert_close(model.states(x), states)
    # The published feature: forward state of the last step, backward state of the first.
    last = torch.cat([states[:, -1, :5], states[:, 0, 5:]], dim=1)
    torch.testing.assert_close(model.features(x), last)
    torch.testing.assert_close(model(x), model.head(last))


@pytest.mark.parametrize("name", RECURRENT)
def test_a_padded_recording_is_scored_as_alone(name):
    model, x = create_model(name, **SMALL).eval(), recordings()
    together = model(x, LENGTH)
    alone = torch.cat([model(x[i : i + 1, :, :n]) for i, n in enumerate(LENGTH.tolist())])
    torch.testing.assert_close(together, alone)


def test_the_backward_state_of_the_last_step_has_read_one_sample():
    model = create_model("record_bigru", **SMALL, layers=1).eval()
    x, other = recordings(), recordings(seed=1)
    other[:, :, -1] = x[:, :, -1]  # all samples differ but the last
    summary = model.recurrence.summary
    with torch.no_grad():
        one, two = (summary(model.states(s), backward="last")[:, 5:] for s in (x, other))
        assert torch.equal(one, two)
        one, two = (summary(model.states(s), backward="first")[:, 5:] for s in (x, other))
        assert not torch.allclose(one, two, atol=1e-3)


@pytest.mark.parametrize("name", ["record_gru_attention", "record_bigru_attention"])
def test_attention_is_a_mean_of_the_samples_of_the_recording(name):
    model, x = create_model(name, **SMALL).eval(), recordings()
    weights = model.attention(x, LENGTH)
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(3))
    assert not weights[1, 17:].any()
    assert (weights[1, :17] > 0).all()
    nn.init.zeros_(model.scores.weight)  # all samples alike: the plain mean
    torch.testing.assert_close(model.features(x), model.states(x).mean(dim=1))


def test_a_reshape_scrambles_leads_and_time():
    x = torch.stack([torch.arange(6.0), 10 + torch.arange(6.0), 20 + torch.arange(6.0)])[None]
    stored = x.transpose(1, 2).contiguous()  # (batch, time, lead)
    assert torch.equal(stored.reshape(1, 3, 6), scrambled(x))
    assert scrambled(x)[0, 0].tolist() == [0, 10, 20, 1, 11, 21]  # no lead, and 2 of 6 moments
    assert torch.equal(stored.transpose(1, 2), x)


@pytest.mark.parametrize("name", ["record_cnn_gru", "record_cnn_lstm"])
def test_transposed_convolutions_see_one_moment_of_all_leads(name):
    # A change of one sample of one lead reaches few steps where axes are transposed: those within
    # the kernels around it. After a reshape the three leads of a moment lie in one "lead".
    x = torch.zeros(1, 3, 999)
    changed = x.clone()
    changed[0, 1, 500] = 1
    for layout, reached in (("transposed", 5), ("reshaped", 5)):
        model = create_model(name, layout=layout).eval()
        first = model.convolutions[0]
        seen = [s if layout == "transposed" else scrambled(s) for s in (x, changed)]
        moved = (first(seen[1]) != first(seen[0])).any(dim=1)[0].nonzero()[:, 0]
        assert len(moved) == reached
        at = 500 if layout == "transposed" else (3 * 500 + 1) % 999
        assert moved.tolist() == list(range(at - 4, at + 1))


def test_another_layout_is_refused():
    with pytest.raises(ModelInvalid, match="layout must be one of 'transposed', 'reshaped'"):
        create_model("record_cnn_gru", layout="mixed")
