"""Notebooks as lists of cells: read, looked at, written back."""

import json
from dataclasses import dataclass
from pathlib import Path

from ecgbook.errors import BookInvalid

__all__ = ["Cell", "Notebook", "load", "save"]


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook.

    Parameters
    ----------
    number : int
        Position in the notebook, counted from 1.
    content : dict
        The cell as the file holds it; a change of it changes the notebook.
    """

    number: int
    content: dict

    @property
    def is_code(self):
        """Whether the cell holds code."""
        return self.content["cell_type"] == "code"

    @property
    def is_markdown(self):
        """Whether the cell holds prose."""
        return self.content["cell_type"] == "markdown"

    @property
    def source(self):
        """The text of the cell."""
        return "".join(self.content["source"])

    @property
    def tags(self):
        """The tags of the cell, in the order written."""
        return self.content["metadata"].get("tags", [])

    @property
    def outputs(self):
        """What the cell printed or drew; an empty list for prose."""
        return self.content.get("outputs", [])

    @property
    def alt(self):
        """The text that stands for the figure of this cell, empty where there is none."""
        image = self.content["metadata"].get("mystnb", {}).get("image", {})
        return str(image.get("alt", "")).strip()


@dataclass(frozen=True)
class Notebook:
    """A notebook file and its cells."""

    path: Path
    content: dict

    @property
    def cells(self):
        """The cells in order, as a list of `Cell`."""
        return [Cell(number, cell) for number, cell in enumerate(self.content["cells"], 1)]

    def tagged(self, tag):
        """Return the cells that carry ``tag``."""
        return [cell for cell in self.cells if tag in cell.tags]


def load(path):
    """Read a notebook; raise `BookInvalid` if it is missing or not a notebook."""
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = content["cells"]
        if not all({"cell_type", "metadata", "source"} <= set(cell) for cell in cells):
            raise KeyError("cell_type, metadata or source")
    except FileNotFoundError as error:
        raise BookInvalid(f"{path}: there is no such notebook") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BookInvalid(f"{path}: this is no Jupyter notebook ({error})") from error
    return Notebook(path, content)


def save(notebook, path=None):
    """Write a notebook to ``path`` (default: where it came from), as Jupyter formats it."""
    text = json.dumps(notebook.content, indent=1, ensure_ascii=False, sort_keys=True)
    Path(path or notebook.path).write_text(text + "\n", encoding="utf-8")
