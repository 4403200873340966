import copy
import doctest
import re
from math import exp

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import nn

from ecgbook.errors import ModelInvalid, ScoreInvalid
from ecgbook.models import create_model
from ecgbook.models import transfer as module
from ecgbook.models.transfer import freeze, mean_of_heads, transfer
from ecgbook.training import fit, load_model, save_weights
from ecgbook.training.checkpoint import describe
from tests.models.examples import Example, encoder, linear
from tests.training.stand_ins import SINGLE

EXAMPLES = [
    Example(
        "beat_classifier",
        {},
        ((1, 320),),
        (4,),
        encoder(64) + linear(64, 64) + linear(64, 4),
    ),
    Example(
        "beat_classifier",
        {"features": 4},
        ((1, 320), (4,)),
        (4,),
        encoder(64) + linear(68, 64) + linear(64, 4),
    ),
    Example(
        "multi_branch_classifier",
        {"features": 4, "heads": 5},
        ((1, 320), (4,)),
        (5, 4),
        encoder(64) + linear(68, 64) + linear(64, 5 * 4),
    ),
]

NAMES = ["beat_classifier", "multi_branch_classifier"]
both = pytest.mark.parametrize("name", NAMES)


def beats(n=24, seed=0):
    random = torch.Generator().manual_seed(seed)
    return 2 * torch.rand(n, 1, 320, generator=random) - 1


@pytest.fixture
def generator():
    """A generator with weights and running statistics that no fresh encoder has."""
    generator = create_model("memory_autoencoder", seed=5, slots=20, shrink=0.05)
    with torch.no_grad():
        for weight in generator.parameters():
            weight += 0.01
    for seed in range(3):
        generator(0.3 * beats(seed=seed))
    return generator


def state(part):
    return {name: value.clone() for name, value in part.state_dict().items()}


def moved(part, before):
    return {
        name for name, value in part.state_dict().items() if not torch.equal(value, before[name])
    }


def train(model, epochs=2):
    x, y = beats(), torch.arange(24) % 4
    options = {"task": SINGLE, "epochs": epochs, "batch_size": 8, "device": "cpu"}
    fit(model, (x, y), (x, y), **options, progress=False)


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0


@both
def test_the_trunk_sees_what_the_generator_saw(name, generator):
    classifier, x = create_model(name, seed=1), beats(seed=9)
    rest = state(classifier)
    transfer(classifier, generator)
    ours, theirs = classifier.eval().body.encoder, generator.eval().encoder
    assert torch.equal(ours.features(x), theirs.features(x))
    # Four normalisations of five numbers each, and five kernels; nothing else.
    changed = moved(classifier, rest)
    assert len(changed) == 4 * 5 + 5
    assert all(name.startswith("body.encoder.features.") for name in changed)


def test_what_is_transferred_is_a_copy(generator):
    before, classifier = state(generator), create_model("beat_classifier")
    transfer(classifier, generator)
    train(classifier)
    assert not moved(generator, before)


def test_frozen_convolutions_and_their_statistics_do_not_move_in_training(generator):
    classifier = create_model("beat_classifier")
    transfer(classifier, generator)
    freeze(classifier)
    trunk, before = classifier.body.encoder.features, state(classifier)
    train(classifier)
    assert not moved(trunk, state(generator.encoder.features))
    new = {f"{layer}.{part}" for layer in ("body.joint.0", "head") for part in ("weight", "bias")}
    assert moved(classifier, before) == new | {"body.encoder.head.weight"}


def test_without_freezing_every_weight_and_statistic_moves(generator):
    classifier = create_model("beat_classifier")
    transfer(classifier, generator)
    before = state(classifier)
    train(classifier)
    assert moved(classifier, before) == set(before)


@both
def test_frozen_is_kept_by_switching_modes_and_by_copies(name):
    model = create_model(name)
    freeze(model)
    assert not any(part.training for part in model.body.encoder.features.modules())
    for each in (model, copy.deepcopy(model)):
        each.eval()
        each.train()
        each.body.train()
        assert each.training
        assert each.body.joint.training
        assert not any(part.training for part in each.body.encoder.features.modules())
        x = beats()
        together, alone = (each.body.encoder.features(rows) for rows in (x, x[:1]))
        torch.testing.assert_close(together[:1], alone)


@both
def test_a_classifier_that_is_not_frozen_trains_as_a_whole(name):
    model = create_model(name)
    assert all(part.training for part in model.eval().train().modules())


def test_freezing_leaves_the_mode_as_it_is():
    model = create_model("beat_classifier").eval()
    freeze(model)
    assert not any(part.training for part in model.modules())


def test_a_frozen_classifier_is_saved_as_any_other(tmp_path):
    model = create_model("beat_classifier", classes=3)
    freeze(model)
    save_weights(tmp_path / "file", model, classes="NSV", fs=360)
    loaded, _ = load_model(tmp_path / "file")
    assert torch.equal(loaded(beats()), model.eval()(beats()))


@both
def test_a_checkpoint_tells_frozen_from_free(name):
    frozen, free = create_model(name), create_model(name)
    freeze(frozen)
    assert describe(frozen) != describe(free)
    assert describe(free) == describe(create_model(name))


def test_each_head_makes_its_own_scores():
    model, x = create_model("multi_branch_classifier", classes=3, heads=4).eval(), beats()
    before = model(x)
    assert before.shape == (24, 4, 3)
    with torch.no_grad():
        model.heads.bias[3 * 2 + 1] += 1  # head 2, class 1
    expected = before.clone()
    expected[:, 2, 1] += 1
    torch.testing.assert_close(model(x), expected)


def test_one_head_is_a_beat_classifier():
    one, plain = (
        create_model("multi_branch_classifier", heads=1),
        create_model("beat_classifier", seed=1),
    )
    weights = plain.state_dict()
    one.load_state_dict({re.sub("^head", "heads", name): weights[name] for name in weights})
    x = beats()
    torch.testing.assert_close(one.eval()(x)[:, 0], plain.eval()(x))


def test_dropout_blanks_half_of_the_joint_layer_in_training_only():
    model = create_model("beat_classifier", features=2, hidden=200, dropout=0.5)
    batch = beats(), torch.full((24, 2), 7.0)
    with torch.no_grad():
        model.body.joint[0].bias.fill_(100)  # so that no ReLU is shut
        seen = model.train().body(*batch)
        assert 0.4 < (seen == 0).float().mean() < 0.6
        assert (model.eval().body(*batch) > 0).all()


logits = arrays(np.float64, (3, 5, 4), elements=st.floats(-800, 800))


@given(logits, st.floats(-800, 800))
def test_mean_of_heads_is_the_plain_mean_of_softmaxes(values, shift):
    expected = np.zeros((3, 4))
    for beat, head in np.ndindex(3, 5):
        row = [exp(value - values[beat, head].max()) for value in values[beat, head]]
        expected[beat] += np.array(row) / sum(row) / 5
    np.testing.assert_allclose(mean_of_heads(values), expected, atol=1e-12)
    # What is added to all scores of a head says nothing.
    values[:, 2] += shift
    np.testing.assert_allclose(mean_of_heads(values), expected, atol=1e-9)


def test_one_sure_head_does_not_outvote_the_others():
    values = np.zeros((1, 4, 2))
    values[0, 0] = 1000, 0
    np.testing.assert_allclose(mean_of_heads(values), [[5 / 8, 3 / 8]])


def test_what_has_no_heads_is_refused():
    with pytest.raises(ScoreInvalid, match=r"\(\.\.\., head, class\), got \(3,\)"):
        mean_of_heads(np.zeros(3))


@both
def test_features_must_be_given_if_and_only_if_asked_for(name):
    with pytest.raises(ModelInvalid, match="features=3"):
        create_model(name, features=3)(beats())
    with pytest.raises(ModelInvalid, match="features=0"):
        create_model(name)(beats(), torch.zeros(24, 3))


@both
def test_beats_of_another_length_are_refused(name):
    with pytest.raises(ModelInvalid, match=r"\(batch, 1, 320\)"):
        create_model(name)(torch.zeros(2, 1, 400))


def test_other_models_are_refused(generator):
    with pytest.raises(ModelInvalid, match="an encoder, got BeatCNN"):
        transfer(create_model("beat_classifier"), create_model("beat_cnn"))
    with pytest.raises(ModelInvalid, match=r"transfer needs a beat_classifier or .* got Linear"):
        transfer(nn.Linear(1, 1), generator)
    with pytest.raises(ModelInvalid, match=r"freeze needs a beat_classifier or .* got BeatCNN"):
        freeze(create_model("beat_cnn"))
