"""The state of a run in training on disk, from which it goes on as if never stopped."""

import hashlib
import json
import zlib
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType, MethodType

import numpy as np
import torch
from torch import nn

from ecgbook.errors import DataCorrupt, TrainingFailed
from ecgbook.training.tensorfile import read_tensors, write_tensors

__all__ = ["Checkpoint", "describe"]


class Checkpoint:
    """A file, or none if ``path`` is None, of the states of everything that changes in training.

    Parameters
    ----------
    path : path-like or None
    settings : dict
        What decides the result of the run and must be the same when it is resumed: numbers,
        strings, None, or anything that `describe` puts into words.
    **parts
        What has ``state_dict`` and ``load_state_dict``: models, optimizers, scalers.
    """

    def __init__(self, path, settings, **parts):
        self.path = path
        self.parts = parts
        try:
            self.settings = path and {name: describe(value) for name, value in settings.items()}
        except RecursionError:
            raise TrainingFailed("a setting holds itself: no checkpoint can name it") from None

    def load(self):
        """Fill the parts from the file and return the notes that `save` was given.

        Without a file the parts stay as they are, and the result is None. A file that is damaged
        or no checkpoint is `DataCorrupt`, one of a run with other settings `TrainingFailed`.
        """
        if self.path is None or not Path(self.path).exists():
            return None
        tensors, notes = read_tensors(self.path)
        if "state" not in notes or "digest" not in tensors:
            raise DataCorrupt(f"{self.path} is no checkpoint; choose another file")
        if not torch.equal(tensors.pop("digest"), _digest(notes["state"], tensors)):
            raise DataCorrupt(f"{self.path} is damaged: its digest is wrong; delete it")
        state = _join(json.loads(notes["state"]), tensors)
        self._check(state["settings"])
        for name, part in self.parts.items():
            part.load_state_dict(state["parts"][name])
        return state["notes"]

    def save(self, notes):
        """Write the parts and ``notes``: a tree of dicts, lists, tensors and plain values."""
        if self.path is None:
            return
        parts = {name: part.state_dict() for name, part in self.parts.items()}
        tensors = {}
        tree = _split({"settings": self.settings, "parts": parts, "notes": notes}, tensors)
        text = json.dumps(tree)
        write_tensors(self.path, tensors | {"digest": _digest(text, tensors)}, {"state": text})

    def _check(self, before):
        now = self.settings
        changed = [name for name in (now | before) if before.get(name) != now.get(name)]
        if changed:
            differences = ", ".join(
                f"{name} was {before.get(name)!r} and is now {now.get(name)!r}" for name in changed
            )
            raise TrainingFailed(
                f"{self.path} belongs to another run: {differences}; "
                f"go on with the settings of that run, or name another checkpoint"
            )


def describe(value):
    """Put a setting into words that are the same in every process.

    Arrays become a digest, a model that of its printed layers and that of its weights, a function
    its name and a digest of its code and of what it holds on to, a `functools.partial` its function
    with its arguments, and other objects their class with their attributes.

    Examples
    --------
    >>> describe(partial(max, 3, default=0.5))
    'max(3, default=0.5)'
    >>> zeros, ones = np.zeros(3), np.ones(3)
    >>> describe(zeros) == describe(zeros.copy()), describe(zeros) == describe(ones)
    (True, False)
    >>> half, double = (lambda x, by=by: x * by for by in (0.5, 2))
    >>> describe(half) == describe(double)
    False
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return ", ".join(f"{name}={describe(item)}" for name, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        words = [str(describe(item)) for item in value]
        return ", ".join(words if isinstance(value, list | tuple) else sorted(words))
    if isinstance(value, torch.Tensor | np.ndarray):
        kind = str(value.dtype).removeprefix("torch.")
        data = _bytes(value) if torch.is_tensor(value) else np.ascontiguousarray(value)
        crc = _crc(str(data.tolist())) if kind == "object" else f"{zlib.crc32(data):08x}"
        return f"{kind} {tuple(value.shape)} {crc}"
    if isinstance(value, partial):
        given = [*value.args, *([value.keywords] if value.keywords else [])]
        return f"{describe(value.func)}({describe(given)})"
    if isinstance(value, nn.Module):
        free = {name: weight.requires_grad for name, weight in value.named_parameters()}
        layers, weights = _crc(f"{value} {free}"), _crc(describe(value.state_dict()))
        return f"{type(value).__name__} {layers} with weights {weights}"
    if isinstance(value, FunctionType):
        held = [cell.cell_contents for cell in value.__closure__ or ()]
        held += [value.__defaults__, value.__kwdefaults__]
        return f"{value.__qualname__} {_crc(f'{_code(value.__code__)} {describe(held)}')}"
    if isinstance(value, MethodType):
        return f"{describe(value.__func__)} of {describe(value.__self__)}"
    if hasattr(value, "__qualname__"):
        return value.__qualname__
    return f"{type(value).__qualname__}({describe(getattr(value, '__dict__', repr(value)))})"


def _crc(text):
    return f"{zlib.crc32(text.encode()):08x}"


def _code(code):
    """Return what a function computes: its instructions, the names and the constants in them."""
    held = [_code(c) if isinstance(c, CodeType) else describe(c) for c in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {held}"


def _bytes(tensor):
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()


def _digest(text, tensors):
    """Return the SHA-256 of a checkpoint's text and tensors as a tensor of 32 bytes."""
    digest = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)} ".encode())
        digest.update(_bytes(tensor))
    return torch.frombuffer(bytearray(digest.digest()), dtype=torch.uint8)


def _split(tree, tensors):
    """Move the tensors of a tree to a flat dict and return the rest as JSON can hold it.

    A dict becomes ``{"dict": [[key, value], …]}``, which keeps keys that are integers.
    """
    if torch.is_tensor(tree):
        name = str(len(tensors))
        tensors[name] = tree
        return {"tensor": name}
    if isinstance(tree, dict):
        return {"dict": [[key, _split(value, tensors)] for key, value in tree.items()]}
    if isinstance(tree, list | tuple):
        return [_split(value, tensors) for value in tree]
    return tree


def _join(tree, tensors):
    if isinstance(tree, list):
        return [_join(value, tensors) for value in tree]
    if isinstance(tree, dict) and "tensor" in tree:
        return tensors[tree["tensor"]]
    if isinstance(tree, dict):
        return {key: _join(value, tensors) for key, value in tree["dict"]}
    return tree
