"""Results of all chapters side by side: for the terminal, for a page, and kept as reference."""

import html
import json

from ecgbook import results
from ecgbook.errors import BookInvalid, ResultOutOfContract
from ecgbook.publish.study import missing_units, stored_metrics

__all__ = ["keep", "results_page", "results_text", "runtime_table"]

_RESULTS_PAGE = """\
# Results

Every number that the chapters print, with its 95 % interval and what it was measured on.
*Your run* is the run from which these pages were made, *reference run* a run on real ECGs that is
stored with the book, and *published* what others reported.
First comes what each chapter promises; what its study measured besides is folded up below.
{ref}`How to read a result table <reading-results>` explains the columns.
"""


def results_text(book):
    """Return the tables of all chapters and profiles as text for the terminal."""
    parts = []
    for chapter, profile, run, stored in _all_results(book):
        shown = results.compare(run, stored, _names(run, stored))
        parts.append(f"{chapter.name}, {profile}\n\n{shown.plain}\n")
    return "\n".join(parts) or "There are no results yet; make some: ecgbook run"


def results_page(book):
    """Return the Markdown of the page with the results of all chapters."""
    lines = [_RESULTS_PAGE]
    for chapter, profile, run, stored in _all_results(book):
        title = f"{chapter.title}, profile `{profile}`"
        lines += [f"## {title}", "", _origins(run, stored), "", *_tables(chapter, run, stored), ""]
    return "\n".join(lines)


def runtime_table(book):
    """Return a Markdown table of what the executed chapters took, from their newest runs."""
    lines = [
        "| Chapter | Profile | ECGs | Minutes | Memory (MB) |",
        "|---|---|---|---|---|",
    ]
    for chapter in book.chapters:
        for profile in chapter.profiles:
            path = results.stored_path(book.root, chapter.name, profile)
            facts = _provenance(path)
            if "minutes" in facts:
                lines.append(
                    f"| {chapter.title} | `{profile}` | {facts['data']} "
                    f"| {facts['minutes']:g} | {facts['peak_mb']:,} |"
                )
    return "\n".join(lines) + "\n"


def keep(book, chapter, profile):
    """Make the newest results of a chapter its reference run and return the path written.

    The results of its study are taken in as well, before those of the one live run.

    Raises
    ------
    BookInvalid
        If there is nothing to keep, or units of the chapter's study are not done.
    ResultOutOfContract
        If any of it was measured on simulated ECGs.
    """
    latest = results.stored_path(book.root, chapter.name, profile)
    if not latest.is_file():
        raise BookInvalid(f"{chapter.name} has no results for {profile}; run: ecgbook run")
    content = json.loads(latest.read_text(encoding="utf-8"))
    # Where both have a metric, the seeds of the study outweigh the one live run.
    studied = {entry["name"]: entry for entry in stored_metrics(book, chapter, profile)}
    live = [entry for entry in content["metrics"] if entry["name"] not in studied]
    content["metrics"] = [*studied.values(), *live]
    simulated = [entry["name"] for entry in content["metrics"] if entry["simulated"]]
    if simulated:
        raise ResultOutOfContract(
            f"{chapter.name}: {', '.join(simulated)} come from simulated ECGs; "
            f"a reference run needs real ones: ecgbook run --data real"
        )
    if getattr(chapter, "studies", ()) and missing_units(book, chapter, profile):
        raise BookInvalid(
            f"{chapter.name}: units of its study are not done; "
            f"run: ecgbook study {chapter.name} --profile {profile}"
        )
    path = book.root / "results" / "reference" / latest.name
    results.write(path, content)
    return path


def _all_results(book):
    """Yield chapter, profile, newest and reference metrics wherever one of them is there."""
    for chapter in book.chapters:
        for profile in chapter.profiles:
            run = results.read(results.stored_path(book.root, chapter.name, profile))
            own = book.root / "results" / "reference" / f"{chapter.name}.{profile}.json"
            stored = results.reference(chapter.name, profile, book.root)
            if run or own.is_file():
                yield chapter, profile, run, stored


def _names(run, stored):
    return list({**run, **stored})


def _tables(chapter, run, stored):
    """Return the table of the promised metrics, and one folded table for each other protocol."""
    promised, folded, scores = [], {}, {contract.score for contract in chapter.contracts}
    for name in _names(run, stored):
        known = run.get(name) or stored[name]
        same = promised if name in scores else folded.setdefault(known.protocol, [])
        same.append(name)
    tables = [results.compare(run, stored, promised).rich] if promised else []
    for protocol, names in folded.items():
        title = html.escape(f"{protocol or 'Further'} ({len(names)})")
        shown = results.compare(run, stored, names).rich
        tables.append(f"<details><summary>{title}</summary>{shown}</details>")
    return tables


def _origins(run, stored):
    """Say on which data the two runs rest."""
    lines = []
    for name, metrics in (("Your run", run), ("Reference run", stored)):
        origins = sorted({metric.origin for metric in metrics.values() if metric.origin})
        if origins:
            lines.append(f"{name}: {'; '.join(origins)}.")
    return "\n".join(lines)


def _provenance(path):
    if not path.is_file():
        return {}
    return json.loads(path.read_text(encoding="utf-8"))["provenance"]
