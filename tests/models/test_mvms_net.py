"""Six views: the published size, which lead belongs where, fewer leads."""

import pytest
import torch

from ecgbook.conventions import TWELVE_LEADS
from ecgbook.errors import ModelInvalid
from ecgbook.models import count_parameters, create_model
from tests.models.examples import Example, conv, linear

SMALL = {"width": 16, "stem": 4, "classes": 3}


def block(inputs, outputs):
    part = outputs * 26 // 64
    few = max(8, outputs // 16)
    gates = linear(outputs, few) + 2 * few + 2 * linear(few, outputs)
    shortcut = linear(inputs, outputs) + 2 * outputs
    ways = conv(inputs, 4 * part, 1) + 3 * conv(part, part, 15) + conv(4 * part, outputs, 1)
    return ways + gates + shortcut


def parameters(views, width, stem, classes):
    each = [conv(leads, stem, 25) + block(stem, width) + block(width, width) for leads in views]
    return sum(each) + len(views) * linear(width, 1) + linear(width, classes)


EXAMPLES = [
    Example("mvms_net", SMALL, ((12, 90),), (3,), parameters((1, 2, 2, 2, 2, 3), **SMALL)),
    Example("mvms_net", SMALL | {"leads": 2}, ((2, 90),), (3,), parameters((1, 1), **SMALL)),
]


def recordings(leads=12, seed=0):
    return torch.randn(2, leads, 100, generator=torch.Generator().manual_seed(seed))


def test_parameters_are_as_many_as_published():
    expected = parameters((1, 2, 2, 2, 2, 3), width=128, stem=64, classes=26)
    assert count_parameters(create_model("mvms_net")) == expected == 2_247_456


@pytest.mark.parametrize(
    ("leads", "views"),
    [
        (12, ["aVR", "I aVL", "V1 V2", "V3 V4", "V5 V6", "II III aVF"]),
        (6, ["aVR", "I aVL", "II III aVF"]),
        (4, ["I", "V2", "II III"]),
        (3, ["I", "V2", "II"]),
        (2, ["I", "II"]),
    ],
)
def test_a_view_sees_its_leads_alone(leads, views):
    sets = {4: ("I", "II", "III", "V2"), 3: ("I", "II", "V2")}
    names = sets.get(leads, TWELVE_LEADS[:leads])
    model, x = create_model("mvms_net", **SMALL, leads=leads).eval(), recordings(leads)
    assert [" ".join(names[place] for place in places) for places in model.places] == views
    for places, view in zip(model.places, model.views, strict=True):
        seen = x.clone().requires_grad_()
        view(seen[:, places]).sum().backward()
        touched = seen.grad.abs().amax(dim=(0, 2)) > 0
        assert touched.nonzero()[:, 0].tolist() == sorted(places)


def test_a_weighted_sum_of_views_is_classified():
    model, x = create_model("mvms_net", **SMALL, leads=2).eval(), recordings(2)
    with torch.no_grad():
        for weight, odds in zip(model.weights, (0.0, 50.0), strict=True):
            weight.weight.zero_()
            weight.bias.fill_(odds)  # a half, and all
    first, second = (view(x[:, place]) for view, place in zip(model.views, ([0], [1]), strict=True))
    torch.testing.assert_close(model(x), model.head(first / 2 + second))


def test_leads_may_stand_in_any_order():
    order = torch.randperm(12, generator=torch.Generator().manual_seed(0))
    names = [TWELVE_LEADS[place] for place in order]
    model, x = create_model("mvms_net", **SMALL).eval(), recordings()
    other = create_model("mvms_net", **SMALL, names=names).eval()
    torch.testing.assert_close(other(x[:, order]), model(x))


@pytest.mark.parametrize(
    "config", [{"leads": 5}, {"leads": 2, "names": ("I", "I")}, {"leads": 1, "names": ("MLII",)}]
)
def test_leads_without_a_view_are_refused(config):
    with pytest.raises(ModelInvalid, match=rf"the name of each of its {config['leads']} leads"):
        create_model("mvms_net", **config)
