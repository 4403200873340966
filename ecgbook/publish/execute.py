"""Run the chapters: one process each, side by side, under their limits, cached by content."""

import ast
import hashlib
import json
import os
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ecgbook import results
from ecgbook.errors import BookInvalid
from ecgbook.publish import cache, inspect
from ecgbook.publish.limits import watched
from ecgbook.publish.notebook import load, save
from ecgbook.sources import open_database

__all__ = ["Outcome", "check_parameters", "run"]

# A page without real ECGs says so at its top, whatever its figures show.
_NOTICE = "\n\n```{{warning}}\n{} Only the reference runs were made on real ones.\n```"
_NOT_REAL = {
    "simulated": _NOTICE.format("All ECGs of this page are simulated."),
    "mixed": _NOTICE.format("Some ECGs of this page are simulated."),
}

# Two notebooks with all of torch's threads each take seven times as long as with one each.
_ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR")}


@dataclass(frozen=True)
class Outcome:
    """How one chapter went.

    Parameters
    ----------
    chapter, profile : str
    data : str
        ``real``, ``simulated`` or ``mixed``; ``–`` for a chapter without data.
    minutes, peak_mb : float
        What the run took; from the run that is kept if ``cached``.
    cached : bool
    problems : list of str
        Empty if all is well.
    """

    chapter: str
    profile: str
    data: str
    minutes: float
    peak_mb: float
    cached: bool = False
    problems: list = field(default_factory=list)

    @property
    def verdict(self):
        """``ok`` or the number of problems, for a table."""
        count = len(self.problems)
        return f"{count} problem{'s' if count > 1 else ''}" if count else "ok"

    def row(self):
        """Return the outcome as the cells of a table: chapter to whether it was cached."""
        cached = "yes" if self.cached else "no"
        took = f"{self.minutes:.2f}", f"{self.peak_mb:.0f}"
        return self.chapter, self.profile, self.data, *took, self.verdict, cached


def run(book, chapters, *, profile, data="auto", seed=0, jobs=2, report=lambda outcome: None):
    """Execute chapters into ``_build/executed`` and their results into ``_build/results``.

    Parameters
    ----------
    book : ecgbook.publish.manifest.Book
    chapters : sequence of Chapter
    profile : {"smoke", "cpu", "gpu"}
    data : {"auto", "synthetic", "real"}
    seed : int
    jobs : int
        How many chapters run side by side.
    report : callable
        Called with each `Outcome` as soon as it is known.

    Returns
    -------
    list of Outcome
        In the order of ``chapters``.
    """
    cancel = threading.Event()
    parameters = {"profile": profile, "data": data, "seed": seed}

    def one(chapter):
        outcome = _run_chapter(book, chapter, parameters, cancel)
        report(outcome)
        return outcome

    with ThreadPoolExecutor(jobs) as pool:
        try:
            return list(pool.map(one, chapters))
        except BaseException:
            cancel.set()
            pool.shutdown(cancel_futures=True)
            raise


def check_parameters(notebook, parameters):
    """Raise `BookInvalid` unless the parameters cell sets exactly the names of ``parameters``.

    Papermill only warns about an unknown name, and the run goes on with the default.
    """
    cells = notebook.tagged("parameters")
    if len(cells) != 1:
        raise BookInvalid(
            f"{notebook.path.name}: needs one cell tagged `parameters`, has {len(cells)}"
        )
    try:
        statements = ast.parse(cells[0].source).body
    except SyntaxError as error:
        place = f"{notebook.path.name}, cell {cells[0].number}"
        raise BookInvalid(f"{place}: the parameters are not valid Python") from error
    names = {
        target.id
        for statement in statements
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for name in sorted(names ^ set(parameters)):
        fault = "lacks the parameter" if name in parameters else "has an unknown parameter"
        raise BookInvalid(
            f"{notebook.path.name}, cell {cells[0].number}: {fault} {name!r}; "
            f"the runner sets {', '.join(parameters)}"
        )


def _run_chapter(book, chapter, parameters, cancel):
    profile, data = parameters["profile"], parameters["data"]
    limits = chapter.profile(profile)
    check_parameters(load(book.root / chapter.notebook), parameters)
    state = _data_state(chapter, data)
    key = cache.digest(book, chapter, parameters, state)
    kept = book.build / "cache" / f"{chapter.name}.{profile}.{data}"
    entry = cache.Entry(kept, chapter.notebook.name)
    executed = book.build / "executed" / chapter.notebook.name
    with entry.alone(cancel):
        cached = entry.holds(key)
        if not cached:
            executed.unlink(missing_ok=True)
            usage = _execute(book, chapter, parameters, entry, limits, cancel)
            took = {"minutes": round(usage.seconds / 60, 2), "peak_mb": round(usage.peak_mb)}
            problems = _execution_problems(entry, limits, usage)
            if problems:
                return Outcome(chapter.name, profile, _kind(state), **took, problems=problems)
            _keep(entry, took | {"digest": key, "data": _kind(state)})
        _publish(entry, executed, results.stored_path(book.root, chapter.name, profile))
        problems = _content_problems(book, entry, chapter, profile)
        took = {name: entry.run()[name] for name in ("minutes", "peak_mb")}
    return Outcome(chapter.name, profile, _kind(state), **took, cached=cached, problems=problems)


def _execute(book, chapter, parameters, entry, limits, cancel):
    entry.clear()
    environment = os.environ | _ONE_THREAD
    environment["ECGBOOK_RESULTS"] = str(entry.results)
    # The reader's own IPython set-up must not change what the book prints.
    environment["IPYTHONDIR"] = str(book.build / "ipython")
    environment.pop("MPLBACKEND", None)
    command = [sys.executable, "-m", "ecgbook.publish.worker", str(book.root / chapter.notebook)]
    return watched(
        [*command, str(entry.notebook), json.dumps(parameters)],
        minutes=limits.minutes,
        memory_mb=limits.memory_mb,
        cancel=cancel,
        env=environment,
        cwd=book.root,
    )


def _execution_problems(entry, limits, usage):
    """Say why a chapter did not come to its end, or return an empty list."""
    if usage.stopped == "time":
        return [f"stopped after its limit of {limits.minutes:g} minutes{_running_cell(entry)}"]
    if usage.stopped == "memory":
        return [f"stopped above its limit of {limits.memory_mb:g} MB{_running_cell(entry)}"]
    if usage.returncode == 0:
        return []
    failure = inspect.failure(load(entry.notebook)) if entry.notebook.is_file() else ""
    return [failure or f"the kernel did not come to an end:\n{usage.stderr.strip()}"]


def _running_cell(entry):
    """Name the cell that papermill was in: the last one that it gave a start time."""
    if not entry.notebook.is_file():
        return ""
    started = [
        cell
        for cell in load(entry.notebook).cells
        if cell.content["metadata"].get("papermill", {}).get("status") == "running"
    ]
    return f" in cell {started[-1].number}:\n{started[-1].source}" if started else ""


def _keep(entry, run):
    """Make the notebook ready for its page and write down what the run took."""
    notebook = load(entry.notebook)
    for cell in notebook.tagged("injected-parameters"):
        cell.content["metadata"]["tags"] = ["injected-parameters", "remove-cell"]
    if run["data"] in _NOT_REAL:
        for cell in notebook.tagged("header"):
            cell.content["source"] = cell.source + _NOT_REAL[run["data"]]
    save(notebook)
    if entry.results.is_file():
        results.add_provenance(entry.results, **run)
    entry.keep(**run)


def _publish(entry, executed, stored):
    executed.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(entry.notebook, executed)
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.unlink(missing_ok=True)
    if entry.results.is_file():
        shutil.copyfile(entry.results, stored)


def _content_problems(book, entry, chapter, profile):
    notebook, metrics = load(entry.notebook), results.read(entry.results)
    stored = results.reference(chapter.name, profile, book.root)
    return [
        *inspect.unreadable(notebook, chapter.figures),
        *inspect.broken_promises(notebook, metrics, stored, chapter.metrics, profile),
    ]


def _data_state(chapter, data):
    """Return which data each database of a chapter would give, down to the digests of files."""
    state = {}
    for name in chapter.databases:
        database = open_database(name, data=data)
        files = None if database.simulated else sorted(database.files.digests.items())
        digest = hashlib.sha256(json.dumps(files).encode()).hexdigest()
        state[name] = {
            "origin": database.origin,
            "simulated": database.simulated,
            "digest": digest,
        }
    return state


def _kind(state):
    kinds = {"simulated" if entry["simulated"] else "real" for entry in state.values()}
    return "mixed" if len(kinds) > 1 else kinds.pop() if kinds else "–"
