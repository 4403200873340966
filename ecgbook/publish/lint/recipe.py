"""Rules on the closing sections: what can go wrong, key points, quiz, exercises, reading."""

import re

from nbformat import NotebookNode

from ecgbook.publish.lint.finding import Finding
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
    yield from _present(notebook, "What can go wrong")
    for cell in section(notebook, "What can go wrong"):
        for item in _items(cell, r"^\d+\.\s+"):
            tests = _TEST.findall(item)
            if not tests:
                remedy = f"name the test, tests/….py::test_…, of: {item[:50].strip()}…"
                yield Finding(notebook.path, cell.number, "What can go wrong", remedy)
            for path, name in tests:
                if not _has_test(book.root / path, name):
                    remedy = f"there is no test {path}::{name}"
                    yield Finding(notebook.path, cell.number, "What can go wrong", remedy)
    if not any(_items(cell, r"^\d+\.\s+") for cell in section(notebook, "What can go wrong")):
        yield Finding(notebook.path, 0, "What can go wrong", "write it as a numbered list")


def key_points(book, chapter, notebook):
    """Ask for three to six key points."""
    yield from _present(notebook, "Key points")
    points = sum(len(_items(cell)) for cell in section(notebook, "Key points"))
    if not 3 <= points <= 6:
        yield Finding(notebook.path, 0, "Key points", f"{points} points in a list; write 3–6")


def quiz(book, chapter, notebook):
    """Ask for five questions, each answer a fold whose body is the feedback on it."""
    yield from _present(notebook, "Quiz")
    questions = [
        (cell, text)
        for cell in section(notebook, "Quiz")
        for text in _QUESTION.split(cell.source)[1:]
    ]
    if len(questions) != 5:
        remedy = f"{len(questions)} questions (**1. …?**); write 5"
        yield Finding(notebook.path, 0, "Quiz", remedy)
    for number, (cell, text) in enumerate(questions, 1):
        answers = _FOLD.findall(text)
        if len(answers) < 2:
            remedy = f"question {number} needs answers, each a <details> with its <summary>"
            yield Finding(notebook.path, cell.number, "Quiz", remedy)
        if not all(feedback.strip() for _, feedback in answers):
            remedy = f"question {number} has an answer without feedback"
            yield Finding(notebook.path, cell.number, "Quiz", remedy)


def exercises(book, chapter, notebook):
    """Ask for exercises at three levels, each with a folded solution."""
    yield from _present(notebook, "Exercises")
    open_level, levels, solved = None, set(), set()
    for cell in section(notebook, "Exercises"):
        if cell.is_code and "solution" in cell.tags:
            solved.add(open_level)
            if "hide-cell" not in cell.tags:
                remedy = "fold the solution: add the tag `hide-cell`"
                yield Finding(notebook.path, cell.number, "Exercises", remedy)
        parts = _EXERCISE.split(cell.source) if cell.is_markdown else [""]
        for level, text in zip(parts[1::2], parts[2::2], strict=True):
            open_level = (int(level), cell.number)
            levels.add(open_level)
            if any(title.startswith("Solution") for title, _ in _FOLD.findall(text)):
                solved.add(open_level)
    missing = {1, 2, 3} - {level for level, _ in levels}
    if missing:
        remedy = f"no exercise of level {min(missing)}: ### Level {min(missing)}: title"
        yield Finding(notebook.path, 0, "Exercises", remedy)
    for level, number in sorted(levels - solved):
        remedy = f"level {level} has no solution: a code cell tagged `hide-cell` and `solution`"
        yield Finding(notebook.path, number, "Exercises", remedy)


def further_reading(book, chapter, notebook):
    """Ask for reading, each item with a sentence on why."""
    yield from _present(notebook, "Further reading")
    for cell in section(notebook, "Further reading"):
        for item in _items(cell):
            if len(item.split()) < 8:
                remedy = f"say in a sentence what is to be found in: {item[:50].strip()}"
                yield Finding(notebook.path, cell.number, "Further reading", remedy)


RULES = (what_can_go_wrong, key_points, quiz, exercises, further_reading)


def _present(notebook, title):
    if not section(notebook, title):
        yield Finding(notebook.path, 0, title, f"the section `## {title}` is missing")


def _items(cell, mark=_ITEM.pattern):
    """Return the items of the list in a Markdown cell."""
    return re.split(mark, cell.source, flags=re.MULTILINE)[1:] if cell.is_markdown else []


def _has_test(path, name):
    return path.is_file() and re.search(rf"^\s*def {name}\(", path.read_text("utf-8"), re.MULTILINE)
