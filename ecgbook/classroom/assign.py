"""Write what is made from the sources: into the book, or for a class into a folder."""

import json
from pathlib import Path

import nbformat

from ecgbook.classroom import build, pack, source
from ecgbook.errors import BookInvalid, GradingRefused
from ecgbook.publish import manifest

__all__ = ["findings", "for_class", "pack_named", "stale", "sync"]


def for_class(book, path, folder, seed):
    """Write an assignment for a class below ``folder`` and return the paths of the files.

    ``student`` holds the notebook with stubs and the public tests: hand it out. ``instructor``
    holds the notebook with solutions, ``grading`` the pack of the seed: keep both to yourself.
    """
    assignment, folder = source.read(path), Path(folder)
    files = {f"student/{name}": text for name, text in _handed_out(book, assignment).items()}
    files[f"instructor/{assignment.name}.ipynb"] = _text(build.instructor(book, assignment))
    for name, text in files.items():
        _write(folder / name, text)
    grading = folder / "grading" / f"{assignment.name}.json"
    grading.parent.mkdir(parents=True, exist_ok=True)
    pack.save(build.make_pack(assignment, seed), grading)
    return [*(folder / name for name in files), grading]


def pack_named(name, seed=None):
    """Return the pack in a file (``.json``), or that of an assignment of the book and a seed."""
    if name.endswith(".json"):
        return pack.load(name)
    if not seed:
        raise GradingRefused("name a secret with --seed: it draws the inputs of the grader")
    return build.make_pack(source.read(source.named(manifest.load(), name)), seed)


def sync(book, path):
    """Write the students' notebook, the public tests and the public pack of the book.

    Returns whether one of them has changed.
    """
    assignment = source.read(path)
    changed = stale(book, assignment)
    for name in changed:
        _write(_public(book) / name, _handed_out(book, assignment)[name])
    made, where = build.make_pack(assignment, pack.PUBLIC_SEED), pack.public_path(assignment.name)
    where.parent.mkdir(exist_ok=True)
    if not where.is_file() or pack.load(where) != made:
        pack.save(made, where)
        changed.append(where.name)
    return bool(changed)


def stale(book, assignment):
    """Return which of the students' files differ from what the source makes of them.

    A stub that differs from its solution in anything but the solution is among them.
    """
    wanted = _handed_out(book, assignment)
    there = {name: _public(book) / name for name in wanted}
    return [name for name, path in there.items() if _read(path) != wanted[name]]


def findings(book):
    """Return what is wrong with the assignments of a book, one sentence each.

    Whether solutions score everything and stubs nothing is for the tests: it needs a run.
    """
    found = []
    for path in source.find(book):
        try:
            assignment = source.read(path)
        except BookInvalid as error:
            found += str(error).splitlines()
            continue
        told = "differs from what its source makes; run: ecgbook sync"
        found += [f"student/{name}: {told}" for name in stale(book, assignment)]
    return found


def _handed_out(book, assignment):
    """Return the files for students: text by name."""
    tests = build.otter_tests(assignment)
    files = {f"tests/{assignment.name}/{name}": text for name, text in tests.items()}
    return {f"{assignment.name}.ipynb": _text(build.student(book, assignment))} | files


def _public(book):
    return book.root / "book" / "assignments" / "student"


def _text(notebook):
    nbformat.validate(notebook)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _read(path):
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
