"""Files of weights with a digest of all that they hold, which is compared when they are read."""

import hashlib
import json
from functools import wraps

import torch

from ecgbook.errors import DataCorrupt
from ecgbook.training import weights
from ecgbook.training.tensorfile import read_tensors

__all__ = ["load_model", "load_weights", "with_digest"]

_DIGEST, _OF = "digest", "digest_of"  # two notes, so that neither can get lost unseen
_ALL = "notes and tensors"


@wraps(weights.load_weights)
def load_weights(model, path):
    """Fill a model as `ecgbook.training.weights.load_weights` does, from a file that is whole."""
    _check(path)
    return weights.load_weights(model, path)


@wraps(weights.load_model)
def load_model(path):
    """Build a model as `ecgbook.training.weights.load_model` does, from a file that is whole."""
    _check(path)
    return weights.load_model(path)


def with_digest(notes, tensors):
    """Return notes, a dict of str to JSON, together with the digest of them and of tensors."""
    notes = notes | {_OF: json.dumps(_ALL)}
    return notes | {_DIGEST: json.dumps(_digest(notes, tensors))}


def _check(path):
    """Raise `DataCorrupt` unless the digest in a file is right; older ones have none."""
    tensors, notes = read_tensors(path)
    if not {_DIGEST, _OF} & notes.keys():
        return
    given = notes.pop(_DIGEST, "")
    if given != json.dumps(_digest(notes, tensors)):
        raise DataCorrupt(f"{path} is damaged: its digest is wrong; fetch it again")


def _digest(notes, tensors):
    total = hashlib.sha256(json.dumps(notes, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)} ".encode())
        data = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        total.update(data.numpy())
    return total.hexdigest()
