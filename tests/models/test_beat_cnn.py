import pytest
import torch

from ecgbook.errors import ModelInvalid
from ecgbook.models import create_model


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
    # The average over time does not care how long a steady signal lasts.
    model = create_model("beat_cnn").eval()
    model.beat[0][0].padding = model.beat[1][0].padding = (0,)
    model.beat[2][0].padding = model.beat[3][0].padding = (0,)
    short, long = torch.ones(1, 1, 160), torch.ones(1, 1, 320)
    torch.testing.assert_close(model(short), model(long))


def test_training_drops_hidden_numbers_by_chance():
    model, x = create_model("beat_cnn", dropout=0.5).train(), torch.randn(4, 1, 64)
    assert not torch.equal(model(x), model(x))
    model = create_model("beat_cnn", dropout=0.0).train()
    torch.testing.assert_close(model(x), model(x))
