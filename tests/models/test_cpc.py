"""Contrastive prediction: nothing is given away, and the trunk is handed on."""

import pytest
import torch

from ecgbook.errors import ModelInvalid
from ecgbook.models import copy_trunk, count_parameters, create_model, freeze_trunk
from tests.models.examples import Example, gates, linear

SMALL = {"leads": 2, "widths": (4, 6, 8), "units": 5}


def trunk(leads, widths, units):
    first, second, third = widths
    convolutions = linear(8 * leads, first) + linear(4 * first, second) + linear(4 * second, third)
    return convolutions + 2 * sum(widths) + gates(3, third, units) + 3 * units


EXAMPLES = [
    Example(
        "cpc",
        SMALL | {"ahead": 3, "every": 2, "width": 6},
        ((2, 300),),
        (2, 6, 3, 6),  # 17 steps, of which the last five are only predicted
        trunk(**SMALL) + linear(5, 3 * 6) + linear(8, 6),
    ),
    Example("cpc_classifier", SMALL | {"classes": 3}, ((2, 90),), (3,), trunk(**SMALL) + 33),
]


def recordings(n=3, leads=2, time=300, seed=0):
    return torch.randn(n, leads, time, generator=torch.Generator().manual_seed(seed))


def test_the_trunk_has_some_400_thousand_parameters():
    model = create_model("cpc")
    assert count_parameters(model.trunk) == trunk(12, (96, 160, 192), 192) == 417_216
    assert count_parameters(create_model("cpc_classifier")) == 417_216 + linear(384, 5)


@pytest.mark.parametrize("stem", [(8, 4), (40, 20)])
def test_a_step_sees_its_own_samples_and_the_context_nothing_to_come(stem):
    model = create_model("cpc", **SMALL, stem=stem)
    kernel, stride = stem
    each, seen = 4 * stride, kernel + 3 * stride + 3 * 2 * stride
    assert (model.trunk.samples_per_step, model.trunk.samples_seen) == (each, seen)
    for part, first in ((0, 4 * each), (1, 0)):
        x = recordings(time=20 * each).requires_grad_()
        model.trunk(x)[part][:, 4].sum().backward()
        touched = x.grad.abs().sum(dim=(0, 1)).nonzero()[:, 0]
        assert (int(touched.min()), int(touched.max())) == (first, 4 * each + seen - 1)


def test_what_is_predicted_shares_no_sample_with_what_it_is_predicted_from():
    model = create_model("cpc", **SMALL, ahead=3)
    for distance in range(3):
        samples = []
        for side in (0, 1):
            x = recordings().requires_grad_()
            model(x)[:, side, 2, distance].sum().backward()
            samples.append(x.grad.abs().sum(dim=(0, 1)).nonzero()[:, 0])
        known, came = samples
        assert known.max() < came.min()
    assert came.min() - known.max() <= 16 * 3  # and no farther than it must be


def test_answers_come_from_steps_at_their_distances():
    model, x = create_model("cpc", **SMALL, ahead=3, every=2).eval(), recordings()
    steps, context = model.trunk(x)
    predicted, came = model(x).unbind(1)
    # 300 samples are 17 steps, 3 to 5 ahead: from 11, 9, … 1.
    for n, anchor in enumerate(range(1, 12, 2)):
        for k in range(3):
            torch.testing.assert_close(came[:, n, k], model.project(steps[:, anchor + 3 + k]))
        expected = model.predict(context[:, anchor]).unflatten(1, (3, -1))
        torch.testing.assert_close(predicted[:, n], expected)


def test_too_few_steps_for_the_farthest_distance_are_refused():
    model = create_model("cpc", **SMALL, ahead=20)
    with pytest.raises(ModelInvalid, match="up to 22 steps ahead and needs 396 samples"):
        model(recordings(time=395))
    assert model(recordings(time=396)).shape == (3, 2, 1, 20, 64)
    with pytest.raises(ModelInvalid, match="ahead and every must be at least 1"):
        create_model("cpc", ahead=0)


def test_the_trunk_is_handed_on_with_its_values():
    source, model = create_model("cpc", **SMALL, seed=1), create_model("cpc_classifier", **SMALL)
    head = [weight.clone() for weight in model.head.parameters()]
    copy_trunk(model, source)
    for ours, theirs in zip(model.trunk.parameters(), source.trunk.parameters(), strict=True):
        assert torch.equal(ours, theirs)
        assert ours.data_ptr() != theirs.data_ptr()
    assert all(map(torch.equal, head, model.head.parameters()))
    freeze_trunk(model)
    assert count_parameters(model) == linear(2 * 5, 5)  # a linear probe


def test_a_classifier_of_other_sizes_takes_no_trunk():
    with pytest.raises(ModelInvalid, match="two trunks of one shape"):
        copy_trunk(create_model("cpc_classifier"), create_model("cpc", **SMALL))
