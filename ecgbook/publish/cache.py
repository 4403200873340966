"""Executed chapters, kept as long as all that they depend on stays the same."""

import hashlib
import json
import platform
import shutil
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from filelock import FileLock, Timeout

import ecgbook
from ecgbook import released
from ecgbook.errors import BookInvalid
from ecgbook.publish import data

__all__ = ["Entry", "Execution", "alone", "digest", "source_digest"]

_FACTS = "run.json"


class _Facts(msgspec.Struct, forbid_unknown_fields=True):
    """What an execution took, the key of what made it, and the digest of what came out."""

    minutes: Annotated[float, msgspec.Meta(ge=0, lt=1e6)]
    peak_mb: Annotated[float, msgspec.Meta(ge=0, lt=1e9)]
    digest: str
    content: str


@dataclass(frozen=True)
class Execution:
    """The ``folder`` of one execution of the chapter with the file name ``name``."""

    folder: Path
    name: str

    @property
    def notebook(self):
        """Path of the executed notebook."""
        return self.folder / self.name

    @property
    def results(self):
        """Path of the results that the chapter recorded."""
        return self.folder / "results.json"

    @property
    def facts(self):
        """What is known of the execution, an empty dict as long as it is not whole."""
        try:
            facts = msgspec.json.decode((self.folder / _FACTS).read_bytes(), type=_Facts)
            whole = facts.content == self.content_digest()
        except (OSError, ValueError, RecursionError):
            return {}
        return msgspec.structs.asdict(facts) if whole else {}

    def content_digest(self):
        """Return the SHA-256 of the notebook and the results, as far as they are there."""
        files = [path for path in (self.notebook, self.results) if path.is_file()]
        return hashlib.sha256(b"\n".join(path.read_bytes() for path in files)).hexdigest()


class Entry:
    """Where one chapter is kept for a profile and a choice of data: its newest execution alone.

    ``key`` is the `digest` of all that makes the chapter, of the file name ``name``, what it is.
    """

    def __init__(self, folder, name, key):
        self.folder, self.key = Path(folder), key
        self.kept = Execution(self.folder / key, name)

    @property
    def holds(self):
        """Whether an execution with this key is kept here, whole."""
        return self.kept.facts.get("digest") == self.key

    @contextmanager
    def draft(self):
        """Give an `Execution` in a folder of its own, which is gone afterwards unless kept."""
        for left_behind in self.folder.glob("draft-*"):  # by a run that was killed
            shutil.rmtree(left_behind, ignore_errors=True)
        folder = tempfile.mkdtemp(prefix="draft-", dir=self.folder)
        try:
            yield Execution(Path(folder), self.kept.name)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, draft, **facts):
        """Put a draft in the place of what was kept; it appears whole or not at all."""
        facts = _Facts(**facts, digest=self.key, content=draft.content_digest())
        (draft.folder / _FACTS).write_bytes(msgspec.json.encode(facts))
        shutil.rmtree(self.kept.folder, ignore_errors=True)
        draft.folder.rename(self.kept.folder)
        for path in self.folder.iterdir():
            if path.is_dir() and path.name != self.key:
                shutil.rmtree(path, ignore_errors=True)


@contextmanager
def alone(path, busy, cancel=None):
    """Hold the lock file ``path``, after those that were there first; who waits is told ``busy``.

    Raises `BookInvalid` where nothing can be locked, or when the event ``cancel`` ends the waiting.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock, told = FileLock(path), False
    while not lock.is_locked:
        try:
            lock.acquire(timeout=0.5)
        except Timeout as error:
            if cancel and cancel.is_set():
                raise BookInvalid(f"{busy}: stopped while waiting for it") from error
            if not told:
                print(f"{busy}: waiting for it", file=sys.stderr)
            told = True
        except NotImplementedError as error:
            raise BookInvalid(f"{path} cannot be locked; choose another disk") from error
    try:
        yield
    finally:
        lock.release()


def source_digest(book, chapter):
    """Return the SHA-256 of a chapter's notebook, which its executed form carries with it."""
    return hashlib.sha256((book.root / chapter.notebook).read_bytes()).hexdigest()


def digest(book, chapter, parameters):
    """Return the SHA-256 of all that can change what a chapter prints.

    That is its notebook, the package, the lock file, the reference results and weights, the
    parameters, the data at hand and the version of Python.
    """
    package, apart = Path(ecgbook.__file__).parent, {"__pycache__", "reference"}
    stored = released.folder().glob("*.*")
    files = [
        book.root / chapter.notebook,
        book.root / "requirements.lock",
        *(path for path in package.rglob("*") if not apart & {*path.relative_to(package).parts}),
        *(path for path in stored if path.suffix != ".json" or path.match(f"{chapter.name}.*")),
    ]
    total = hashlib.sha256()
    for path in sorted(path for path in files if path.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        place = path.relative_to(package) if path.is_relative_to(package) else path.name
        total.update(f"{place} {content}\n".encode())
    rest = parameters, data.state(chapter, parameters["data"]), platform.python_version()
    total.update(json.dumps(rest, sort_keys=True, default=str).encode())
    return total.hexdigest()
