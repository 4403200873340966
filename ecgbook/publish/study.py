"""Fill the grid of runs that a chapter reports, in as many sittings as it takes."""

import hashlib
import importlib
import json
import time
from pathlib import Path

from tqdm import tqdm

from ecgbook import results
from ecgbook.errors import BookInvalid

__all__ = ["missing_units", "run_study", "stored_metrics"]


def run_study(book, chapter, *, profile, data="real", budget_minutes=None):
    """Compute the units of a chapter's study that are missing; return how many are left.

    Each unit is one call of ``run(**unit, profile=..., data=...)`` in a module under
    ``ecgbook.studies``. It returns a list of dicts with the fields of `ecgbook.results.Metric`,
    which are kept as soon as the unit is done: a stopped study goes on where it was.

    Parameters
    ----------
    book : ecgbook.publish.manifest.Book
    chapter : ecgbook.publish.manifest.Chapter
    profile : str
    data : {"real", "auto", "synthetic"}
    budget_minutes : float, optional
        No unit is begun after this time.
    """
    units = missing_units(book, chapter, profile, data)
    started = time.monotonic()
    for done, (module, unit, path) in enumerate(tqdm(units, desc=chapter.name, unit="unit")):
        if budget_minutes is not None and time.monotonic() - started > 60 * budget_minutes:
            return len(units) - done
        begun = time.monotonic()
        metrics = [
            results.Metric(**fields) for fields in module.run(**unit, profile=profile, data=data)
        ]
        run = results.Run(
            chapter.name, profile, metrics={metric.name: metric for metric in metrics}
        )
        content = run.content() | {"unit": unit}
        content["provenance"]["minutes"] = round((time.monotonic() - begun) / 60, 2)
        results.write(path, content)
    return 0


def missing_units(book, chapter, profile, data="real"):
    """Return the units without results, as (module, unit, path of its results), in order."""
    if not getattr(chapter, "studies", ()):
        raise BookInvalid(f"{chapter.name} has no study in chapters.yml")
    return [unit for unit in _units(book, chapter, profile, data) if not unit[-1].is_file()]


def stored_metrics(book, chapter, profile, data="real"):
    """Return the metrics of the units that are done, as a list of dicts."""
    paths = [path for _, _, path in _units(book, chapter, profile, data)]
    done = [path for path in paths if path.is_file()]
    return [entry for path in done for entry in json.loads(path.read_text("utf-8"))["metrics"]]


def _units(book, chapter, profile, data):
    folder = book.build / "studies" / chapter.name
    for study in getattr(chapter, "studies", ()):
        module = importlib.import_module(f"ecgbook.studies.{study.module}")
        source = Path(module.__file__).read_bytes()
        for unit in study.units():
            key = json.dumps([unit, profile, data], sort_keys=True).encode() + source
            yield module, unit, folder / f"{hashlib.sha256(key).hexdigest()[:16]}.json"
