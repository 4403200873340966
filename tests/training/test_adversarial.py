"""Two players, one pass of the generator a step, and runs that go on as if never stopped."""

import copy
import math
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import softplus

from ecgbook.errors import ModelInvalid, TrainingFailed
from ecgbook.models import create
from ecgbook.training import adversarial
from ecgbook.training.adversarial import Duel, fit_adversarial
from ecgbook.training.distributed import Team
from ecgbook.training.scoring import anomaly_scores
from ecgbook.training.steps import autocast

ALWAYS, NEVER = 1e9, 0.0  # restart_below
CPU = torch.device("cpu")


class Enough(Exception):
    pass


def toy_beats(n, periods, seed):
    """Sines that begin anywhere: as many periods are a kind of beat."""
    begin = np.random.default_rng(seed).uniform(0, 1, (n, 1, 1))
    time = np.linspace(0, periods, 320, endpoint=False)
    return np.sin(2 * np.pi * (time + begin)).astype(np.float32)


TRAIN = toy_beats(24, 2, seed=0)
VALID = (
    np.concatenate([toy_beats(8, 2, seed=1), toy_beats(8, 7, seed=2)]),
    np.repeat([False, True], 8),
)


def networks(seed=0):
    generator = create("memory_autoencoder", code=8, slots=20, shrink=0.02, seed=seed)
    return generator, create("beat_discriminator", seed=seed)


def run(checkpoint=None, *, players=None, **changes):
    generator, discriminator = players or networks()
    settings = {"epochs": 4, "batch_size": 8, "lr": 2e-3, "entropy_weight": 1e-3} | changes
    history = fit_adversarial(
        generator,
        discriminator,
        TRAIN,
        VALID,
        device="cpu",
        checkpoint=checkpoint,
        progress=False,
        **settings,
    )
    return history, generator.state_dict() | discriminator_weights(discriminator)


def discriminator_weights(discriminator):
    state = {} if discriminator is None else discriminator.state_dict()
    return {f"discriminator.{name}": value for name, value in state.items()}


def duel(generator, discriminator, feature=0.5, entropy=0.25, restart_below=NEVER, seed=0):
    players = {"generator": generator, "discriminator": discriminator}
    weights = {"reconstruction": 1.0, "feature": feature, "entropy": entropy}
    players = {name: player for name, player in players.items() if player is not None}
    return Duel(players, weights, restart_below, seed, autocast("float32", CPU))


def assert_same(first, second):
    assert first[0] == second[0]
    assert first[1].keys() == second[1].keys()
    assert all(torch.equal(first[1][name], second[1][name]) for name in first[1])


def stop_after(epoch):
    def on_epoch(record):
        if record["epoch"] == epoch:
            raise Enough

    return on_epoch


def test_one_pass_of_the_generator_a_step():
    generator, discriminator = networks()
    passes = []
    for layer in (generator.encoder, generator.decoder):
        layer.register_forward_hook(lambda layer, *_: passes.append(type(layer).__name__))
    duel(generator, discriminator).step(torch.tensor(TRAIN[:8]), 1e-3)
    assert passes == ["Encoder", "Decoder"]


def mean_square(a, b):
    return ((a - b) ** 2).mean()


def assert_gradients(network, expected):
    for (name, weight), wanted in zip(network.named_parameters(), expected, strict=True):
        torch.testing.assert_close(weight.grad, wanted, rtol=1e-3, atol=1e-6, msg=name)


def test_losses_and_gradients_are_those_of_the_formulas():
    x, (generator, discriminator) = torch.tensor(TRAIN[:8]), networks()
    first_generator, first_discriminator = copy.deepcopy(networks())
    parts = duel(generator, discriminator).step(x, 1e-3)

    fake, mixture = first_generator.recall(x)
    # −log sigmoid(a) = softplus(−a), −log(1 − sigmoid(a)) = softplus(a)
    verdict = softplus(-first_discriminator(x)).mean()
    verdict = verdict + softplus(first_discriminator(fake.detach())).mean()
    wanted = torch.autograd.grad(verdict, list(first_discriminator.parameters()))
    assert_gradients(discriminator, wanted)  # nothing came to it in the generator's step

    reconstruction = mean_square(fake, x)
    feature = mean_square(discriminator.features(fake), discriminator.features(x).detach())
    entropy = -(mixture * torch.log(mixture + 1e-30)).sum(dim=1).mean()
    loss = reconstruction + 0.5 * feature + 0.25 * entropy
    wanted = torch.autograd.grad(loss, list(first_generator.parameters()))
    assert_gradients(generator, wanted)  # nothing came to it in the discriminator's step

    expected = {"reconstruction": reconstruction, "feature": feature, "entropy": entropy}
    expected |= {"discriminator": verdict}
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
    parts = duel(Perfect(), networks()[1], entropy=0.0).step(torch.tensor(TRAIN), 1e-3)
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
    game = duel(generator, discriminator)
    game.step(x, 1e-3)
    game.step(x, 1e-3)
    assert game.restarts == 0
    game.restart_below = ALWAYS
    game.step(x, 1e-3)
    assert game.restarts == 1
    assert discriminator.features[3].num_batches_tracked == 0
    assert steps_of_adam(game.optimizers["discriminator_adam"]) == set()
    assert steps_of_adam(game.optimizers["generator_adam"]) == {3}
    game.restart_below = NEVER
    fresh = last_weights(discriminator)
    game.step(x, 1e-3)
    assert steps_of_adam(game.optimizers["discriminator_adam"]) == {1}
    # The first step of Adam moves each weight by the rate (less where the gradient is tiny).
    moved = (last_weights(discriminator) - fresh).abs()
    assert float(moved.max()) == pytest.approx(1e-3, rel=0.01)


def test_fresh_weights_come_from_the_seed_and_the_number_of_the_restart():
    x = torch.tensor(TRAIN[:8])

    def drawn(seed, steps):
        generator, discriminator = networks()
        game = duel(generator, discriminator, restart_below=ALWAYS, seed=seed)
        for _ in range(steps):
            torch.rand(7)  # chance that is not the restart's
            game.step(x, 1e-3)
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
    verdict = duel(*copy.deepcopy((generator, discriminator))).step(x, 1e-3)["discriminator"]
    for restart_below, restarts in ((0.99 * float(verdict), 0), (1.01 * float(verdict), 1)):
        game = duel(*copy.deepcopy((generator, discriminator)), restart_below=restart_below)
        game.step(x, 1e-3)
        assert game.restarts == restarts


@pytest.mark.parametrize(("precision", "restart_below"), [("float32", NEVER), ("bfloat16", ALWAYS)])
def test_k_epochs_and_the_rest_are_n_epochs(tmp_path, precision, restart_below):
    changes = {"precision": precision, "restart_below": restart_below}
    whole = run(**changes)
    for k in (1, 3):
        file = tmp_path / f"{k}"
        with pytest.raises(Enough):
            run(file, on_epoch=stop_after(k), **changes)
        assert_same(run(file, **changes), whole)


def test_a_finished_run_is_read_not_repeated(tmp_path):
    first, epochs = run(tmp_path / "file"), []
    assert_same(run(tmp_path / "file", on_epoch=epochs.append), first)
    assert epochs == []


KILLED = """
import os, signal, sys
import torch
torch.set_num_threads(1)
sys.path.insert(0, {folder!r})
import test_adversarial
step, steps = test_adversarial.Duel.step, []
def dying(duel, x, rate):
    steps.append(1)
    if len(steps) == 8:  # in the third epoch of three batches each
        os.kill(os.getpid(), signal.SIGKILL)
    return step(duel, x, rate)
test_adversarial.Duel.step = dying
test_adversarial.run(sys.argv[1])
"""


def test_a_killed_run_goes_on(tmp_path, request):
    script = KILLED.format(folder=str(request.path.parent))
    command = [sys.executable, "-c", script, str(tmp_path / "file")]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == -signal.SIGKILL, process.stderr
    epochs = []
    resumed = run(tmp_path / "file", on_epoch=epochs.append)
    assert [record["epoch"] for record in epochs] == [3, 4]
    assert_same(resumed, run())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lr": 1e-3}, "lr was 0.002 and is now 0.001"),
        ({"seed": 1}, "seed was 0 and is now 1"),
        ({"feature_weight": 2.0}, r"weights was '1.0, 1.0, 0.001' and is now '1.0, 2.0, 0.001'"),
        ({"players": (networks()[0], None)}, "discriminator was 'BeatDiscriminator"),
    ],
)
def test_changed_settings_are_refused(tmp_path, changes, message):
    run(tmp_path / "file", epochs=1)
    with pytest.raises(TrainingFailed, match=message):
        run(tmp_path / "file", epochs=1, **changes)


def test_alone_a_generator_learns_by_reconstruction(tmp_path):
    def alone(checkpoint=None, **changes):
        players = create("autoencoder", code=8), None
        return run(checkpoint, players=players, entropy_weight=0.0, **changes)

    whole = alone()
    parts = {"epoch", "lr", "reconstruction", "restarts", "valid_score"}
    assert all(record.keys() == parts for record in whole[0])
    with pytest.raises(Enough):
        alone(tmp_path / "file", on_epoch=stop_after(2))
    assert_same(alone(tmp_path / "file"), whole)


def test_a_generator_alone_moves_as_the_published_adam_moves_it():
    x, generator = torch.tensor(TRAIN[:8]), create("autoencoder", code=8)
    other, game = copy.deepcopy(generator), duel(generator, None, entropy=0.0)
    adam = torch.optim.Adam(other.parameters(), betas=(0.5, 0.999))
    for rate in (1e-3, 1e-2, 1e-4):  # the betas show from the second step on
        game.step(x, rate)
        adam.param_groups[0]["lr"] = rate
        adam.zero_grad()
        mean_square(other(x), x).backward()
        adam.step()
    pairs = zip(generator.parameters(), other.parameters(), strict=True)
    apart = torch.cat([(ours - theirs).abs().flatten() for ours, theirs in pairs])
    # Rounding turns the sign of a few tiny gradients, which Adam makes a whole step.
    assert float(apart.detach().median()) < 1e-5


def test_each_beat_comes_once_an_epoch_in_an_order_of_the_epoch(monkeypatch):
    step, seen = Duel.step, []

    def watched(game, x, rate):
        seen.append(x.clone())
        return step(game, x, rate)

    monkeypatch.setattr(Duel, "step", watched)
    run(epochs=2)
    first, second = torch.cat(seen[:3]), torch.cat(seen[3:])
    assert not torch.equal(first, second)
    for epoch in (first, second):
        assert {beat.numpy().tobytes() for beat in epoch} == {beat.tobytes() for beat in TRAIN}


@pytest.mark.parametrize("rival", [True, False])
def test_it_learns_what_a_normal_beat_is(rival):
    generator, discriminator = networks()
    players = generator, discriminator if rival else None
    history, _ = run(players=players, epochs=20, lr=3e-3)
    assert history[-1]["reconstruction"] < 0.5 * history[0]["reconstruction"]
    # Beats that took no part in the choice of the epoch.
    normal = anomaly_scores(generator, toy_beats(20, 2, seed=3))
    abnormal = anomaly_scores(generator, toy_beats(20, 7, seed=4))
    assert np.mean(abnormal[:, None] > normal) > 0.95


def scripted(scores):
    remaining = iter(scores)
    return lambda abnormal, score: next(remaining)


def test_the_weights_of_the_best_epoch_are_kept():
    players = networks()
    after = []

    def on_epoch(record):
        after.append([copy.deepcopy(player.state_dict()) for player in players])

    metric = scripted([0.1, 0.8, 0.8, 0.3])
    history, _ = run(players=players, metric=metric, on_epoch=on_epoch)
    assert [record["valid_score"] for record in history] == [0.1, 0.8, 0.8, 0.3]
    for player, kept in zip(players, after[1], strict=True):
        assert all(torch.equal(kept[name], now) for name, now in player.state_dict().items())
        assert not player.training


def test_patience_ends_a_run():
    history, _ = run(metric=scripted([0.5, 0.6, 0.2, 0.6]), patience=1)
    assert [record["valid_score"] for record in history] == [0.5, 0.6, 0.2]


def test_the_metric_sees_the_anomaly_scores_of_the_validation_beats():
    seen = []

    def metric(abnormal, score):
        seen.append((abnormal, score))
        return 0.5

    generator, discriminator = networks()
    run(players=(generator, discriminator), metric=metric, epochs=1)
    abnormal, score = seen[0]
    assert abnormal.tolist() == VALID[1].tolist()
    np.testing.assert_array_equal(score, anomaly_scores(generator, VALID[0]))


def test_the_callers_chance_is_left_alone():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    run(epochs=1, restart_below=ALWAYS)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs must be above 0, got 0"),
        ({"batch_size": 0}, "batch_size must be above 0, got 0"),
        ({"lr": -1.0}, "lr must be above 0"),
        ({"patience": 0}, "patience must be above 0"),
        ({"feature_weight": -1.0}, "feature must be at least 0, got -1.0"),
        ({"restart_below": math.nan}, "restart_below must be at least 0, got nan"),
        ({"precision": "float16"}, "precision must be float32 or bfloat16 here"),
        ({"precision": "int8"}, "precision must be float32.* got 'int8'"),
        ({"players": (create("autoencoder"), None)}, "entropy_weight must be 0 .*got 0.001"),
        ({"players": (networks()[0], nn.Linear(1, 1))}, "made by ecgbook.models.create"),
        ({"metric": lambda abnormal, score: math.nan}, "after epoch 1 the validation score is nan"),
        ({"lr": 1e30}, "loss is (nan|inf) in epoch 1, batch"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes, message):
    with pytest.raises(TrainingFailed, match=message):
        run(**changes)


X, ABNORMAL = VALID


@pytest.mark.parametrize(
    ("train", "valid", "message"),
    [
        (TRAIN, X, r"valid must be a tuple \(x, abnormal\)"),
        (TRAIN, (X[:8], ABNORMAL[:8]), "all 8 beats of valid are normal"),
        (TRAIN, (X[8:], ABNORMAL[8:]), "all 8 beats of valid are abnormal"),
        (TRAIN, (X, ABNORMAL[:9]), r"0 or 1 for each of 16 beats of valid, got .*\(9,\)"),
        (TRAIN, (X, 2 * ABNORMAL), r"0 or 1 for each of 16 beats of valid, got \[0 2\]"),
        (TRAIN[:0], VALID, "train is empty"),
        (3 * TRAIN, VALID, "train reaches from .*datasets.scale_beats"),
        (TRAIN, (X + 5, ABNORMAL), "x of valid reaches from .*datasets.scale_beats"),
        (TRAIN * np.float32(np.nan), VALID, "train has NaN"),
        (TRAIN[..., :300], VALID, r"train and valid differ: \(24, 1, 300\) and \(16, 1, 320\)"),
    ],
)
def test_data_that_cannot_work_are_refused(train, valid, message):
    with pytest.raises(TrainingFailed, match=message):
        fit_adversarial(*networks(), train, valid, device="cpu", progress=False)


def test_beats_of_another_length_are_refused():
    short = TRAIN[..., :300], (X[..., :300], ABNORMAL)
    with pytest.raises(ModelInvalid, match=r"\(batch, 1, 320\), got \(24, 1, 300\)"):
        fit_adversarial(*networks(), *short, device="cpu", progress=False)


def test_two_processes_are_refused(monkeypatch):
    monkeypatch.setattr(adversarial, "join", lambda device: Team(0, 2, CPU))
    with pytest.raises(TrainingFailed, match="train in one process, not 2"):
        run()
