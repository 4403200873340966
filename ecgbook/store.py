"""The store: named arrays on disk, whole or not at all, read back memory-mapped.

An entry is a folder with one ``.npy`` file an array and a ``manifest.json``. It is written
to a temporary folder and renamed, so a killed run leaves nothing half-written.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
import warnings
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import msgspec
import numpy as np

from ecgbook.errors import EcgError
from ecgbook.paths import expanded, read_bounded

__all__ = ["Entry", "Store", "Writer", "cache_dir"]

_DAY_S = 24 * 3600
_UNUSED_S = 14 * _DAY_S
_UNFINISHED = ".unfinished-"
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 50_000_000  # bytes
_FULL = {errno.ENOSPC, errno.EFBIG, errno.EIO, getattr(errno, "EDQUOT", None)}
_DIGITS = 17  # the end of a key: a dash and its digest
_READ = set()  # folders of the entries that this process has read


def cache_dir():
    """Return the folder of downloads and prepared arrays: ``ECGBOOK_CACHE``, else the user's."""
    if named := os.environ.get("ECGBOOK_CACHE"):
        return expanded(named)
    from platformdirs import user_cache_path

    return user_cache_path("ecgbook")


@dataclass(frozen=True)
class Entry:
    """What the store holds under one key.

    ``arrays``, by name, are read-only and memory-mapped; ``meta`` is a dict of what was put
    beside them (anything JSON can hold).
    """

    arrays: dict
    meta: dict = field(default_factory=dict)


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    """What stands in the manifest of an entry; those of version 1 have no digest."""

    arrays: dict[Annotated[str, msgspec.Meta(pattern=r"^[^/\\]+\Z")], int]  # bytes of each file
    meta: dict[str, Any]
    version: int = 1
    digest: str = ""

    def __post_init__(self):
        old = self.version == 1 and not self.digest
        if not old and (self.version, self.digest) != (2, _digest_of(self.arrays, self.meta)):
            raise ValueError("its digest is another one")


class Store:
    """Arrays on disk under readable keys, in the folder ``root``, or ``store`` in `cache_dir`.

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
        try:
            entry = _read(self.root / key)
        except (OSError, ValueError, RecursionError):
            return None
        _READ.add(self.root / key)
        with suppress(OSError):  # a store that others may only read
            os.utime(self.root / key / _MANIFEST)
        return entry

    def put(self, key, arrays, meta=None):
        """Keep ``arrays`` (dict of str to array) and ``meta`` under ``key``.

        The `Entry` is returned as read back from disk. Where the folder cannot be written, a
        warning is given and nothing is kept.
        """
        with self.create(key, meta) as writer:
            for name, array in arrays.items():
                writer.put(name, array)
        return writer.entry

    @contextmanager
    def create(self, key, meta=None):
        """Write an entry piece by piece; it is there when the block ends without an error.

        Then entries go that nobody has read for two weeks, if they have the same stem and
        another ``meta["code"]``; and of all entries those not read for longest, until the store
        holds at most ``ECGBOOK_STORE_GB`` (20). What this process has read stays.

        The `Writer` of the block takes the arrays, and has the `Entry` as ``entry`` when the
        block is over. `EcgError` is raised if the disk is full or fails.
        """
        folder = self._unfinished()
        writer = Writer(folder, {} if meta is None else meta)
        try:
            with writer._files:
                yield writer
                writer._write_headers()
            writer.entry = self._moved_in(folder, key, writer.meta)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise EcgError(
                f"{key} cannot be kept in {self.root} ({error.strerror or error}): free some "
                f"space, or name another folder in ECGBOOK_CACHE"
            ) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self._evict(key, writer.meta.get("code"))

    def _unfinished(self):
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for folder in self.root.glob(f"{_UNFINISHED}*"):  # of runs that were killed
                with suppress(FileNotFoundError):  # finished meanwhile
                    if folder.stat().st_mtime < time.time() - _DAY_S:
                        shutil.rmtree(folder, ignore_errors=True)
            return Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self.root))
        except OSError as error:
            warnings.warn(f"{self.root} cannot be written, nothing is kept: {error}", stacklevel=4)
            return Path(tempfile.mkdtemp(prefix=_UNFINISHED))

    def _moved_in(self, folder, key, meta):
        """Rename ``folder`` to its key, unless another run has put a whole entry there."""
        sizes = {path.stem: path.stat().st_size for path in folder.glob("*.npy")}
        meta = json.loads(json.dumps(meta))  # as it will be read
        manifest = {"version": 2, "arrays": sizes, "meta": meta}
        manifest["digest"] = _digest_of(sizes, meta)
        (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        folder.chmod(0o755)
        final = self.root / key
        if final.exists() and self.get(key) is None:
            shutil.rmtree(final)
        with suppress(OSError):
            folder.rename(final)
        return self.get(key) or _read(folder)

    def _evict(self, key, code):
        """Remove what other code made and nobody reads, and the oldest of too large a store."""
        entries = sorted(_entries(self.root))
        room = _bound_bytes() - sum(size for _, size, *_ in entries)
        for used, size, folder, made_by in entries:
            same = folder.name[:-_DIGITS] == key[:-_DIGITS] and made_by != code
            stale = same and used < time.time() - _UNUSED_S
            if folder not in _READ and (stale or room < 0):
                room += size
                gone = folder.with_name(f"{_UNFINISHED}{folder.name}")
                with suppress(OSError):
                    folder.rename(gone)  # so that nobody finds half an entry
                shutil.rmtree(gone, ignore_errors=True)


class Writer:
    """An entry while it is written (`Store.create`): ``meta``, and in the end its ``entry``."""

    def __init__(self, folder, meta):
        self.meta, self.entry = meta, None
        self._folder, self._files, self._growing = folder, ExitStack(), {}

    def put(self, name, array):
        """Write a whole array."""
        array = np.asarray(array, order="C")
        with (self._folder / f"{name}.npy").open("wb") as file:
            # Hidden from NumPy, whose own way of writing files does not notice a full disk.
            unknown = SimpleNamespace(write=file.write)
            np.lib.format.write_array(unknown, array, allow_pickle=False)

    def append(self, name, piece):
        """Add ``piece`` (n, …) to an array; its first piece says of which type and shape it is."""
        piece = np.ascontiguousarray(piece)
        if name not in self._growing:
            file = self._files.enter_context((self._folder / f"{name}.npy").open("wb"))
            self._growing[name] = file, piece.dtype, [0, *piece.shape[1:]]
            self._write_headers()
        file, dtype, shape = self._growing[name]
        if piece.dtype != dtype or list(piece.shape[1:]) != shape[1:]:
            raise ValueError(f"{name} has pieces {dtype} (n, {shape[1:]}), got {piece.shape}")
        file.write(piece.data)
        shape[0] += len(piece)

    def _write_headers(self):
        """Write headers again: NumPy leaves room in them for a larger first axis."""
        for file, dtype, shape in self._growing.values():
            descr = np.lib.format.dtype_to_descr(dtype)
            header = {"descr": descr, "fortran_order": False, "shape": tuple(shape)}
            file.seek(0)
            np.lib.format.write_array_header_1_0(file, header)
            file.seek(0, os.SEEK_END)


def _plain(value):
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a key is made of plain values, got {type(value).__name__}")


def _read(folder):
    manifest = _read_manifest(folder)
    sizes = manifest.arrays.items()
    return Entry({name: _mapped(folder / f"{name}.npy", n) for name, n in sizes}, manifest.meta)


def _read_manifest(folder):
    content = read_bounded(folder / _MANIFEST, _LARGEST_MANIFEST)
    return msgspec.convert(json.loads(content), _Manifest)  # json reads the NaN that it writes


def _digest_of(arrays, meta):
    return hashlib.sha256(json.dumps([arrays, meta], sort_keys=True).encode()).hexdigest()


def _mapped(path, size):
    if path.stat().st_size != size:
        raise ValueError(f"{path} is not as long as its manifest says")
    array = np.load(path, mmap_mode="r")
    if array.offset + array.nbytes != size:
        raise ValueError(f"{path} is not as long as its own header says")
    return np.asarray(array)


def _bound_bytes():
    bound = os.environ.get("ECGBOOK_STORE_GB", "20")
    try:
        return float(bound) * 1e9
    except ValueError:
        raise EcgError(f"ECGBOOK_STORE_GB is a number of gigabytes, got {bound!r}") from None


def _entries(root):
    """Yield when each entry was last read, its size, its folder, and the code that made it."""
    for folder in root.glob("[!.]*"):
        with suppress(OSError, ValueError, RecursionError):
            meta = _read_manifest(folder).meta
            size = sum(file.stat().st_size for file in folder.iterdir())
            yield (folder / _MANIFEST).stat().st_mtime, size, folder, meta.get("code")
