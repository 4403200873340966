"""Results as readers see them: numbers with their units, and tables that compare runs."""

import html
from dataclasses import dataclass

from ecgbook.errors import ResultOutOfContract

__all__ = ["Named", "Shown", "compare", "number", "suffix", "table"]


class Named(dict):
    """Metrics by name; asked for one that is not there, it says what there is."""

    def __init__(self, metrics, owner):
        super().__init__(metrics)
        self.owner = owner

    def __missing__(self, name):
        raise ResultOutOfContract(
            f"{self.owner} has no metric {name!r}; it has {', '.join(self) or 'none'}"
        )


@dataclass(frozen=True)
class Shown:
    """Text for a page; its metadata name the metrics that it shows, so that they can be checked."""

    plain: str
    rich: str
    names: list
    mime: str

    def __repr__(self):
        return self.plain

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"text/plain": self.plain, self.mime: self.rich}
        return data, {"ecgbook": {"metrics": self.names}}


def compare(run, stored, names=()):
    """Return the table of `Run.compare` for two dicts of metrics."""
    names = list(names or run)
    unknown = [name for name in names if name not in run and name not in stored]
    if unknown:
        raise ResultOutOfContract(
            f"no results for {', '.join(unknown)}; there are {', '.join({**stored, **run})}"
        )
    rows = [_row(name, run.get(name), stored.get(name)) for name in names]
    header = ("Metric", "Protocol", "Your run", "Reference run", "Published (source)")
    return Shown(table(header, rows), _html_table(header, rows), names, "text/html")


def table(header, rows):
    """Return rows of text as a table for the terminal, columns aligned."""
    widths = [max(len(str(cell)) for cell in column) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(f"{cell!s:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _row(name, own, stored):
    known = own or stored
    published = "–"
    if known.published is not None:
        value = number(known.published, known.unit) + suffix(known.unit)
        published = f"{value} ({known.source})" if known.source else value
    mark = " – simulated" if own and own.simulated else ""
    return (
        known.label or name.replace("_", " "),
        ", ".join(part for part in (known.protocol, known.split) if part) or "–",
        own.summary() + mark if own else "–",
        stored.summary() if stored else "–",
        published,
    )


def _html_table(header, rows):
    head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    rows = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<table class="dataframe ecgbook-results">{rows}</table>'


def number(value, unit):
    """Return a value as text; a share of 1 with the unit ``%`` is printed in per cent."""
    if unit == "%":
        return f"{100 * value:.2f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def suffix(unit):
    """Return a unit as it follows a number, with the space between them."""
    return f" {unit}" if unit else ""
