"""Executed chapters, kept as long as all that they depend on stays the same."""

import hashlib
import json
import platform
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

import ecgbook
from ecgbook.errors import BookInvalid

__all__ = ["Entry", "digest"]

_RUN = "run.json"


class Entry:
    """The folder that keeps one executed chapter.

    Parameters
    ----------
    folder : Path
        One folder a chapter, profile and choice of data: a new run replaces the old one.
    notebook : str
        File name of the chapter.
    """

    def __init__(self, folder, notebook):
        self.folder = Path(folder)
        self.notebook = self.folder / notebook

    @property
    def results(self):
        """Path of the results that the chapter recorded."""
        return self.folder / "results.json"

    def run(self):
        """Return what is known of the run, an empty dict if there is none."""
        try:
            return json.loads((self.folder / _RUN).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}

    def holds(self, key):
        """Whether a whole run with this digest is kept here."""
        return self.run().get("digest") == key

    @contextmanager
    def alone(self, cancel):
        """Keep other processes off this entry, after those that were here first.

        Parameters
        ----------
        cancel : threading.Event
            Set by another thread to end the waiting.

        Raises
        ------
        BookInvalid
            If the waiting was ended.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{self.folder}.lock")
        while not lock.is_locked:
            if cancel.is_set():
                raise BookInvalid(f"{self.folder.name}: stopped while another run was at it")
            with suppress(Timeout):
                lock.acquire(timeout=0.5)
        try:
            yield
        finally:
            lock.release()

    def clear(self):
        """Start anew with an empty folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def keep(self, **run):
        """Write down what the run took; from now on `holds` finds it."""
        text = json.dumps(run, indent=1)
        (self.folder / _RUN).write_text(text + "\n", encoding="utf-8")


def digest(book, chapter, parameters, data_state):
    """Return the SHA-256 of all that can change what a chapter prints.

    That is its notebook, the source of the package, the lock file, the reference results, the
    parameters, the data at hand and the version of Python.
    """
    package = Path(ecgbook.__file__).parent
    files = [
        book.root / chapter.notebook,
        book.root / "requirements.lock",
        *(book.root / "ecgbook" / "reference").glob(f"{chapter.name}.*.json"),
        *(p for p in package.rglob("*") if p.parent.name not in ("__pycache__", "reference")),
    ]
    total = hashlib.sha256()
    for path in sorted(path for path in files if path.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        place = path.relative_to(package if path.is_relative_to(package) else book.root)
        total.update(f"{place} {content}\n".encode())
    circumstances = [parameters, data_state, platform.python_version()]
    total.update(json.dumps(circumstances, sort_keys=True, default=str).encode())
    return total.hexdigest()
