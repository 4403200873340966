"""Two pair and one pass of the generator a step: what each learns, and from whom."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import softplus

from ecgbook.models import create_model
from ecgbook.training.adversarial_step import AdversarialStep
from ecgbook.training.scoring import anomaly_scores
from tests.training.adversaries import (
    ALWAYS,
    NEVER,
    TRAIN,
    VALID,
    Enough,
    assert_same,
    learner,
    networks,
    run,
    stop_after,
    toy_beats,
)
from tests.training.stand_ins import Task


def test_one_pass_of_the_generator_a_step():
    generator, discriminator = networks()
    passes = []
    for layer in (generator.encoder, generator.decoder):
        layer.register_forward_hook(lambda layer, *_: passes.append(type(layer).__name__))
    learner(generator, discriminator).step(torch.tensor(TRAIN[:8]), 1e-3)
    assert passes == ["Encoder", "Decoder"]


def mean_square(a, b):
    return ((a - b) ** 2).mean()


def assert_gradients(network, expected):
    for (name, weight), wanted in zip(network.named_parameters(), expected, strict=True):
        torch.testing.assert_close(weight.grad, wanted, rtol=1e-3, atol=1e-6, msg=name)


def test_losses_and_gradients_are_those_of_the_formulas():
    x, (generator, discriminator) = torch.tensor(TRAIN[:8]), networks()
    first_generator, first_discriminator = copy.deepcopy(networks())
    parts = learner(generator, discriminator).step(x, 1e-3)

    fake, mixture = first_generator.recall(x)
    # −log sigmoid(a) = softplus(−a), −log(1 − sigmoid(a)) = softplus(a)
    apart = softplus(-first_discriminator(x)).mean()
    apart = apart + softplus(first_discriminator(fake.detach())).mean()
    wanted = torch.autograd.grad(apart, list(first_discriminator.parameters()))
    assert_gradients(discriminator, wanted)  # nothing came to it in the generator's step

    reconstruction = mean_square(fake, x)
    feature = mean_square(discriminator.features(fake), discriminator.features(x).detach())
    entropy = -(mixture * torch.log(mixture + 1e-30)).sum(dim=1).mean()
    loss = reconstruction + 0.5 * feature + 0.25 * entropy
    wanted = torch.autograd.grad(loss, list(first_generator.parameters()))
    assert_gradients(generator, wanted)  # nothing came to it in the discriminator's step

    expected = {"reconstruction": reconstruction, "feature": feature, "entropy": entropy}
    expected |= {"discriminator": apart}
    assert parts.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(parts[name], value.detach(), rtol=1e-4, atol=1e-6)
        assert not parts[name].requires_grad
    assert all(weight.requires_grad for weight in discriminator.parameters())


class Perfect(nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(()))

    def recall(self, x):
        return self.gain * x, None


def test_a_perfect_generator_has_no_loss():
    parts = learner(Perfect(), networks()[1], entropy=0.0).step(torch.tensor(TRAIN), 1e-3)
    assert parts["reconstruction"] == 0
    assert parts["feature"] == 0
    # Twice the same logits l: softplus(l) + softplus(−l) is at least 2 log 2, reached at 0.
    assert parts["discriminator"] >= 2 * math.log(2) - 1e-6


def last_weights(network):
    return list(network.parameters())[-1].detach().clone()


def steps_of_adam(optimizer):
    return {int(state["step"]) for state in optimizer.state.values()}


def test_a_restart_draws_fresh_weights_and_forgets_the_steps_of_adam():
    x, (generator, discriminator) = torch.tensor(TRAIN[:8]), networks()
    both = learner(generator, discriminator)
    both.step(x, 1e-3)
    both.step(x, 1e-3)
    assert both.restarts == 0
    both.restart_below = ALWAYS
    both.step(x, 1e-3)
    assert both.restarts == 1
    assert discriminator.features[3].num_batches_tracked == 0
    assert steps_of_adam(both.optimizers["discriminator_adam"]) == set()
    assert steps_of_adam(both.optimizers["generator_adam"]) == {3}
    both.restart_below = NEVER
    fresh = last_weights(discriminator)
    both.step(x, 1e-3)
    assert steps_of_adam(both.optimizers["discriminator_adam"]) == {1}
    # The first step of Adam moves each weight by the rate (less where the gradient is tiny).
    moved = (last_weights(discriminator) - fresh).abs()
    assert float(moved.max()) == pytest.approx(1e-3, rel=0.01)


def test_fresh_weights_come_from_the_seed_and_the_number_of_the_restart():
    x = torch.tensor(TRAIN[:8])

    def drawn(seed, steps):
        generator, discriminator = networks()
        both = learner(generator, discriminator, restart_below=ALWAYS, seed=seed)
        for _ in range(steps):
            torch.rand(7)  # chance that is not the restart's
            both.step(x, 1e-3)
        return last_weights(discriminator)

    first, second, other = drawn(0, 1), drawn(0, 2), drawn(1, 1)
    assert torch.equal(first, drawn(0, 1))
    assert not torch.equal(first, second)
    assert not torch.equal(first, other)


def test_restarts_are_counted_over_the_epochs():
    history, _ = run(epochs=2, restart_below=ALWAYS)
    assert [record["restarts"] for record in history] == [3, 6]  # three batches an epoch
    assert [record["restarts"] for record in run(epochs=2)[0]] == [0, 0]


def test_restart_looks_at_the_loss_of_the_discriminator():
    x, (generator, discriminator) = torch.tensor(TRAIN[:8]), networks()
    apart = learner(*copy.deepcopy((generator, discriminator))).step(x, 1e-3)["discriminator"]
    for restart_below, restarts in ((0.99 * float(apart), 0), (1.01 * float(apart), 1)):
        both = learner(*copy.deepcopy((generator, discriminator)), restart_below=restart_below)
        both.step(x, 1e-3)
        assert both.restarts == restarts


def test_alone_a_generator_learns_by_reconstruction(tmp_path):
    def alone(checkpoint=None, **changes):
        pair = create_model("autoencoder", code=8), None
        return run(checkpoint, pair=pair, entropy_weight=0.0, **changes)

    whole = alone()
    parts = {"epoch", "lr", "reconstruction", "restarts", "valid_score"}
    assert all(record.keys() == parts for record in whole[0])
    with pytest.raises(Enough):
        alone(tmp_path / "file", on_epoch=stop_after(2))
    assert_same(alone(tmp_path / "file"), whole)


def test_a_generator_alone_moves_as_the_published_adam_moves_it():
    x, generator = torch.tensor(TRAIN[:8]), create_model("autoencoder", code=8)
    other, both = copy.deepcopy(generator), learner(generator, None, entropy=0.0)
    adam = torch.optim.Adam(other.parameters(), betas=(0.5, 0.999))
    for rate in (1e-3, 1e-2, 1e-4):  # the betas show from the second step on
        both.step(x, rate)
        adam.param_groups[0]["lr"] = rate
        adam.zero_grad()
        mean_square(other(x), x).backward()
        adam.step()
    pairs = zip(generator.parameters(), other.parameters(), strict=True)
    apart = torch.cat([(ours - theirs).abs().flatten() for ours, theirs in pairs])
    # Rounding turns the sign of a few tiny gradients, which Adam makes a whole step.
    assert float(apart.detach().median()) < 1e-5


def test_each_beat_comes_once_an_epoch_in_an_order_of_the_epoch(monkeypatch):
    step, seen = AdversarialStep.step, []

    def watched(both, x, rate):
        seen.append(x.clone())
        return step(both, x, rate)

    monkeypatch.setattr(AdversarialStep, "step", watched)
    run(epochs=2)
    first, second = torch.cat(seen[:3]), torch.cat(seen[3:])
    assert not torch.equal(first, second)
    for epoch in (first, second):
        assert {beat.numpy().tobytes() for beat in epoch} == {beat.tobytes() for beat in TRAIN}


@pytest.mark.parametrize("rival", [True, False])
def test_it_learns_what_a_normal_beat_is(rival):
    generator, discriminator = networks()
    pair = generator, discriminator if rival else None
    history, _ = run(pair=pair, epochs=20, lr=3e-3)
    assert history[-1]["reconstruction"] < 0.5 * history[0]["reconstruction"]
    # Beats that took no part in the choice of the epoch.
    normal = anomaly_scores(generator, toy_beats(20, 2, seed=3))
    abnormal = anomaly_scores(generator, toy_beats(20, 7, seed=4))
    assert np.mean(abnormal[:, None] > normal) > 0.95


def scripted(scores):
    remaining = iter([0.0, *scores])  # the first is that of the untrained generator
    return Task(selection=lambda y, score: next(remaining))


def test_the_weights_of_the_best_epoch_are_kept():
    pair = networks()
    after = []

    def on_epoch(record):
        after.append([copy.deepcopy(network.state_dict()) for network in pair])

    task = scripted([0.1, 0.8, 0.8, 0.3])
    history, _ = run(pair=pair, task=task, on_epoch=on_epoch)
    assert [record["valid_score"] for record in history] == [0.1, 0.8, 0.8, 0.3]
    for network, kept in zip(pair, after[1], strict=True):
        assert all(torch.equal(kept[name], now) for name, now in network.state_dict().items())
        assert not network.training


def test_patience_ends_a_run():
    history, _ = run(task=scripted([0.5, 0.6, 0.2, 0.6]), patience=1)
    assert [record["valid_score"] for record in history] == [0.5, 0.6, 0.2]


def test_the_task_sees_the_anomaly_scores_of_the_validation_beats():
    seen = []

    def selection(abnormal, score):
        seen.append((abnormal, score))
        return 0.5

    task = Task(selection=selection)

    generator, discriminator = networks()
    run(pair=(generator, discriminator), task=task, epochs=1)
    abnormal, score = seen[1]  # after the first epoch
    assert abnormal.tolist() == VALID[1].tolist()
    np.testing.assert_array_equal(score, anomaly_scores(generator, VALID[0]))


def test_the_callers_chance_is_left_alone():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    run(epochs=1, restart_below=ALWAYS)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_each_batch_is_varied_before_it_is_learnt(monkeypatch):
    learnt = []
    step = AdversarialStep.step
    monkeypatch.setattr(
        AdversarialStep, "step", lambda own, x, rate: learnt.append(x) or step(own, x, rate)
    )
    run(epochs=1, augment=lambda x, chance: torch.zeros_like(x))
    assert learnt
    assert not torch.cat(learnt).any()
