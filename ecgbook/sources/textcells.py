"""How a table is written: its cells, what cuts them, and what a comma in a number means."""

import csv
import re
from collections import Counter

from ecgbook.errors import DataCorrupt
from ecgbook.sources.signalnames import millivolts_of

__all__ = ["MISSING", "cells", "comma_is_decimal", "delimiter_of", "kind"]

MISSING = {"", "nan", "na", "n/a", "null", "none", "-", "NaN", "NA", "N/A", "NULL", "None", "NONE"}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*|,\d+)?|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)
_ODD = re.compile(r"[+\-]?[\d.,' ]*\d[\d.,' ]*")  # such as 1.234,5
_TIME = re.compile(r"\[?[\d\-/. T]*\d+:\d+[\d:.,+\-/Z ]*\]?")
_ONE_COMMA = re.compile(r"[+-]?\d+(,\d+)?")
_UNIT_WORDS = ("unit", "einheit", "unité", "unidad", "unità", "unidade")


def cells(line, delimiter):
    """Return the cells of a line, without quotes and the spaces around them."""
    if delimiter == " ":
        return line.split()
    row = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    row = [cell.strip() for cell in row]
    return [cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == "'" else cell for cell in row]


def kind(cell):
    """Return what a cell is: ``number``, ``missing``, ``time``, ``odd`` (as 1.234,5) or ``word``.

    >>> [kind(cell) for cell in ("-1,5", "", "10:11:12.5", "1.234,5", "V1")]
    ['number', 'missing', 'time', 'odd', 'word']
    """
    if cell in MISSING:
        return "missing"
    if _NUMBER.fullmatch(cell):
        return "number"
    if _TIME.fullmatch(cell):
        return "time"
    return "odd" if _ODD.fullmatch(cell) else "word"


def delimiter_of(path, lines):
    """Return what cuts the lines of a table, and into how many cells; one column is cut by a tab.

    It is what cuts nearly all of the last lines into equally many cells, numbers among them.
    """
    sample = [line for line in lines if line.strip()][-200:]
    for delimiter in "\t; ,":  # spaces first: between them commas are those of decimals
        widths = Counter(
            len(row)
            for row in (
                cells(line.strip() if delimiter == " " else line, delimiter) for line in sample
            )
            if "number" in (kinds := {kind(cell) for cell in row}) and "odd" not in kinds
        )
        if not widths:
            continue
        width, n = widths.most_common(1)[0]
        if width > 1 and n >= 0.5 * sum(widths.values()):
            if delimiter == "," and _is_one_column(path, lines, sample):
                break
            return delimiter, width
    return "\t", 1


def _is_one_column(path, lines, sample):
    """Whether commas are those of decimals in the only column: 1,5 may be two numbers.

    The line before the numbers tells: a name or ``Unit,µV`` of one column, or two names.
    """
    numbers = [line.strip() for line in sample if kind(line.strip().split(",")[0]) == "number"]
    if not numbers or not all(_ONE_COMMA.fullmatch(line) for line in numbers):
        return False
    first = next(i for i, line in enumerate(lines) if _ONE_COMMA.fullmatch(line.strip()))
    before = [row for row in (cells(line, ",") for line in lines[:first]) if any(row)]
    title = [cell for cell in before[-1] if cell] if before else []
    if not title:
        raise DataCorrupt(
            f"{path}: {numbers[-1]!r} may be two numbers, or one with a decimal comma; put a line "
            f"with the names of the columns before the numbers"
        )
    is_unit = title[0].lower() in _UNIT_WORDS or millivolts_of(title[-1]) is not None
    return len(title) == 1 or (len(title) == 2 and is_unit and millivolts_of(title[0]) is None)


def comma_is_decimal(path, rows, numeric):
    """Whether numbers have decimal commas; DataCorrupt if they may as well be thousands."""
    found = [row[k] for row in rows for k in numeric if k < len(row) and "," in row[k]]
    found = [cell for cell in found if kind(cell) == "number"]
    if found and all(re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", cell) for cell in found):
        raise DataCorrupt(
            f"{path}: {found[0]!r} may be a thousand or a decimal; export it with decimal points"
        )
    return bool(found)
