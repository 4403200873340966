"""Rules on cells: generated ones, parameters, sizes and alt text.

Stored outputs are left to nbstripout, star imports and syntax to ruff: `make lint` runs both.
"""

import ast
from statistics import median

from ecgbook.errors import BookInvalid
from ecgbook.publish.generate import generated
from ecgbook.publish.notebook import check_parameters

__all__ = ["RULES", "parsed"]

_PARAMETERS = ("profile", "data", "seed")
# Code that no hand wrote, or that a reader meets folded up.
_FOLDED = {"header", "colab", "parameters", "solution"}
_LARGEST_KB = 100
# A chapter drawn by one of these shows a figure; the other names of the room only help.
_PYPLOT = {"figure", "hist", "imshow", "plot", "scatter", "show", "subplots"}


def parsed(cell):
    """Return the syntax tree of a code cell, its IPython magic left out, or None."""
    lines = cell.source.splitlines()
    plain = ["" if line.lstrip().startswith(("%", "!")) else line for line in lines]
    try:
        return ast.parse("\n".join(plain))
    except SyntaxError:
        return None


def generated_cells(book, chapter, notebook):
    """Hold header and Colab cell to what `ecgbook sync` writes."""
    for node in generated(book, chapter):
        tag, expected = node.metadata.tags[0], (node.cell_type, node.source, node.metadata.tags)
        cells = notebook.tagged(tag)
        if len(cells) != 1:
            yield 0, f"needs one cell tagged `{tag}`: ecgbook sync"
        elif (cells[0].cell_type, cells[0].source, cells[0].tags) != expected:
            yield cells[0].number, f"the {tag} is out of date: run ecgbook sync"


def parameters(book, chapter, notebook):
    """Ask for one parameters cell that sets profile, data and seed."""
    try:
        check_parameters(notebook, dict.fromkeys(_PARAMETERS))
    except BookInvalid as error:
        yield 0, str(error)


def cell_count(book, chapter, notebook):
    """Keep chapters to a number of code cells that can be run and read in one sitting."""
    if not 20 <= (count := len(_met(notebook))) <= 35:
        yield 0, f"{count} code cells; aim at 20–35"


def sizes(book, chapter, notebook):
    """Keep chapters digestible: length of code cells, size of the file."""
    lengths = [_lines(cell) for cell in _met(notebook)]
    if lengths and median(lengths) > 7:
        yield 0, f"the median code cell has {median(lengths):g} lines; aim at 7: split cells"
    if sum(length > 18 for length in lengths) > 0.1 * len(lengths):
        yield 0, "more than one in ten code cells is over 18 lines; move code to the package"
    size = notebook.path.stat().st_size / 1000
    if size >= _LARGEST_KB:
        yield 0, f"the file has {size:.0f} kB; keep below {_LARGEST_KB} kB"


def long_cells(book, chapter, notebook):
    """Refuse code cells over 30 lines."""
    for cell in notebook.cells:
        if cell.is_code and _lines(cell) > 30:
            yield cell.number, f"{_lines(cell)} lines; no cell over 30: move code to the package"


def alt_text(book, chapter, notebook):
    """Ask for alt text on every cell that draws; the run checks the figures themselves."""
    for cell in notebook.cells:
        if cell.is_code and not cell.alt and _draws(parsed(cell)):
            yield cell.number, "say in the cell's metadata, mystnb.image.alt, what is to be seen"


RULES = (generated_cells, parameters, cell_count, sizes, long_cells, alt_text)


def _met(notebook):
    """Return the code cells that a reader meets."""
    return [cell for cell in notebook.cells if cell.is_code and not _FOLDED & set(cell.tags)]


def _lines(cell):
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def _draws(tree):
    """Tell whether a cell calls, outside of its own functions, something that makes a figure."""
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
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        if function.value.id == "plt":
            return function.attr in _PYPLOT
        return function.attr.startswith("plot_")
    return isinstance(function, ast.Name) and function.id.startswith("plot_")
