"""The page of results: an overview of each chapter, and all of its numbers in folded tables."""

import csv
import html
from datetime import date

import pandas as pd

from ecgbook import results
from ecgbook.comparison import Number, same_digits, shown_table
from ecgbook.labels import label, sentence
from ecgbook.plotting.figure import png
from ecgbook.publish import overview
from ecgbook.resultfile import COLUMNS

__all__ = ["looks", "write_results"]

_TOP = """\
# Results

Every number that the chapters print, with its 95 % interval.
The *reference run* was made on real ECGs and is stored with the book; *your run* is the one from
which these pages were made.
{ref}`How to read a result table <reading-results>` explains the columns.

In the figures a circle is a method judged on patients of whom nothing was learnt, a square one
under a protocol that leaks, a triangle a method that is not deep, and a diamond what others report.
"""


def write_results(book, site):
    """Write the page of results and its figures into the folder ``site``."""
    (site / "_generated").mkdir(exist_ok=True)
    parts = [_TOP]
    for chapter in book.chapters:
        own, stored = _newest(book, chapter), results.reference(chapter.name)
        if len(own) or len(stored):
            parts += [f"\n## {chapter.title}\n", *_chapter(book, chapter, own, stored, site)]
    (site / "results.md").write_text("\n".join(parts), encoding="utf-8")


def looks(book, chapter):
    """Return when the test part of a chapter was looked at, and why: a list of rows."""
    path = book.root / "results" / "looks.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["chapter"] == chapter]


def _chapter(book, chapter, own, stored, site):
    yield from _overview(chapter, stored, site)
    for name, part in (("Your run", own), ("Reference run", stored)):
        if origins := sorted({origin for origin in part.table["origin"] if origin}):
            yield f"{name}: {'; '.join(origins)}.\n"
    yield from _seen(looks(book, chapter.name))
    yield from _tables(own, stored)


def _overview(chapter, stored, site):
    """Draw the overview of a chapter and yield its figure, and what others report."""
    plan = overview.plan_of(chapter.name)
    lines = overview.lines_of(plan, stored) if plan and len(stored) else ()
    if len(lines):
        figure = overview.draw(lines, plan["title"])
        file = f"_generated/{chapter.name}.png"
        (site / file).write_bytes(png(figure))
        options = {"alt": figure.alt, "name": f"fig-results-{chapter.name}", "width": "560px"}
        yield f"```{{figure}} {file}"
        yield from (f":{name}: {value}" for name, value in options.items())
        yield f"\n{plan['title']}: points with 95 % intervals over patients.\n```\n"
        yield overview.published_table(plan)


def _seen(rows):
    if rows:
        times = "once" if len(rows) == 1 else f"{len(rows)} times"
        yield f"The test part was looked at {times} while the chapter was made:\n"
    for row in rows:
        when = date.fromisoformat(row["date"])
        yield f"- {when.day} {when:%B %Y}, {row['cases']} cases: {row['why']}."
    yield ""


def _tables(own, stored):
    """Yield folded tables: one a score, then differences, then what one patient does."""
    (plain, paired, _), (*stored_rows, without) = map(_split, (own.table, stored.table))
    fields = [*dict.fromkeys([*own.case_fields, *stored.case_fields])]
    kinds = {"": (plain, stored_rows[0]), ", paired differences": (paired, stored_rows[1])}
    for score in dict.fromkeys([*own.table["score"], *stored.table["score"]]):
        for words, rows in kinds.items():
            some = [part[part["score"] == score] for part in rows]
            if sum(map(len, some)):
                shown = results.compare(*some, fields, {"Measured on": _measured_on})
                yield _fold(label(score) + words, shown)
        everyone, alone = (part[part["score"] == score] for part in (stored_rows[0], without))
        everyone = everyone[everyone["class"].isin(alone["class"])]
        if len(alone):
            yield _fold(f"{label(score)}, one patient left out", influence(everyone, alone))


def influence(everyone, without):
    """Return a table of a score with all patients, and without each of those who move it most.

    ``everyone`` and ``without`` are rows of one score; the second has the field ``without``.
    """
    left = without.assign(case=_cases(without)).pivot(
        index="case", columns="without", values="value"
    )
    whole = dict(zip(_cases(everyone), everyone["value"], strict=True))
    rows = []
    for case, values in left.iterrows():
        numbers = [whole.get(case), *values]
        numbers = [None if pd.isna(value) else Number(value) for value in numbers]
        rows.append([case, *(str(number or "–") for number in same_digits(numbers))])
    header = ["Case", "all patients", *(f"without {name}" for name in left)]
    return shown_table(header, rows, numbers=header[1:])


def _cases(rows):
    """Return the class and the fields of each row in words, without those who are left out."""
    fields = [name for name in rows if name not in (*COLUMNS, "origin", "simulated", "without")]
    known = ({k: row[k] for k in fields if not pd.isna(row[k])} for _, row in rows.iterrows())
    return [sentence(case) for case in known]


def _measured_on(row):
    """Return on how many patients and examples a row rests, in words."""
    parts = {"n_patients": "{:,.0f} patients", "n": "n = {:,.0f}"}
    return ", ".join(p.format(row[k]) for k, p in parts.items() if not pd.isna(row.get(k)))


def _split(table):
    """Return rows with a score, with a difference and without one patient, apart."""
    blank = pd.Series(True, table.index)
    minus = table["minus"].isna() if "minus" in table else blank
    without = table["without"].isna() if "without" in table else blank
    return table[minus & without], table[~minus], table[~without]


def _fold(title, shown):
    count = shown.plain.count("\n") - 1
    return f"<details><summary>{html.escape(f'{title} ({count})')}</summary>{shown.rich}</details>"


def _newest(book, chapter):
    """Return the rows of the newest run of a chapter, in whatever profile it was."""
    paths = [results.stored_path(book.root, chapter.name, profile) for profile in chapter.profiles]
    there = [path for path in paths if path.is_file()]
    newest = max(there, key=lambda path: path.stat().st_mtime, default=paths[0])
    return results.read(newest)
