"""The script file of a released network: its steps, its weights and what its card says."""

import json
from base64 import b64encode
from pathlib import Path

import numpy as np

from ecgbook.publish.live.networks import program_of
from ecgbook.training import load_released

__all__ = ["model_script", "packed", "script", "write_model"]

_LARGEST = 2**15 - 1
# What a page says of a network or computes with; the rest stays in its card.
_CARD = ("model", "classes", "fs", "leads", "thresholds", "temperature", "limit", "duration_s")


def model_script(name, *, bits=16):
    """Return the text of a script that gives a released network to ``run.js``.

    Parameters
    ----------
    name : str
        One of ``ecgbook.released.names()``.
    bits : {16, 32}
        Of each weight in the file: whole numbers with a scale for each tensor, or float32. The
        page computes in float32 in both cases. Whole numbers keep some five more bits of the
        large weights than float16 does in the same space.

    Raises
    ------
    ModelInvalid
        If no page can run such a network.
    """
    model, card = load_released(name)
    program, outputs = program_of(model)
    content = {
        "name": name,
        "licence": "CC BY 4.0",
        "card": {key: card[key] for key in _CARD if key in card},
        "outputs": outputs,
        "steps": program.steps,
        **packed(program.weights, bits),
    }
    return script("addModel", content)


def write_model(name, folder, *, bits=16):
    """Write the script of a released network into a folder and return its path, ``<name>.js``."""
    path = Path(folder) / f"{name}.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(model_script(name, bits=bits), encoding="utf-8")
    return path


def script(function, content):
    """Return a script that calls a function of the runner with what JSON can hold."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return f"ecglive.{function}({text});\n"


def packed(weights, bits):
    """Return tensors as a script holds them: their ``shapes``, ``weights`` in base64, ``scales``.

    >>> import torch
    >>> packed([torch.tensor([1.0, -0.5])], 16)["scales"]  # 1 becomes 32,767
    [3.051850947599719e-05]
    """
    arrays = [weight.numpy().astype(np.float64) for weight in weights]
    content = {"shapes": [list(array.shape) for array in arrays]}
    kind = "<f4"
    if bits == 16:
        kind, largest = "<i2", [np.abs(array).max(initial=0) for array in arrays]
        content["scales"] = [float(each) / _LARGEST or 1.0 for each in largest]
        scaled = zip(arrays, content["scales"], strict=True)
        arrays = [np.rint(array / scale) for array, scale in scaled]
    flat = np.concatenate([array.ravel() for array in arrays]).astype(kind)
    return content | {"weights": b64encode(flat.tobytes()).decode("ascii")}
