"""Rules on figures: words for those who do not see them, a caption, a name.

What a cell really shows is seen when it has run, see `ecgbook.publish.inspect`.
"""

import ast
import re
from collections import Counter

from ecgbook.publish.lint.syntax import last_expression, parsed
from ecgbook.publish.notebook import load

__all__ = ["RULES", "draws"]

# A chapter drawn by one of these shows a figure; the other names of the room only help.
_PYPLOT = {"figure", "hist", "imshow", "plot", "scatter", "show", "subplots"}
_NO_FIGURE = {"describe", "is_simulated", "style", "subplots", "use_style"}
_NAME = re.compile(r"fig(?:-[a-z0-9]+){2,}")


def alt_text(book, chapter, notebook):
    """Ask for alt text on every cell that draws; the run checks the figures themselves."""
    for cell in notebook.cells:
        if cell.is_code and not cell.alt and draws(cell):
            yield cell.number, "say in the cell's metadata, mystnb.image.alt, what is to be seen"


def captions(book, chapter, notebook):
    """Ask for a caption and a name on every cell that draws."""
    for cell in notebook.cells:
        if not cell.is_code or not (draws(cell) or cell.figure):
            continue
        if not cell.caption:
            yield cell.number, "say in one sentence in mystnb.figure.caption what this figure shows"
        if not _NAME.fullmatch(str(cell.figure.get("name", ""))):
            yield cell.number, "call it fig-<chapter>-<word> in mystnb.figure.name"


def figure_names(book, chapter, notebook):
    """Refuse a name that two figures of the book have."""
    chapters = [each for each in book.chapters if (book.root / each.notebook).is_file()]
    notebooks = [load(book.root / each.notebook) for each in chapters]
    counts = Counter(cell.figure.get("name") for each in notebooks for cell in each.cells)
    for cell in notebook.cells:
        if (name := cell.figure.get("name")) and counts[name] > 1:
            yield cell.number, f"{counts[name]} figures of the book are called {name}"


def caption_count(book, chapter, notebook):
    """Ask for as many captions as the chapter promises figures."""
    count = sum(bool(cell.caption) for cell in notebook.cells)
    if count < chapter.figures:
        yield 0, f"{count} captions; chapters.yml promises {chapter.figures} figures"


RULES = (alt_text, captions, figure_names, caption_count)


def draws(cell):
    """Tell whether a cell, as far as its code shows, ends in a figure or calls what makes one.

    A call within a function of its own does not count.
    """
    tree = parsed(cell)
    last = last_expression(tree)
    if isinstance(last, ast.Name) and last.id in ("fig", "figure"):
        return True
    if isinstance(last, ast.Call) and _room(last.func) == "plotting":
        return last.func.attr not in _NO_FIGURE
    nodes = list(tree.body) if tree else []
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Call) and _makes_figure(node.func):
            return True
        nodes += ast.iter_child_nodes(node)
    return False


def _makes_figure(function):
    if _room(function) == "plt":
        return function.attr in _PYPLOT
    name = function.attr if _room(function) else getattr(function, "id", "")
    return name.startswith("plot_")


def _room(function):
    """Return the name before the dot in ``name.function``, or an empty string."""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.value.id
    return ""
