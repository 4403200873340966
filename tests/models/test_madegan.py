import pytest
import torch
from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models import count_parameters, create_model
from tests.models.examples import Example, encoder

BEAT = ((1, 320),)


def decoder(code):
    """As many as the encoder, and the normalisations after 512 and 16 channels."""
    return encoder(code) + 2 * 16


EXAMPLES = [
    Example("autoencoder", {}, BEAT, (1, 320), encoder(50) + decoder(50)),
    Example(
        "memory_autoencoder",
        {"slots": 20, "shrink": 0.0},
        BEAT,
        (1, 320),
        encoder(50) + 20 * 50 + decoder(50),
    ),
    Example("beat_discriminator", {}, BEAT, (1,), encoder(1)),
]

ENCODED = [(16, 160), (32, 80), (64, 40), (128, 20), (512, 10)]
CONVOLUTIONS = nn.Conv1d | nn.ConvTranspose1d


def beats(n=2):
    return torch.rand(n, 1, 320, generator=torch.Generator().manual_seed(0)) * 2 - 1


def shapes(network, x):
    """Return what each convolution of a network returns, without the batch."""
    seen = []
    for layer in network.modules():
        if isinstance(layer, CONVOLUTIONS):
            layer.register_forward_hook(lambda _, __, out: seen.append(tuple(out.shape[1:])))
    network(x)
    return seen


def test_parts_have_as_many_parameters_as_published():
    generator = create_model("memory_autoencoder")
    assert count_parameters(generator.encoder) == 562_688
    assert count_parameters(generator.memory) == 100_000
    assert count_parameters(generator.decoder) == 562_720


def test_every_layer_has_the_published_shape():
    generator = create_model("memory_autoencoder")
    assert shapes(generator.encoder, beats()) == [*ENCODED, (50, 1)]
    assert shapes(generator.decoder, torch.zeros(2, 50)) == [*ENCODED[::-1], (1, 320)]
    discriminator = create_model("beat_discriminator")
    assert shapes(discriminator, beats()) == [*ENCODED, (1, 1)]
    assert discriminator.features(beats()).shape == (2, 512, 10)


@pytest.mark.parametrize("name", ["autoencoder", "memory_autoencoder", "beat_discriminator"])
def test_first_weights_follow_the_published_rule(name):
    network = create_model(name)
    scales = []
    for layer in network.modules():
        if isinstance(layer, CONVOLUTIONS):
            assert layer.bias is None
            kernel = layer.weight.shape[2]
            xavier = (2 / (sum(layer.weight.shape[:2]) * kernel)) ** 0.5
            # The deviation of n draws is off by about one part in the root of 2 n.
            off = 5 / (2 * layer.weight.numel()) ** 0.5
            assert float(layer.weight.detach().std()) == pytest.approx(xavier, rel=off)
        if isinstance(layer, nn.BatchNorm1d):
            scales.append(layer.weight.detach())
            assert not layer.bias.any()
    scales = torch.cat(scales)
    assert float(scales.mean()) == pytest.approx(1, abs=5 * 0.02 / len(scales) ** 0.5)
    assert float(scales.std()) == pytest.approx(0.02, rel=5 / (2 * len(scales)) ** 0.5)


def test_only_the_first_and_the_last_layer_are_not_normalised():
    encoder = create_model("autoencoder").encoder
    kinds = [type(layer).__name__ for layer in encoder.features]
    assert kinds == ["Conv1d", "LeakyReLU", *["Conv1d", "BatchNorm1d", "LeakyReLU"] * 4]


def test_beats_come_back_between_minus_one_and_one():
    for name in ("autoencoder", "memory_autoencoder"):
        again = create_model(name)(100 * beats())
        assert again.shape == (2, 1, 320)
        assert again.abs().max() <= 1


def test_recall_shows_what_was_read():
    x = beats(3)
    again, mixture = create_model("autoencoder").eval().recall(x)
    assert mixture is None
    assert again.shape == x.shape
    generator = create_model("memory_autoencoder", slots=30, shrink=0.0).eval()
    again, mixture = generator.recall(x)
    torch.testing.assert_close(again, generator(x))
    torch.testing.assert_close(mixture.sum(dim=1), torch.ones(3))
    torch.testing.assert_close(again, generator.decoder(mixture @ generator.memory.stored))


@pytest.mark.parametrize("shape", [(2, 1, 321), (2, 2, 320), (2, 320), (1, 320)])
@pytest.mark.parametrize("name", ["autoencoder", "memory_autoencoder", "beat_discriminator"])
def test_other_shapes_are_refused(name, shape):
    with pytest.raises(ModelInvalid, match=r"shape \(batch, 1, 320\), got .*scale_beats"):
        create_model(name)(torch.zeros(shape))
