"""Predictions that a class has handed in, read as plain data: never unpickled, never believed.

A submission is ``TEAM-NUMBER.csv`` with the header ``beat,class`` and one line a beat, or
``TEAM-NUMBER.npy`` with one class number a beat. Its bytes are looked at by two small grammars;
what does not match is refused with the reason.
"""

import os
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ecgbook.classroom.project import CLASSES
from ecgbook.classroom.submissions import ordinary_bytes

__all__ = ["Predictions", "collect_predictions", "read_predictions"]

_NAME = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,39})-([1-9][0-9]{0,2})\.(csv|npy)")
_LINE = re.compile(rf"([0-9]{{1,7}}),([{''.join(CLASSES)}])")
# All of a header that NumPy writes for a flat array of numbers. `numpy.load` would evaluate it.
_HEADER = re.compile(
    rb"\{'descr': '([<>|=]?)([iuf])([1248])', 'fortran_order': (?:False|True), "
    rb"'shape': \(([0-9]{1,9}),\), \} *\n"
)
_LONGEST_HEADER = 512
_BYTES_A_BEAT = 24  # of a line of CSV, with room for spaces at its end


@dataclass(frozen=True, eq=False)
class Predictions:
    """One file: whose, its number, and class numbers (beat,) or in ``fault`` why there are none."""

    file: str
    team: str = ""
    number: int = 0
    y: np.ndarray | None = None
    fault: str = ""


def collect_predictions(folder, n_beats):
    """Return the `Predictions` of each entry of a folder but hidden ones, in order of names."""
    entries = sorted(Path(folder).iterdir(), key=lambda path: path.name)
    found = [read_predictions(path, n_beats) for path in entries if path.name[0] != "."]
    times = Counter((one.team.casefold(), one.number) for one in found if one.team)
    twice = "there are two files of this team and number; which one counts?"
    again = {key for key, count in times.items() if count > 1}
    return [
        replace(one, y=None, fault=twice) if (one.team.casefold(), one.number) in again else one
        for one in found
    ]


def read_predictions(path, n_beats):
    """Read one file of predictions for ``n_beats`` beats as `Predictions`; raises nothing.

    Examples
    --------
    >>> read_predictions(Path("=cmd.csv"), 5).fault
    'the name is not TEAM-NUMBER.csv or TEAM-NUMBER.npy, such as red_team-2.csv'
    """
    path = Path(path)
    file = os.fsencode(path.name).decode(errors="replace")
    if not (named := _NAME.fullmatch(file)):
        fault = "the name is not TEAM-NUMBER.csv or TEAM-NUMBER.npy, such as red_team-2.csv"
        return Predictions(file, fault=fault)
    known = Predictions(file, named[1], int(named[2]))
    try:
        content, fault = ordinary_bytes(path, _BYTES_A_BEAT * n_beats + 1000)
        if fault:
            return replace(known, fault=fault)
        return replace(known, y=_READERS[named[3]](content, n_beats))
    except ValueError as error:
        return replace(known, fault=str(error))
    except Exception as error:  # one submission must not stop the others
        return replace(known, fault=f"it cannot be read ({type(error).__name__})")


def _from_csv(content, n_beats):
    """Return class numbers from lines of ``beat,class``; ValueError says what is wrong."""
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError("it is no text in UTF-8") from error
    lines = [line.rstrip(" \r") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    if not lines or lines[0] != "beat,class":
        raise ValueError("the first line must be beat,class")
    y = np.full(n_beats, -1)
    for number, line in enumerate(lines[1:], start=2):
        if not (match := _LINE.fullmatch(line)):
            raise ValueError(f"line {number} is not a beat's number and N, S or V, such as 7,N")
        beat = int(match[1])
        if beat >= n_beats:
            raise ValueError(f"line {number}: there is no beat {beat}, the last is {n_beats - 1}")
        if y[beat] >= 0:
            raise ValueError(f"line {number}: beat {beat} is there twice")
        y[beat] = CLASSES.index(match[2])
    if missing := int((y < 0).sum()):
        raise ValueError(f"{missing} of {n_beats} beats are missing")
    return y


def _from_npy(content, n_beats):
    """Return class numbers from an array in NumPy's format; ValueError says what is wrong."""
    if content[:6] != b"\x93NUMPY":
        raise ValueError("it is no .npy file")
    width = 2 if content[6:7] == b"\x01" else 4  # bytes that hold the length of the header
    length = int.from_bytes(content[8 : 8 + width], "little")
    if length > _LONGEST_HEADER:
        raise ValueError(f"its header has {length} bytes; that of a flat array is short")
    header = _HEADER.fullmatch(content[8 + width : 8 + width + length])
    if not header:
        raise ValueError("it is not one flat array of whole numbers (no objects, no text)")
    if int(header[4]) != n_beats:
        raise ValueError(f"{int(header[4])} predictions, {n_beats} are expected")
    kind = b"".join(header.group(1, 2, 3)).decode()
    body = content[8 + width + length :]
    if len(body) != n_beats * int(header[3]):
        raise ValueError("it is cut off, or longer than its header says")
    return _as_classes(np.frombuffer(body, np.dtype(kind)))


def _as_classes(values):
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ValueError("some predictions are not finite (NaN or infinity)")
    if values.dtype.kind == "f":
        raise ValueError("the predictions are floats; hand in classes: p.argmax(axis=1)")
    if ((values < 0) | (values >= len(CLASSES))).any():
        wanted = ", ".join(f"{k} ({name})" for k, name in enumerate(CLASSES))
        raise ValueError(f"a class is none of {wanted}")
    return values.astype(np.int64)


_READERS = {"csv": _from_csv, "npy": _from_npy}
