"""What all methods have in common: shape, type, batches, classes, further inputs, refusals."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from ecgbook import explain
from ecgbook.errors import EcgError
from ecgbook.models import create_model
from tests.explain.looking import BY_LAYER, METHODS, TIME, beat_cnn, signals

EVERY = METHODS | BY_LAYER


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("leads", [1, 3])
def test_attributions_are_float32_of_the_signals_shape(name, leads):
    x = signals(2, leads)
    method = EVERY[name]
    if name == "LIME":
        method = partial(explain.lime, segments=explain.uniform_segments(TIME, 5), samples=60)
    found = method(beat_cnn(leads), x)
    assert isinstance(found, np.ndarray)
    assert (found.dtype, found.shape) == (np.float32, x.shape)
    assert np.isfinite(found).all()


@pytest.mark.filterwarnings("ignore::ecgbook.explain.NeverPredicted")
@pytest.mark.parametrize("name", EVERY)
def test_a_batch_is_explained_as_its_signals_alone(name):
    model, x, target = beat_cnn(), signals(5), np.array([0, 1, 2, 3, 1])
    method = partial(EVERY[name], model)
    alone = np.concatenate([method(x[i : i + 1], target[i : i + 1]) for i in range(5)])
    for chunk in (3, 256):
        together = method(x, target, chunk=chunk)
        np.testing.assert_allclose(together, alone, atol=1e-5 * np.abs(alone).max())


@pytest.mark.filterwarnings("ignore::ecgbook.explain.NeverPredicted")
@pytest.mark.parametrize("name", EVERY)
def test_the_predicted_class_is_explained_if_none_is_named(name):
    model, x = beat_cnn(), signals()
    predicted = model(torch.as_tensor(x)).argmax(dim=1).numpy()
    np.testing.assert_array_equal(EVERY[name](model, x), EVERY[name](model, x, predicted))
    assert not np.array_equal(
        EVERY[name](model, x), EVERY[name](model, x, (predicted + 1) % 4)
    ) or (name == "activation map")


@pytest.mark.parametrize("name", EVERY)
def test_further_inputs_stay_with_their_signals(name):
    model, x = beat_cnn(features=2), signals(3)
    features = np.random.default_rng(5).normal(size=(3, 2)).astype(np.float32)
    found = EVERY[name](model, x, inputs={"features": features}, chunk=2)
    one = EVERY[name](model, x[2:], inputs={"features": features[2:]})
    np.testing.assert_allclose(found[2:], one, atol=1e-5 * np.abs(one).max())


@pytest.mark.parametrize("name", METHODS)
def test_nothing_after_the_length_counts(name):
    model = create_model("rhythm_crnn", leads=3, widths=(4, 4), units=4).eval()
    x, length = signals(3), np.array([120, 60, 80])  # whole windows and segments
    found = np.abs(METHODS[name](model, x, inputs={"length": length}))
    most = found.max(axis=(1, 2))
    assert (most > 0).all()
    after = [found[i, :, n:].max(initial=0) for i, n in enumerate(length)]
    assert (after < most * (0.1 if name == "LIME" else 1e-6)).all()  # LIME's masks are a sample


@pytest.mark.parametrize("name", METHODS)
def test_the_model_is_left_as_it_was(name):
    model = beat_cnn()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    METHODS[name](model, signals(2))
    assert all(value.equal(before[key]) for key, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    assert not any(m._forward_hooks or m._backward_hooks for m in model.modules())


@pytest.mark.parametrize("name", EVERY)
def test_a_constant_signal_is_explained_without_nan(name):
    found = EVERY[name](beat_cnn(), np.ones((1, 3, TIME), np.float32))
    assert np.isfinite(found).all()
    if name in ("occlusion", "LIME", "Grad-CAM by lead"):  # taking a piece away changes nothing
        assert not found.any()


def test_integrated_gradients_of_a_signal_equal_to_its_baseline_are_zero():
    constant = np.ones((1, 3, TIME), np.float32)
    assert not explain.integrated_gradients(beat_cnn(), constant, baseline="mean").any()


class OneLongSignal(nn.Module):
    """The published mistake: whatever comes is one signal, and its answer that of all."""

    def forward(self, x):
        answer = x.reshape(-1).sin().reshape(-1, 4).mean(dim=0)
        return answer.expand(len(x), 4)


REFUSED = {
    "train mode": (beat_cnn().train(), {}, "call model.eval"),
    "batch statistics": (
        create_model("crnn", leads=3, modules="in_forward").eval(),
        {"x": signals(4, time=128)},
        "dropout or batch statistics are at work",
    ),
    "one long signal": (OneLongSignal(), {}, "asked again beside another"),
    "no such class": (beat_cnn(), {"target": 4}, "no class 4: the model has 4"),
    "negative class": (beat_cnn(), {"target": [0, 1, -1, 2]}, "no class -1"),
    "names of classes": (beat_cnn(), {"target": 0.5}, "target must be a class number"),
    "too few classes": (beat_cnn(), {"target": [0, 1]}, "one class or one for each of 4"),
    "one signal": (beat_cnn(), {"x": signals()[0]}, "a single one is x"),
    "gap": (beat_cnn(), {"x": np.full((2, 3, TIME), np.nan)}, "NaN or infinite"),
    "unknown input": (beat_cnn(), {"inputs": {"length": np.ones(4)}}, "no input 'length'"),
    "short input": (
        beat_cnn(features=1),
        {"inputs": {"features": np.ones((2, 1))}},
        "a row for each of 4 signals",
    ),
    "no table": (beat_cnn(), {"inputs": np.ones(4)}, "must be a mapping"),
    "scores over time": (nn.Conv1d(3, 2, 1).eval(), {}, r"only answers of shape \(batch, class\)"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("name", ["gradient", "occlusion", "LIME"])
def test_what_cannot_be_explained_is_refused(case, name):
    model, arguments, message = REFUSED[case]
    with pytest.raises(EcgError, match=message):
        METHODS[name](model, arguments.get("x", signals()), **_without(arguments, "x"))


def test_dropout_as_a_function_is_noticed():
    class Noisy(nn.Module):
        def forward(self, x):
            return nn.functional.dropout(x, 0.5, training=True).mean(dim=2)

    with pytest.raises(EcgError, match="nothing to explain"):
        explain.gradient(Noisy().eval(), signals() + 1)


def test_a_class_that_is_never_predicted_is_stated():
    model, x = beat_cnn(), signals()
    never = ({0, 1, 2, 3} - {*model(torch.as_tensor(x)).argmax(dim=1).tolist()}).pop()
    with pytest.warns(explain.NeverPredicted, match=f"class {never} is the model's answer to none"):
        explain.gradient(model, x, never)


def test_a_gradient_that_does_not_reach_the_signal_is_refused():
    class Deaf(nn.Module):
        def forward(self, x):
            return x.detach().mean(dim=2)

    with pytest.raises(EcgError, match="no gradient reaches the signal"):
        explain.gradient(Deaf(), signals())


def test_layers_that_show_no_channels_are_refused():
    model, x = beat_cnn(), signals()
    with pytest.raises(EcgError, match=r"gives \(4, 4\)"):
        explain.grad_cam(model, x, layer="head")
    with pytest.raises(EcgError, match="no layer 'trunk'; it has beat"):
        explain.grad_cam(model, x, layer="trunk")
    with pytest.raises(EcgError, match="no layer is known"):
        explain.grad_cam(create_model("rhythm_crnn", leads=3).eval(), x)
    with pytest.raises(EcgError, match="no method attention"):
        explain.attention_map(model, x)
    with pytest.raises(EcgError, match="gives back what it takes"):
        explain.autoencoder_residual(model, x)


def _without(arguments, name):
    return {key: value for key, value in arguments.items() if key != name}
