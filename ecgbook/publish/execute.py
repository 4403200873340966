"""Run the chapters: one process each, side by side, under their limits, cached by content."""

import json
import os
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import ecgbook
from ecgbook import results
from ecgbook.publish import cache, data, inspect
from ecgbook.publish.limits import watched
from ecgbook.publish.notebook import check_parameters, load, save
from ecgbook.resultfile import read_file, write

__all__ = ["Outcome", "run"]

# Two notebooks with all of torch's threads each take seven times as long as with one each.
_ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR")}


@dataclass(frozen=True)
class Outcome:
    """How one chapter went.

    ``data`` is ``real``, ``simulated`` or, for a chapter without data, ``–``; ``minutes`` and
    ``peak_mb`` are those of the run that is kept if ``cached``.
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

    Returns an `Outcome` a chapter, in the order given.

    Parameters
    ----------
    book : ecgbook.publish.manifest.Book
    chapters : sequence of Chapter
    profile : {"smoke", "cpu", "gpu"}
    data : {"auto", "synthetic", "real"}
        ``auto`` is decided chapter by chapter, see `ecgbook.publish.data.choose`.
    seed : int
    jobs : int
        How many chapters run side by side.
    report : callable
        Called with each `Outcome` as soon as it is known.
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


def _run_chapter(book, chapter, parameters, cancel):
    check_parameters(load(book.root / chapter.notebook), parameters)
    parameters = parameters | {"data": data.choose(chapter, parameters["data"])}
    profile, name = parameters["profile"], chapter.notebook.name
    outcome = partial(Outcome, chapter.name, profile, data.kind(chapter, parameters["data"]))
    folder = book.build / "cache" / f"{chapter.name}.{profile}.{parameters['data']}"
    entry = cache.Entry(folder, name, cache.digest(book, chapter, parameters))
    page = book.build / "executed" / name
    stored = results.stored_path(book.root, chapter.name, profile)
    with cache.alone(folder / "lock", f"{folder.name} is being run elsewhere", cancel):
        cached = entry.holds
        if not cached:
            page.unlink(missing_ok=True)
            stored.unlink(missing_ok=True)
            took, problems = _make(book, chapter, parameters, entry, cancel)
            if problems:
                return outcome(**took, problems=problems)
        _publish(entry.kept.results, stored)
        _publish(entry.kept.notebook, page)
        rows, about = results.read(entry.kept.results).table, results.about(entry.kept.results)
        problems = inspect.unreadable(load(entry.kept.notebook), chapter.figures)
        problems += inspect.broken_promises(rows, chapter.contracts, profile)
        problems += inspect.stayed_on_the_processor(about, chapter, profile)
        took = {name: entry.kept.facts[name] for name in ("minutes", "peak_mb")}
    return outcome(**took, cached=cached, problems=problems)


def _make(book, chapter, parameters, entry, cancel):
    """Execute a chapter and keep what comes out; return what it took and what is wrong."""
    with entry.draft() as draft:
        limits = chapter.profile(parameters["profile"])
        usage = _execute(book, chapter, parameters, limits, draft, cancel)
        took = {"minutes": round(usage.seconds / 60, 2), "peak_mb": round(usage.peak_mb)}
        problems = _execution_problems(draft, limits, usage)
        if not problems and cache.digest(book, chapter, parameters) != entry.key:
            problems = ["the chapter or what it rests on was changed meanwhile; run it again"]
        if not problems:
            facts = took | {"data": data.kind(chapter, parameters["data"])}
            _finish(draft, facts | {"digest": entry.key}, _about(book, chapter, parameters) | facts)
            entry.keep(draft, **took)
    return took, problems


def _execute(book, chapter, parameters, limits, draft, cancel):
    environment = os.environ | _ONE_THREAD
    # The reader's own IPython set-up must not change what the book prints.
    own = {"ECGBOOK_RESULTS": draft.results, "IPYTHONDIR": book.build / "ipython"}
    environment |= {name: str(path) for name, path in own.items()}
    environment.pop("MPLBACKEND", None)
    command = [sys.executable, "-m", "ecgbook.publish.worker", str(book.root / chapter.notebook)]
    command += [str(draft.notebook), json.dumps(parameters)]
    how = {"minutes": limits.minutes, "memory_mb": limits.memory_mb, "cancel": cancel}
    return watched(command, **how, env=environment, cwd=book.root)


def _execution_problems(draft, limits, usage):
    """Say why a chapter did not come to its end, or return an empty list."""
    notebook = load(draft.notebook) if draft.notebook.is_file() else None
    unfinished = inspect.cut_short(notebook) if notebook else "no cell was run"
    if usage.stopped == "time":
        return [f"stopped after its limit of {limits.minutes:g} minutes; {unfinished}"]
    if usage.stopped == "memory":
        return [f"stopped above its limit of {limits.memory_mb:g} MB; {unfinished}"]
    if usage.returncode or not notebook:
        failure = inspect.failure(notebook) if notebook else ""
        return [failure or f"the kernel did not come to an end:\n{usage.stderr.strip()}"]
    return [unfinished] if unfinished else []


def _about(book, chapter, parameters):
    """Return what a page says of its run, and the digest of the notebook that was run."""
    run = {"profile": parameters["profile"], "date": date.today().isoformat()}
    return run | {
        "version": ecgbook.__version__,
        "source": cache.source_digest(book, chapter),
    }


def _finish(draft, provenance, about):
    """Make notebook and results ready to be kept, and write down what they were made of."""
    notebook = load(draft.notebook)
    notebook.content.metadata["ecgbook"] = about
    for cell in notebook.cells:
        if cell.is_code:
            cell.node.outputs = [output for output in cell.outputs if not _for_who_waits(output)]
    save(notebook)
    if draft.results.is_file():
        content = read_file(draft.results)
        content.provenance |= provenance
        write(draft.results, content)


def _for_who_waits(output):
    """Tell whether an output is a progress bar or a warning: nothing for who reads."""
    widget = "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    return widget or output.get("name") == "stderr"


def _publish(made, place):
    """Put a copy of ``made`` in its place, whole or not at all."""
    if made.is_file():
        place.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copyfile(made, place.with_name(f".{place.name}.{os.getpid()}"))
        copy.replace(place)
    else:
        place.unlink(missing_ok=True)
