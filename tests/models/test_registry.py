"""What every model must do; a new one is tested as soon as it is registered.

Its example stands in ``EXAMPLES`` of the tests of its own module.
"""

import copy
import doctest
import importlib
import inspect
import json
import pkgutil

import pytest
import torch
from torch import nn

import tests.models
from ecgbook import models
from ecgbook.errors import ModelInvalid
from ecgbook.models import (
    beat_autoencoder,
    beat_parts,
    count_parameters,
    cpc,
    generation,
    layer_table,
    layers,
    memory,
    pictures,
    pooling,
    record_crnn,
    recording_parts,
    recurrent,
    registry,
    segments,
    transformer,
    trunk,
    wavenet,
)
from ecgbook.training import load_model, save_weights
from tests.models.examples import gates


def collected():
    names = [module.name for module in pkgutil.iter_modules(tests.models.__path__)]
    others = [name for name in names if name.startswith("test_") and name != "test_registry"]
    modules = [importlib.import_module(f"tests.models.{name}") for name in others]
    return [example for module in modules for example in getattr(module, "EXAMPLES", ())]


EXAMPLES = collected()
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.name}-{e.config}")
each_model = pytest.mark.parametrize("name", models.list_models())


def build(example, seed=0):
    return models.create_model(example.name, seed=seed, **example.config)


DOCUMENTED = [beat_autoencoder, beat_parts, cpc, generation, layers, memory, pictures, pooling]
DOCUMENTED += [record_crnn, recording_parts, recurrent, registry, segments, transformer, trunk]
DOCUMENTED += [wavenet]


@pytest.mark.parametrize("module", DOCUMENTED, ids=lambda module: module.__name__)
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def test_every_model_has_an_example():
    assert {example.name for example in EXAMPLES} == set(models.list_models())


@each_example
def test_output_has_the_right_shape_and_is_finite(example):
    output = build(example)(*example.batch(n=3))
    assert output.shape == (3, *example.output)
    assert output.dtype == torch.float32
    assert output.isfinite().all()


@each_example
def test_parameter_count(example):
    assert count_parameters(build(example)) == example.parameters


@each_example
def test_the_table_of_layers_holds_every_weight(example):
    model = build(example)
    every = sum(weight.numel() for weight in model.parameters())
    assert layer_table(model, *example.batch(1)).parameters.sum() == every


@each_example
def test_gradient_reaches_every_parameter(example):
    model = build(example)
    # Two examples are not enough: a ReLU may be shut for both.
    model(*example.batch(n=32)).square().mean().backward()
    weights = dict(model.named_parameters())
    assert all(weights.pop(name).grad is None for name in example.idle)
    assert not any(weights.pop(name).grad.any() for name in example.asleep)
    for name, weight in weights.items():
        assert weight.grad is not None, name
        assert weight.grad.abs().max() > 0, name


@each_example
def test_output_depends_on_every_input(example):
    model, batch = build(example).eval(), example.batch()
    before = model(*batch)
    for i in range(len(batch)):
        changed = list(batch)
        # No constant: pictures do not show where a signal's zero lies.
        changed[i] = changed[i] + torch.linspace(1, 2, changed[i].shape[-1])
        assert not torch.allclose(model(*changed), before)


@each_example
def test_eval_is_deterministic(example):
    model, batch = build(example).eval(), example.batch()
    assert torch.equal(model(*batch), model(*batch))


@each_example
def test_eval_scores_each_example_by_itself(example):
    model, batch = build(example).eval(), example.batch(n=8)
    together = model(*batch)
    alone = torch.cat([model(*(x[i : i + 1] for x in batch)) for i in range(8)])
    torch.testing.assert_close(alone, together)


@each_example
def test_first_weights_come_from_the_seed_alone(example):
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    first = build(example)
    assert torch.equal(torch.random.get_rng_state(), state)  # the caller's is left alone
    torch.manual_seed(2)
    again, other = build(example), build(example, seed=1)
    assert all(map(torch.equal, first.parameters(), again.parameters()))
    assert not all(map(torch.equal, first.parameters(), other.parameters()))


@each_example
def test_export(example):
    model, batch = build(example).eval(), example.batch()
    exported = torch.export.export(model, batch).module()
    torch.testing.assert_close(exported(*batch), model(*batch))


@each_example
def test_compile(example):
    # aot_eager traces the forward and backward pass in one graph, as inductor would get them.
    model = build(example).eval()
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    batch = example.batch()
    output = compiled(*batch)
    torch.testing.assert_close(output, model(*batch))
    output.sum().backward()


@each_example
def test_weights_round_trip(example, tmp_path):
    model = build(example)
    model(*example.batch())  # moves the running statistics away from their first values
    path = tmp_path / "weights.safetensors"
    save_weights(path, model, classes=list("NSVFQ"), fs=360, database="mitdb")
    loaded, card = load_model(path)
    assert type(loaded) is type(model)
    assert not loaded.training
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name
    assert card["model"] == example.name
    assert card["classes"] == ["N", "S", "V", "F", "Q"]
    assert card["fs"] == 360
    assert card["database"] == "mitdb"
    config = {setting: card["config"][setting] for setting in example.config}
    assert config == json.loads(json.dumps(example.config))  # its tuples have become lists


@each_example
def test_a_signal_that_is_too_short_is_refused(example):
    model, (x, *others) = build(example).eval(), example.batch()
    least = models.info(example.name).min_length
    assert model(x[..., :least], *others).isfinite().all()
    too_short = x[..., : least - 1]
    with pytest.raises(ModelInvalid, match=rf"{example.name} needs .* at least {least} samples"):
        model(too_short, *others)
    with pytest.raises(ModelInvalid, match=r"cut longer windows"):
        copy.deepcopy(model)(x=too_short)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if models.info(e.name).cam_layer])
def test_class_activation_maps_find_their_layer(example):
    model, seen = build(example), []
    layer = model.get_submodule(models.info(example.name).cam_layer)
    layer.register_forward_hook(lambda _, __, output: seen.append(output))
    model(*example.batch(n=3))
    assert [(output.ndim, len(output)) for output in seen] == [(3, 3)]  # (batch, channel, time)


@each_model
def test_the_entry_agrees_with_the_class(name):
    model = models.info(name)
    assert getattr(models, model.model_class.__name__) is model.model_class
    forward = list(inspect.signature(model.model_class.forward).parameters)
    assert forward == ["self", *model.inputs]
    assert model.task in (None, *registry.TASKS)
    settings = inspect.signature(model.model_class).parameters.values()
    assert {setting.kind for setting in settings} <= {inspect.Parameter.KEYWORD_ONLY}


@each_model
def test_parameters_are_as_many_as_published(name):
    with torch.device("meta"):  # the largest would take 2 GB
        model = models.create_model(name)
    for counting, published in (models.info(name).parameters or {}).items():
        assert count_parameters(model, counting) == published


@each_model
def test_a_class_refuses_what_is_too_short_as_well(name):
    model = models.info(name)
    with torch.device("meta"), pytest.raises(ModelInvalid, match=f"{name} needs signals of at"):
        model.model_class()(torch.zeros(2, 1, model.min_length - 1))


def test_models_are_listed_by_task():
    assert "autoencoder" in models.list_models()
    assert "autoencoder" in models.list_models(task="reconstruction")
    assert "autoencoder" not in models.list_models(task="single_label")
    assert "beat_discriminator" in models.list_models()
    with pytest.raises(ModelInvalid, match=r"no task 'multilabel'; the tasks are .*multi_label"):
        models.list_models(task="multilabel")


@pytest.mark.parametrize("name", ["beat_cn", "BeatCNN"])
def test_close_names_are_suggested_for_an_unknown_model(name):
    with pytest.raises(ModelInvalid, match=rf"no model '{name}'; did you mean beat_cnn"):
        models.create_model(name)
    with pytest.raises(ModelInvalid, match="no model 'xyz'; the models are alexnet, alexnet_att"):
        models.info("xyz")


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"lead": 2}, "unexpected keyword argument 'lead'"),
        ({"name": "other"}, "unexpected keyword argument 'name'"),
        ({"classes": -1}, "negative dimension"),
        ({"leads": "two"}, ""),
        ({"dropout": 2.0}, "dropout probability"),
        ({"seed": "one"}, ""),
    ],
)
def test_settings_that_cannot_be_are_refused(config, reason):
    with pytest.raises(ModelInvalid, match=rf"beat_cnn cannot be built .*{reason}.*leads=1"):
        models.create_model("beat_cnn", **config)


@pytest.mark.parametrize(
    ("layer", "trainable", "keras"),
    [
        (nn.Linear(3, 4), 16, 16),
        (nn.Sequential(nn.Conv1d(2, 8, 3), nn.BatchNorm1d(8)), 56 + 16, 56 + 32),
        (nn.BatchNorm1d(8, affine=False), 0, 16),
        (nn.LSTM(3, 5), gates(4, 3, 5) + 4 * 5, gates(4, 3, 5)),
        (nn.GRUCell(3, 5), gates(3, 3, 5) + 3 * 5, gates(3, 3, 5)),
        (
            nn.LSTM(3, 5, num_layers=2, bidirectional=True),
            2 * (gates(4, 3, 5) + gates(4, 10, 5) + 2 * 4 * 5),
            2 * (gates(4, 3, 5) + gates(4, 10, 5)),
        ),
        (nn.RNN(3, 5, bias=False), 5 * 8, 5 * 8),
    ],
)
def test_parameters_are_counted_both_ways(layer, trainable, keras):
    assert count_parameters(layer) == trainable
    assert count_parameters(layer, "keras") == keras
    layer.requires_grad_(False)
    assert count_parameters(layer) == 0
    assert count_parameters(layer, "keras") == keras


def test_another_way_of_counting_is_refused():
    with pytest.raises(ModelInvalid, match="'trainable' or 'keras', got 'all'"):
        count_parameters(nn.Linear(3, 4), "all")
