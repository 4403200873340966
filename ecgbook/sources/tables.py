"""Tables of labels, held to one schema each before anything is read from them.

A table of a mirror that is not the official one has the digest that its own index gives it, which
says nothing on what stands in it.
"""

import csv
import re
from functools import lru_cache
from typing import Annotated, Literal

import msgspec

from ecgbook.errors import DataCorrupt

__all__ = ["check_tables"]

_LARGEST_BYTES = 100_000_000
_CODE = r"[^'\\\s]{1,20}"
_ENTRY = rf"'{_CODE}': (?:0|[1-9]\d{{0,2}})(?:\.\d{{1,9}})?"
_STATEMENTS = re.compile(rf"\{{(?:{_ENTRY}(?:, {_ENTRY}){{0,99}})?\}}")
_STATEMENT = re.compile(r"'([^']+)': ([\d.]+)")

_Number = Annotated[int, msgspec.Meta(ge=0, lt=10**9)]
_Text = Annotated[str, msgspec.Meta(max_length=10_000)]
_Flag = Literal["", "1", "1.0"]


class _PtbXl(msgspec.Struct):
    """A recording of ``ptbxl_database.csv``."""

    ecg_id: _Number
    patient_id: Annotated[str, msgspec.Meta(pattern=r"^\d{1,9}(\.0)?\Z")]
    age: Annotated[str, msgspec.Meta(pattern=r"^((1?\d{1,2}|300)(\.0)?)?\Z")]
    sex: Literal["0", "1"]
    scp_codes: Annotated[str, msgspec.Meta(max_length=5000)]
    strat_fold: Annotated[int, msgspec.Meta(ge=1, le=10)]
    filename_lr: _Text
    filename_hr: _Text
    heart_axis: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{0,9}\Z")] = ""

    def __post_init__(self):
        if not _STATEMENTS.fullmatch(self.scp_codes):
            raise ValueError(f"scp_codes is no dict of statements: {self.scp_codes[:60]}")
        said = self.statements()
        if len({name for name, _ in said}) < len(said) or any(float(x) > 100 for _, x in said):
            raise ValueError(f"scp_codes has one twice, or above 100 %: {self.scp_codes[:60]}")
        for path, end in ((self.filename_lr, "lr"), (self.filename_hr, "hr")):
            if path.rpartition("/")[2] != f"{self.ecg_id:05d}_{end}":
                raise ValueError(f"recording {self.ecg_id} has the file {path[:60]}")

    def statements(self):
        return _STATEMENT.findall(self.scp_codes)


class _Statement(msgspec.Struct):
    """A statement of ``scp_statements.csv``, whose first column has no name."""

    name: Annotated[str, msgspec.Meta(pattern=rf"^{_CODE}\Z")]
    description: _Text
    diagnostic: _Flag
    form: _Flag
    rhythm: _Flag
    diagnostic_class: Literal["", "NORM", "MI", "STTC", "CD", "HYP"]

    def __post_init__(self):
        if bool(self.diagnostic) != bool(self.diagnostic_class):
            raise ValueError(f"{self.name} has a class and is not diagnostic, or has none and is")


class _Rhythm(msgspec.Struct):
    """A recording of ``REFERENCE-v3.csv``, which has no line of names."""

    name: Annotated[str, msgspec.Meta(pattern=r"^A\d{5}\Z")]
    label: Literal["N", "A", "O", "~"]


_LUDB = {
    "name": "ID",
    "axis": "Electric axis of the heart",
    "conduction": "Conduction abnormalities",
    "pacing": "Cardiac pacing",
    "repolarisation": "Non-specific repolarization abnormalities",
    "other": "Other states",
}


class _Ludb(msgspec.Struct, rename=_LUDB):
    """A recording of ``ludb.csv``; the cells end in a line break."""

    name: _Number
    Sex: Annotated[str, msgspec.Meta(pattern=r"^\s*[MF]\s*\Z")]
    Age: Annotated[str, msgspec.Meta(pattern=r"^\s*(>?1?\d{1,2})?\s*\Z")]
    Rhythms: Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]
    axis: Annotated[str, msgspec.Meta(pattern=r"^\s*(Electric axis of the heart: [\w -]+\s*)?\Z")]
    conduction: _Text
    Extrasystolies: _Text
    Hypertrophies: _Text
    pacing: _Text
    Ischemia: _Text
    repolarisation: _Text
    other: _Text


# Of each table, the schema of a row, the column that no two rows have in common, and its names
# where they do not stand in the first line.
_TABLES = {
    "ptbxl_database.csv": (_PtbXl, "ecg_id", None),
    "scp_statements.csv": (_Statement, "name", None),
    "REFERENCE-v3.csv": (_Rhythm, "name", ("name", "label")),
    "ludb.csv": (_Ludb, "name", None),
}


def check_tables(paths):
    """Raise `DataCorrupt` unless what stands in these tables of one database can be true.

    Each is looked at once as long as it does not change; files of other names are passed over.
    """
    known = [path for path in paths if path.name in _TABLES]
    _check(tuple((path, *_state(path)) for path in known))


def _state(path):
    facts = path.stat()
    return facts.st_mtime_ns, facts.st_size


@lru_cache(maxsize=32)
def _check(states):
    rows = {path.name: _rows(path, size) for path, _, size in states}
    here = {path.name: path for path, *_ in states}
    if (name := "ptbxl_database.csv") in rows:
        _check_folds(here[name], rows[name])
        if "scp_statements.csv" in rows:
            _check_statements(here[name], rows[name], rows["scp_statements.csv"])


def _rows(path, n_bytes):
    """Return the rows of a table by their schema."""
    schema, key, names = _TABLES[path.name]
    if n_bytes > _LARGEST_BYTES:
        raise _corrupt(path, f"it has more than {_LARGEST_BYTES:,} bytes")
    found, line = {}, 0
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file, strict=True)
            names = names or [name or "name" for name in next(lines, ())]
            if len(set(names)) < len(names):
                raise ValueError("two columns have one name")
            for cells in lines:
                line = lines.line_num
                if not cells:
                    continue
                row = msgspec.convert(_by_name(names, cells), schema, strict=False)
                if getattr(row, key) in found:
                    raise ValueError(f"{getattr(row, key)} is described twice")
                found[getattr(row, key)] = row
    except (ValueError, OSError, csv.Error) as error:  # of msgspec and of UTF-8, too
        raise _corrupt(path, f"line {line or 1}: {error}") from error
    if not found:
        raise _corrupt(path, "it has no rows")
    return list(found.values())


def _by_name(names, cells):
    if len(cells) != len(names):
        raise ValueError(f"{len(names)} cells are expected, there are {len(cells)}")
    if odd := next((cell for cell in cells if not re.sub(r"\s", "", cell).isprintable()), ""):
        raise ValueError(f"a cell has signs that are no text: {odd[:60]!r}")
    return dict(zip(names, cells, strict=True))


def _check_folds(path, rows):
    fold_of = {}
    for row in rows:
        patient = row.patient_id.removesuffix(".0")
        if fold_of.setdefault(patient, row.strat_fold) != row.strat_fold:
            raise _corrupt(path, f"patient {patient} is in two folds")


def _check_statements(path, rows, statements):
    known = {statement.name for statement in statements}
    for row in rows:
        if unknown := {name for name, _ in row.statements()} - known:
            raise _corrupt(path, f"recording {row.ecg_id}: no statement {unknown.pop()} is known")


def _corrupt(path, fault):
    fault = str(fault)[:500]
    return DataCorrupt(f"{path} is no table of labels as it should be ({fault}); fetch it again")
