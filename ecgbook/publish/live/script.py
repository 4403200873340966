"""The script file of a released network: its steps, its weights and what its card says."""

import json
from base64 import b64encode
from pathlib import Path

import numpy as np

from ecgbook.errors import ModelInvalid
from ecgbook.publish.live.networks import program_of
from ecgbook.training import load_released

__all__ = ["model_script", "packed", "script", "write_model"]

_PRECISIONS = {"float16": "<f2", "float32": "<f4"}
# What a page says of a network or computes with; the rest stays in its card.
_CARD = ("model", "classes", "fs", "leads", "thresholds", "temperature", "limit", "duration_s")


def model_script(name, *, precision="float16"):
    """Return the text of a script that gives a released network to ``run.js``.

    Parameters
    ----------
    name : str
        One of ``ecgbook.released.names()``.
    precision : {"float16", "float32"}
        Of the weights in the file, which is half as large in ``"float16"``; the page computes in
        float32.

    Raises
    ------
    ModelInvalid
        If no page can run such a network, or its weights do not fit the precision.
    """
    model, card = load_released(name)
    program, outputs = program_of(model)
    content = {
        "name": name,
        "licence": "CC BY 4.0",
        "card": {key: card[key] for key in _CARD if key in card},
        "outputs": outputs,
        "steps": program.steps,
        "shapes": [list(weight.shape) for weight in program.weights],
        "half": precision == "float16",
        "weights": packed(program.weights, precision, name),
    }
    return script("addModel", content)


def write_model(name, folder, *, precision="float16"):
    """Write the script of a released network into a folder and return its path, ``<name>.js``."""
    path = Path(folder) / f"{name}.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(model_script(name, precision=precision), encoding="utf-8")
    return path


def script(function, content):
    """Return a script that calls a function of the runner with what JSON can hold."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return f"ecglive.{function}({text});\n"


def packed(weights, precision, name):
    """Return tensors one after another, in base64; `ModelInvalid` if they do not fit."""
    flat = np.concatenate([weight.numpy().astype(np.float64).ravel() for weight in weights])
    packed = flat.astype(_PRECISIONS[precision])
    if not np.isfinite(packed).all():
        raise ModelInvalid(f"the weights of {name} are too large for {precision}")
    return b64encode(packed.tobytes()).decode("ascii")
