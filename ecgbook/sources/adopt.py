"""Files of databases that somebody has already: found by their digests, in whatever layout.

`wfdb.dl_database`, wget, a browser and Kaggle all leave the same files in other folders, under
other names or in an archive. What a file is, its digest says.
"""

import hashlib
import lzma
import os
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from tqdm import tqdm

from ecgbook.errors import DataCorrupt, DataMissing
from ecgbook.paths import expanded
from ecgbook.sources.catalog import CATALOG, info_of
from ecgbook.sources.download import require_space, unwritable
from ecgbook.sources.fetch import Files
from ecgbook.sources.mirrors import INDEX, roots

__all__ = ["Added", "add"]

_BLOCK = 1 << 20
# What zipfile and its decompressors raise on archives that are damaged or locked.
_UNREADABLE = (OSError, RuntimeError, EOFError, NotImplementedError, zipfile.BadZipFile)
_UNREADABLE += (zlib.error, lzma.LZMAError)
_IN_ALL = {INDEX, "RECORDS", "ANNOTATORS", "LICENSE.txt"}  # names that many databases have


class Added(NamedTuple):
    """What was found of one database: files taken over, there before, and unlike the official."""

    database: str
    taken: int
    known: int
    unlike: tuple[str, ...]

    def __str__(self):
        text = f"{self.database}: {self.taken} files taken over, {self.known} were there already"
        if self.unlike:
            named = ", ".join(self.unlike[:3]) + (", …" if len(self.unlike) > 3 else "")
            text += f"; {len(self.unlike)} differ from the official ones and were left: {named}"
        return text


def add(folder, name=None, progress=True):
    """Copy what a folder or a zip archive holds of databases into the cache, each file verified.

    Official digests come from a mirror, the cache or PhysioNet; where none of these is to be had,
    from a ``SHA256SUMS.txt`` in the folder itself, as wget brings it along.

    Parameters
    ----------
    folder : path
        Looked through to its bottom, in zip archives too; it stays as it is.
    name : str, optional
        Of the database; all of the catalog are looked for if left out.

    Returns
    -------
    list of Added
        One for each database of which something was found.

    Raises
    ------
    DataMissing
        If the folder is not there, or holds no file of a database.
    EcgError
        If the cache cannot be written.
    """
    folder = expanded(folder)
    if not folder.exists():
        raise DataMissing(f"{folder} is not there; name the folder of the files")
    _archive.cache_clear()  # an archive may be another one than last time
    found = _found(folder, progress)
    names = [info_of(name).name] if name else [one for one in CATALOG if one != "synthetic"]
    databases = [*_databases(names, found)]
    official = {digest for files in databases for digest in files.digests.values()}
    others = [one for one in found if one.digest not in official]
    added = [_added(files, found, others, progress) for files in databases]
    added = [one for one in added if one.taken or one.known]
    if not added:
        raise DataMissing(
            f"{folder} holds no file of {', '.join(names)}: none of its {len(found)} files has an "
            f"official digest; digests are read from a mirror (ECGBOOK_MIRROR), from PhysioNet "
            f"(ECGBOOK_OFFLINE=0) or from a {INDEX} in the folder"
        )
    return added


class _Found(NamedTuple):
    """A file in the folder, or a member of an archive in it."""

    path: Path
    member: str
    n_bytes: int
    digest: str = ""

    @property
    def name(self):
        return PurePosixPath(self.member or self.path.name).name

    def blocks(self):
        """Yield what stands in it; of an archive no more than it says."""
        if not self.member:
            with self.path.open("rb") as file:
                yield from iter(lambda: file.read(_BLOCK), b"")
            return
        with _archive(self.path).open(self.member) as file:
            for _ in range(0, self.n_bytes + 1, _BLOCK):
                yield file.read(_BLOCK)


@lru_cache(maxsize=8)
def _archive(path):
    """Open an archive once for all its members: its list alone may be long."""
    return zipfile.ZipFile(path)


def _found(folder, progress):
    """Return all files of a folder with their digests."""
    paths = [folder] if folder.is_file() else sorted(_walk(folder))
    files = [one for path in paths for one in _members(path)]
    bar = {"total": len(files), "desc": "reading", "delay": 1, "disable": not progress}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [one for one in tqdm(pool.map(_with_digest, files), **bar) if one.digest]


def _walk(folder):
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names if Path(parent, name).is_file())


def _members(path):
    if path.suffix.lower() == ".zip":
        try:
            whole = [one for one in _archive(path).infolist() if not one.is_dir()]
            return [_Found(path, one.filename, one.file_size) for one in whole]
        except _UNREADABLE:
            pass  # no archive: a file like others
    return [_Found(path, "", path.stat().st_size)]


def _with_digest(one):
    digest = hashlib.sha256()
    try:
        for block in one.blocks():
            digest.update(block)
    except _UNREADABLE:
        return one  # encrypted or damaged: it is none of ours
    return one._replace(digest=digest.hexdigest())


def _databases(names, found):
    """Yield the `Files` of each database whose digests are to be had."""
    indexes = [b"".join(one.blocks()).decode("utf-8", "replace") for one in found if _is_index(one)]
    for name in names:
        for text in (None, *indexes):
            try:
                yield Files(CATALOG[name], [*roots(), *([_Index(text)] if text else [])])
                break
            except (DataMissing, DataCorrupt):
                continue


def _is_index(one):
    return one.name == INDEX and one.n_bytes < 50 * _BLOCK


def _added(files, found, others, progress):
    """Copy what belongs to a database; ``others`` are files that belong to none."""
    by_digest = {one.digest: one for one in found}
    official = files.digests.items()
    here = {path: by_digest[digest] for path, digest in official if digest in by_digest}
    for path, state in files.verify(list(here), progress):
        if state == "damaged":
            (files.folder / path).unlink()
    absent = [path for path in here if not (files.folder / path).is_file()]
    files.roots = [_Here(here)]
    files.fetch(absent, progress)
    names = {PurePosixPath(path).name for path, _ in official} - _IN_ALL
    unlike = sorted({one.name for one in others} & names) if here else ()
    return Added(files.info.name, len(absent), len(here) - len(absent), tuple(unlike))


@dataclass(frozen=True)
class _Index:
    """A root that has nothing but the digests of a database."""

    text: str

    def __str__(self):
        return f"the folder's own {INDEX}"

    def index(self, info):
        names = (line.split(maxsplit=1)[-1].lstrip("*") for line in self.text.splitlines())
        pinned = info.index_sha256
        if pinned and hashlib.sha256(self.text.encode()).hexdigest() != pinned:
            raise DataMissing(f"{self} is not the official one of {info.name}")
        if not any(info.is_record(name.removesuffix(".hea")) for name in names if ".hea" in name):
            raise DataMissing(f"{self} is of another database")
        return self.text


@dataclass(frozen=True)
class _Here:
    """A root whose files were found, by their path in the database."""

    found: dict

    def __str__(self):
        return "the folder"

    def bring(self, info, path, part, advance=None):
        """Copy a file to ``part``."""
        one = self.found[path]
        require_space(part.parent, one.n_bytes)
        try:
            with part.open("wb") as file:
                for block in one.blocks():
                    file.write(block)
        except OSError as error:
            raise unwritable(part, error) from error
        if advance is not None:
            advance(one.n_bytes)
