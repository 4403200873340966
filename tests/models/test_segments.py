"""Networks over segments: published sizes, torch's layers as oracle, modules made in forward."""

import pytest
import torch
from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models import count_parameters, create_model
from ecgbook.models.segments import segments
from tests.models.examples import Example, gates, linear


def lstm(inputs, units):
    return gates(4, inputs, units) + 4 * units  # a second bias a gate


def front(leads, units, kernels=(16, 4), norms=True):
    """Parameters of convolutions with bias, of the normalisations around them and the LSTM."""
    total, inputs = lstm(units, units), leads
    for kernel in kernels:
        total, inputs = total + linear(kernel * inputs, units), units
    return total + (2 * leads + 2 * units * len(kernels)) * norms


WINDOW = ((1, 96),)
EXAMPLES = [
    Example("segment_lstm", {}, WINDOW, (2,), lstm(32, 64) + linear(64, 2)),
    Example(
        "segment_lstm",
        {"leads": 2, "units": 5, "classes": 3, "dropout": 0.0},
        ((2, 64),),
        (3,),
        lstm(64, 5) + linear(5, 3),
    ),
    Example("segment_bilstm", {}, WINDOW, (2,), 2 * lstm(32, 64) + linear(128, 2)),
    Example("crnn", {}, WINDOW, (2,), front(1, 16) + linear(16, 2)),
    Example(
        "crnn",
        {"kernels": (16,), "strides": (2,), "modules": None, "activation": None, "dropout": 0.0},
        WINDOW,
        (2,),
        front(1, 16, (16,), norms=False) + linear(16, 2),
    ),
    Example("crann", {}, WINDOW, (2,), front(1, 16) + 16 * 16 + 16 + linear(16, 2)),
    Example(
        "crann",
        {"leads": 2, "units": 6, "classes": 4, "activation": None},
        ((2, 64),),
        (4,),
        front(2, 6) + 6 * 6 + 6 + linear(6, 4),
    ),
]

PUBLISHED = {"modules": "in_forward", "activation": None}
each = pytest.mark.parametrize("name", ["segment_lstm", "segment_bilstm", "crnn", "crann"])
convolutional = pytest.mark.parametrize("name", ["crnn", "crann"])


def windows(n=6, time=2048, leads=1, seed=0):
    return torch.randn(n, leads, time, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("config", "published"),
    [(PUBLISHED, 3794), (PUBLISHED | {"kernels": (16, 2), "strides": (4, 1)}, 3282)],
)
def test_parameters_are_as_many_as_published(config, published):
    assert count_parameters(create_model("crann", **config)) == published


def test_built_once_it_has_the_normalisations_as_well():
    norms = 2 + 2 * 16 + 2 * 16  # of the input, and after each convolution
    assert count_parameters(create_model("crann")) == 3794 + norms


def test_segments_follow_one_another():
    x = torch.arange(2 * 2 * 64).reshape(2, 2, 64)
    parts = segments(x)
    assert parts.shape == (2, 2, 2, 32)
    for window in range(2):
        for segment in range(2):
            assert parts[window, segment].equal(x[window, :, 32 * segment : 32 * segment + 32])


@each
def test_a_length_that_is_no_multiple_of_a_segment_is_refused(name):
    with pytest.raises(ModelInvalid, match=r"segments of 32 samples, got .*\(6, 1, 100\)"):
        create_model(name)(windows(time=100))


def as_torch(layer):
    theirs = nn.LSTM(layer.weight_ih.shape[1], layer.units, batch_first=True)
    state = {f"{name}_l0": weight for name, weight in layer.state_dict().items()}
    theirs.load_state_dict(state)
    return theirs


def test_lstms_over_segments_by_torchs_own():
    x = windows(2)
    parts = x.reshape(2, 64, 32)
    model = create_model("segment_lstm").eval()
    last = as_torch(model.lstm)(parts)[1][0][0]
    torch.testing.assert_close(model(x), model.head(last))
    model = create_model("segment_bilstm").eval()
    there = as_torch(model.forwards)(parts)[1][0][0]
    back = as_torch(model.backwards)(parts.flip(1))[1][0][0]
    torch.testing.assert_close(model(x), model.head(torch.cat([there, back], dim=1)))


def test_the_attention_network_by_torchs_layers():
    model, x = create_model("crann").eval(), windows(2)
    states = []
    for window in x[:, 0]:
        rows = []
        for segment in window.split(32):
            seen = model.norms[0](segment[None, None])
            for convolution, norm in zip(model.convolutions, model.norms[1:], strict=True):
                seen = norm(convolution(seen)).relu()
            rows.append(seen.mean(dim=2))
        states.append(torch.cat(rows))
    states = as_torch(model.lstm)(torch.stack(states))[0]
    W, v = model.weights.first.weight, model.weights.second.weight[0]
    scores = ((states @ W.T).tanh() @ v).exp()
    weights = scores / scores.sum(dim=1, keepdim=True)
    torch.testing.assert_close(model.attention(x), weights)
    mean = torch.einsum("bs,bsd->bd", weights, states)
    torch.testing.assert_close(model(x), mean @ model.head.weight.T + model.head.bias)


def test_sizes_within_a_segment():
    model, x = create_model("crann"), torch.zeros(1, 1, 32)
    x = model.convolutions[0](x)
    assert x.shape == (1, 16, 5)
    assert model.convolutions[1](x).shape == (1, 16, 1)


def test_scores_under_any_weights():
    model, x = create_model("crann").eval(), windows(3)
    states, weights = model.states(x), model.attention(x)
    assert weights.shape == (3, 64)
    torch.testing.assert_close(model.score(states, weights), model(x))
    one = torch.zeros(3, 64)
    one[:, 7] = 1
    torch.testing.assert_close(model.score(states, one), model.head(states[:, 7]))


@convolutional
def test_modules_made_in_forward_know_their_neighbours_and_chance(name):
    x = windows()
    model = create_model(name, **PUBLISHED, dropout=0.0).eval()
    assert not torch.allclose(model(x)[:3], model(x[:3]))  # the batch decides
    assert not [*model.buffers()]  # nothing learnt of the training windows
    model = create_model(name, **PUBLISHED).eval()
    assert not torch.equal(model(x), model(x))  # dropout, also in eval mode
    model = create_model(name).eval()
    torch.testing.assert_close(model(x)[:3], model(x[:3]))
    assert torch.equal(model(x), model(x))


@convolutional
def test_made_in_forward_it_is_what_new_layers_compute(name):
    model, x = create_model(name, **PUBLISHED, dropout=0.0).eval(), windows()
    seen = nn.BatchNorm1d(1)(segments(x).flatten(0, 1))
    for convolution in model.convolutions:
        seen = nn.BatchNorm1d(16)(convolution(seen))
    states = model.lstm(seen.mean(dim=2).reshape(6, 64, 16))
    torch.testing.assert_close(model.states(x), states)
    built = create_model(name, activation=None, dropout=0.0).train()
    torch.testing.assert_close(built(x), model(x))  # in training mode both are the same


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"modules": "forward"}, "modules must be one of 'built_once', 'in_forward', None"),
        ({"activation": "gelu"}, "activation must be one of 'relu', None"),
        ({"kernels": (16,)}, "each kernel needs a stride"),
        ({"kernels": (16, 8)}, "leave nothing of 32 samples"),
    ],
)
@convolutional
def test_settings_that_cannot_be_are_refused(name, config, message):
    with pytest.raises(ModelInvalid, match=message):
        create_model(name, **config)
