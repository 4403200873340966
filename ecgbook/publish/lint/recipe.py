"""Rules on the closing sections: what can go wrong, key points, quiz, exercises, reading."""

import re

from nbformat import NotebookNode

from ecgbook.publish.notebook import Cell

__all__ = ["RULES", "section"]

_TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
_ITEM = re.compile(r"^(?:\d+\.|[-*+])\s+", re.MULTILINE)
_QUESTION = re.compile(r"^\*\*\d+\.\s", re.MULTILINE)
_FOLD = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
_HEADING = re.compile(r"^(?=## )", re.MULTILINE)
_EXERCISE = re.compile(r"^### Level ([123]): \S", re.MULTILINE)


def section(notebook, title):
    """Return the cells below the heading ``## title``.

    A Markdown cell that holds several such headings is cut at each; the list is empty if the
    heading is missing.
    """
    cells, inside = [], False
    for cell in notebook.cells:
        parts = _HEADING.split(cell.source) if cell.is_markdown else [cell.source]
        for part in parts:
            if cell.is_markdown and part.startswith("## "):
                inside = part.splitlines()[0][3:].strip() == title
            if inside:
                cells.append(Cell(cell.number, NotebookNode({**cell.node, "source": part})))
    return cells


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


def quiz(book, chapter, notebook):
    """Ask for five questions, each answer a fold whose body is the feedback on it."""
    cells = section(notebook, "Quiz")
    questions = [(cell, text) for cell in cells for text in _QUESTION.split(cell.source)[1:]]
    if len(questions) != 5:
        yield 0, f"{len(questions)} questions (**1. …?**) below `## Quiz`; write 5"
    for number, (cell, text) in enumerate(questions, 1):
        answers = _FOLD.findall(text)
        if len(answers) < 2:
            yield cell.number, f"question {number} needs answers: <details> with a <summary> each"
        if not all(feedback.strip() for _, feedback in answers):
            yield cell.number, f"question {number} has an answer without feedback"


def exercises(book, chapter, notebook):
    """Ask for exercises at three levels, each with a folded solution."""
    open_level, levels, solved = None, set(), set()
    for cell in section(notebook, "Exercises"):
        if cell.is_code and "solution" in cell.tags:
            solved.add(open_level)
            if "hide-cell" not in cell.tags:
                yield cell.number, "fold the solution: add the tag `hide-cell`"
        parts = _EXERCISE.split(cell.source) if cell.is_markdown else [""]
        for level, text in zip(parts[1::2], parts[2::2], strict=True):
            open_level = (int(level), cell.number)
            levels.add(open_level)
            if any(title.startswith("Solution") for title, _ in _FOLD.findall(text)):
                solved.add(open_level)
    for level in sorted({1, 2, 3} - {level for level, _ in levels}):
        yield 0, f"no exercise of level {level} below `## Exercises`: ### Level {level}: title"
    for level, number in sorted(levels - solved):
        yield number, f"level {level} has no solution: a code cell tagged `hide-cell`, `solution`"


def further_reading(book, chapter, notebook):
    """Ask for reading, each item with a sentence on why."""
    cells = section(notebook, "Further reading")
    if not cells:
        yield 0, "the section `## Further reading` is missing"
    for cell in cells:
        for item in _items(cell):
            if len(item.split()) < 8:
                yield cell.number, f"say in a sentence what is to be found in: {item[:50].strip()}"


RULES = (what_can_go_wrong, key_points, quiz, exercises, further_reading)


def _items(cell, mark=_ITEM.pattern):
    """Return the items of the list in a Markdown cell."""
    return re.split(mark, cell.source, flags=re.MULTILINE)[1:] if cell.is_markdown else []


def _has_test(path, name):
    return path.is_file() and re.search(rf"^\s*def {name}\(", path.read_text("utf-8"), re.MULTILINE)
