"""The same numbers as captum, for a network with normalisation, pooling and several leads."""

import captum.attr
import numpy as np
import pytest
import torch

from ecgbook import explain
from ecgbook.explain.smooth_gradient import unit_noise
from ecgbook.models import create_model
from tests.explain.looking import LEADS, TIME, beat_cnn, signals

pytestmark = pytest.mark.filterwarnings(
    "ignore::ecgbook.explain.NeverPredicted", "ignore:Setting backward hooks"
)
TARGET = [0, 1, 2, 3]


@pytest.fixture(scope="module")
def model():
    return beat_cnn(dtype=torch.float64)


@pytest.fixture(scope="module")
def x():
    return torch.as_tensor(signals()).double()


def assert_same(found, expected):
    expected = expected.detach().numpy()
    assert np.abs(expected).max() > 0
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())


def test_gradient(model, x):
    expected = captum.attr.Saliency(model).attribute(x, target=TARGET, abs=False)
    assert_same(explain.gradient(model, x, TARGET), expected)


@pytest.mark.parametrize("baseline", ["zero", "others"])
def test_integrated_gradients(model, x, baseline):
    begin = torch.zeros_like(x) if baseline == "zero" else x.flip(0)
    expected = captum.attr.IntegratedGradients(model).attribute(x, begin, target=TARGET, n_steps=50)
    baseline = baseline if baseline == "zero" else begin.numpy()
    assert_same(explain.integrated_gradients(model, x, TARGET, baseline=baseline), expected)


@pytest.mark.parametrize("leads", ["each", "together"])
def test_occlusion(model, x, leads):
    height = 1 if leads == "each" else LEADS
    expected = captum.attr.Occlusion(model).attribute(
        x, (height, 20), strides=(height, 7), target=TARGET
    )
    settings = {"width": 20, "stride": 7, "leads": leads, "replace": "zero"}
    assert_same(explain.occlusion(model, x, TARGET, **settings), expected)


def test_smooth_gradient(model, x, monkeypatch):
    x = (x - x.amin(2, keepdim=True)) / (x.amax(2, keepdim=True) - x.amin(2, keepdim=True))
    noise = unit_noise(8, x.shape[1:], seed=3).double()

    def add(signal, stdev, n):
        copies = signal.repeat_interleave(n, dim=0)
        return copies + stdev * noise.repeat(len(signal), 1, 1)

    tunnel = captum.attr.NoiseTunnel(captum.attr.Saliency(model))
    monkeypatch.setattr(tunnel, "_add_noise_to_input", add)
    expected = tunnel.attribute(x, nt_samples=8, stdevs=0.2, target=TARGET, abs=False)
    assert_same(explain.smooth_gradient(model, x, TARGET, noise=0.2, n=8, seed=3), expected)


def test_grad_cam(model, x):
    steps = captum.attr.LayerGradCam(model, model.beat).attribute(
        x, target=TARGET, relu_attributions=True
    )
    expected = captum.attr.LayerAttribution.interpolate(steps, (TIME,), "linear")
    assert_same(explain.grad_cam(model, x, TARGET), expected.expand_as(x))


def test_guided_backpropagation(model, x):
    expected = captum.attr.GuidedBackprop(model).attribute(x, target=TARGET)
    assert_same(explain.guided_backpropagation(model, x, TARGET), expected)


def test_guided_grad_cam(model, x):
    method = captum.attr.GuidedGradCam(model, model.beat)
    expected = method.attribute(x, target=TARGET, interpolate_mode="linear")
    assert_same(explain.guided_grad_cam(model, x, TARGET), expected)


def test_a_relu_without_a_module_is_guided_as_well(x):
    """``torch.relu`` in the blocks of a residual network, which hooks on modules do not see."""
    model = create_model("beat_resnet", leads=LEADS, width=4).eval().double()
    plain = captum.attr.Saliency(model).attribute(x, target=1, abs=False)
    hooked = captum.attr.GuidedBackprop(model).attribute(x, target=1).detach().numpy()
    found = explain.guided_backpropagation(model, x, 1)
    assert np.abs(found - hooked).max() > 1e-3 * np.abs(hooked).max()
    assert np.abs(found - plain.numpy()).max() > 1e-3 * np.abs(found).max()
    assert_same(explain.gradient(model, x, 1), plain)
