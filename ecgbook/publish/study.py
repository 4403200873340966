"""Fill the grid of cases that a chapter reports, in as many sittings as it takes."""

import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from tqdm import tqdm

from ecgbook import released
from ecgbook.publish.cache import alone
from ecgbook.resultfile import read_file
from ecgbook.studies import study_of
from ecgbook.studies.runner import Shelf

__all__ = ["run_study", "shelf_of"]


def shelf_of(book, chapter, profile, data="real"):
    """Return the computed cases of a chapter's study; raise `BookInvalid` if it has none."""
    return Shelf(study_of(chapter.name), profile, data, book.build / "studies")


def run_study(book, chapter, *, profile, data="real", budget_minutes=None, jobs=1):
    """Compute the cases of a chapter's study that are missing; return how many are left.

    Each is kept as soon as it is done, so a stopped study goes on where it was. Cases whose rows
    are in the reference, made by the same code from the same records, are not computed again.
    No case is begun after ``budget_minutes``; ``jobs`` processes run side by side, and end with
    this one, however it ends.
    """
    name = f"{chapter.name}.{profile}.{data}"
    with alone(book.build / "studies" / f"{name}.lock", f"{name} is being computed elsewhere"):
        return _fill(book, chapter, profile, data, budget_minutes, jobs)


def _fill(book, chapter, profile, data, budget_minutes, jobs):
    shelf = shelf_of(book, chapter, profile, data)
    cases = shelf.missing(known=_kept(chapter, profile))
    ends = float("inf") if budget_minutes is None else time.monotonic() + 60 * budget_minutes
    arguments = chapter.name, profile, data, book.build / "studies", ends
    with tqdm(total=len(cases), desc=chapter.name, unit="case") as bar:
        if jobs == 1:
            for case in cases:
                bar.update(_compute(case, *arguments))
            return len(cases) - bar.n
        how = {"initializer": _end_with, "initargs": (os.getpid(),)}
        with ProcessPoolExecutor(jobs, get_context("spawn"), **how) as pool:
            for job in as_completed([pool.submit(_compute, case, *arguments) for case in cases]):
                bar.update(job.result())
        return len(cases) - bar.n


def _end_with(parent):
    """Let this process end when its parent has, whatever it does then."""

    def watch():
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _kept(chapter, profile):
    """Return the keys of the cases whose rows are in the reference already."""
    path = released.folder() / f"{chapter.name}.{profile}.json"
    units = read_file(path).units if path.is_file() else []
    return {key for unit in units for key in str(unit.provenance.get("key", "")).split()}


def _compute(case, chapter, profile, data, folder, ends):
    """Compute one case, unless it is too late; return whether it was computed."""
    if time.monotonic() > ends:
        return False
    Shelf(study_of(chapter), profile, data, folder).compute(case)
    return True
