"""Each released network says in a page what it says in torch, opened from a disk or over http."""

import json
import shutil

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
BOUNDS = {"float32": 1e-5, "float16": 5e-3}


def inputs_of(name, card):
    """Random inputs of the sizes that a network takes, and one that is flat."""
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


@needs_chromium
@pytest.mark.parametrize("served", [False, True], ids=["file", "http"])
@pytest.mark.parametrize("precision", BOUNDS)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_page_says_what_torch_says(tmp_path, name, precision, served):
    model, card = load_released(name)
    inputs = inputs_of(name, card)
    shutil.copy(LIVE / "run.js", tmp_path)
    write_model(name, tmp_path, precision=precision)
    numbers = json.dumps([x.tolist() for x in inputs])
    (tmp_path / "inputs.js").write_text(f"const inputs = {numbers}, name = '{name}';")
    code = """return inputs.map((x) => Object.fromEntries(Object.entries(ecglive.run(name, x))
        .map(([key, value]) => [key, [...value.data]])));"""
    shown = asked(tmp_path, ["run.js", f"{name}.js", "inputs.js"], code, served=served)
    for x, answer in zip(inputs, shown, strict=True):
        expected = said_in_torch(model, x)
        assert answer.keys() == expected.keys()
        for key, value in expected.items():
            atol = BOUNDS[precision] * max(1, np.abs(value).max())
            np.testing.assert_allclose(answer[key], value, rtol=0, atol=atol)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_script_is_small_and_the_same_each_time(tmp_path, name):
    path = write_model(name, tmp_path)
    assert path.stat().st_size < 4_000_000
    assert path.read_text(encoding="utf-8") == model_script(name)


def test_every_network_that_answers_can_be_exported():
    for name in set(released.names()) - set(NETWORKS):
        with pytest.raises(ModelInvalid, match="no page can run"):
            model_script(name)


@pytest.mark.filterwarnings("ignore:overflow")
def test_weights_that_half_precision_cannot_hold_are_refused():
    with pytest.raises(ModelInvalid, match="too large for float16"):
        packed([torch.tensor([1e6])], "float16", "a network")
