"""Results of all chapters side by side, for the terminal, and those that become the reference."""

import csv
from datetime import date

from ecgbook import released, results
from ecgbook.errors import BookInvalid, ResultOutOfContract
from ecgbook.publish.study import shelf_of
from ecgbook.resultfile import File, read_file, write

__all__ = ["keep", "results_text", "runtime_table", "validation_text"]


def results_text(book):
    """Return the tables of all chapters and profiles as text for the terminal."""
    parts = []
    for chapter, profile, own, stored in _all_results(book):
        shown = results.compare(own.table, stored.table, _case_fields(own, stored))
        parts.append(f"{chapter.name}, {profile}\n\n{shown.plain}\n")
    return "\n".join(parts) or "There are no results yet; make some: ecgbook run"


def validation_text(shelf):
    """Return what the computed cases of a study reach on their validation part, as text."""
    rows = results.as_results(shelf.units("valid"))
    if not len(rows):
        return "no case is complete yet"
    return results.compare(rows.table, rows.table.iloc[:0], rows.case_fields).plain


def runtime_table(book):
    """Return a Markdown table of what the executed chapters took, from their newest runs."""
    lines = ["| Chapter | Profile | ECGs | Minutes | Memory (MB) |", "|---|---|---|---|---|"]
    for chapter in book.chapters:
        for profile in chapter.profiles:
            path = results.stored_path(book.root, chapter.name, profile)
            facts = read_file(path).provenance if path.is_file() else {}
            if "minutes" in facts:
                took = f"{facts['minutes']:g} | {facts['peak_mb']:,}"
                lines += [f"| {chapter.title} | `{profile}` | {facts['data']} | {took} |"]
    return "\n".join(lines) + "\n"


def keep(book, chapter, profile, why):
    """Make the computed cases of a chapter's study its reference, and count the look at it.

    Cases that are not computed keep the rows that they have; having none is refused with
    `BookInvalid`, simulated ECGs with `ResultOutOfContract`. ``why`` tells what changed since the
    last look: it goes into ``results/looks.csv``, from which the book prints how often a test part
    was looked at. Returns the path of the file written.
    """
    shelf = shelf_of(book, chapter, profile)
    if shelf.data != "real":  # stand-ins; databases that are simulated by themselves are as real
        raise ResultOutOfContract(f"{chapter.name}: a reference needs real ECGs, not simulated")
    units = shelf.units()
    if not why:
        raise BookInvalid("say with --why what changed since the last look at the test part")
    if not units:
        raise BookInvalid(f"{chapter.name} has nothing to keep; run: ecgbook study {chapter.name}")
    path = released.folder() / f"{chapter.name}.{profile}.json"
    new, there = [unit.case for unit in units], read_file(path).units if path.is_file() else []
    # Differences and influences of a case are those of its last computation alone.
    computed = [_without_comparison(case) for case in new]
    carried = [unit for unit in there if _without_comparison(unit.case) not in computed]
    write(path, File(chapter.name, profile, units + carried))
    entry = date.today().isoformat(), chapter.name, profile, len(units), len(carried), why
    with (book.root / "results" / "looks.csv").open("a", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerow(entry)
    return path


def _without_comparison(case):
    return {name: value for name, value in case.items() if name not in ("minus", "without")}


def _all_results(book):
    """Yield chapter, profile, newest and reference rows wherever one of them is there."""
    for chapter in book.chapters:
        for profile in chapter.profiles:
            own = results.read(results.stored_path(book.root, chapter.name, profile))
            stored = released.folder() / f"{chapter.name}.{profile}.json"
            if len(own) or stored.is_file():
                yield chapter, profile, own, results.reference(chapter.name, profile)


def _case_fields(own, stored):
    return list(dict.fromkeys([*own.case_fields, *stored.case_fields]))
