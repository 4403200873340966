"""The benchmark's residual network: sizes by hand, first weights, shortcuts."""

import torch
from torch import nn

from ecgbook.models import count_parameters, create_model
from tests.models.examples import Example, conv, linear

SMALL = {"leads": 2, "classes": 3, "stem": (4, 4, 8), "blocks": (1, 2), "width": 4, "hidden": 6}


def parameters(leads, classes, stem, blocks, width, hidden):
    total = conv(leads, stem[0], 5) + conv(stem[0], stem[1], 5) + conv(stem[1], stem[2], 5)
    inputs, outputs = stem[2], 4 * width
    for _ in range(sum(blocks)):
        total += conv(inputs, width, 1) + conv(width, width, 5) + conv(width, outputs, 1)
        total += 0 if inputs == outputs else conv(inputs, outputs, 1)
        inputs = outputs
    head = 2 * 2 * outputs + linear(2 * outputs, hidden) + 2 * hidden + linear(hidden, classes)
    return total + head


# With the last scale of a block at 0, nothing before it on its way moves at first.
ASLEEP = [f"trunk.{block}.way.{layer}" for block in (7, 8, 9) for layer in (0, 2)]
ASLEEP = [f"{layer}.{part}" for layer in ASLEEP for part in ("0.weight", "1.weight", "1.bias")]
ASLEEP += [f"trunk.{block}.way.4.0.weight" for block in (7, 8, 9)]
EXAMPLES = [
    Example("xresnet1d101", SMALL, ((2, 90),), (3,), parameters(**SMALL), asleep=tuple(ASLEEP))
]


def test_the_deep_one_has_101_layers_but_for_the_shortcuts():
    model = create_model("xresnet1d101")
    layers = [m for m in model.modules() if isinstance(m, nn.Conv1d | nn.Linear)]
    shortcuts = 1  # only the first block changes the channels
    # Three convolutions where the network of 101 layers has one, and two linear layers for one.
    assert len(layers) - shortcuts == 101 + 2 + 1
    assert count_parameters(model) == parameters(12, 5, (32, 32, 64), (3, 4, 23, 3), 64, 128)


def test_stages_halve_the_time_axis():
    model, x, steps = create_model("xresnet1d101").eval(), torch.zeros(1, 12, 1000), []
    for layer in model.trunk:
        x = layer(x)
        steps.append(x.shape[2])
    assert steps == [500] * 6 + [250] * 4 + [125] * 4 + [63] * 23 + [32] * 3


def test_at_first_a_block_gives_on_what_its_shortcut_brings():
    block = create_model("xresnet1d101", **SMALL).trunk[8].eval()  # the first of its stage
    x = torch.randn(2, 16, 7, generator=torch.Generator().manual_seed(0))
    pairs = [x[..., i : i + 2].mean(dim=2) for i in range(0, 7, 2)]
    torch.testing.assert_close(block(x), torch.stack(pairs, dim=2).relu())
