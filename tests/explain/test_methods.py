"""What theory says of single methods."""

import numpy as np
import pytest
import torch
from torch import nn

from ecgbook import explain
from ecgbook.errors import EcgError
from ecgbook.models import create_model
from ecgbook.training import anomaly_scores
from tests.explain.looking import LEADS, TIME, beat_cnn, signals


@pytest.mark.filterwarnings("ignore::ecgbook.explain.NeverPredicted")
@pytest.mark.parametrize("baseline", ["zero", "mean"])
def test_integrated_gradients_add_up_to_what_the_answer_rises(baseline):
    model, x = beat_cnn(), signals()
    begin = explain.replacement(x, [0], baseline)
    for target in range(4):
        found = explain.integrated_gradients(model, x, target, baseline=baseline, steps=300)
        with torch.no_grad():
            rise = model(torch.as_tensor(x)) - model(torch.as_tensor(begin))
        np.testing.assert_allclose(found.sum(axis=(1, 2)), rise[:, target].numpy(), atol=5e-3)


@pytest.mark.filterwarnings("ignore::ecgbook.explain.NeverPredicted")
def test_methods_agree_on_a_linear_model():
    """The gradient is the weight; its product with the signal is what occlusion takes away."""
    linear = nn.Sequential(nn.Flatten(), nn.Linear(LEADS * TIME, 2)).eval()
    x = signals()
    weight = linear[1].weight[1].detach().numpy().reshape(LEADS, TIME)
    for method in (explain.gradient, explain.smooth_gradient):
        np.testing.assert_allclose(method(linear, x, 1), weight + 0 * x, atol=1e-6)
    products = explain.integrated_gradients(linear, x, 1)
    taken = explain.occlusion(linear, x, 1, width=1, replace="zero")
    np.testing.assert_allclose(products, weight * x, atol=1e-6)
    np.testing.assert_allclose(taken, weight * x, atol=1e-5)


@pytest.mark.parametrize(("width", "stride"), [(121, None), (0, 1), (10, 11), (10, 0)])
def test_windows_that_do_not_fit_are_refused(width, stride):
    with pytest.raises(EcgError, match="a window must fit the 120 samples"):
        explain.occlusion(beat_cnn(), signals(), width=width, stride=stride)


def test_windows_hide_one_lead_or_all():
    model, x = beat_cnn(), signals(2)
    together = explain.occlusion(model, x, width=12, leads="together")
    assert (together == together[:, :1]).all()
    each = explain.occlusion(model, x, width=12)
    assert (each != each[:, :1])[:, 1:].mean() > 0.9
    with pytest.raises(EcgError, match="leads must be"):
        explain.occlusion(model, x, width=12, leads="II")


def test_map_by_lead_is_that_of_the_branch_that_sees_the_lead():
    """Each lead has channels of its own: its part of the map is what its own channels say."""

    class Branches(nn.Module):
        def __init__(self):
            super().__init__()
            self.convolution = nn.Conv1d(2, 2, 3, padding=1, groups=2, bias=False)

        def forward(self, x):
            seen = self.convolution(x).relu().mean(dim=2)
            return torch.stack([seen.sum(dim=1), -seen.sum(dim=1)], dim=1)

    torch.manual_seed(0)
    model, x = Branches().eval(), signals(2, leads=2)
    settings = {"layer": "convolution", "replace": "zero"}
    found = explain.grad_cam_by_lead(model, x, 0, **settings)
    channels = model.convolution(torch.as_tensor(x)).detach()
    active = (channels > 0).float().mean(dim=2, keepdim=True) / TIME  # slope, averaged over time
    np.testing.assert_allclose(found, (active * channels).relu().numpy(), atol=1e-7)


def test_maps_of_a_network_that_fills_signals_up_keep_their_place():
    """Of 180 samples 90 are filled up with zeros: the map is that of the first half."""
    model = create_model("dilated_bilstm", time=180, widths=(4, 4, 4, 4), units=4, hidden=(8,))
    model.eval()
    x = signals(2, leads=1, time=90)
    full = np.pad(x, ((0, 0), (0, 0), (0, 90)))
    with_padding = explain.grad_cam(model, full)
    np.testing.assert_allclose(explain.grad_cam(model, x), with_padding[..., :90], atol=1e-7)


def test_attention_of_the_networks_with_attention_sums_to_one():
    for name, time, size in (("crann", 128, 32), ("beat_transformer", 120, 0)):
        config = {"time": time} if name == "beat_transformer" else {}
        model = create_model(name, leads=2, **config).eval()
        found = explain.attention_map(model, signals(3, leads=2, time=time))
        size = size or model.patch
        assert (found[:, 0] == found[:, 1]).all()
        np.testing.assert_allclose(found[:, 0].sum(axis=1) / size, 1, atol=1e-5)
        steps = found[:, 0].reshape(3, -1, size)
        assert (steps == steps[:, :, :1]).all()


def test_attention_of_a_rhythm_network_is_0_after_the_end():
    model = create_model("rhythm_crnn", leads=1).eval()
    x, length = signals(2, leads=1, time=640), np.array([640, 320])
    found = explain.attention_map(model, x, inputs={"length": length})
    weights = model.attention(torch.as_tensor(x), torch.as_tensor(length)).detach().numpy()
    assert not found[1, 0, 320 + model.samples_per_step :].any()
    np.testing.assert_array_equal(found[:, 0, :: model.samples_per_step], weights)


def test_activation_maps_are_those_of_the_layer():
    model, x = beat_cnn(), signals(2)
    seen = explain.activations(model, x)
    assert list(seen) == [f"beat.{i}.0" for i in range(4)]
    expected = model.beat[0][0](torch.as_tensor(x)).detach().numpy()
    np.testing.assert_allclose(seen["beat.0.0"], expected, atol=1e-6)
    found = explain.activation_map(model, x, layer="beat.0.0")
    np.testing.assert_allclose(found[:, 2], np.abs(expected).mean(axis=1), atol=1e-6)
    channel = explain.activation_map(model, x, layer=model.beat[0][0], channel=3)
    np.testing.assert_allclose(channel[:, 0], expected[:, 3], atol=1e-6)
    with pytest.raises(EcgError, match="no channel 4"):
        explain.activation_map(model, x, layer="beat.0.0", channel=4)


def test_mean_residual_is_the_anomaly_score():
    model, x = create_model("autoencoder").eval(), signals(3, leads=1, time=320).clip(-1, 1)
    found = explain.autoencoder_residual(model, x)
    score = anomaly_scores(model, x, norm=1, progress=False)
    np.testing.assert_allclose(found.mean(axis=(1, 2)), score, rtol=1e-5)
