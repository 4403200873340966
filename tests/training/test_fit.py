from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from ecgbook.errors import TrainingFailed
from ecgbook.models import create_model
from ecgbook.training import class_weights, cross_entropy, fit, focal_loss, predict
from ecgbook.training.optim import share_of_rate
from tests.training.stand_ins import MULTI, SINGLE, Examples, Task, accuracy

quick = partial(fit, task=SINGLE, epochs=4, batch_size=32, lr=3e-3, device="cpu", progress=False)


def network():
    return create_model("beat_cnn", classes=3, features=2, width=8)


def halves(arrays):
    return tuple(a[:160] for a in arrays), tuple(a[160:] for a in arrays)


def test_it_learns_what_is_there_to_learn(beats):
    train, valid = halves(beats)
    model = network()
    history = quick(model, train, valid, epochs=15)
    assert [record["epoch"] for record in history] == list(range(1, 16))
    assert history[-1]["train_loss"] < history[0]["train_loss"] / 2
    assert accuracy(valid[-1], predict(model, *valid[:-1])) > 0.9
    assert not model.training


@pytest.mark.parametrize("loss", [cross_entropy, partial(focal_loss, gamma=2.0)])
@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_every_precision_and_loss_learns(beats, precision, loss):
    train, valid = halves(beats)
    history = quick(network(), train, valid, epochs=8, precision=precision, loss=loss)
    assert history[-1]["train_loss"] < history[0]["train_loss"] * 0.8


def test_same_seed_same_run_and_another_seed_another(beats):
    train, valid = halves(beats)
    first, again, other = network(), network(), network()
    torch.manual_seed(123)  # the caller's state must make no difference
    history = quick(first, train, valid)
    assert quick(again, train, valid) == history
    assert all(map(torch.equal, first.parameters(), again.parameters()))
    assert quick(other, train, valid, seed=1) != history


def test_the_callers_chance_is_left_alone(beats):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    quick(network(), *halves(beats), epochs=1)
    assert torch.equal(torch.rand(3), expected)


def scripted(*scores):
    remaining = iter((0.0, *scores))  # the first is that of the untrained network
    return Task(selection=lambda y, output: next(remaining))


def test_the_score_is_that_of_the_validation_set(beats):
    train, valid = halves(beats)
    model = network()
    history = quick(model, train, valid)
    best = max(history, key=lambda record: record["valid_score"])
    output = predict(model, *valid[:-1])
    loss = float(cross_entropy(torch.tensor(output), torch.tensor(valid[-1])))
    assert best["valid_loss"] == pytest.approx(loss, rel=1e-5)
    assert best["valid_score"] == pytest.approx(accuracy(valid[-1], output), rel=1e-5)


def test_the_weights_of_the_best_epoch_stay(beats):
    model = network()
    weights = []

    def keep(record):
        weights.append([weight.clone() for weight in model.state_dict().values()])

    quick(model, *halves(beats), task=scripted(0.1, 0.5, 0.4, 0.5), on_epoch=keep)
    assert all(map(torch.equal, model.state_dict().values(), weights[1]))
    assert not all(map(torch.equal, model.state_dict().values(), weights[-1]))


def test_one_schedule_spans_all_epochs(beats):
    history = quick(network(), *halves(beats), epochs=4, lr=0.01)
    expected = [
        0.01 * share_of_rate("cosine", step, 20) for step in (4, 9, 14, 19)
    ]  # 5 batches an epoch
    assert [record["lr"] for record in history] == expected


def test_it_stops_when_patience_is_over(beats):
    task = scripted(0.1, 0.5, 0.4, 0.5, 0.3, 0.9)
    history = quick(network(), *halves(beats), epochs=6, patience=3, task=task)
    # 0.5 in the second epoch; an equal score is no better, so the fifth is the third in vain.
    assert [record["valid_score"] for record in history] == [0.1, 0.5, 0.4, 0.5, 0.3]


def test_augmentation_sees_every_batch_on_the_device_with_its_own_chance(beats):
    train, valid = halves(beats)
    drawn = []

    def shift(x, generator):
        assert x.shape == (32, 1, 32)
        drawn.append(torch.rand(1, generator=generator, device=x.device).item())
        return x.roll(1, dims=-1)

    quick(network(), train, valid, epochs=2, augment=shift)
    first = list(drawn)
    assert len(set(first)) == len(first) == 2 * (160 // 32)
    drawn.clear()
    quick(network(), train, valid, epochs=2, augment=shift)
    assert drawn == first


def test_sample_weights_choose_who_is_drawn(beats):
    train, valid = halves(beats)
    seen = []

    def watch(output, target):
        if target.shape == (32,):
            seen.extend(target.tolist())
        return cross_entropy(output, target)

    rare = np.where(train[-1] == 2)[0][3:]
    keep = np.setdiff1d(np.arange(160), rare)
    train = tuple(a[keep] for a in train)
    weights = class_weights(train[-1], 3)[train[-1]]
    quick(network(), train, valid, epochs=20, loss=watch, sample_weights=weights)
    share = np.bincount(seen, minlength=3) / len(seen)
    # Four standard deviations of a share of 1/3 among about 1,900 draws.
    np.testing.assert_allclose(share, 1 / 3, atol=4 * np.sqrt(2 / 9 / len(seen)))


def test_an_autoencoder_and_a_multi_label_net_go_through_the_same_loop(beats):
    x, rr, y = beats
    code = nn.Sequential(nn.Flatten(), nn.Linear(32, 4), nn.Linear(4, 32), nn.Unflatten(1, (1, 32)))
    again = Task(
        nn.functional.mse_loss, lambda y, output: -((output - y) ** 2).mean(), several=None
    )
    history = quick(code, (x, x), (x, x), task=again, epochs=10, lr=0.01)
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    for labels in (
        np.stack([y == 0, y > 0], axis=1),
        np.stack([y == 0, y > 0], axis=1) * np.float32(1),
    ):
        history = quick(nn.Linear(2, 2), (rr, labels), (rr, labels), task=MULTI, epochs=10, lr=0.1)
        assert history[-1]["train_loss"] < history[0]["train_loss"]


def test_a_frozen_part_does_not_move(beats):
    model = network()
    model.beat.requires_grad_(False)
    before = [weight.clone() for weight in model.beat.parameters()]
    quick(model, *halves(beats))
    assert all(map(torch.equal, before, model.beat.parameters()))


def test_fewer_examples_than_a_batch(beats):
    train = tuple(a[:20] for a in beats)
    assert len(quick(network(), train, train, batch_size=256)) == 4


def test_compiled_training_is_the_same_training(beats, monkeypatch):
    # The eager backend checks the wiring without a minute of C++.
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager"))
    train, valid = halves(beats)
    plain = quick(network(), train, valid, epochs=2)
    compiled = quick(network(), train, valid, epochs=2, compile=True)
    for a, b in zip(plain, compiled, strict=True):
        assert a["train_loss"] == pytest.approx(b["train_loss"], rel=1e-4)


def test_a_loss_that_is_not_finite_names_epoch_and_batch(beats):
    calls = []

    def broken(output, target):
        calls.append(1)
        # A validation, 5 batches, another validation, and the third batch after it.
        factor = float("nan") if len(calls) == 1 + 5 + 1 + 3 else 1.0
        return cross_entropy(output, target) * factor

    with pytest.raises(TrainingFailed, match="loss is nan in epoch 2, batch 3 of 5; lower lr"):
        quick(network(), *halves(beats), loss=broken)


def test_a_score_that_is_not_finite_is_refused(beats):
    with pytest.raises(TrainingFailed, match="the valid_score of epoch 2 is nan"):
        quick(network(), *halves(beats), task=scripted(0.1, float("nan")))


def test_one_class_only_is_refused(beats):
    x, rr, y = beats
    with pytest.raises(TrainingFailed, match="all 240 training examples are of class 0"):
        quick(network(), (x, rr, y * 0), (x, rr, y))


@pytest.mark.parametrize("part", ["train", "valid"])
def test_a_class_without_output_is_refused(beats, part):
    x, rr, y = beats
    sets = {"train": (x, rr, y), "valid": (x, rr, y)}
    sets[part] = (x, rr, y + 1)
    with pytest.raises(TrainingFailed, match=r"has class 3, .*shape \(240, 3\)"):
        quick(network(), **sets)


def test_nan_in_validation_is_refused_before_training(beats):
    train, valid = halves(beats)
    valid[0][7, 0, 3] = np.nan
    with pytest.raises(TrainingFailed, match=r"input 0 of valid has NaN .* example 7;"):
        quick(network(), train, valid)


@pytest.mark.parametrize("name", ["epochs", "batch_size", "lr", "clip_norm", "patience"])
def test_settings_must_be_positive(beats, name):
    with pytest.raises(TrainingFailed, match=f"{name} must be .*above 0, got 0"):
        quick(network(), *halves(beats), **{name: 0})


def test_a_device_that_is_not_there_is_refused(beats):
    with pytest.raises(TrainingFailed, match="device='nowhere' is not to be had"):
        quick(network(), *halves(beats), device="nowhere")


def test_the_progress_bar_is_one_line_with_the_loss(beats, capsys):
    quick(network(), *halves(beats), progress=True)
    shown = capsys.readouterr().err
    assert "loss=" in shown
    assert "20/20" in shown  # 4 epochs of 5 batches
    assert shown.count("\n") == 1


def never(*_):
    pytest.fail("an epoch began")


def test_targets_of_another_task_are_refused_before_training(beats):
    x, rr, y = beats
    several = x, rr, np.stack([y == 0, y > 0, y > 1], axis=1)
    for train, valid, task in ((several, several, SINGLE), (beats, beats, MULTI)):
        with pytest.raises(TrainingFailed, match="this target is of another task"):
            quick(network(), train, valid, task=task, augment=never)


def test_a_loss_of_ones_own_may_have_a_target_of_its_own(beats):
    x, rr, y = beats
    train, valid = halves((x, rr, np.stack([y, y], axis=1))), halves(beats)

    def loss(output, target):
        return cross_entropy(output, target if target.ndim == 1 else target[:, 0])

    history = quick(network(), train[0], valid[1], loss=loss)
    assert history == quick(network(), *halves(beats))


def test_a_score_that_cannot_work_fails_before_the_first_epoch(beats):
    def selection(y, output):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        quick(network(), *halves(beats), task=Task(selection=selection), augment=never)
    with pytest.raises(TrainingFailed, match="valid_score of the untrained model is nan"):
        quick(network(), *halves(beats), task=scripted_at_once(float("nan")), augment=never)


def scripted_at_once(score):
    return Task(selection=lambda y, output: score)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"learning_rate": 0.1}, "fit has no setting 'learning_rate'; write lr="),
        ({"optimiser": "sgd"}, "'optimiser'; write optimizer="),
        ({"metric": accuracy}, "'metric'; write task="),
        ({"colour": 1}, r"'colour'; see help\(training.fit\)"),
        ({"task": None}, r"write task=tasks.single_label\(train.classes\)"),
        ({"optimizer": "lamb"}, "optimizer must be 'adamw' or 'adam' or 'sgd', got 'lamb'"),
        ({"schedule": "linear"}, "schedule must be 'cosine' or 'step' or 'plateau', got 'linear'"),
        ({"init": "he"}, "init must be None or 'xavier' or 'orthogonal', got 'he'"),
        ({"epochs": 2.5}, "epochs must be a whole number above 0, got 2.5"),
        ({"lr": "fast"}, "lr must be above 0, got 'fast'"),
    ],
)
def test_settings_that_do_not_exist_are_answered_in_one_sentence(beats, setting, message):
    with pytest.raises(TrainingFailed, match=message):
        quick(network(), *halves(beats), **setting)


def test_examples_are_learnt_as_their_arrays(beats):
    x, rr, y = beats
    names = "rr_s", "ratio"
    train, valid = (
        Examples(x[part], y[part], features=rr[part], feature_names=names)
        for part in (slice(160), slice(160, None))
    )
    assert quick(network(), train, valid) == quick(network(), *halves(beats))


@pytest.mark.parametrize(
    ("optimizer", "schedule"), [("adamw", "step"), ("adam", "plateau"), ("sgd", "cosine")]
)
def test_every_optimizer_and_schedule_learns(beats, optimizer, schedule):
    lr = 0.1 if optimizer == "sgd" else 3e-3
    settings = {"optimizer": optimizer, "schedule": schedule, "lr": lr, "epochs": 8}
    history = quick(network(), *halves(beats), **settings)
    assert history[-1]["train_loss"] < history[0]["train_loss"] * 0.8


def test_the_plateau_is_that_of_the_validation_score(beats):
    task = scripted(0.5, 0.4, 0.4, 0.6, 0.5)
    history = quick(network(), *halves(beats), epochs=5, task=task, schedule="plateau", lr=0.01)
    # The second and third epochs are no better than the first, so the fourth is slower.
    assert [record["lr"] for record in history] == pytest.approx([0.01, 0.01, 0.01, 1e-3, 1e-3])


@pytest.mark.parametrize("init", ["xavier", "orthogonal"])
def test_first_weights_may_be_drawn_anew_from_the_seed(beats, init):
    runs = [quick(network(), *halves(beats), init=init, seed=seed) for seed in (0, 0, 1)]
    assert runs[0] == runs[1] != runs[2]
    assert runs[0] != quick(network(), *halves(beats))
    other = create_model("beat_cnn", classes=3, features=2, width=8, seed=9)
    assert quick(other, *halves(beats), init=init) == runs[0]  # nothing of its own is left


class Kinds(nn.Module):
    """A network whose second input is an index."""

    def __init__(self):
        super().__init__()
        self.kind, self.body = nn.Embedding(4, 8), nn.Linear(32 + 8, 3)

    def forward(self, x, kind):
        return self.body(torch.cat([x.flatten(1), self.kind(kind)], dim=1))


def test_an_index_may_be_the_second_input(beats):
    x, _, y = beats
    x = np.random.default_rng(1).normal(size=x.shape).astype(np.float32)  # says nothing
    arrays = x, y + 1, y
    model = Kinds()
    quick(model, *halves(arrays), epochs=15, lr=0.03)
    assert accuracy(y[160:], predict(model, x[160:], y[160:] + 1)) > 0.95


@pytest.mark.parametrize("examples", [1, 160])
def test_a_batch_of_one_with_batch_normalisation_is_refused(beats, examples):
    train = tuple(a[:examples] for a in beats)
    batch_size = 1 if examples > 1 else 32
    task = Task(loss=nn.functional.mse_loss, selection=lambda *_: 0.0, several=None)
    target = np.zeros((examples, 3), np.float32)
    with pytest.raises(TrainingFailed, match="make batch_size at least 2"):
        quick(network(), (*train[:2], target), beats, task=task, loss=None, batch_size=batch_size)


def test_training_runs_with_channels_last_and_leaves_the_model_as_it_was(beats):
    model = network()
    kinds, seen = [type(layer) for layer in model.modules()], []
    layer = model.beat[1][0]

    def look(_, inputs, output):
        seen.append((model.training, output.stride(1)))

    layer.register_forward_hook(look)
    during = []
    quick(model, *halves(beats), epochs=1, on_epoch=lambda _: during.append(type(layer)))
    assert {stride for training, stride in seen if training} == {1}  # from channel to channel
    assert during == [nn.Conv1d]
    assert [type(layer) for layer in model.modules()] == kinds
