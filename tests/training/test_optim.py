import doctest

import pytest
import torch
from torch import nn

from ecgbook.errors import TrainingFailed
from ecgbook.training import optim as module
from ecgbook.training.optim import (
    autocast,
    initialise,
    make_optimizer,
    mixed_seed,
    native_precision,
    share_of_rate,
    update,
)

IDLE = torch.amp.GradScaler("cpu", enabled=False)


@pytest.mark.parametrize("steps", [1, 2, 19, 20, 1000])
def test_the_rate_rises_to_its_peak_and_falls_towards_zero(steps):
    rates = [0.3 * share_of_rate("cosine", step, steps) for step in range(steps)]
    assert max(rates) == pytest.approx(0.3)
    assert min(rates) > 0
    top = rates.index(max(rates))
    assert top <= steps // 20
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    if steps == 1000:
        assert rates[-1] < 1e-5
        assert rates[50 + 475] == pytest.approx(0.15)  # half-way down the cosine


def test_a_long_gradient_is_cut_and_a_short_one_is_not():
    # Plain gradient descent shows the gradient: (3, 4) has length 5.
    for clip_norm, expected in [(1.0, [-0.6, -0.8]), (10.0, [-3.0, -4.0])]:
        weight = nn.Parameter(torch.zeros(2))
        optimizer = torch.optim.SGD([weight], lr=99.0)
        update(optimizer, IDLE, weight @ torch.tensor([3.0, 4.0]), 1.0, clip_norm)
        torch.testing.assert_close(weight.detach(), torch.tensor(expected))


def test_a_scaled_gradient_is_cut_at_its_true_length():
    weight = nn.Parameter(torch.zeros(2))
    optimizer = torch.optim.SGD([weight], lr=99.0)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    update(optimizer, scaler, weight @ torch.tensor([0.3, 0.4]), 1.0, clip_norm=1.0)
    torch.testing.assert_close(weight.detach(), torch.tensor([-0.3, -0.4]))


def test_only_matrices_decay_and_frozen_weights_stay():
    model = nn.Sequential(nn.Conv1d(1, 2, 3), nn.BatchNorm1d(2), nn.Linear(2, 2))
    model[2].requires_grad_(False)
    decayed, rest = make_optimizer("adamw", model, weight_decay=0.5).param_groups
    assert (decayed["weight_decay"], rest["weight_decay"]) == (0.5, 0.0)
    assert [p.shape for p in decayed["params"]] == [(2, 1, 3)]
    assert [p.shape for p in rest["params"]] == [(2,), (2,), (2,)]


def test_unknown_precision_is_refused():
    with pytest.raises(TrainingFailed, match=r"precision must be .*got 'half'"):
        autocast("half", torch.device("cpu"))


def test_streams_of_chance_differ():
    seeds = {
        mixed_seed(s, epoch, kind) for s in range(4) for epoch in range(4) for kind in range(4)
    }
    assert len(seeds) == 64


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0


def test_the_rate_falls_to_a_tenth_after_each_third():
    shares = [share_of_rate("step", step, 9) for step in range(9)]
    assert shares == pytest.approx([1] * 3 + [0.1] * 3 + [0.01] * 3)


@pytest.mark.parametrize(
    ("scores", "share"),
    [
        ([], 1),
        ([0.5], 1),
        ([0.5, 0.6, 0.7], 1),
        ([0.5, 0.5], 1),
        ([0.5, 0.5, 0.4], 0.1),  # an equal score is no better
        ([0.5, 0.4, 0.6, 0.5], 1),
        ([0.5, 0.4, 0.3, 0.2], 0.1),
        ([0.5, 0.4, 0.3, 0.2, 0.1], 0.01),
        ([0.5, 0.4, 0.3, 0.6, 0.1, 0.1], 0.01),
    ],
)
def test_the_rate_falls_after_two_epochs_in_vain(scores, share):
    assert share_of_rate("plateau", 7, 100, scores) == pytest.approx(share)


# One weight of gradient 1 at each step, decayed or not, by the textbook formulas.
def test_sgd_has_momentum_and_no_decay_unless_asked():
    for decay, moved in ((None, [1, 1.9, 2.71]), (0.5, [1 + 0.5 * 10])):
        model = nn.Linear(1, 1, bias=False)
        nn.init.constant_(model.weight, 10.0)
        optimizer = make_optimizer("sgd", model, decay)
        for step in moved:
            before = float(model.weight.detach())
            update(optimizer, IDLE, model.weight.sum(), 0.1, clip_norm=1e9)
            assert before - float(model.weight.detach()) == pytest.approx(0.1 * step, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "theirs", "decay"),
    [
        ("adam", torch.optim.Adam, 0.0),
        ("adamw", torch.optim.AdamW, 0.01),
        ("sgd", lambda w, **more: torch.optim.SGD(w, momentum=0.9, **more), 0.0),
    ],
)
def test_an_optimizer_by_name_is_that_of_torch(name, theirs, decay):
    def moved(build):
        torch.manual_seed(0)
        model = nn.Linear(4, 3, bias=False)  # a bias does not decay
        optimizer = build(model)
        for _ in range(4):
            update(optimizer, IDLE, model(torch.ones(2, 4)).square().sum(), 0.05, clip_norm=1e9)
        return model.weight.detach()

    ours = moved(lambda model: make_optimizer(name, model))
    other = moved(lambda model: theirs(model.parameters(), lr=0.05, weight_decay=decay))
    torch.testing.assert_close(ours, other)


def layers():
    torch.manual_seed(0)
    return nn.ModuleDict(
        {
            "conv": nn.Conv1d(4, 8, 5),
            "linear": nn.Linear(12, 6),
            "gru": nn.GRU(4, 8),
            "norm": nn.BatchNorm1d(8),
            "frozen": nn.Linear(3, 3).requires_grad_(False),
        }
    )


def test_xavier_weights_have_the_bound_of_glorot_and_bengio():
    model, before = layers(), layers()
    initialise(model, "xavier", seed=0)
    for name, inputs, outputs in (("conv", 4 * 5, 8 * 5), ("linear", 12, 6)):
        bound = (6 / (inputs + outputs)) ** 0.5
        weight = model[name].weight.detach().abs()
        assert 0.9 * bound < float(weight.max()) <= bound
        assert not model[name].bias.any()
    assert torch.equal(model["frozen"].weight, before["frozen"].weight)
    assert torch.equal(model["norm"].weight, before["norm"].weight)


def test_orthogonal_weights_have_rows_or_columns_of_length_one():
    model = layers()
    initialise(model, "orthogonal", seed=0)
    for weight in (model["conv"].weight, model["linear"].weight, model["gru"].weight_hh_l0):
        matrix = weight.detach().flatten(1)
        matrix = matrix if len(matrix) <= matrix.shape[1] else matrix.T
        torch.testing.assert_close(matrix @ matrix.T, torch.eye(len(matrix)), atol=1e-5, rtol=0)


def test_drawn_weights_come_from_the_seed_alone():
    drawn = []
    for seed in (1, 1, 2):
        model = layers()
        torch.rand(seed + 3)
        initialise(model, "xavier", seed)
        drawn.append(model["conv"].weight.detach())
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    plain = layers()
    initialise(plain, None, seed=1)
    assert torch.equal(plain["conv"].weight, layers()["conv"].weight)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: make_optimizer("lamb", nn.Linear(1, 1)), "optimizer must be 'adamw' or 'adam' or"),
        (lambda: share_of_rate("linear", 0, 1), "schedule must be 'cosine' or 'step' or 'plateau'"),
        (lambda: initialise(nn.Linear(1, 1), "he", 0), "init must be None or 'xavier' or"),
    ],
)
def test_unknown_names_are_refused(call, message):
    with pytest.raises(TrainingFailed, match=message):
        call()


@pytest.mark.parametrize(
    ("flags", "precision"), [({}, "float32"), ({"avx512_bf16": True}, "bfloat16")]
)
def test_auto_is_bfloat16_where_the_processor_has_it(monkeypatch, flags, precision):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: flags, raising=False)
    assert native_precision("auto", torch.device("cpu")) == precision
    assert native_precision("float32", torch.device("cpu")) == "float32"
    assert native_precision("bfloat16", torch.device("cpu")) == "bfloat16"
