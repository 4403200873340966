"""The results of a chapter at a glance: published, leaky, honest and baseline on one axis."""

import tomllib
from importlib.resources import files

import pandas as pd

from ecgbook.comparison import Number
from ecgbook.errors import BookInvalid
from ecgbook.labels import label, sentence
from ecgbook.plotting import COLOURS, BookFigure, style

__all__ = ["KINDS", "draw", "lines_of", "plan_of", "published_table"]

# Narrow, so that its type can still be read on a telephone.
_WIDTH_IN = 4.6
# Of each kind: its words, its colour and its sign, so that colour is not needed to tell them apart.
KINDS = {
    "published": ("published by others", COLOURS["grey"], "D"),
    "leaky": ("leaky protocol", COLOURS["vermilion"], "s"),
    "honest": ("honest protocol", COLOURS["blue"], "o"),
    "baseline": ("baseline, not deep", COLOURS["green"], "^"),
}


def plan_of(chapter):
    """Return what `overview.toml` shows of a chapter, by its name; None where it shows nothing."""
    text = files("ecgbook.publish").joinpath("overview.toml").read_text(encoding="utf-8")
    return tomllib.loads(text).get(chapter)


def lines_of(plan, stored):
    """Return the lines of an overview as a DataFrame.

    Its columns are ``kind``, ``name``, ``value``, ``low``, ``high`` and ``unit``. ``plan`` is that
    of `plan_of`, ``stored`` the reference as `ecgbook.results.Results`. Raises `BookInvalid` if
    several rows fit one line.
    """
    unit = plan.get("unit", "")
    found = [
        {"kind": "published", "unit": unit, "name": one["name"], "value": one["value"]}
        for one in plan.get("published", ())
    ]
    common = {"score": plan["score"], "class": plan["class"], **plan.get("where", {})}
    for line in plan["lines"]:
        own = {name: value for name, value in line.items() if name not in ("kind", "name")}
        rows = _fitting(stored.table, common | own)
        if len(rows) > 1:
            raise BookInvalid(f"overview.toml: {len(rows)} rows fit {sentence(own)}")
        for row in rows:
            numbers = {name: row[name] for name in ("value", "low", "high", "unit")}
            words = line.get("name", sentence(own))
            found.append({"kind": line["kind"], "name": words, **numbers})
    table = pd.DataFrame(found, columns=["kind", "name", "value", "low", "high", "unit"])
    return table.sort_values("kind", key=lambda kinds: kinds.map([*KINDS].index), kind="stable")


@style()
def draw(lines, title):
    """Return a `BookFigure` of the lines: under each name its value with the interval."""
    size_in, alt = (_WIDTH_IN, 1.3 + 0.42 * len(lines)), describe(lines, title)
    figure = BookFigure(*size_in, alt=alt, layout="constrained")
    ax = figure.subplots()
    lines = lines.reset_index(drop=True).astype({"low": float, "high": float})
    for kind, (words, colour, sign) in KINDS.items():
        own = lines[lines["kind"] == kind]
        scale = own["unit"].map({"%": 100}).fillna(1)
        if len(own):
            ax.hlines(own.index, scale * own["low"], scale * own["high"], color=colour, linewidth=2)
            ax.plot(scale * own["value"], own.index, sign, color=colour, label=words)
    beside = {"transform": ax.get_yaxis_transform(), "va": "bottom", "fontsize": 9}
    for place, line in lines.iterrows():
        ax.text(0.005, place - 0.22, line["name"], **beside)
        ax.text(1, place - 0.22, str(_number(line)), ha="right", **beside)
    ax.set(xlabel=title, ylim=(len(lines) - 0.5, -0.9), yticks=[])
    ax.spines["left"].set_visible(False)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def describe(lines, title):
    """Return an alt text: every line with its kind and its value."""
    said = ((line["name"], KINDS[line["kind"]][0], _number(line)) for _, line in lines.iterrows())
    parts = (f"{name} ({kind}) {number}" for name, kind, number in said)
    return f"{title}, as points with 95 % intervals: {'; '.join(parts)}."


def published_table(plan):
    """Return what others report as a Markdown table, empty where nothing is known."""
    if not plan.get("published"):
        return ""
    header = ("What others report", label(plan["score"]), "By", "Read in", "Keep in mind")
    rows = [header, ["---"] * len(header)]
    for one in plan["published"]:
        number = Number(one["value"], unit=plan.get("unit", ""), digits=plan.get("digits", 3))
        rows.append([one["name"], str(number), one["by"], one["read"], one["note"]])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _number(line):
    return Number(*(line[name] for name in ("value", "low", "high")), unit=line["unit"])


def _fitting(table, fields):
    """Return the rows that have these fields, and are no difference and leave nobody out."""
    fits = pd.Series(True, table.index)
    for name, value in fields.items():
        fits &= table[name] == value if name in table else False
    for name in ("minus", "without", "vetted", "flaw"):
        if name in table and name not in fields:
            fits &= table[name].isna()
    return table[fits].to_dict("records")
