"""What every network for whole recordings must do: any leads, any rate, any layout."""

import copy

import pytest
import torch

from ecgbook.models import create_model, info
from ecgbook.training import channels_last

SETS = (2, 3, 4, 6, 12)
LENGTHS = (1000, 4096, 5000)  # 10 s at 100 Hz, 8.192 and 10 s at 500 Hz
NETWORKS = {
    "beat_resnet": {"width": 4},
    "resu_dense": {"width": 8, "middle": 4, "dense": (2, 1), "growth": 2, "heads": 2},
    "ribeiro": {"widths": (4, 5, 6, 7, 8), "time": 5000},
    "xresnet1d101": {"stem": (4, 4, 8), "blocks": (1, 2), "width": 4},
    "nejedly": {"width": 8, "blocks": 2, "heads": 2},
    "mvms_net": {"width": 8, "stem": 4},
    "cpc": {"widths": (4, 6, 8), "units": 8},
    "cpc_classifier": {"widths": (4, 6, 8), "units": 8},
}
each_network = pytest.mark.parametrize("name", NETWORKS)


def recordings(n=2, leads=12, time=1000, seed=0):
    return torch.randn(n, leads, time, generator=torch.Generator().manual_seed(seed))


def build(name, leads=12):
    return create_model(name, leads=leads, **NETWORKS[name])


@each_network
@pytest.mark.parametrize("leads", SETS)
def test_any_leads_and_any_rate(name, leads):
    model = build(name, leads=leads)
    model(recordings(3, leads))  # running statistics that are not 0 and 1
    model.eval()
    for time in LENGTHS:
        x = recordings(leads=leads, time=time)
        together = model(x)
        assert together.isfinite().all()
        alone = torch.cat([model(x[i : i + 1]) for i in range(2)])
        torch.testing.assert_close(alone, together, atol=1e-4, rtol=1e-4)


@each_network
def test_channels_last_gives_the_same_outputs_and_gradients(name):
    model, x = build(name), recordings(4, time=500)
    for layer in model.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = 0.0
    twin = copy.deepcopy(model)
    plain = model(x)
    with channels_last(twin):
        last = twin(x)
    torch.testing.assert_close(last, plain, rtol=1e-3, atol=1e-4)
    plain.square().mean().backward()
    last.square().mean().backward()
    for (place, weight), other in zip(model.named_parameters(), twin.parameters(), strict=True):
        off, size = (other.grad - weight.grad).abs().max(), weight.grad.abs().max()
        assert off <= 1e-5 + 2e-3 * size, place


@each_network
def test_bfloat16_in_channels_last_is_the_same_to_a_few_bits(name):
    model, x = build(name).eval(), recordings(4, time=500)
    plain = model(x)
    with channels_last(model), torch.autocast("cpu", torch.bfloat16):
        low = model(x).float()
    assert (low - plain).abs().max() < 0.06 * plain.abs().max()


def test_each_network_for_several_labels_is_here():
    several = {name for name in NETWORKS if info(name).task == "multi_label"}
    assert several == set(NETWORKS) - {"beat_resnet", "cpc"}
