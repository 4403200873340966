"""Tables of numbers: ECGs as watches, patches and recorders export them.

Lines of words come first, if any: what the file says of itself, then the names of the columns and
perhaps their units. Then come lines of numbers, one a sample.
"""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ecgbook.errors import DataCorrupt
from ecgbook.recording import Recording
from ecgbook.sources.signalnames import millivolts_of

__all__ = ["Table", "read_table", "read_text"]

_MISSING = {"", "nan", "na", "n/a", "null", "none", "-"}
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)
_TIME = re.compile(r"[\d\-/. T]*\d+:\d+[\d:.,+\-Z ]*")
_TIME_UNITS = {"s", "sec", "ms", "us", "ns", "hh:mm:ss", "hh:mm:ss.mmm", "#", ""}
_PARTS = re.compile(r"[,;\t]|: ")  # of a line in which the file says what it is
_HEAD = 200  # lines among which the numbers begin
_LONGEST = 4096  # characters of a line


@dataclass(frozen=True)
class Table:
    """What stands in a file.

    Parameters
    ----------
    path : Path
    said : list of list of str
        The cells of the lines before the numbers.
    names, units : list of str
        Of the columns, ``""`` where the file has none.
    values : array of float64, shape (sample, column)
        NaN where there is nothing, or a time of day.
    """

    path: Path
    said: list
    names: list
    units: list
    values: np.ndarray


def read_text(path, *, fs=None, unit=None, patient=""):
    """Return the ECG in a table of numbers as a `Recording`.

    The delimiter (tab, semicolon, comma, spaces), decimal commas, and the names of leads are
    recognised; unit and rate are taken from the names of the columns, from a line of units, from
    what the file says of itself (``Sample Rate,512 hertz``) or from a column of time.

    Parameters
    ----------
    path : Path
    fs, unit : float, str, optional
        Where the file does not say them; a file that says otherwise is refused.
    patient : str

    Raises
    ------
    DataCorrupt
        If a line is no line of the table.
    RecordInvalid
        If it is not said at which rate or in which unit, or no column is an ECG.
    """
    from ecgbook.sources.textcolumns import leads_of, rate_of

    table = read_table(path)
    signal, leads = leads_of(table, unit)
    return Recording(signal, rate_of(table, fs), leads, record=path.stem, patient=patient)


def read_table(path):
    """Return the `Table` in a file; DataCorrupt if there is none, with the line at fault."""
    lines = _text_of(path).rstrip().splitlines()
    if not lines or max(map(len, lines[:_HEAD])) > _LONGEST:
        raise DataCorrupt(f"{path} is empty or has lines of more than {_LONGEST} characters")
    last = _last_numbers(lines)
    delimiter = _delimiter(path, lines, last)
    width = len(_cells(last, delimiter))
    head = [_cells(line, delimiter) for line in lines[:_HEAD]]
    begin = next((i for i, row in enumerate(head) if len(row) == width and _is_data(row)), None)
    if begin is None:
        raise DataCorrupt(f"{path} has no line of {width} numbers among its first {_HEAD}")
    names, units = _titles(head[:begin], width)
    values = _numbers(path, lines[begin:], begin, delimiter, width)
    said = [[cell.strip() for cell in _PARTS.split(line)] for line in lines[:begin]]
    return Table(path, said, names, units, values)


def _text_of(path):
    raw = path.read_bytes()
    marked = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "latin-1"]:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataCorrupt(f"{path} is no text; export it again")


def _last_numbers(lines):
    """Return the last line of numbers, or the last one where there is none."""
    ways = (",", ";", "\t", " ")
    found = (x for x in reversed(lines[-_HEAD:]) if any(_is_data(_cells(x, d)) for d in ways))
    return next(found, lines[-1])


def _delimiter(path, lines, last):
    """Return what cuts the last line of numbers into them; of one column a tab."""
    if any(_is_data(_cells(last, d)) and d in last for d in "\t;"):
        return "\t" if "\t" in last else ";"
    if "," not in last or not _is_data(_cells(last, ",")):
        return " " if " " in last.strip() else "\t"
    if '"' in last or len(_cells(last, ",")) != 2:
        return ","
    # Two numbers, or one with a decimal comma: the line of words before them tells.
    before = [row for row in (_cells(line, ",") for line in lines[:_HEAD]) if row]
    before = [row for row in before if not _is_data(row)]
    if before:
        return "," if len(before[-1]) == 2 else "\t"
    if all(re.fullmatch(r"-?\d+,\d+", line.strip()) for line in lines[:_HEAD]):
        raise DataCorrupt(
            f"{path}: {last!r} may be two numbers, or one with a decimal comma; put a line with "
            f"the names of the columns before the numbers"
        )
    return ","


def _cells(line, delimiter):
    if delimiter == " ":
        return line.split()
    row = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    return [cell.strip().strip("'") for cell in row]


def _kind(cell):
    if cell.lower() in _MISSING:
        return "missing"
    if _NUMBER.fullmatch(cell):
        return "number"
    return "time" if _TIME.fullmatch(cell) else "word"


def _is_data(row):
    kinds = {_kind(cell) for cell in row}
    return "number" in kinds and "word" not in kinds


def _titles(said, width):
    """Return names and units of the columns: the last lines as wide as the table, of words only."""
    rows = [row for row in said if row and any(row)]
    rows = [row if len(row) == width else None for row in rows[-2:]]
    rows = [row for row in rows if row and not any(_kind(cell) == "number" for cell in row)]
    empty = [""] * width
    if rows and _are_units(rows[-1]):
        return (rows[0] if len(rows) == 2 else empty), rows[-1]
    return (rows[-1] if rows else empty), empty


def _are_units(row):
    voltages = [cell for cell in row if millivolts_of(cell) is not None]
    others = {cell.lower() for cell in row if millivolts_of(cell) is None}
    return bool(voltages) and others <= _TIME_UNITS


def _numbers(path, lines, begin, delimiter, width):
    """Return the numbers as float64 (sample, column), or say in which line there are none."""
    comma = any(
        "," in cell
        for line in lines[:_HEAD]
        for cell in _cells(line, delimiter)
        if _NUMBER.match(cell)
    )
    how = {"sep": r"\s+" if delimiter == " " else delimiter, "decimal": "," if comma else "."}
    how |= {"header": None, "na_values": sorted(_MISSING), "skip_blank_lines": False}
    text = io.StringIO("\n".join(lines))
    try:
        table = pd.read_csv(text, names=range(width), index_col=False, skipinitialspace=True, **how)
    except (ValueError, pd.errors.ParserError) as error:
        raise DataCorrupt(f"{path} is no table: {error}; export it again") from error
    return np.column_stack([_column(path, table[k], begin) for k in range(width)])


def _column(path, column, begin):
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(np.float64)
    text = column.fillna("").astype(str)
    wrong = np.flatnonzero([_kind(cell) == "word" for cell in text])
    if len(wrong):
        raise DataCorrupt(
            f"{path}, line {begin + wrong[0] + 1}: {text.iloc[wrong[0]]!r} is no number; export "
            f"the file again, or take the line out"
        )
    return pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
