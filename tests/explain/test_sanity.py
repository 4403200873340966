import numpy as np
import pytest
import torch
from torch import nn

from ecgbook import explain
from ecgbook.errors import EcgError
from ecgbook.models import create_model
from tests.explain.looking import beat_cnn, signals


def test_layers_are_reset_from_the_answer_to_the_signal():
    model = beat_cnn()
    trained = {key: value.clone() for key, value in model.state_dict().items()}
    fresh = create_model("beat_cnn", seed=7, **model.config).state_dict()
    names = []
    for name, reset in explain.reset_layers(model, seed=7):
        names.append(name)
        for key, value in reset.state_dict().items():
            new = key.rpartition(".")[0] in names
            assert value.equal((fresh if new else trained)[key]), (name, key)
        assert not reset.training
    assert names[:2] == ["head.3", "head.0"]
    assert names[-2:] == ["beat.0.1", "beat.0.0"]
    assert all(value.equal(trained[key]) for key, value in model.state_dict().items())


def test_a_model_of_ones_own_is_reset_as_well():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.arange(120.0))
            self.last = nn.Linear(120, 2)

        def forward(self, x):
            return self.last((x * self.scale).sum(dim=1))

    model = Own().eval()
    state = torch.random.get_rng_state()
    first, second = (explain.reset_weights(model, seed=seed) for seed in (0, 1))
    assert torch.random.get_rng_state().equal(state)
    for reset in (first, second):
        assert sorted(reset.scale.tolist()) == sorted(model.scale.tolist())
        assert not reset.scale.equal(model.scale)
        assert not reset.last.weight.equal(model.last.weight)
    assert not first.scale.equal(second.scale)


def test_the_signal_survives_a_reset_and_the_gradient_does_not():
    model, x = beat_cnn(), signals(16)

    def signal(model, x, target, inputs):
        return explain.signal_attribution(x)

    kept = explain.sanity_check(signal, model, x)
    assert all(np.allclose(values, 1) for values in kept.values())
    lost = explain.sanity_check(explain.gradient, model, x)
    assert list(lost) == list(kept)
    assert lost["beat.0.0"].mean() < 0.4


def test_nothing_to_reset_is_refused():
    with pytest.raises(EcgError, match="no parameters"):
        explain.reset_weights(nn.Flatten())
