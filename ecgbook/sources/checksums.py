"""``SHA256SUMS.txt``: which files a database has, and what each must be.

The list comes from the first mirror that has the database, else from the cache, else from
PhysioNet; the cache keeps it beside the files.
"""

import hashlib
import re
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import NamedTuple

from tqdm import tqdm

from ecgbook.errors import DataCorrupt, DataMissing
from ecgbook.paths import read_bounded
from ecgbook.sources.download import unwritable, without_password
from ecgbook.sources.mirrors import INDEX, LARGEST_INDEX, PHYSIONET, Web, offline

__all__ = ["find_index", "locked", "nowhere", "sha256_of"]

_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *]?(.+)")
_FROM = "# from "


class _Kept(NamedTuple):
    """The index in the cache, and the root it came from."""

    root: str
    text: str


def find_index(info, folder, roots):
    """Return path and SHA-256 of every file of a database.

    Parameters
    ----------
    info : DatabaseInfo
    folder : Path
        Of the database in the cache.
    roots : sequence of Folder or Web
        Where to look, mirrors first.

    Raises
    ------
    DataMissing
        If neither a mirror nor the cache nor PhysioNet has the database.
    DataCorrupt
        If a mirror has it without a sound ``SHA256SUMS.txt``.
    """
    kept = _read_kept(folder)
    reasons = []
    for root in roots:
        # Versions never change, so an index from the web is fetched once.
        if kept and isinstance(root, Web) and str(root) in (kept.root, PHYSIONET):
            break
        try:
            text = root.index(info)
        except DataMissing as error:
            reasons.append(str(error))
            continue
        digests = _parse(text, f"{root}/{info.folder}/{INDEX}")
        # An earlier version kept the address of a mirror with its password.
        if not kept or kept.text != text or kept.root != without_password(kept.root):
            _adopt(folder, digests, _Kept(str(root), text))
        return digests
    if kept:
        return _parse(kept.text, folder / INDEX)
    raise nowhere(info, [f"{folder} is empty", *reasons])


def nowhere(info, reasons):
    """Return the error that tells why no recording of a database is to be had, and what to do."""
    if offline():
        reasons = [*reasons, "ECGBOOK_OFFLINE forbids the network"]
    return DataMissing(
        f"no recording of {info.name} is to be had: {'; '.join(reasons)}. Set ECGBOOK_MIRROR to a "
        f"copy, run `ecgbook data get {info.name}` where there is a network, or take simulated "
        f'ECGs with data="auto"'
    )


@contextmanager
def locked(path):
    """Hold the lock beside ``path``, against other processes too; EcgError if it cannot be had."""
    from filelock import FileLock

    lock = FileLock(path.with_name(f"{path.name}.lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        yield lock
    finally:
        lock.release()


def sha256_of(path):
    """Return the SHA-256 of the file ``path`` in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _adopt(folder, digests, new):
    """Make ``new`` the index of the cache; files that it describes otherwise go.

    Files that it does not name stay: a mirror with a part must not cost a whole download.
    """
    target = folder / INDEX
    with locked(target):
        kept = _read_kept(folder)
        vouched = _parse(kept.text, target) if kept else {}
        there = [path for path in digests if (folder / path).is_file()]
        unsure = [path for path in there if vouched.get(path) != digests[path]]
        try:
            for path in tqdm(unsure, desc="verifying the cache", delay=1, leave=False):
                if sha256_of(folder / path) != digests[path]:
                    (folder / path).unlink()
            written = target.with_name(f"{INDEX}.new")
            # The name of a folder need not be UTF-8.
            text = f"{_FROM}{new.root}\n{new.text}"
            written.write_text(text, "utf-8", errors="surrogateescape")
            written.replace(target)
        except OSError as error:
            raise unwritable(target, error) from error


def _read_kept(folder):
    try:
        text = read_bounded(folder / INDEX, LARGEST_INDEX).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return None
    if not text.startswith(_FROM):  # a folder prepared by hand
        return _Kept("", text)
    first, _, rest = text.partition("\n")
    return _Kept(first.removeprefix(_FROM), rest)


def _parse(text, source):
    if len(text) > LARGEST_INDEX or (text.strip() and not text.endswith("\n")):
        raise DataCorrupt(
            f"{source} is too long, or cut off: its last line has no end; copy it anew"
        )
    digests = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        path = PurePosixPath(match[2]) if match and match[2].isprintable() else None
        if path is None or path.is_absolute() or ".." in path.parts or _is_too_long(path):
            raise DataCorrupt(
                f"{source} has a line that is no digest and path: {line[:80]!r}; fetch it again"
            )
        if digests.setdefault(str(path), match[1].lower()) != match[1].lower():
            raise DataCorrupt(f"{source} has two digests of {path}; copy it anew")
    return digests


def _is_too_long(path):
    """Tell whether a file system has no room for a name of this path, or for its ending `.part`."""
    return len(str(path)) > 1000 or any(len(part.encode()) > 240 for part in path.parts)
