"""A tiny book in a temporary folder, and notebooks that are made cell by cell."""

import copy
import json
import shutil
from pathlib import Path

import pytest
import yaml

from ecgbook.publish import generate, manifest, notebook

REPOSITORY = Path(__file__).resolve().parents[2]

PROFILES = {
    "smoke": {"minutes": 2, "memory_mb": 2000},
    "cpu": {"minutes": 2, "memory_mb": 2000},
}
CHAPTER = {
    "notebook": "book/chapters/01-tiny.ipynb",
    "title": "Tiny",
    "goals": ["count to ten"],
    "prerequisites": {"necessary": ["Python"], "helpful": []},
    "reading_minutes": 1,
    "databases": {},
    "figures": 1,
    "contracts": [{"score": "rate", "smoke": [60, 80], "simulated": True}],
}


def code(source, *tags, **metadata):
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": list(tags), **metadata},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def prose(source, **metadata):
    lines = source.splitlines(keepends=True)
    return {"cell_type": "markdown", "metadata": metadata, "source": lines}


PARAMETERS = code('profile = "smoke"\ndata = "auto"\nseed = 0', "hide-cell", "parameters")

RECORD = code(
    "from ecgbook.results import Run\n"
    'run = Run("01-tiny", profile, seed)\n'
    'row = {"score": "rate", "value": 70.0 + seed, "low": 68, "high": 72, "n": 9, "unit": "bpm"}\n'
    "run.record(row)\n"
    'run.compare(score="rate")'
)

FIGURE = code(
    "import matplotlib.pyplot as plt\nplt.plot([0, 1, 0])\nplt.show()",
    mystnb={
        "image": {"alt": "A line that goes up and down again."},
        "figure": {"caption": "A line.", "name": "fig-tiny-line"},
    },
)


API = """\
# The package

```{eval-rst}
.. py:class:: ecgbook.results.Run
.. py:method:: ecgbook.results.Run.record
.. py:method:: ecgbook.results.Run.compare
.. py:function:: ecgbook.results.say
```
"""


def write_notebook(path, cells):
    cells = [cell | {"id": f"cell-{number}"} for number, cell in enumerate(cells)]
    metadata = {
        "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1))


class TinyBook:
    """The folder of a book with one chapter; change it, then `load` it."""

    def __init__(self, root):
        self.root = root
        self.chapter, self.profiles = copy.deepcopy(CHAPTER), copy.deepcopy(PROFILES)
        self.others = []
        (root / "book" / "_static").mkdir(parents=True)
        shutil.copy(REPOSITORY / "_config.yml", root)
        for file in (REPOSITORY / "book/_static").glob("*.[cs][sv][sg]"):
            shutil.copy(file, root / "book/_static")
        for name in ("_vendor", "_live"):
            (root / "book" / name).symlink_to(REPOSITORY / "book" / name)
        (root / "requirements.lock").write_text("numpy==2.0.0\n")
        (root / "book" / "index.md").write_text("# Tiny book\n\nTime flows: $t \\to \\infty$.\n")
        (root / "book" / "references.bib").write_text("")
        (root / "book" / "how-to-use.md").write_text(
            "# How\n\n(profiles)=\n(reading-results)=\n## Results\n\n"
            "```{include} _generated/runtime.md\n```\n"
        )
        (root / "book" / "api.md").write_text(API)
        pages = ("how-to-use", "chapters/01-tiny", "results", "api")
        toc = {
            "format": "jb-book",
            "root": "index",
            "chapters": [{"file": name} for name in pages],
        }
        (root / "_toc.yml").write_text(yaml.safe_dump(toc))
        self.write(PARAMETERS, RECORD, FIGURE)

    @property
    def notebook(self):
        return self.root / self.chapter["notebook"]

    def write(self, *cells):
        write_notebook(self.notebook, cells)

    def load(self):
        content = {"profiles": self.profiles, "chapters": [self.chapter, *self.others]}
        # Through JSON, so that YAML sees no list twice and writes no alias.
        text = yaml.safe_dump(json.loads(json.dumps(content)), sort_keys=False)
        (self.root / "chapters.yml").write_text(text)
        return manifest.load(self.root)

    def first(self):
        """Return the first cell of the notebook."""
        return notebook.load(self.notebook).cells[0]

    def sync(self):
        book = self.load()
        generate.sync(book, book.chapters[0])
        return book


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return TinyBook(tmp_path)


@pytest.fixture
def broken(tiny):
    """A function: what a rule has against a notebook of these cells."""

    def check(rule, *cells):
        tiny.write(*cells)
        book = tiny.load()
        chapter = book.chapters[0]
        return [remedy for _, remedy in rule(book, chapter, notebook.load(tiny.notebook))]

    return check
