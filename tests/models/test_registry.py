"""What every model must do; a new one is tested by its line in MODELS."""

import inspect
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from ecgbook import models
from ecgbook.errors import ModelInvalid
from ecgbook.training import load_model, load_weights, save_weights


@dataclass(frozen=True)
class Example:
    name: str
    sizes: dict
    inputs: tuple  # shapes after the batch
    output: tuple  # shape after the batch
    parameters: int  # counted by hand or from the paper

    def batch(self, n=4, seed=0):
        generator = torch.Generator().manual_seed(seed)
        return tuple(torch.randn(n, *shape, generator=generator) for shape in self.inputs)


def conv(inputs, outputs, kernel):
    """Parameters of a convolution without bias and the normalisation after it."""
    return inputs * outputs * kernel + 2 * outputs


def linear(inputs, outputs):
    return inputs * outputs + outputs


BEAT_CNN = conv(64, 64, 5) + conv(32, 64, 5) + conv(64, 96, 5) + linear(64, 5)


def encoder(code):
    """Parameters of MadeGAN's encoder; its first and last convolutions have no normalisation."""
    pairs = [(16, 32), (32, 64), (64, 128), (128, 512)]
    return 16 * 4 + sum(conv(*pair, 4) for pair in pairs) + 512 * code * 10


def decoder(code):
    """As many as the encoder, and the normalisations after 512 and 16 channels."""
    return encoder(code) + 2 * 16


BEAT = ((1, 320),)

MODELS = [
    Example("beat_cnn", {}, ((1, 187),), (5,), conv(1, 32, 7) + BEAT_CNN + linear(96, 64)),
    Example(
        "beat_cnn",
        {"leads": 2, "features": 4},
        ((2, 256), (4,)),
        (5,),
        conv(2, 32, 7) + BEAT_CNN + linear(100, 64),
    ),
    Example("autoencoder", {}, BEAT, (1, 320), encoder(50) + decoder(50)),
    Example(
        "memory_autoencoder",
        {"slots": 20, "shrink": 0.0},
        BEAT,
        (1, 320),
        encoder(50) + 20 * 50 + decoder(50),
    ),
    Example("beat_discriminator", {}, BEAT, (1,), encoder(1)),
    Example("beat_classifier", {}, BEAT, (4,), encoder(64) + linear(64, 64) + linear(64, 4)),
    Example(
        "beat_classifier",
        {"features": 4},
        ((1, 320), (4,)),
        (4,),
        encoder(64) + linear(68, 64) + linear(64, 4),
    ),
    Example(
        "multi_branch_classifier",
        {"features": 4, "branches": 5},
        ((1, 320), (4,)),
        (5, 4),
        encoder(64) + linear(68, 64) + linear(64, 5 * 4),
    ),
]

every_model = pytest.mark.parametrize("example", MODELS, ids=lambda e: f"{e.name}-{e.sizes}")


def build(example):
    return models.create_model(example.name, **example.sizes)


def test_every_model_has_an_example():
    assert {example.name for example in MODELS} == set(models.list_models())


@every_model
def test_sizes_are_keyword_only(example):
    signature = inspect.signature(type(build(example)))
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    assert kinds <= {inspect.Parameter.KEYWORD_ONLY}


@every_model
def test_output_shape(example):
    assert build(example)(*example.batch(n=3)).shape == (3, *example.output)


@every_model
def test_parameter_count(example):
    assert sum(weight.numel() for weight in build(example).parameters()) == example.parameters


@every_model
def test_gradient_reaches_every_parameter(example):
    model = build(example)
    # Two examples are not enough: a ReLU may be shut for both.
    model(*example.batch(n=32)).square().mean().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().max() > 0, name


@every_model
def test_output_depends_on_every_input(example):
    model, batch = build(example).eval(), example.batch()
    before = model(*batch)
    for i in range(len(batch)):
        changed = list(batch)
        changed[i] = changed[i] + 1
        assert not torch.allclose(model(*changed), before)


@every_model
def test_eval_is_deterministic(example):
    model, batch = build(example).eval(), example.batch()
    assert torch.equal(model(*batch), model(*batch))


@every_model
def test_eval_scores_each_example_by_itself(example):
    model, batch = build(example).eval(), example.batch(n=8)
    together = model(*batch)
    alone = torch.cat([model(*(x[i : i + 1] for x in batch)) for i in range(8)])
    torch.testing.assert_close(alone, together)


@every_model
def test_first_weights_come_from_the_seed_alone(example):
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    first = build(example)
    assert torch.equal(torch.random.get_rng_state(), state)  # the caller's is left alone
    torch.manual_seed(2)
    again = build(example)
    other = models.create_model(example.name, seed=1, **example.sizes)
    assert all(map(torch.equal, first.parameters(), again.parameters()))
    assert not all(map(torch.equal, first.parameters(), other.parameters()))


@every_model
def test_export(example):
    model, batch = build(example).eval(), example.batch()
    exported = torch.export.export(model, batch).module()
    torch.testing.assert_close(exported(*batch), model(*batch))


@every_model
def test_compile(example):
    # aot_eager traces the forward and backward pass in one graph, as inductor would get them.
    model = build(example).eval()
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    batch = example.batch()
    output = compiled(*batch)
    torch.testing.assert_close(output, model(*batch))
    output.sum().backward()


@every_model
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
    assert example.sizes.items() <= card["config"].items()


def test_unknown_model_is_refused():
    with pytest.raises(ModelInvalid, match=r"no model 'beat_cn'; the models are .*beat_cnn"):
        models.create_model("beat_cn")


def test_unknown_size_is_refused():
    with pytest.raises(ModelInvalid, match=r"beat_cnn: .*'lead'.*leads=1"):
        models.create_model("beat_cnn", lead=2)


def test_weights_of_other_sizes_are_refused(tmp_path):
    path = tmp_path / "weights.safetensors"
    save_weights(path, models.create_model("beat_cnn", leads=2), classes=list("NSVFQ"), fs=360)
    with pytest.raises(ModelInvalid, match=r"holds beat_cnn with config .*'leads': 2.*beat\.0\.0"):
        load_weights(models.create_model("beat_cnn", leads=1), path)
    with pytest.raises(ModelInvalid, match="does not fit this Linear"):
        load_weights(nn.Linear(3, 2), path)


def test_a_network_of_ones_own_cannot_be_saved_as_one_of_the_book(tmp_path):
    with pytest.raises(ModelInvalid, match=r"made by models\.create_model"):
        save_weights(tmp_path / "weights.safetensors", nn.Linear(3, 2), classes="NV", fs=360)
    assert not list(tmp_path.iterdir())
