"""Recurrent networks: torch's own on the cut beat is the oracle."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from ecgbook.datasets import Examples
from ecgbook.models import count_parameters, create_model
from ecgbook.models.recurrent import LSTM, RNN, reverse
from ecgbook.tasks import single_label
from ecgbook.training import fit, predict
from tests.models.examples import Example, gates, linear

_DILATED = 800 + 90_150 + 45_100 + 22_575  # 3 * 1 * 200 + 200, 3 * 200 * 150 + 150, …

EXAMPLES = [
    Example("vanilla_rnn", {}, ((1, 8),), (5,), 83_205),
    Example(
        "vanilla_rnn",
        {"leads": 2, "units": 6, "hidden": (7,), "classes": 3},
        ((2, 6),),
        (3,),
        gates(1, 2, 6) + linear(6, 7) + linear(7, 3),
    ),
    Example("bilstm", {}, ((1, 8),), (5,), 232_453),
    Example(
        "bilstm",
        {"leads": 2, "units": 6, "hidden": ()},
        ((2, 6),),
        (5,),
        2 * gates(4, 2, 6) + linear(12, 5),
    ),
    Example("dilated_bilstm", {}, ((1, 187),), (5,), 221_862),
    Example(
        "dilated_bilstm",
        {"classes": 1},
        ((1, 187),),
        (1,),
        _DILATED + 2 * gates(4, 75, 20) + linear(40, 256) + linear(256, 128) + linear(7 * 128, 1),
    ),
]

LENGTH = torch.tensor([30, 1, 7, 29, 2])
OURS = {"vanilla_rnn": (RNN, nn.RNN), "bilstm": (LSTM, nn.LSTM)}
both = pytest.mark.parametrize("name", list(OURS))


def beats(n=5, leads=1, time=30, seed=0):
    return torch.randn(n, leads, time, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("name", "config", "published"),
    [
        ("vanilla_rnn", {}, 83_205),
        ("vanilla_rnn", {"units": 64, "hidden": (512, 128), "classes": 1}, 103_297),
        ("bilstm", {}, 232_453),
        ("bilstm", {"classes": 1}, 231_937),
        ("dilated_bilstm", {}, 221_862),
        ("dilated_bilstm", {"classes": 1}, 218_274),
    ],
)
@pytest.mark.parametrize("counting", ["keras", "trainable"])
def test_parameters_are_as_many_as_in_the_report(name, config, published, counting):
    assert count_parameters(create_model(name, **config), counting) == published


def as_torch(layer):
    """Return torch's own layer with the same weights, whose second bias is 0."""
    kind = {RNN: nn.RNN, LSTM: nn.LSTM}[type(layer)]
    theirs = kind(layer.weight_ih.shape[1], layer.units, batch_first=True)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(layer.weight_ih)
        theirs.weight_hh_l0.copy_(layer.weight_hh)
        theirs.bias_ih_l0.copy_(layer.bias)
        theirs.bias_hh_l0.zero_()
    return theirs


@pytest.mark.parametrize("kind", [RNN, LSTM])
def test_a_layer_is_torchs_with_one_bias(kind):
    torch.manual_seed(0)
    layer, x = kind(3, 8), beats(leads=3).transpose(1, 2)
    theirs = as_torch(layer)
    torch.testing.assert_close(layer(x), theirs(x)[0])
    layer(x).square().mean().backward()
    theirs(x)[0].square().mean().backward()
    torch.testing.assert_close(layer.weight_hh.grad, theirs.weight_hh_l0.grad)
    torch.testing.assert_close(layer.bias.grad, theirs.bias_ih_l0.grad)


def test_step_by_step_is_the_same_lstm():
    torch.manual_seed(0)
    layer, x = LSTM(3, 8), beats(leads=3).transpose(1, 2)
    torch.testing.assert_close(layer._step_by_step(x), layer(x))


def test_first_weights_are_drawn_as_keras_draws_them():
    torch.manual_seed(0)
    layer = LSTM(50, 40)
    eye = layer.weight_hh.T @ layer.weight_hh
    torch.testing.assert_close(eye, torch.eye(40), atol=1e-5, rtol=0)
    limit = (6 / (50 + 160)) ** 0.5  # Glorot: uniform over inputs and the four gates
    assert 0.98 * limit < layer.weight_ih.abs().max() <= limit
    assert layer.bias.tolist() == [0] * 40 + [1] * 40 + [0] * 80  # of four, the second forgets


@both
def test_what_comes_after_the_end_of_a_beat_changes_nothing(name):
    model, x = create_model(name).eval(), beats()
    other = x.clone()
    for beat, length in zip(other, LENGTH, strict=True):
        beat[:, length:] = 1e3
    assert torch.equal(model(x, LENGTH), model(other, LENGTH))
    assert not torch.allclose(model(x), model(other))


@both
def test_a_padded_beat_is_scored_as_the_beat_alone(name):
    model, x = create_model(name).eval(), beats()
    together = model(x, LENGTH)
    for i, length in enumerate(LENGTH):
        torch.testing.assert_close(together[i : i + 1], model(x[i : i + 1, :, :length]))
    torch.testing.assert_close(model(x, torch.full((5,), 30)), model(x))


def test_last_states_are_those_of_torch_on_the_cut_beat():
    x = beats(leads=2)
    rnn, lstm = (create_model(name, leads=2, hidden=()).eval() for name in OURS)
    theirs = as_torch(rnn.recurrence)
    there, back = as_torch(lstm.forwards), as_torch(lstm.backwards)
    for i, length in enumerate(LENGTH):
        cut = x[i : i + 1, :, :length].transpose(1, 2)
        expected = rnn.head(theirs(cut)[1][0])
        torch.testing.assert_close(rnn(x, LENGTH)[i : i + 1], expected)
        state = torch.cat([there(cut)[1][0][0], back(cut.flip(1))[1][0][0]], dim=1)
        torch.testing.assert_close(lstm(x, LENGTH)[i : i + 1], lstm.head(state))


@both
def test_no_gradient_comes_from_after_the_end(name):
    model, x = create_model(name), beats().requires_grad_()
    model(x, LENGTH).square().sum().backward()
    for gradient, length in zip(x.grad, LENGTH, strict=True):
        assert not gradient[:, length:].any()
        assert gradient[:, :length].all()


def test_reversing_twice_is_nothing():
    x = beats(leads=3).transpose(1, 2)
    assert torch.equal(reverse(reverse(x, LENGTH), LENGTH), x)
    assert torch.equal(reverse(x, torch.full((5,), 30)), reverse(x))


@both
def test_lengths_are_exported_and_compiled(name):
    model, batch = create_model(name, units=8).eval(), (beats(3, time=7), torch.tensor([7, 1, 4]))
    exported = torch.export.export(model, batch).module()
    torch.testing.assert_close(exported(*batch), model(*batch))
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(*batch), model(*batch))


@both
def test_training_hands_over_the_lengths(name):
    x, length = beats(64).numpy(), np.arange(64) % 20 + 5
    rows = pd.DataFrame({"patient": "a", "record": "a", "sample": range(64), "length": length})
    data = Examples(x, np.arange(64) % 2, ("N", "V"), rows, fs=125, leads=("MLII",))
    model = create_model(name, classes=2, units=8, hidden=(8,))
    options = {"task": single_label(("N", "V")), "epochs": 1, "batch_size": 16, "device": "cpu"}
    fit(model, data, data, **options, progress=False)
    scores = predict(model, data, progress=False)
    with torch.no_grad():
        expected = model.eval()(torch.as_tensor(x), torch.as_tensor(length))
    torch.testing.assert_close(torch.as_tensor(scores), expected)


def test_a_step_of_the_dilated_network_sees_76_samples_16_apart():
    model = create_model("dilated_bilstm").eval()
    seen = []
    for step in range(7):
        # Where a ReLU is shut no gradient comes through: many beats, so that each is open once.
        x = beats(64, time=187).requires_grad_()
        steps = model.steps(x)
        assert steps.shape == (64, 75, 7)
        steps[:, :, step].sum().backward()
        touched = x.grad.abs().sum(dim=(0, 1)).nonzero()[:, 0]
        seen.append((int(touched.min()), int(touched.max())))
    assert seen == [(16 * step, 16 * step + 75) for step in range(7)]


def test_the_dilated_network_by_torchs_own_lstm():
    model, x = create_model("dilated_bilstm").eval(), beats(time=187)
    theirs = nn.LSTM(75, 20, batch_first=True, bidirectional=True)
    with torch.no_grad():
        for suffix, layer in (("", model.forwards), ("_reverse", model.backwards)):
            getattr(theirs, f"weight_ih_l0{suffix}").copy_(layer.weight_ih)
            getattr(theirs, f"weight_hh_l0{suffix}").copy_(layer.weight_hh)
            getattr(theirs, f"bias_ih_l0{suffix}").copy_(layer.bias)
            getattr(theirs, f"bias_hh_l0{suffix}").zero_()
    each = model.each_step(theirs(model.steps(x).transpose(1, 2))[0])
    torch.testing.assert_close(model(x), model.head(each.reshape(5, -1)))
