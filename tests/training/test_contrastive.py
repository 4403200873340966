"""Learning without labels: the loss by theory, and that no label is looked at."""

import doctest
from math import log

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from ecgbook.errors import TrainingFailed
from ecgbook.models import copy_trunk, create_model, freeze_trunk
from ecgbook.training import contrastive as module
from ecgbook.training import fit, info_nce, predict, predictive_loss, pretrain
from tests.training.stand_ins import MULTI

SMALL = {"leads": 2, "widths": (8, 8, 12), "units": 12}
QUICK = {"batch_size": 32, "device": "cpu", "progress": False}


def heartbeats(n=96, seed=0):
    """Return recordings (n, 2, 400) with a pulse at a rate and a height of each one's own."""
    rng = np.random.default_rng(seed)
    period, height = rng.integers(40, 90, n), rng.uniform(0.5, 2, n)
    phase = (np.arange(400) + rng.integers(0, 90, (n, 1))) % period[:, None]
    pulse = height[:, None] * np.exp(-((phase - 12) ** 2) / 18)
    noise = 0.05 * rng.normal(size=(n, 2, 400))
    return (pulse[:, None] * [[1.0], [-0.5]] + noise).astype(np.float32)


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0


@given(st.integers(1, 50), st.integers(1, 8), st.integers(1, 3))
def test_where_nothing_can_be_told_apart_the_loss_is_log_n(n, width, questions):
    same = torch.ones(questions, n, width)
    for predicted in (same, torch.zeros_like(same)):
        assert info_nce(predicted, same).item() == pytest.approx(log(n), abs=1e-5)


def test_the_right_partner_is_the_one_in_the_same_row():
    right = 40 * torch.eye(4)
    assert info_nce(right, right).item() == pytest.approx(0, abs=1e-6)
    assert info_nce(right, right[[1, 2, 3, 0]]).item() == pytest.approx(40 * 40 / 2, rel=1e-6)


def test_it_is_cross_entropy_over_the_partners():
    a, b = torch.randn(2, 5, 7, generator=torch.Generator().manual_seed(0)).unbind(0)
    expected = functional.cross_entropy(a @ b.T / 7**0.5, torch.arange(5))
    torch.testing.assert_close(info_nce(a, b), expected)


def test_partners_of_a_prediction_are_those_at_its_distance_in_its_group():
    output = torch.randn(5, 2, 3, 4, 6, generator=torch.Generator().manual_seed(0))
    expected = []
    for group in (output[:3], output[3:]):  # of at most four, about equal
        for recording in range(len(group)):
            for anchor in range(3):
                for distance in range(4):
                    came = group[:, 1, :, distance].flatten(0, 1)
                    scores = came @ group[recording, 0, anchor, distance] / 6**0.5
                    right = recording * 3 + anchor
                    expected.append(-scores.log_softmax(dim=0)[right])
    loss = predictive_loss(output, group=4)
    torch.testing.assert_close(loss, torch.stack(expected).mean())


@pytest.mark.parametrize("n", [32, 64, 96])
def test_the_size_of_a_batch_does_not_change_what_chance_is_worth(n):
    assert predictive_loss(torch.zeros(n, 2, 3, 1, 4)).item() == pytest.approx(log(32 * 3))


def test_other_shapes_are_refused():
    with pytest.raises(TrainingFailed, match=r"one shape .* got \(3, 2\) and \(4, 2\)"):
        info_nce(torch.zeros(3, 2), torch.zeros(4, 2))
    with pytest.raises(TrainingFailed, match=r"\(batch, 2, anchor, distance, width\), got \(3, 5"):
        predictive_loss(torch.zeros(3, 5))


class Unlabelled:
    """Examples whose labels nobody may touch."""

    def __init__(self, x):
        self.x = x

    def __getattr__(self, name):
        raise AssertionError(f"{name} was asked for")


def test_it_learns_to_tell_what_comes_without_a_label():
    source = create_model("cpc", **SMALL, ahead=6)
    train, valid = Unlabelled(heartbeats(256)), Unlabelled(heartbeats(32, seed=1))
    history = pretrain(source, train, valid, epochs=20, lr=5e-3, **QUICK)
    anchors = source.eval()(torch.as_tensor(valid.x)).shape[2]
    assert history[0]["valid_loss"] > history[-1]["valid_loss"]
    assert history[-1]["valid_loss"] < log(32 * anchors) - 0.5
    assert all(record["valid_score"] == -record["valid_loss"] for record in history)


def test_a_frozen_trunk_is_probed_and_a_free_one_fine_tuned():
    x = heartbeats(64)
    y = np.stack([np.arange(64) % 2 == 0, np.arange(64) % 3 == 0], axis=1)
    source = create_model("cpc", **SMALL)
    pretrain(source, x, x, epochs=1, **QUICK)
    for frozen in (True, False):
        model = create_model("cpc_classifier", **SMALL, classes=2)
        copy_trunk(model, source)
        if frozen:
            freeze_trunk(model)
        fit(model, (x, y), (x, y), task=MULTI, epochs=1, **QUICK)
        pairs = zip(model.trunk.parameters(), source.trunk.parameters(), strict=True)
        assert all(torch.equal(*pair) for pair in pairs) == frozen
        assert predict(model, x, progress=False).shape == (64, 2)


class Enough(Exception):
    pass


def stop(record):
    raise Enough


def test_it_goes_on_where_it_stopped(tmp_path):
    x, how = heartbeats(), {"epochs": 2, "checkpoint": tmp_path / "run"} | QUICK
    whole, half, resumed = (create_model("cpc", **SMALL) for _ in range(3))
    pretrain(whole, x, x, **how | {"checkpoint": None})
    with pytest.raises(Enough):
        pretrain(half, x, x, on_epoch=stop, **how)
    pretrain(resumed, x, x, **how)
    assert all(map(torch.equal, resumed.parameters(), whole.parameters()))
