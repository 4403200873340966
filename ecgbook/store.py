"""The store: named arrays on disk, whole or not at all, read back memory-mapped.

An entry is a folder with one ``.npy`` file an array and a ``manifest.json``. It is written
to a temporary folder and renamed, so a killed run leaves nothing half-written.
"""

import hashlib
import json
import math
import mmap
import os
import re
import shutil
import tempfile
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ecgbook.recording import frozen

__all__ = ["Entry", "Store", "cache_dir"]

_DAY_S = 24 * 3600
_UNFINISHED = ".unfinished-"


def cache_dir():
    """Return the folder that keeps downloads and prepared arrays.

    It is ``ECGBOOK_CACHE`` where that is set, else the user's cache folder.
    """
    if named := os.environ.get("ECGBOOK_CACHE"):
        return Path(named).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("ecgbook")


@dataclass(frozen=True)
class Entry:
    """What the store holds under one key.

    Parameters
    ----------
    arrays : dict of str to array
        Read-only; memory-mapped where they come from disk.
    meta : dict
        What was put beside the arrays (anything JSON can hold).
    """

    arrays: dict
    meta: dict = field(default_factory=dict)


class Store:
    """Arrays on disk under readable keys.

    Parameters
    ----------
    root : path, optional
        Folder of the store; by default ``store`` in `cache_dir`.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(tempfile.mkdtemp())
    >>> key = store.key("mitdb", "beats", fs=360)
    >>> store.get(key) is None
    True
    >>> entry = store.put(key, {"x": np.zeros((2, 3))}, {"classes": ["N", "V"]})
    >>> store.get(key).arrays["x"].shape
    (2, 3)
    """

    def __init__(self, root=None):
        self.root = cache_dir() / "store" if root is None else Path(root)

    @staticmethod
    def key(*parts, **parameters):
        """Return the key of a thing made from ``parts`` with ``parameters``.

        A readable stem and a digest of everything, so equal inputs meet in one entry and
        the order of the parameters does not matter.
        """
        text = json.dumps([parts, parameters], sort_keys=True, default=_plain)
        stem = re.sub(r"[^\w.]+", "-", "-".join(str(part) for part in parts)).strip("-.")
        return f"{stem[:80]}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def get(self, key):
        """Return the entry under ``key``, or None where there is none or it is damaged."""
        folder = self.root / key
        try:
            manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
            arrays = {
                name: _mapped(folder / f"{name}.npy", **form)
                for name, form in manifest["arrays"].items()
            }
            return Entry(arrays, manifest["meta"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def put(self, key, arrays, meta=None):
        """Keep ``arrays`` (dict of str to array) and ``meta`` under ``key``.

        Returns
        -------
        Entry
            The entry as read back from disk; where the folder cannot be written, a warning
            is given and the entry lives in memory only.
        """
        meta = {} if meta is None else meta
        try:
            self._write(key, arrays, meta)
        except OSError as error:
            warnings.warn(f"{self.root} cannot be written, nothing is kept: {error}", stacklevel=2)
        in_memory = {name: frozen(array) for name, array in arrays.items()}
        return self.get(key) or Entry(in_memory, meta)

    def _write(self, key, arrays, meta):
        self.root.mkdir(parents=True, exist_ok=True)
        self._sweep()
        folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self.root))
        try:
            forms = {name: _saved(folder / f"{name}.npy", array) for name, array in arrays.items()}
            manifest = json.dumps({"arrays": forms, "meta": meta}, indent=1)
            (folder / "manifest.json").write_text(manifest, "utf-8")
            folder.chmod(0o755)
            self._move_in(folder, key)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _move_in(self, folder, key):
        """Rename ``folder`` to its key, unless another run has put a whole entry there."""
        final = self.root / key
        if final.exists() and self.get(key) is None:
            shutil.rmtree(final)
        try:
            folder.rename(final)
        except OSError:
            if self.get(key) is None:
                raise

    def _sweep(self):
        """Remove what runs that were killed while writing have left over a day ago."""
        for folder in self.root.glob(f"{_UNFINISHED}*"):
            with suppress(FileNotFoundError):
                if folder.stat().st_mtime < time.time() - _DAY_S:
                    shutil.rmtree(folder, ignore_errors=True)


def _plain(value):
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a key is made of plain values, got {type(value).__name__}")


def _saved(path, array):
    """Write ``array`` and return what is needed to map it: np.load would parse the header."""
    array = np.asarray(array, order="C")
    np.save(path, array, allow_pickle=False)
    offset = path.stat().st_size - array.nbytes
    return {"dtype": array.dtype.str, "shape": list(array.shape), "offset": offset}


def _mapped(path, dtype, shape, offset):
    count = math.prod(shape)
    dtype = np.dtype(dtype)
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # lives as long as the array
    if len(mapped) != offset + count * dtype.itemsize:
        raise ValueError(f"{path} is not as long as its manifest says")
    if count == 0:
        return frozen(np.empty(shape, dtype))
    return np.frombuffer(mapped, dtype, count, offset).reshape(shape)
