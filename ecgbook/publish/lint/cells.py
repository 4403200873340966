"""Rules on code cells: generated ones, parameters, number and sizes, those that speak.

Stored outputs are left to nbstripout, star imports and syntax to ruff: `make lint` runs both.
"""

from statistics import median

from ecgbook.errors import BookInvalid
from ecgbook.publish.generate import generated
from ecgbook.publish.lint.syntax import ends_in, last_expression, parsed
from ecgbook.publish.notebook import check_parameters

__all__ = ["RULES", "cell_count", "shows_words"]

_PARAMETERS = ("profile", "data", "seed")
# Code that no hand wrote, that a reader meets folded up, or of which only the words are shown.
_NOT_MET = {"header", "colab", "parameters", "prose", "remove-cell", "solution"}
_LARGEST_KB = 100


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


def prose_cells(book, chapter, notebook):
    """Ask that cells which show sentences, and only those, are tagged `prose`, input removed."""
    for cell in notebook.cells:
        if not cell.is_code or "solution" in cell.tags:
            continue
        tagged, shows = "prose" in cell.tags, shows_words(cell)
        if tagged and not shows:
            yield cell.number, "a cell tagged `prose` ends in results.say(…)"
        if shows and not {"prose", "remove-input"} <= set(cell.tags):
            yield cell.number, "it ends in results.say(…): tag it `prose` and `remove-input`"


RULES = (generated_cells, parameters, cell_count, sizes, long_cells, prose_cells)


def shows_words(cell):
    """Tell whether a code cell ends in ``results.say(…)``."""
    last = last_expression(parsed(cell))
    return ends_in(getattr(last, "func", None), "say")


def _met(notebook):
    """Return the code cells that a reader meets."""
    return [cell for cell in notebook.cells if cell.is_code and not _NOT_MET & set(cell.tags)]


def _lines(cell):
    return sum(bool(line.strip()) for line in cell.source.splitlines())
