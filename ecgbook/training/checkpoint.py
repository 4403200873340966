"""The state of a run in training on disk, from which it goes on as if never stopped."""

import json
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import torch

from ecgbook.errors import DataCorrupt, TrainingFailed
from ecgbook.training.tensorfile import read_tensors, write_tensors

__all__ = ["Checkpoint", "describe"]


class Checkpoint:
    """One file that holds the states of everything that changes in training.

    Parameters
    ----------
    path : path-like or None
        The file; with None nothing is kept.
    settings : dict
        What decides the result of the run and must be the same when it is resumed: numbers,
        strings, None, or anything that `describe` puts into words.
    **parts
        What has ``state_dict`` and ``load_state_dict``: models, optimizers, scalers.
    """

    def __init__(self, path, settings, **parts):
        self.path = path
        self.parts = parts
        if path is not None:
            self.settings = {name: describe(value) for name, value in settings.items()}

    def load(self):
        """Fill the parts from the file and return the notes that `save` was given.

        Without a file the parts stay as they are, and the result is None.

        Raises
        ------
        DataCorrupt
            If the file is damaged or no checkpoint.
        TrainingFailed
            If the file belongs to a run with other settings.
        """
        if self.path is None or not Path(self.path).exists():
            return None
        tensors, notes = read_tensors(self.path)
        if "state" not in notes:
            raise DataCorrupt(f"{self.path} is no checkpoint; choose another file")
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
        write_tensors(self.path, tensors, {"state": json.dumps(tree)})

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

    Arrays and models become a digest (a model of its printed layers), functions their names, and a
    `functools.partial` the name of its function with its arguments.

    Examples
    --------
    >>> from functools import partial
    >>> describe(partial(max, 3, default=0.5))
    'max(3, default=0.5)'
    >>> zeros, ones = np.zeros(3), np.ones(3)
    >>> describe(zeros) == describe(zeros.copy()), describe(zeros) == describe(ones)
    (True, False)
    """
    if isinstance(value, list | tuple):
        return ", ".join(str(describe(item)) for item in value)
    if torch.is_tensor(value):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        digest = zlib.crc32(np.ascontiguousarray(value))
        return f"{value.dtype} {value.shape} {digest:08x}"
    if isinstance(value, partial):
        given = [str(describe(item)) for item in value.args]
        given += [f"{name}={describe(item)}" for name, item in value.keywords.items()]
        return f"{describe(value.func)}({', '.join(given)})"
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, torch.nn.Module):
        return f"{type(value).__name__} {zlib.crc32(repr(value).encode()):08x}"
    return getattr(value, "__qualname__", type(value).__qualname__)


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
