"""The file that holds the results of a chapter: cases, their rows, and where they come from."""

import json
import os
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import msgspec
import pandas as pd

from ecgbook.errors import DataCorrupt, EcgError, ResultOutOfContract
from ecgbook.labels import sentence

__all__ = ["COLUMNS", "File", "Row", "Unit", "checked_name", "make_unit", "read_file", "write"]

_LARGEST_FILE = 50_000_000  # bytes

Plain = str | int | float | bool | None
_Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
# Chapter and profile name a file.
_Name = Annotated[str, msgspec.Meta(pattern=r"^\w[\w.-]{0,99}\Z")]


class Row(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """One number: what was scored, the value with its interval, and what it rests on."""

    score: str
    class_: str
    value: float
    low: float | None = None
    high: float | None = None
    n_patients: _Count | None = None
    n: _Count | None = None
    unit: str = ""
    published: float | None = None
    source: str = ""

    def __post_init__(self):
        numbers = [x for x in (self.value, self.low, self.high, self.published) if x is not None]
        if not all(map(isfinite, numbers)):
            raise ValueError(f"{self.score} of {self.class_} is not finite: {numbers}")
        if None not in (self.low, self.high) and not self.low <= self.high:
            raise ValueError(f"{self.score}: low {self.low} is above high {self.high}")

    def as_dict(self):
        """Return the row as a dict by the names of `COLUMNS`."""
        return dict(zip(COLUMNS, msgspec.structs.astuple(self), strict=True))


class Unit(msgspec.Struct, forbid_unknown_fields=True):
    """The rows of one case, and what they come from: one entry of a results file.

    ``case`` holds the fields that tell it from others; ``provenance`` where, when, how long and by
    which code it was computed; ``origin`` one sentence on the data, as `ecgbook.sources.Database`;
    ``simulated`` whether the ECGs came from the simulator.
    """

    case: dict[str, Plain]
    rows: list[Row]
    provenance: dict[str, Plain] = {}
    origin: str = ""
    simulated: bool = False

    def __post_init__(self):
        keys = [(row.score, row.class_) for row in self.rows]
        if len(set(keys)) < len(keys):
            raise ValueError(f"a score stands twice in the case {sentence(self.case)}")


COLUMNS = tuple(name.rstrip("_") for name in Row.__struct_fields__)


class File(msgspec.Struct, forbid_unknown_fields=True):
    """A results file: the cases of one chapter in one profile."""

    chapter: _Name
    profile: _Name
    units: list[Unit]
    provenance: dict[str, Plain] = {}

    def __post_init__(self):
        known = set()
        for unit in self.units:
            case = json.dumps(unit.case, sort_keys=True)
            rows = {(case, row.score, row.class_) for row in unit.rows}
            if known & rows:
                raise ValueError(f"a score stands in two entries of {sentence(unit.case)}")
            known |= rows


def make_unit(rows, case, data=None, **provenance):
    """Return rows as a `Unit`; see `Run.record`."""
    table = pd.DataFrame([rows] if isinstance(rows, dict) else rows)
    if not {"score", "value"} <= set(table):
        raise ResultOutOfContract(f"results need a score and a value, got {', '.join(table)}")
    defaults = {"class": "all", "unit": "", "source": ""}
    given = table[table["value"].notna()].to_dict("records")
    lines = [[_plain(name, row.get(name, defaults.get(name))) for name in COLUMNS] for row in given]
    about = {"origin": data.origin, "simulated": bool(data.simulated)} if data is not None else {}
    content = {"case": case, "rows": lines, "provenance": provenance, **about}
    try:
        return msgspec.convert(content, Unit)
    except msgspec.ValidationError as error:
        raise ResultOutOfContract(f"results of {sentence(case)}: {error}") from error


def _plain(name, value):
    if value is None or value != value:
        return None
    is_count = name in ("n_patients", "n")  # which a column with a gap holds as floats
    return int(value) if is_count and value == int(value) else value


def read_file(path):
    """Return a results file as a `File`; what is none, or holds what cannot be, is refused."""
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ValueError(f"more than {_LARGEST_FILE:,} bytes")
        content = json.loads(path.read_bytes(), object_pairs_hook=_once)
        file = msgspec.convert(content, File)
        if path.name.count(".") == 2 and path.name != f"{file.chapter}.{file.profile}.json":
            raise ValueError(f"it holds results of {file.chapter} in {file.profile}")
        return file
    except (ValueError, OSError, RecursionError) as error:
        fault = str(error)[:500]
        raise DataCorrupt(f"{path} is no results file ({fault}); make it anew") from error


def _once(pairs):
    """Return a JSON object as a dict, unless it says one thing twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has two values under one name")
    return found


def checked_name(name):
    """Return the name of a chapter or profile, which becomes that of a file, or refuse it."""
    try:
        return msgspec.convert(name, _Name)
    except msgspec.ValidationError as error:
        raise ResultOutOfContract(
            f"{name!r} is no name of a chapter or profile: write it with letters, digits, _, - and "
            f"dots, as 01-signals"
        ) from error


def write(path, content):
    """Write a `File` to ``path``, whole or not at all; `EcgError` if that cannot be."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{uuid4().hex[:8]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=0) + b"\n")
        temporary.replace(path)
    except OSError as error:
        raise EcgError(
            f"{path} cannot be written ({error.strerror or error}); make room, or write elsewhere"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
