import pytest
import torch
from torch import nn

from ecgbook.errors import TrainingFailed
from ecgbook.training.optim import autocast, make_optimizer, mixed_seed, share_of_rate, update

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
