"""Notebooks through nbformat, with their cells counted from 1."""

import ast
from dataclasses import dataclass
from pathlib import Path

import nbformat

from ecgbook.errors import BookInvalid

__all__ = ["Cell", "Notebook", "check_parameters", "load", "save"]


@dataclass(frozen=True)
class Cell:
    """One cell: its ``number``, counted from 1, and its ``node``, whose entries it hands out."""

    number: int
    node: nbformat.NotebookNode

    def __getattr__(self, name):
        return getattr(self.node, name)

    @property
    def is_code(self):
        """Whether the cell holds code."""
        return self.node.cell_type == "code"

    @property
    def is_markdown(self):
        """Whether the cell holds prose."""
        return self.node.cell_type == "markdown"

    @property
    def tags(self):
        """The tags of the cell, in the order written."""
        return self.node.metadata.get("tags", [])

    @property
    def alt(self):
        """The text that stands for the figure of this cell, empty where there is none."""
        image = self.node.metadata.get("mystnb", {}).get("image", {})
        return str(image.get("alt", "")).strip()

    @property
    def figure(self):
        """What the cell's metadata say of its figure: caption and name, or nothing."""
        return self.node.metadata.get("mystnb", {}).get("figure", {})

    @property
    def caption(self):
        """The text below the figure of this cell, empty where there is none."""
        return str(self.figure.get("caption", "")).strip()


@dataclass(frozen=True)
class Notebook:
    """A notebook file and what is in it; a change of its cells changes ``content``."""

    path: Path
    content: nbformat.NotebookNode

    @property
    def cells(self):
        """The cells in order, as a list of `Cell`."""
        return [Cell(number, node) for number, node in enumerate(self.content.cells, 1)]

    def tagged(self, tag):
        """Return the cells that carry ``tag``."""
        return [cell for cell in self.cells if tag in cell.tags]


def load(path):
    """Read a notebook; raise `BookInvalid` if it is missing or not a notebook."""
    path = Path(path)
    try:
        content = nbformat.read(path, as_version=4)
        nbformat.validate(content)
    except FileNotFoundError as error:
        raise BookInvalid(f"{path}: there is no such notebook") from error
    except Exception as error:  # nbformat lets through whatever a strange file sets off
        raise BookInvalid(f"{path}: this is no Jupyter notebook ({error})") from error
    return Notebook(path, content)


def save(notebook):
    """Write a notebook to where it came from."""
    nbformat.write(notebook.content, notebook.path)


def check_parameters(notebook, parameters):
    """Raise `BookInvalid` unless the parameters cell sets exactly the names of ``parameters``.

    Papermill only warns about an unknown name, and the run goes on with the default.
    """
    cells, place = notebook.tagged("parameters"), notebook.path.name
    if len(cells) != 1:
        raise BookInvalid(f"{place}: needs one cell tagged `parameters`, has {len(cells)}")
    place += f", cell {cells[0].number}"
    try:
        nodes = list(ast.walk(ast.parse(cells[0].source)))
    except SyntaxError as error:
        raise BookInvalid(f"{place}: the parameters are not valid Python") from error
    stored = [node for node in nodes if isinstance(getattr(node, "ctx", None), ast.Store)]
    names = {node.id for node in stored if isinstance(node, ast.Name)}
    for name in sorted(names ^ set(parameters)):
        fault = "lacks the parameter" if name in parameters else "has an unknown parameter"
        raise BookInvalid(f"{place}: {fault} {name!r}; the runner sets {', '.join(parameters)}")
