"""What a class has handed in: found, and read without being followed anywhere or believed."""

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Submission", "collect", "ordinary_bytes", "plain_cell"]

_LARGEST_BYTES = 20_000_000
# What moves a cursor, ends a line, or turns the direction of writing.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class Submission:
    """A student's notebook: ``text``, or in ``fault`` why it cannot be had."""

    student: str
    text: str = ""
    fault: str = ""

    @property
    def page(self):
        """A file name that leads nowhere else and is nobody else's, whatever the student's is."""
        plain = re.sub(r"[^A-Za-z0-9_]+", "-", self.student)[:60].strip("-")
        return f"{plain or 'student'}-{hashlib.sha256(self.student.encode()).hexdigest()[:8]}.html"


def collect(folder):
    """Return a `Submission` for each entry of a folder, in order of their names.

    An entry is a notebook, or a folder with exactly one below it. Links are not followed. Whatever
    else there is gets a submission with a fault, but for hidden files that are no notebooks.
    """
    entries = sorted(Path(folder).iterdir(), key=lambda path: path.name)
    wanted = (path for path in entries if path.name[0] != "." or path.name.endswith(".ipynb"))
    return [_submission(path) for path in wanted]


def plain_cell(text):
    """Return a text on one line, for a terminal or a table: no control, no formula."""
    text = _CONTROL.sub(" ", text)
    return f"'{text}" if text.startswith(tuple("=+-@|%")) or text != text.lstrip() else text


def _submission(path):
    student = os.fsencode(path.name).decode(errors="replace")
    try:
        if not path.is_symlink() and path.is_dir():
            inside = _notebooks(path)
            if len(inside) != 1:
                return Submission(student, fault=f"{len(inside)} notebooks in a folder, not one")
            return Submission(student, *_read(inside[0]))
        return Submission(student.removesuffix(".ipynb"), *_read(path))
    except (OSError, ValueError) as error:
        return Submission(student, fault=f"it cannot be read ({type(error).__name__})")


def _notebooks(folder):
    """Return the notebooks at any depth below a folder; Jupyter's own copies do not count."""
    found = []
    for place, folders, files in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if name != ".ipynb_checkpoints"]
        found += [Path(place, name) for name in files if name.endswith(".ipynb")]
    return found


def ordinary_bytes(path, most):
    """Return content and fault of a file that a stranger named: no link, no pipe, not too large.

    Of content and fault one is empty, but for an empty file. OSError if it cannot be opened.
    """
    if Path(path).is_symlink():
        return b"", "it is a link, no file"
    # Without blocking: a named pipe would be waited for.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            return b"", "it is no ordinary file"
        if about.st_size > most:
            size = f"{most // 1_000_000} MB" if most >= 1_000_000 else f"{most} bytes"
            return b"", f"it has more than {size}"
        return file.read(most), ""


def _read(path):
    """Return text and fault of a notebook."""
    if not path.name.endswith(".ipynb"):
        return "", "it is no .ipynb file"
    content, fault = ordinary_bytes(path, _LARGEST_BYTES)
    advice = "; clear the outputs" if "more than" in fault else ""
    return content.decode(errors="replace"), fault + advice
