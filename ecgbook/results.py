"""Numbers of the book: one row each, written by a run, read by every table and sentence.

A row says what was scored (``score``, ``class``), how (the fields of its case: ``method``,
``protocol``, …), on what (``n_patients``, ``n``, ``origin``) and what came out (``value``,
``low``, ``high``). No fact is spelt into a name.
"""

import os
import platform
import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

import ecgbook
from ecgbook import released
from ecgbook.comparison import Number, Shown, compare, same_digits
from ecgbook.errors import ResultOutOfContract
from ecgbook.labels import label
from ecgbook.resultfile import COLUMNS, File, checked_name, make_unit, read_file, write
from ecgbook.store import cache_dir

__all__ = [
    "Results",
    "Run",
    "book_root",
    "latest",
    "machine",
    "minutes",
    "read",
    "reference",
    "say",
]

_ABOUT = ("origin", "simulated")


class Results:
    """Rows of results, to be narrowed down and read.

    The ``table`` has a row a number, with columns `score`, `class`, `value`, … and the case's
    fields.

    Examples
    --------
    >>> rows = {"score": "f1", "class": "macro", "value": 0.5, "method": ["a", "b"]}
    >>> Results(pd.DataFrame(rows)).one(score="f1", method="b")
    0.50
    """

    def __init__(self, table):
        self.table = table

    def __len__(self):
        return len(self.table)

    def __repr__(self):
        return repr(self.table)

    def _repr_html_(self):
        return self.table.to_html(index=False)

    @property
    def case_fields(self):
        """Names of the columns that tell cases apart."""
        return [name for name in self.table if name not in (*COLUMNS, *_ABOUT)]

    def where(self, **fields):
        """Return the rows whose fields have the given value, or one of the values of a list.

        None stands for rows without the field. ``class`` is a word of Python: write ``class_``. A
        field that no row has is refused.
        """
        table = self.table
        for name, wanted in fields.items():
            name = name.rstrip("_")
            wanted = wanted if isinstance(wanted, list | tuple) else [wanted]
            if name not in self.table and None in wanted:
                continue
            if name not in self.table:
                known = ", ".join(map(str, self.table.columns)) or "none"
                raise ResultOutOfContract(f"results have no field {name!r}; there are {known}")
            column = table[name]
            table = table[column.isin(wanted) | (column.isna() if None in wanted else False)]
        return Results(table)

    def one(self, **fields):
        """Return the one row with these fields as a `Number`; none or several are refused."""
        found = self.where(**fields).table
        if len(found) != 1:
            raise ResultOutOfContract(
                f"{len(found)} results have {fields}, one was expected; "
                f"{'name more fields' if len(found) else 'see .table for what there is'}"
            )
        return _number(found.iloc[0])

    def grid(self, rows, *columns):
        """Return the numbers with their intervals as a table for the eye, ``–`` where none is.

        There is one line for each value of the field ``rows``, one column for each value of the
        others, in words and in the order of the results.
        """
        words = pd.DataFrame({label(name): self._words(name) for name in columns})
        index, columns = self._words(rows), pd.MultiIndex.from_frame(words)
        numbers = [_number(row) for _, row in self.table.iterrows()]
        wide = pd.DataFrame("–", index.drop_duplicates(), columns.drop_duplicates())
        for column in wide:
            own = [place for place, one in enumerate(columns) if one == column]
            for place, number in zip(own, same_digits([numbers[n] for n in own]), strict=True):
                wide.loc[index[place], column] = str(number)
        return wide.rename_axis(index=label(rows))

    def _words(self, name):
        return pd.Index([label(value, name) for value in self.table[name]])


@dataclass
class Run:
    """The results of one run of a chapter, kept in a file from the first row on.

    ``chapter`` is the name of its notebook, such as ``01-signals``; ``profile`` smoke, cpu or gpu.
    """

    chapter: str
    profile: str
    seed: int = 0
    units: list = field(default_factory=list, repr=False)

    def __post_init__(self):
        for name in (self.chapter, self.profile):
            checked_name(name)

    def record(self, rows, *, data=None, **case):
        """Keep the rows of a case; those of the same case, score and class are replaced.

        Parameters
        ----------
        rows : DataFrame or dict
            From `ecgbook.evaluation.report`, or one row: ``score``, ``value`` (finite) and, as far
            as known, ``class``, ``low``, ``high``, ``n_patients``, ``n``, ``unit``, ``published``,
            ``source``. A row whose value is NaN says nothing and is left out.
        data : ecgbook.sources.Database, optional
            The ECGs that were measured; gives ``origin`` and ``simulated``.
        **case
            Fields of the case, such as ``method`` and ``protocol``.
        """
        unit = make_unit(rows, case, data)
        same = next((old for old in self.units if old.case == case), None)
        if same is None:
            self.units.append(unit)
        else:
            new = {(row.score, row.class_) for row in unit.rows}
            kept = [row for row in same.rows if (row.score, row.class_) not in new]
            same.rows = kept + unit.rows
        write(latest(self.chapter, self.profile), self.content())

    def content(self):
        """Return the run as its file holds it."""
        about = machine() | {"seed": self.seed, "date": date.today().isoformat()}
        return File(self.chapter, self.profile, self.units, about)

    @property
    def results(self):
        """The rows recorded so far, as `Results`."""
        return as_results(self.units)

    def compare(self, **fields):
        """Return a table: your run, the reference run, the published number and its source.

        Fields choose the rows, as for `Results.where`; by default they are all of this run. Paired
        differences and scores without a patient are left out where they are not asked for.
        """
        own, stored = self.results, reference(self.chapter, self.profile)
        only = {"minus": None, "without": None} | fields
        shown = [part.where(**only) if len(part) else part for part in (own, stored)]
        if not fields:
            keys, table = ["score", "class", *own.case_fields], shown[1].table
            stored_keys = [key for key in keys if key in table]
            merged = table.merge(own.table[stored_keys]) if stored_keys else table
            shown = [own, Results(merged)]
        return compare(*(part.table for part in shown), own.case_fields or stored.case_fields)


def _number(row):
    return Number(*(row.get(name, "") for name in ("value", "low", "high", "n", "unit")))


def machine():
    """Return what computes here: versions, processor, and the accelerator if it was used."""
    torch = sys.modules.get("torch")
    # Memory that was taken shows that tensors were there.
    peak = torch.cuda.max_memory_allocated() if torch and torch.cuda.is_available() else 0
    used = {"device": torch.cuda.get_device_name(), "device_peak_mb": peak / 1e6} if peak else {}
    versions = {"ecgbook": ecgbook.__version__, "python": platform.python_version()}
    return versions | {"processor": _processor()} | used


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def say(text):
    """Show a sentence as Markdown: an f-string with a `Number` in it cannot be out of date."""
    return Shown(text, text, "text/markdown")


def book_root(start=None):
    """Return the nearest folder at or above ``start`` with a ``chapters.yml``, else None."""
    start = Path(start or Path.cwd()).resolve()
    folders = (folder for folder in (start, *start.parents) if (folder / "chapters.yml").is_file())
    return next(folders, None)


def stored_path(root, chapter, profile):
    """Return where a book keeps the latest results of a chapter."""
    return Path(root) / "_build" / "results" / f"{chapter}.{profile}.json"


def latest(chapter, profile):
    """Return the path of the results file that a run of this chapter writes.

    The runner names it in ``ECGBOOK_RESULTS``. Outside of it the file stands in ``_build`` of
    the book around the current folder, or in the cache folder where there is no book.
    """
    if os.environ.get("ECGBOOK_RESULTS"):
        return Path(os.environ["ECGBOOK_RESULTS"])
    if root := book_root():
        return stored_path(root, chapter, profile)
    return cache_dir() / "results" / f"{chapter}.{profile}.json"


def reference(chapter, profile="cpu"):
    """Return the reference run, of ``cpu`` if the profile has none, as `Results`; or no rows."""
    for name in (f"{chapter}.{profile}.json", f"{chapter}.cpu.json"):
        if (released.folder() / name).is_file():
            return read(released.folder() / name)
    return as_results([])


def minutes(chapter, profile="cpu"):
    """Return how long one training of each case of the reference run took.

    A DataFrame with the fields of the case, ``minutes`` and the ``processor``; without rows where
    there is no reference. Differences, and cases of which no time is known, are left out.
    """
    path = released.folder() / f"{chapter}.{profile}.json"
    rows = []
    for unit in read_file(path).units if path.is_file() else []:
        about = unit.provenance
        if "minutes" in about and not {"minus", "without"} & set(unit.case):
            of_one = about["minutes"] / about.get("runs", 1)
            rows.append(unit.case | {"minutes": of_one, "processor": about.get("processor", "")})
    return pd.DataFrame(rows, columns=None if rows else ["minutes", "processor"])


def read(path):
    """Return the rows in a results file as `Results`; none if there is no file."""
    return as_results(read_file(path).units if Path(path).is_file() else [])


def about(path):
    """Return what computed a results file, as `machine` says it, and when; {} without a file."""
    return read_file(path).provenance if Path(path).is_file() else {}


def as_results(units):
    """Return the rows of units as one `Results`."""
    rows = [
        row.as_dict() | unit.case | {"origin": unit.origin, "simulated": unit.simulated}
        for unit in units
        for row in unit.rows
    ]
    table = pd.DataFrame(rows, columns=None if rows else [*COLUMNS, *_ABOUT])
    for name in set(table) - {*COLUMNS, *_ABOUT}:  # a gap would make floats of whole numbers
        table[name] = pd.Series([row.get(name) for row in rows], dtype=object)
    return Results(table)
