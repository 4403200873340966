"""Fill the grid of cases that a chapter reports, in as many sittings as it takes."""

import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from tqdm import tqdm

from ecgbook.studies import study_of
from ecgbook.studies.runner import Shelf

__all__ = ["run_study", "shelf_of"]


def shelf_of(book, chapter, profile, data="real"):
    """Return the computed cases of a chapter's study; raise `BookInvalid` if it has none."""
    return Shelf(study_of(chapter.name), profile, data, book.build / "studies")


def run_study(book, chapter, *, profile, data="real", budget_minutes=None, jobs=1):
    """Compute the cases of a chapter's study that are missing; return how many are left.

    Each is kept as soon as it is done, so a stopped study goes on where it was.

    Parameters
    ----------
    book : ecgbook.publish.manifest.Book
    chapter : ecgbook.publish.manifest.Chapter
    profile : str
    data : {"real", "auto", "synthetic"}
    budget_minutes : float, optional
        No case is begun after this time.
    jobs : int
        Processes side by side, each with one thread.
    """
    shelf = shelf_of(book, chapter, profile, data)
    cases, ends = shelf.missing(), time.monotonic() + 60 * (budget_minutes or float("inf"))
    arguments = chapter.name, profile, data, book.build / "studies", ends
    with (
        ProcessPoolExecutor(jobs, get_context("spawn")) as pool,
        tqdm(total=len(cases), desc=chapter.name, unit="case") as bar,
    ):
        for job in as_completed([pool.submit(_compute, case, *arguments) for case in cases]):
            bar.update(job.result())
        return len(cases) - bar.n


def _compute(case, chapter, profile, data, folder, ends):
    """Compute one case in a process of its own, unless it is too late; return whether it did."""
    import torch

    torch.set_num_threads(1)
    if time.monotonic() > ends:
        return False
    Shelf(study_of(chapter), profile, data, folder).compute(case)
    return True
