"""Every layer that a page can run gives what torch gives, whatever its sizes."""

import json
import shutil
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from ecgbook import ModelInvalid, models
from ecgbook.models.gated import GRU, LSTM
from ecgbook.models.memory import Memory
from ecgbook.models.pooling import AdditiveAttention
from ecgbook.models.recording_parts import AttentionOverTime
from ecgbook.publish.live.networks import program_of
from ecgbook.publish.live.program import Program, lower
from ecgbook.publish.live.script import packed, script
from tests.browser import asked, needs_chromium
from tests.publish.conftest import REPOSITORY

LIVE = REPOSITORY / "book/_live/live"
conv, deconv = partial(nn.Conv1d, 3, 5), partial(nn.ConvTranspose1d, 3, 5)
normed = partial(nn.BatchNorm1d, 5)


class Backwards(nn.Module):
    """A recurrent layer from the end on."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x.flip(1)).flip(1)


class Steps(nn.Module):
    """A layer that wants (batch, step, channel), given (batch, channel, step)."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        y = self.layer(x.transpose(1, 2))
        return y[:, None] if y.dim() == 2 else y.transpose(1, 2)


class Code(nn.Module):
    """A layer that wants and gives one list of numbers, without time."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        y = self.layer(x.flatten(1))
        return (y[0] if isinstance(y, tuple) else y)[:, :, None]


def sigmas(layer):
    """Give a batch normalisation statistics as after training: of no two channels the same."""
    n = layer.num_features
    layer.running_mean.copy_(torch.linspace(-2, 3, n))
    layer.running_var.copy_(torch.linspace(0.1, 4, n))
    return layer


LAYERS = {
    "conv": (conv(4), (3, 17)),
    "conv of one sample": (conv(1, bias=False), (3, 1)),
    "conv, stride 3, padding 5": (conv(7, 3, 5), (3, 11)),
    "conv, kernel longer than the signal": (conv(9, 2, 4), (3, 2)),
    "conv, dilation 4": (conv(3, 1, 4, 4), (3, 13)),
    "conv, groups": (nn.Conv1d(6, 9, 3, 2, 1, groups=3), (6, 10)),
    "transposed": (deconv(4, 2, 1, bias=False), (3, 10)),
    "transposed, all at once": (deconv(10), (3, 1)),
    "transposed, stride 3, more than the kernel": (deconv(2, 3), (3, 5)),
    "transposed, dilation, one sample more": (deconv(3, 4, 2, 1, dilation=2), (3, 6)),
    "conv and norm": (nn.Sequential(conv(3), normed()), (3, 8)),
    "conv without bias, norm, dropout, tanh": (
        nn.Sequential(conv(3, bias=False), normed(), nn.Dropout(0.5), nn.Tanh()),
        (3, 8),
    ),
    "transposed and norm": (nn.Sequential(deconv(4, 2, 1), normed()), (3, 8)),
    "max pooling": (nn.MaxPool1d(2), (4, 9)),
    "max pooling, padded": (nn.MaxPool1d(3, 2, 1), (4, 8)),
    "mean pooling": (nn.AvgPool1d(3, 2), (4, 10)),
    "mean pooling, padded": (nn.AvgPool1d(4, 3, 2), (4, 7)),
    "curves": (nn.Sequential(nn.LeakyReLU(0.3), nn.Sigmoid(), nn.ReLU()), (3, 9)),
    "linear": (Code(nn.Linear(7, 3)), (7, 1)),
    "linear at every step": (Steps(nn.Linear(7, 3, bias=False)), (7, 5)),
    "flatten and linear": (Code(nn.Sequential(nn.Flatten(), nn.Linear(12, 2))), (3, 4)),
    "layer norm": (Steps(nn.LayerNorm(6)), (6, 5)),
    "GRU": (Steps(GRU(5, 7)), (5, 12)),
    "GRU from the end": (Steps(Backwards(GRU(5, 3))), (5, 9)),
    "LSTM": (Steps(LSTM(4, 6)), (4, 12)),
    "LSTM from the end": (Steps(Backwards(LSTM(4, 1))), (4, 2)),
    "attention that adds": (Steps(AdditiveAttention(6, 4)), (6, 11)),
    "attention over time": (AttentionOverTime(12, 3), (12, 7)),
    "memory": (Code(Memory(slots=40, code=5, shrink=0.02)), (5, 1)),
    "memory that reads nothing": (Code(Memory(slots=40, code=5, shrink=0.9)), (5, 1)),
}


def _lowered(layer, program):
    backwards = isinstance(getattr(layer, "layer", None), Backwards)
    while isinstance(layer, Steps | Code | Backwards):
        layer = layer.layer
    how = {"backwards": True} if backwards else {}
    return lower(layer, program, "x", **how)


def exported(name, layer):
    """Return the script of one layer, in float32."""
    program = Program()
    content = {"name": name, "outputs": {"y": _lowered(layer, program)}, "steps": program.steps}
    return script("addModel", content | packed(program.weights or [torch.zeros(1)], 32))


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What each layer says in a browser and in torch, by its name."""
    folder = tmp_path_factory.mktemp("layers")
    shutil.copy(LIVE / "run.js", folder)
    torch.manual_seed(0)
    inputs, said, scripts = {}, {}, []
    for name, (layer, shape) in LAYERS.items():
        with torch.no_grad():
            for each in layer.modules():
                if isinstance(each, nn.BatchNorm1d):
                    sigmas(each)
            x = torch.randn(1, *shape) * 2
            said[name] = layer.eval()(x)[0].numpy()
        inputs[name] = x[0].tolist()
        scripts.append(exported(name, layer))
    (folder / "layers.js").write_text("".join(scripts))
    (folder / "inputs.js").write_text(f"const inputs = {json.dumps(inputs)};")
    code = """return Object.fromEntries(Object.entries(inputs).map(([name, x]) => {
        const { channels, time, data } = ecglive.run(name, x).y;
        return [name, { shape: [channels, time], data: [...data] }];
    }));"""
    shown = asked(folder, ["run.js", "layers.js", "inputs.js"], code)
    return {name: (shown[name], said[name]) for name in LAYERS}


@needs_chromium
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_says_in_a_page_what_it_says_in_torch(answers, name):
    shown, said = answers[name]
    assert tuple(shown["shape"]) == said.shape
    np.testing.assert_allclose(shown["data"], said.ravel(), rtol=1e-5, atol=1e-6)


@needs_chromium
def test_the_cases_are_no_trivial_ones(answers):
    mixed, nothing = (answers[name][1] for name in ("memory", "memory that reads nothing"))
    assert np.ptp(mixed) > 0
    assert not nothing.any()


@pytest.mark.parametrize(
    "layer",
    [
        nn.Softplus(),
        nn.Conv1d(1, 1, 3, padding=1, padding_mode="circular"),
        nn.ConvTranspose1d(2, 2, 3, groups=2),
        nn.MaxPool1d(2, ceil_mode=True),
        nn.AvgPool1d(3, 1, 1, count_include_pad=False),
    ],
)
def test_what_a_page_cannot_run_is_refused(layer):
    with pytest.raises(ModelInvalid, match="no page can run a layer"):
        lower(layer, Program(), "x")


def test_networks_nobody_has_described_are_refused():
    with pytest.raises(ModelInvalid, match="no page can run a MLP"):
        program_of(models.create_model("mlp"))
    with pytest.raises(ModelInvalid, match="pool='mean', only attention"):
        program_of(models.create_model("rhythm_crnn", pool="mean"))


def test_a_memory_is_stored_once():
    program = Program()
    lower(Memory(slots=9, code=4), program, "x")
    assert [tuple(weight.shape) for weight in program.weights] == [(9, 4, 1)]


def test_the_runner_is_short():
    assert len((LIVE / "run.js").read_text(encoding="utf-8").splitlines()) < 200
