import pytest
import torch

from ecgbook.errors import ModelInvalid
from ecgbook.models import create_model
from tests.models.examples import Example, conv, linear

_MIDDLE = conv(32, 64, 5) + conv(64, 64, 5) + conv(64, 96, 5) + linear(64, 5)
EXAMPLES = [
    Example("beat_cnn", {}, ((1, 187),), (5,), conv(1, 32, 7) + _MIDDLE + linear(96, 64)),
    Example(
        "beat_cnn",
        {"leads": 2, "features": 4},
        ((2, 256), (4,)),
        (5,),
        conv(2, 32, 7) + _MIDDLE + linear(100, 64),
    ),
]


@pytest.mark.parametrize("samples", [16, 187, 256, 320])
def test_any_length_of_beat(samples):
    assert create_model("beat_cnn", classes=4)(torch.randn(2, 1, samples)).shape == (2, 4)


def test_features_must_be_given_if_and_only_if_asked_for():
    x, rr = torch.randn(2, 1, 64), torch.randn(2, 3)
    with pytest.raises(ModelInvalid, match="features=3"):
        create_model("beat_cnn", features=3)(x)
    with pytest.raises(ModelInvalid, match="features=0"):
        create_model("beat_cnn")(x, rr)


def test_a_repeated_beat_scores_as_the_beat():
    # Padded with its own other end, a signal goes on as its repetition does, so every activation
    # comes twice, and their average over time is the same.
    model = create_model("beat_cnn").eval()
    for block in model.beat:
        block[0].padding_mode = "circular"
    x = torch.randn(3, 1, 160, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(model(x.repeat(1, 1, 2)), model(x))
    assert not torch.allclose(model(torch.cat([x, -x], dim=2)), model(x), rtol=1e-2)


def test_training_drops_hidden_numbers_by_chance():
    model, x = create_model("beat_cnn", dropout=0.5).train(), torch.randn(4, 1, 64)
    assert not torch.equal(model(x), model(x))
    model = create_model("beat_cnn", dropout=0.0).train()
    torch.testing.assert_close(model(x), model(x))
