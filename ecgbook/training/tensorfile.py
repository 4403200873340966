"""Named tensors and text in one safetensors file: nothing in it is ever unpickled."""

import os
from pathlib import Path
from uuid import uuid4

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ecgbook.errors import DataCorrupt, DataMissing, TrainingFailed

__all__ = ["read_tensors", "write_tensors"]


def write_tensors(path, tensors, notes):
    """Write tensors ``{name: tensor}`` and notes ``{name: text}`` to a file, whole or not at all.

    The file is written beside its place and then moved there, so a run that is killed leaves the
    old file or the new one, and of several runs at once the last one's. Folders on the way are
    made.
    """
    path = Path(path)
    part = path.with_name(f"{path.name}.{os.getpid()}-{uuid4().hex[:8]}.part")
    # A clone, since safetensors refuses two names for one piece of memory (tied weights).
    tensors = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, part, metadata=notes)
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except (OSError, SafetensorError) as error:
        raise TrainingFailed(
            f"{path} cannot be written ({error}); free space or name another place"
        ) from None
    finally:
        part.unlink(missing_ok=True)


def read_tensors(path):
    """Return the tensors, on the CPU, and the notes of a file."""
    if not Path(path).is_file():
        raise DataMissing(f"there is no file {path}")
    try:
        with safe_open(path, framework="pt") as file:
            names = file.keys()
            return {name: file.get_tensor(name) for name in names}, file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise DataCorrupt(f"{path} is damaged ({error}); delete it or fetch it again") from None
