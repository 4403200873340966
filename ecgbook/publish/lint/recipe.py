"""Rules on sections that every chapter has: traps, key points, a question, further reading."""

import re

from nbformat import NotebookNode

from ecgbook.publish.notebook import Cell

__all__ = ["RULES", "parts", "section"]

_TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
_ITEM = re.compile(r"^(?:\d+\.|[-*+])\s+", re.MULTILINE)
_HEADING = re.compile(r"^(?=## )", re.MULTILINE)
_ADDRESS = re.compile(r"\]\(https?://")


def parts(notebook):
    """Yield each cell with the heading ``## …`` it stands below, empty before the first.

    A Markdown cell that holds several such headings is cut at each.
    """
    heading = ""
    for cell in notebook.cells:
        for part in _HEADING.split(cell.source) if cell.is_markdown else [cell.source]:
            if cell.is_markdown and part.startswith("## "):
                heading = part.splitlines()[0][3:].strip()
            yield heading, Cell(cell.number, NotebookNode({**cell.node, "source": part}))


def section(notebook, title):
    """Return the cells below the heading ``## title``, none if the heading is missing."""
    return [cell for heading, cell in parts(notebook) if heading == title]


def what_can_go_wrong(book, chapter, notebook):
    """Ask for numbered traps, each tied to a test of the package that is there."""
    cells = section(notebook, "What can go wrong")
    traps = [(cell, item) for cell in cells for item in _items(cell, r"^\d+\.\s+")]
    if not traps:
        yield 0, "the section `## What can go wrong` is missing, or no numbered list"
    for cell, item in traps:
        tests = _TEST.findall(item)
        if not tests:
            yield cell.number, f"name the test, tests/….py::test_…, of: {item[:50].strip()}…"
        for path, name in tests:
            if not _has_test(book.root / path, name):
                yield cell.number, f"there is no test {path}::{name}"


def key_points(book, chapter, notebook):
    """Ask for three to six key points."""
    points = sum(len(_items(cell)) for cell in section(notebook, "Key points"))
    if not 3 <= points <= 6:
        yield 0, f"{points} points in the list below `## Key points`; write 3–6"


def question_from_users(book, chapter, notebook):
    """Ask for a question that people ask in public, answered, its source linked."""
    cells = section(notebook, "A question from users")
    if not cells:
        yield 0, "answer one below `## A question from users`"
    sources = [*cells, *section(notebook, "Further reading")]
    if cells and not any(_ADDRESS.search(cell.source) for cell in sources):
        yield cells[0].number, "link where it was asked, here or below `## Further reading`"


def further_reading(book, chapter, notebook):
    """Ask for reading, each item with a sentence on why."""
    cells = section(notebook, "Further reading")
    if not cells:
        yield 0, "the section `## Further reading` is missing"
    for cell in cells:
        for item in _items(cell):
            if len(item.split()) < 8:
                yield cell.number, f"say in a sentence what is to be found in: {item[:50].strip()}"


RULES = (what_can_go_wrong, key_points, question_from_users, further_reading)


def _items(cell, mark=_ITEM.pattern):
    """Return the items of the list in a Markdown cell."""
    return re.split(mark, cell.source, flags=re.MULTILINE)[1:] if cell.is_markdown else []


def _has_test(path, name):
    return path.is_file() and re.search(rf"^\s*def {name}\(", path.read_text("utf-8"), re.MULTILINE)
