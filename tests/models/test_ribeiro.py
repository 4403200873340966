"""Ribeiro's network: published sizes, Keras' padding, the way that is never activated."""

from itertools import pairwise

import pytest
import torch
from torch.nn import functional

from ecgbook.errors import ModelInvalid
from ecgbook.models import count_parameters, create_model
from tests.models.examples import Example, linear

SMALL = {"leads": 2, "classes": 3, "time": 300, "widths": (4, 5, 6, 7, 8)}


def parameters(leads, classes, time, widths):
    total = 16 * leads * widths[0] + 2 * widths[0]
    for inputs, outputs in pairwise(widths):
        total += 16 * inputs * outputs + 16 * outputs * outputs + inputs * outputs + 4 * outputs
    return total + linear(widths[-1] * -(-time // 256), classes)


EXAMPLES = [Example("ribeiro", SMALL, ((2, 290),), (3,), parameters(**SMALL))]


@pytest.mark.parametrize(("classes", "keras"), [(26, 6_528_058), (6, 6_425_638)])
def test_parameters_are_as_many_as_published(classes, keras):
    model = create_model("ribeiro", classes=classes)
    assert count_parameters(model, "keras") == keras
    assert count_parameters(model) == keras - 2 * (64 + 2 * (128 + 196 + 256 + 320))


def test_units_have_the_published_sizes():
    model, x = create_model("ribeiro").eval(), torch.zeros(1, 12, 4096)
    x = past = model.stem(x)
    sizes = [tuple(x.shape[1:])]
    for unit in model.units:
        past = unit(x, past)
        x = unit.after(past)
        sizes.append(tuple(x.shape[1:]))
    assert sizes == [(64, 4096), (128, 1024), (196, 256), (256, 64), (320, 16)]


def same(x, layer, stride=1):
    """Convolve as Keras does with padding="same": one zero more after than before."""
    spare = max((-(-x.shape[2] // stride) - 1) * stride + 16 - x.shape[2], 0)
    x = functional.pad(x, (spare // 2, spare - spare // 2))
    return functional.conv1d(x, layer.weight, stride=stride)


def activated(x, layers):
    norm = layers[0]
    x = functional.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias)
    return x.relu()


def test_it_is_the_network_of_the_paper_written_out():
    model = create_model("ribeiro", **SMALL)
    x = torch.randn(6, 2, 512, generator=torch.Generator().manual_seed(0))
    model(x)  # running statistics that are not 0 and 1
    model.eval()
    for norm in (layer for layer in model.modules() if hasattr(layer, "running_mean")):
        norm.eps = 1e-5  # of torch's own function
    seen = past = activated(same(x, model.stem[0][0]), model.stem[1:])
    for unit in model.units:
        first, norm, _, _, quarter = unit.way
        way = same(activated(same(seen, first[0]), [norm]), quarter, stride=4)
        past = way + functional.conv1d(functional.max_pool1d(past, 4), unit.shortcut[1].weight)
        seen = activated(past, unit.after)
    expected = functional.linear(
        seen.transpose(1, 2).reshape(6, -1), model.head.weight, model.head.bias
    )
    torch.testing.assert_close(model(x), expected)


def test_a_shorter_recording_is_filled_up_and_a_longer_one_refused():
    model = create_model("ribeiro", **SMALL).eval()
    x = torch.randn(2, 2, 300, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(model(x), model(torch.cat([x, torch.zeros(2, 2, 212)], dim=2)))
    with pytest.raises(ModelInvalid, match=r"up to 512 samples, got .*\(2, 2, 513\).* cut crops"):
        model(torch.zeros(2, 2, 513))


@pytest.mark.parametrize(
    ("config", "message"),
    [({"widths": (4, 5)}, "widths must be of 5 layers"), ({"time": 0}, "at least 1 sample")],
)
def test_settings_that_cannot_be_are_refused(config, message):
    with pytest.raises(ModelInvalid, match=message):
        create_model("ribeiro", **config)
