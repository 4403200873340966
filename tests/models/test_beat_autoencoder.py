"""The autoencoder of heartbeats, and trunks that are copied and frozen."""

import copy

import pytest
import torch
from torch import nn

from ecgbook import tasks
from ecgbook.errors import ModelInvalid
from ecgbook.models import (
    copy_trunk,
    count_parameters,
    create_model,
    freeze_trunk,
)
from ecgbook.training import fit, load_model, save_weights
from ecgbook.training.checkpoint import describe
from tests.models.examples import Example, conv, linear
from tests.models.test_heartbeat_cnn import beats

BEAT = ((1, 187),)


def encoder(code, leads=1, steps=12):
    pairs = [(leads, 16), (16, 32), (32, 64), (64, 64)]
    return sum(conv(*pair, 7) for pair in pairs) + linear(64 * steps, code)


def decoder(code, leads=1, steps=12):
    growing = conv(64, 64, 4) + conv(64, 32, 4) + conv(32, 16, 4)
    return linear(code, 64 * steps) + growing + 16 * leads * 4 + leads


EXAMPLES = [
    Example("beat_autoencoder", {}, BEAT, (1, 187), encoder(32) + decoder(32)),
    Example(
        "beat_autoencoder",
        {"leads": 2, "time": 100, "code": 5},
        ((2, 90),),
        (2, 90),
        encoder(5, 2, 7) + decoder(5, 2, 7),
    ),
    Example("encoder_classifier", {}, BEAT, (5,), encoder(32) + linear(32, 5)),
    Example(
        "encoder_classifier",
        {"leads": 2, "time": 100, "code": 5, "classes": 1},
        ((2, 90),),
        (1,),
        encoder(5, 2, 7) + linear(5, 1),
    ),
]

WITH_TRUNK = [
    ("course_cnn", {}),
    ("vanilla_cnn", {}),
    ("bottleneck_resnet", {"depth": 11}),
    ("beat_resnet", {"width": 8}),
    ("encoder_classifier", {"code": 8}),
]
each = pytest.mark.parametrize(("name", "config"), WITH_TRUNK)


def trained(name, **config):
    """Return a model with weights and running statistics that no fresh one has."""
    model = create_model(name, seed=5, **config)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.01
    for seed in range(3):
        model(0.3 * beats(seed=seed))
    return model


def state(part):
    return {name: value.clone() for name, value in part.state_dict().items()}


def moved(part, before):
    return {name for name, value in part.state_dict().items() if not value.equal(before[name])}


def train(model, classes="NSV"):
    x, y = beats(24), torch.arange(24) % len(classes)
    options = {"task": tasks.single_label(classes), "epochs": 2, "batch_size": 8, "device": "cpu"}
    fit(model, (x, y), (x, y), **options, progress=False)


def test_an_autoencoder_learns_to_give_back_what_it_sees():
    time = torch.linspace(0, 6.28, 187)
    begin = torch.linspace(0, 6.28, 64)
    x = torch.sin(time + begin[:, None])[:, None]
    model = create_model("beat_autoencoder", code=4)
    options = {"epochs": 15, "batch_size": 8, "lr": 5e-3, "device": "cpu", "progress": False}
    task = tasks.reconstruction(classes="NV", select="loss")
    history = fit(model, (x, x), (x, x), task=task, **options)
    assert history[-1]["valid_loss"] < 0.05  # of a sine, whose mean square is a half


@each
def test_a_copied_trunk_sees_what_the_source_saw(name, config):
    source = trained(name, **config)
    model, x = create_model(name, **config | {"classes": 1}), beats(seed=9)
    head = state(model.head)
    copy_trunk(model, source)
    assert model.eval().trunk(x).equal(source.eval().trunk(x))
    assert not moved(model.head, head)
    before = state(source)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 1
    assert not moved(source, before)  # it is a copy


def test_a_classifier_takes_over_the_encoder():
    source, model = trained("beat_autoencoder"), create_model("encoder_classifier")
    copy_trunk(model, source)
    x = beats()
    assert model.eval().trunk(x).equal(source.eval().encoder(x))


def test_the_frozen_base_has_the_published_parameters():
    model = create_model("course_cnn", classes=1, hidden=(256, 128))
    freeze_trunk(model)
    assert count_parameters(model) == 98_817
    assert count_parameters(model, "keras") == 332_785


@each
def test_a_frozen_trunk_does_not_move_in_training_and_a_free_one_does(name, config):
    model = create_model(name, **config | {"classes": 3})
    before = state(model)
    freeze_trunk(model)
    train(model)
    assert not [part for part in moved(model, before) if part.startswith("trunk.")]
    assert moved(model, before) == {part for part in before if part.startswith("head.")}
    model = create_model(name, **config | {"classes": 3})
    train(model)
    assert moved(model, before) == set(before)


@each
def test_frozen_is_kept_by_switching_modes_and_by_copies(name, config):
    model = create_model(name, **config)
    freeze_trunk(model)
    for each in (model, copy.deepcopy(model)):
        each.eval()
        each.train()
        assert each.training
        assert all(part.training for part in each.head.modules())
        assert not any(part.training for part in each.trunk.modules())
        x = beats()
        assert each.trunk(x).equal(each.trunk(x))  # nothing is dropped by chance
    free = create_model(name, **config)
    assert all(part.training for part in free.eval().train().modules())
    assert describe(free) != describe(model)


def test_freezing_leaves_the_mode_as_it_is():
    model = create_model("course_cnn").eval()
    freeze_trunk(model)
    assert not any(part.training for part in model.modules())


def test_a_frozen_model_is_saved_as_any_other(tmp_path):
    model = create_model("course_cnn", classes=3)
    freeze_trunk(model)
    save_weights(tmp_path / "file", model, classes="NSV", fs=125)
    loaded, _ = load_model(tmp_path / "file")
    assert loaded(beats()).equal(model.eval()(beats()))


def test_models_without_a_fitting_trunk_are_refused():
    model = create_model("course_cnn")
    with pytest.raises(ModelInvalid, match="a source with a trunk, got BeatCNN"):
        copy_trunk(model, create_model("beat_cnn"))
    with pytest.raises(ModelInvalid, match=r"copy_trunk needs a model with a trunk .* got Linear"):
        copy_trunk(nn.Linear(1, 1), model)
    with pytest.raises(ModelInvalid, match=r"freeze_trunk needs a model .* got BeatAutoencoder"):
        freeze_trunk(create_model("beat_autoencoder"))
    before = state(model)
    with pytest.raises(ModelInvalid, match=r"0.weight is \(16, 2, 5\) in the source and \(16, 1,"):
        copy_trunk(model, create_model("course_cnn", leads=2))
    with pytest.raises(ModelInvalid, match=r"but 10.bias is .* in the source and None in"):
        copy_trunk(model, create_model("vanilla_cnn"))
    assert not moved(model, before)
