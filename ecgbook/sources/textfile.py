"""Tables of numbers: ECGs as watches, patches and recorders export them.

Lines of words come first, if any: what the file says of itself, then the names of the columns and
perhaps their units. Then come lines of numbers, one a sample, and nothing else. What can be read
in two ways is refused.
"""

import io
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ecgbook.errors import DataCorrupt
from ecgbook.recording import Recording
from ecgbook.sources.signalnames import millivolts_of
from ecgbook.sources.textcells import MISSING, cells, comma_is_decimal, delimiter_of, kind
from ecgbook.sources.textcolumns import leads_of
from ecgbook.sources.textrate import rate_of

__all__ = ["Table", "read_table", "read_text"]

_HEAD = 2000  # lines that tell how the table is written
_LONGEST = 4096  # characters of a line
_SAYS = re.compile(r"[,;\t]|: ")  # in a line such as Unit,mV, which names no column
_FINE = ("number", "missing")  # in a column of numbers


class _Layout(NamedTuple):
    """How a table stands in its file: where the numbers begin, and in which columns."""

    path: Path
    delimiter: str
    width: int
    begin: int
    numeric: list


@dataclass(frozen=True)
class Table:
    """What stands in a file.

    Parameters
    ----------
    path : Path
    said : list of str
        The lines before the names of the columns.
    names, units : list of str
        Of the columns, ``""`` where the file has none.
    values : array of float64, shape (sample, column)
        NaN where there is nothing, and in columns of words and of times of day.
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
        If a line is no line of the table, or the table can be read in two ways.
    RecordInvalid
        If it is not said at which rate or in which unit, or no column is an ECG.
    """
    table = read_table(path)
    signal, leads = leads_of(table, unit)
    return Recording(signal, rate_of(table, fs), leads, record=path.stem, patient=patient)


def read_table(path):
    """Return the `Table` in a file; DataCorrupt if there is none, with the line at fault."""
    text = _text_of(path)
    head = list(islice(io.StringIO(text), _HEAD))
    if not text or max(map(len, head)) > _LONGEST:
        raise DataCorrupt(
            f"{path} is empty or has lines of more than {_LONGEST} characters: one sample stands "
            f"in a line; rows of whole beats are examples, which numpy reads"
        )
    head = [line.rstrip("\n") for line in head]
    delimiter, width = delimiter_of(path, head)
    rows = [cells(line, delimiter) for line in head]
    begin, numeric = _first_numbers(path, rows, width)
    names, units, n_titles = _titles(rows[:begin], width, numeric)
    layout = _Layout(path, delimiter, width, begin, numeric)
    values = _values(text, layout, comma_is_decimal(path, rows[begin:], numeric))
    return Table(path, head[: begin - n_titles], names, units, values)


def _text_of(path):
    raw = path.read_bytes()
    marked = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "latin-1"]:
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise DataCorrupt(f"{path} is no text; export it again")
    for wrong, right in (("\r\r\n", "\n"), ("\r\n", "\n"), ("\r", "\n"), ("\u2212", "-")):
        text = text.replace(wrong, right)
    return text.replace("\xa0", " ").rstrip()


def _first_numbers(path, rows, width):
    """Return where the numbers begin, and which columns hold them.

    From the last line upwards all are lines of numbers until one is not. That one must be of words,
    and none above it a line of numbers: the first samples must not be lost.
    """
    found = [i for i, row in enumerate(rows) if len(row) == width and "number" in map(kind, row)]
    if not found:
        raise DataCorrupt(f"{path} has no line of numbers among its first {len(rows):,}")
    numeric = [
        k for k in range(width) if 2 * sum(kind(rows[i][k]) in _FINE for i in found) >= len(found)
    ]
    begin = max((i for i in found if _is_data(rows[i], width, numeric)), default=found[-1])
    while begin and _is_data(rows[begin - 1], width, numeric):
        begin -= 1
    _refuse_lost(path, rows[:begin], width, numeric)
    return begin, numeric


def _refuse_lost(path, rows, width, numeric):
    """Raise DataCorrupt if a line before the numbers is one of them that is written wrongly."""
    last = next((i for i in reversed(range(len(rows))) if any(rows[i])), None)
    if last is None:
        return
    kinds = {kind(cell) for cell in rows[last]}
    if width == 1:
        is_wrong = kinds == {"odd"}
    else:
        is_wrong = len(rows[last]) >= width and kinds & {"number", "odd"}
    if is_wrong or any(_is_data(row, width, numeric) for row in rows):
        raise DataCorrupt(
            f"{path}, line {last + 1}: {', '.join(rows[last])!r} is neither names nor numbers; "
            f"export the file again, or take the line out"
        )


def _is_data(row, width, numeric):
    if len(row) != width:
        return False
    kinds = {kind(row[k]) for k in numeric}
    return "number" in kinds and kinds <= {*_FINE}


def _titles(rows, width, numeric):
    """Return names and units of the columns, and in how many lines before the numbers they stand.

    They are the last lines with as many cells as the table.
    """
    last = [i for i, row in enumerate(rows) if any(row)][-2:]
    found = []
    for i in reversed(last):
        row, more = rows[i][:width], rows[i][width:]
        if len(row) != width or any(more) or "number" in {kind(row[k]) for k in numeric}:
            break
        if width == 1 and _SAYS.search(row[0]):
            break
        found.insert(0, row)
        if not _are_units(row, numeric):
            break
    n = len(rows) - last[-len(found)] if found else 0
    nothing = [""] * width
    if found and _are_units(found[-1], numeric):
        return (found[0] if len(found) == 2 else nothing), found[-1], n
    return (found[-1] if found else nothing), nothing, n


def _are_units(row, numeric):
    units = [row[k] for k in numeric if row[k]]
    times = {"s", "sec", "seconds", "ms", "us", "ns", "#", "hh:mm:ss", "hh:mm:ss.mmm"}
    voltages = [unit for unit in units if millivolts_of(unit.strip("()[]")) is not None]
    return bool(voltages) and all(u in voltages or u.lower() in times for u in units)


def _values(text, layout, comma):
    """Return the numbers as float64 (sample, column), or say in which line there are none."""
    path, delimiter, width, begin, numeric = layout
    if delimiter != ",":  # further down there may be a comma
        comma = comma or text.count(",") > _in_head(text, begin, ",")
    how = {"sep": r"\s+" if delimiter == " " else delimiter, "decimal": "," if comma else "."}
    how |= {"na_values": sorted(MISSING), "skip_blank_lines": False, "skipinitialspace": True}
    how |= {"usecols": numeric, "names": range(width), "index_col": False, "skiprows": begin}
    try:
        table = pd.read_csv(io.StringIO(text), header=None, dtype=np.float64, **how)
    except (ValueError, pd.errors.ParserError):
        _refuse_line(text, layout)
        raise DataCorrupt(f"{path} is no table of numbers; export it again") from None
    if table.iloc[:, -1].isna().any() or _is_ragged(text, layout, len(table)):
        _refuse_line(text, layout)
    values = np.full((len(table), width), np.nan)
    values[:, numeric] = table.to_numpy()
    return values


def _in_head(text, begin, mark):
    return sum(line.count(mark) for line in islice(io.StringIO(text), begin))


def _is_ragged(text, layout, n):
    """Whether there are more or fewer delimiters than a table of ``n`` rows has."""
    mark = layout.delimiter
    if mark == " " or '"' in text:
        return False
    return text.count(mark) - _in_head(text, layout.begin, mark) != n * (layout.width - 1)


def _refuse_line(text, layout):
    """Raise DataCorrupt with the first line that is no line of the table, if there is one."""
    path, delimiter, width, begin, numeric = layout
    for i, line in enumerate(islice(io.StringIO(text), begin, None), begin + 1):
        row = cells(line.rstrip("\n"), delimiter) if len(line) <= _LONGEST else ["a long text"]
        wrong = [row[k] for k in numeric if k < len(row) and kind(row[k]) not in _FINE]
        fault = f"{wrong[0]!r} is no number" if wrong else f"{len(row)} cells instead of {width}"
        if wrong or (len(row) != width and any(row)):
            raise DataCorrupt(
                f"{path}, line {i}: {fault}; export the file again, or take the line out"
            )
