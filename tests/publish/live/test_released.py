"""Each released network says in a page what it says in torch, opened from a disk or over http."""

import json
import shutil
from base64 import b64decode
from functools import cache

import numpy as np
import pytest
import torch

from ecgbook import ModelInvalid, released
from ecgbook.publish.live.networks import program_of
from ecgbook.publish.live.script import model_script, packed, write_model
from ecgbook.training import load_released
from tests.browser import asked, needs_chromium
from tests.publish.conftest import REPOSITORY

LIVE = REPOSITORY / "book/_live/live"
TIMES = {"madegan": [320], "rhythm": [900, 3001], "record": [1000], "beat": [187], "course": [187]}
NETWORKS = [name for name in released.names() if not name.startswith("cpc")]
BOUNDS = {32: 1e-5, 16: 5e-3}


@cache
def inputs_of(name):
    """Random inputs of the sizes that a network takes, and one that is flat."""
    _, card = load_released(name)
    times = next(times for kind, times in TIMES.items() if name.startswith(kind))
    rng, leads = np.random.default_rng(0), card["config"].get("leads", 1)
    drawn = [rng.standard_normal((leads, time)).clip(-1, 1) for time in (*times, times[0])]
    return [x.astype(np.float32) for x in (*drawn, np.zeros((leads, times[0])))]


def said_in_torch(model, x):
    x = torch.from_numpy(x)[None]
    with torch.no_grad():
        said = {next(iter(program_of(model)[1])): model(x).flatten()}
        if hasattr(model, "attention"):
            said["attention"] = model.attention(x).flatten()
    return {key: value.numpy() for key, value in said.items()}


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A function: what all networks say in a page, by their names, input by input."""

    @cache
    def shown(bits, served):
        folder = tmp_path_factory.mktemp("released")
        shutil.copy(LIVE / "run.js", folder)
        numbers = {name: [x.tolist() for x in inputs_of(name)] for name in NETWORKS}
        (folder / "inputs.js").write_text(f"const inputs = {json.dumps(numbers)};")
        scripts = [write_model(name, folder, bits=bits).name for name in NETWORKS]
        code = """const said = (name, x) => Object.fromEntries(Object.entries(ecglive.run(name, x))
                .map(([key, value]) => [key, [...value.data]]));
            return Object.fromEntries(Object.entries(inputs)
                .map(([name, all]) => [name, all.map((x) => said(name, x))]));"""
        return asked(folder, ["run.js", "inputs.js", *scripts], code, served=served)

    return shown


@needs_chromium
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("served", [False, True], ids=["file", "http"])
@pytest.mark.parametrize("bits", BOUNDS)
def test_a_page_says_what_torch_says(shown, name, bits, served):
    model, _ = load_released(name)
    for x, answer in zip(inputs_of(name), shown(bits, served)[name], strict=True):
        expected = said_in_torch(model, x)
        assert answer.keys() == expected.keys()
        for key, value in expected.items():
            # Logits go up to 54, where float32 itself is no finer than 4e-6.
            np.testing.assert_allclose(answer[key], value, rtol=1e-7, atol=BOUNDS[bits])


@pytest.mark.parametrize("name", NETWORKS)
def test_a_script_is_small_and_the_same_each_time(tmp_path, name):
    path = write_model(name, tmp_path)
    assert path.stat().st_size < 4_000_000
    assert path.read_text(encoding="utf-8") == model_script(name)


def test_every_network_that_answers_can_be_exported():
    for name in set(released.names()) - set(NETWORKS):
        with pytest.raises(ModelInvalid, match="no page can run"):
            model_script(name)


def test_whole_numbers_keep_the_largest_weight_and_round_the_rest():
    weights = [torch.tensor([[0.5, -1.0], [1e-6, 0.0]]), torch.zeros(2)]
    content = packed(weights, 16)
    whole = np.frombuffer(b64decode(content["weights"]), "<i2")
    assert whole.tolist() == [16384, -32767, 0, 0, 0, 0]  # 0.5 lies between 16383 and 16384
    assert content["shapes"] == [[2, 2], [2]]
    assert content["scales"] == [1 / 32767, 1.0]
