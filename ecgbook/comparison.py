"""Results as readers see them: numbers with their intervals, and tables that compare runs."""

import html
import re
from dataclasses import dataclass, replace
from math import isnan

from ecgbook.labels import label, sentence

__all__ = ["Number", "Shown", "compare", "same_digits", "shown_table", "table"]


_LEADING_ZERO = re.compile(r"^([−-]?)0\.")


@dataclass(frozen=True, repr=False)
class Number:
    """A value with its 95 % interval; it prints as ``0.89 (.83–.94)``.

    ``n`` is what it rests on; with the unit ``"%"`` a share of 1 is printed in per cent. Two
    ``digits`` follow the point, or three where two would make zero of what is not, or one of both
    ends of the interval.

    Examples
    --------
    >>> Number(0.8912, 0.8301, 0.9449)
    0.89 (.83–.94)
    >>> Number(0.9976, 0.9963, 0.9987, unit="%")
    99.76 % (99.63–99.87)
    >>> Number(2.5, unit="ms")
    2.50 ms
    >>> Number(0.014, 0.004, 0.024)
    0.014 (.004–.024)
    """

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unit: str = ""
    digits: int | None = None

    def __post_init__(self):
        if self.digits is None:
            object.__setattr__(self, "digits", self._needed())

    def __float__(self):
        return float(self.value)

    def __format__(self, spec):
        return format(float(self), spec) if spec else str(self)

    def __repr__(self):
        unit = f" {self.unit}" if self.unit else ""
        ends = "" if _absent(self.low) or _absent(self.high) else f" ({self.interval})"
        return f"{self._digits(self.value)}{unit}{ends}"

    @property
    def interval(self):
        """Both ends, such as ``.83–.94``; with ``to`` between them where one is negative."""
        ends = [self._digits(end) for end in (self.low, self.high)]
        ends = ends if self.unit else [_LEADING_ZERO.sub(r"\1.", end) for end in ends]
        return (" to " if min(self.low, self.high) < 0 else "–").join(ends)

    def _digits(self, value):
        value = 100 * value if self.unit == "%" else value
        whole = abs(value) >= 1000
        return f"{value:,.0f}" if whole else f"{value:.{self.digits}f}".replace("-", "−")

    def _needed(self):
        scale = 100 if self.unit == "%" else 1
        ends = [scale * end for end in (self.low, self.high) if not _absent(end)]
        vanish = any(0 < abs(x) < 0.005 for x in (scale * self.value, *ends))
        merge = len(ends) == 2 and ends[0] != ends[1] and f"{ends[0]:.2f}" == f"{ends[1]:.2f}"
        return 3 if vanish or merge else 2


def same_digits(numbers):
    """Return numbers of a column with the same count of digits; None stays None.

    >>> same_digits([Number(0.5), None, Number(0.014, 0.004, 0.024)])
    [0.500, None, 0.014 (.004–.024)]
    """
    digits = max((number.digits for number in numbers if number), default=2)
    return [number and replace(number, digits=digits) for number in numbers]


@dataclass(frozen=True)
class Shown:
    """Text for a terminal, and the same as a page shows it."""

    plain: str
    rich: str
    mime: str

    def __repr__(self):
        return self.plain

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": self.plain, self.mime: self.rich}


def compare(own, stored, case_fields, more=None):
    """Return rows of this run and of the reference run side by side, with what others published.

    ``case_fields`` names the columns that tell cases apart; ``more`` has what else a column is to
    say, a function of the row, by its header.
    """
    sides = [_numbered(own, case_fields), _numbered(stored, case_fields)]
    published = {key: row for side in sides for key, row in side.items() if _published(row)}
    header = ["Score", "Case", "Your run", "Reference run"] + ["Published"] * bool(published)
    header += more or {}
    cells, rows = _cells(sides), []
    for key in dict.fromkeys([*sides[0], *sides[1]]):
        row = sides[0].get(key, sides[1].get(key))
        about = [_score_of(row), sentence(_case_of(row, case_fields))]
        last = [_published(published.get(key, row)) or "–"] * bool(published)
        last += [say(row) for say in (more or {}).values()]
        rows.append([*about, *(side.get(key, "–") for side in cells), *last])
    return shown_table(header, rows, numbers=("Your run", "Reference run"))


def shown_table(header, rows, numbers=()):
    """Return rows of text as a table; the columns called ``numbers`` do not break their lines."""
    return Shown(table(header, rows), _html_table(header, rows, numbers), "text/html")


def table(header, rows):
    """Return rows of text as a table for the terminal, columns aligned."""
    widths = [max(len(str(cell)) for cell in column) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(f"{cell!s:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _numbered(rows, case_fields):
    """Return the rows as dicts, under the key of their score, class and case."""
    rows = rows.to_dict("records")
    return {(r["score"], r["class"], sentence(_case_of(r, case_fields))): r for r in rows}


def _case_of(row, case_fields):
    return {name: row[name] for name in case_fields if not _absent(row.get(name))}


def _score_of(row):
    whole = row["class"] in ("all", "macro", "")
    return label(row["score"]) if whole else f"{label(row['score'])}, {row['class']}"


def _cells(sides):
    """Return each side as texts by key; numbers of one unit have the same digits throughout."""
    places = [(side, key, row) for side, rows in enumerate(sides) for key, row in rows.items()]
    cells = [{}, {}]
    for unit in dict.fromkeys(row["unit"] for *_, row in places):
        own = [place for place in places if place[2]["unit"] == unit]
        numbers = [
            Number(*(row[x] for x in ("value", "low", "high", "n", "unit"))) for *_, row in own
        ]
        for (side, key, row), number in zip(own, same_digits(numbers), strict=True):
            cells[side][key] = f"{number}{' – simulated' if row['simulated'] else ''}"
    return cells


def _published(row):
    if _absent(row.get("published")):
        return ""
    number = Number(row["published"], unit=row["unit"])
    return f"{number} ({row['source']})" if row["source"] else str(number)


def _absent(value):
    return value is None or value == "" or (isinstance(value, float) and isnan(value))


def _html_table(header, rows, numbers):
    head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in header)
    kinds = [' class="number"' if name in numbers else "" for name in header]
    body = "".join(f"<tr>{''.join(map(_html_cell, kinds, row))}</tr>" for row in rows)
    rows = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<table class="dataframe ecgbook-results">{rows}</table>'


def _html_cell(kind, text):
    return f"<td{kind}>{html.escape(text)}</td>"
