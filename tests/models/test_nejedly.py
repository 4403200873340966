"""The winner's network: sizes by hand, and leads that are not there."""

import torch

from ecgbook.models import count_parameters, create_model
from tests.models.examples import Example, conv, linear

SMALL = {"leads": 2, "classes": 3, "width": 8, "blocks": 2, "heads": 2}


def parameters(leads, classes, width, blocks, heads, attention=True):
    total = conv(leads, width, 15) + blocks * (2 * conv(width, width, 9) + width * width)
    total += linear(width, 3 * width) + linear(width, width) if attention else 0
    return total + linear(width + leads, classes)


EXAMPLES = [
    Example("nejedly", SMALL, ((2, 90),), (3,), parameters(**SMALL)),
    Example(
        "nejedly",
        SMALL | {"attention": False},
        ((2, 90),),
        (3,),
        parameters(**SMALL, attention=False),
    ),
]


def test_parameters_are_as_many_as_of_the_layers_of_the_paper():
    expected = parameters(12, 26, width=256, blocks=5, heads=8)
    assert count_parameters(create_model("nejedly")) == expected == 6_547_794


def test_a_lead_of_zeros_counts_as_missing():
    model = create_model("nejedly", **SMALL).eval()
    x = torch.randn(2, 2, 90, generator=torch.Generator().manual_seed(0))
    x[0, 1] = 0
    before = model(x)
    with torch.no_grad():
        model.head.weight[:, -1] += 2.0  # what the second lead's presence is worth
    torch.testing.assert_close(model(x) - before, torch.tensor([[0.0], [2.0]]).expand(2, 3))


def test_powers_of_two_are_halved_and_odd_lengths_rounded_up():
    model = create_model("nejedly", **SMALL).eval()
    assert [model.trunk(torch.zeros(1, 2, time)).shape[2] for time in (64, 90)] == [8, 12]
