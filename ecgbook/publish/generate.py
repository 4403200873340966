"""The cells that no hand writes: header and Colab set-up, both from the manifest."""

import copy

import nbformat

from ecgbook.publish.notebook import load, save
from ecgbook.sources.catalog import CATALOG

__all__ = ["colab_cell", "colab_url", "generated", "header_cell", "sync"]

# Colab's own versions of these stay: replacing one under a running kernel breaks the session.
_KEPT = ("matplotlib", "numpy", "pandas", "scikit-learn", "scipy", "torch")

_COLAB = """\
# Prepares Google Colab, does nothing elsewhere; written by ecgbook sync.
import importlib.util
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

on_colab = "google.colab" in sys.modules
if on_colab and not importlib.util.find_spec("ecgbook"):
    kept = "{kept}".split()
    pins = "".join(f"{{name}}=={{version(name)}}\\n" for name in kept)
    Path("kept.txt").write_text(pins)
    url = "{url}"
    pip = [sys.executable, "-m", "pip", "install", "-q", "-c", "kept.txt"]
    book = f"ecgbook[lessons] @ git+{{url}}@{tag}"
    if subprocess.run([*pip, book]).returncode:
        sys.exit(f"ecgbook {tag} cannot be installed: tell {{url}}/issues")
"""


def colab_url(book, chapter):
    """Return the address that opens the chapter of this release in Google Colab."""
    path = book.repository_url.removeprefix("https://github.com/")
    notebook = chapter.notebook.as_posix()
    return f"https://colab.research.google.com/github/{path}/blob/{book.tag}/{notebook}"


def colab_cell(book):
    """Return the source of the cell that installs the tagged package on Colab."""
    kept = " ".join(_KEPT)
    return _COLAB.format(kept=kept, url=book.repository_url, tag=book.tag).rstrip()


def header_cell(book, chapter):
    """Return the Markdown of the chapter's first cell: goals, needs, times, data, Colab link."""
    lines = [f"# {chapter.title}", "", f"After this {chapter.noun} you can:", ""]
    lines += [f"- {goal}" for goal in chapter.goals]
    lines += ["", f"| Reading | about {chapter.reading_minutes} minutes |", "|---|---|"]
    lines += [f"| Running | {_running(chapter)} |"]
    lines += [f"| Data | {_data_set(CATALOG[name])} |" for name in chapter.databases]
    needs = chapter.prerequisites
    lines += [f"| You need | {', '.join(needs.necessary)} |"] if needs.necessary else []
    lines += [f"| It helps to know | {', '.join(needs.helpful)} |"] if needs.helpful else []
    lines += ["", f"[Open this {chapter.noun} in Google Colab]({colab_url(book, chapter)})"]
    return "\n".join(lines)


def generated(book, chapter):
    """Return the cells that stand at the top of the chapter, as nbformat nodes in their order."""
    v4, header, colab = nbformat.v4, {"tags": ["header"]}, {"tags": ["colab", "remove-cell"]}
    return [
        v4.new_markdown_cell(header_cell(book, chapter), id="header", metadata=header),
        v4.new_code_cell(colab_cell(book), id="colab", metadata=colab),
    ]


def sync(book, chapter):
    """Write the generated cells into the chapter's notebook; return whether it changed.

    A cell that is there is rewritten in its place, a missing one goes to the top.
    """
    notebook = load(book.root / chapter.notebook)
    before = copy.deepcopy(notebook.content)
    for position, node in enumerate(generated(book, chapter)):
        if present := notebook.tagged(node.metadata.tags[0]):
            present[0].node.source = node.source
            present[0].node.metadata.tags = node.metadata.tags
        else:
            notebook.content.cells.insert(position, node)
    changed = notebook.content != before
    if changed:
        save(notebook)
    return changed


def _running(chapter):
    names = {"smoke": "a quick look (`smoke`)", "cpu": "a laptop (`cpu`)", "gpu": "a GPU (`gpu`)"}
    minutes = {name: profile.minutes for name, profile in chapter.profiles.items()}
    times = {name: f"{m:g} minute{'s' if m != 1 else ''}" for name, m in minutes.items()}
    return "; ".join(f"at most {time} for {names[name]}" for name, time in times.items())


def _data_set(info):
    return f"{info.title} {info.version} ({info.licence}): {info.size}"
