"""The cells that no hand writes: header, Colab set-up and sizes, all from the manifest."""

import json

from ecgbook.publish.notebook import load, save
from ecgbook.sources.catalog import CATALOG

__all__ = ["GENERATED", "colab_cell", "colab_url", "generated", "header_cell", "sizes_cell", "sync"]

# Tag of each generated cell, in the order of the notebook; the hand-written parameters cell
# stands between the last two, because the sizes depend on the profile.
GENERATED = ("header", "colab", "sizes")

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


def sizes_cell(chapter):
    """Return the source of the cell that picks the sizes of the profile."""
    lines = ["# How much of the data each profile takes. Written by `ecgbook sync`.", "sizes = {"]
    for name, profile in chapter.profiles.items():
        sizes = [f"{_literal(key)}: {_literal(value)}" for key, value in profile.sizes.items()]
        line = f"    {_literal(name)}: {{{', '.join(sizes)}}},"
        if len(line) > 100:
            lines += [
                f"    {_literal(name)}: {{",
                *(f"        {size}," for size in sizes),
                "    },",
            ]
        else:
            lines.append(line)
    return "\n".join([*lines, "}[profile]"])


def header_cell(book, chapter):
    """Return the Markdown of the chapter's first cell: goals, needs, times, data, Colab link."""
    lines = [f"# {chapter.title}", "", "After this chapter you can:", ""]
    lines += [f"- {goal}" for goal in chapter.goals]
    lines += ["", f"| Reading | about {chapter.reading_minutes} minutes |", "|---|---|"]
    lines += [f"| Running | {_running(chapter)} |"]
    lines += [f"| Data | {_data_set(CATALOG[name])} |" for name in chapter.databases]
    lines += [f"| You need | {', '.join(chapter.necessary)} |"] if chapter.necessary else []
    lines += [f"| It helps to know | {', '.join(chapter.helpful)} |"] if chapter.helpful else []
    lines += ["", f"[Open this chapter in Google Colab]({colab_url(book, chapter)})"]
    return "\n".join(lines)


def generated(book, chapter):
    """Return what each generated cell must hold, by tag, as (kind, source, tags)."""
    cells = {
        "header": ("markdown", header_cell(book, chapter), ["header"]),
        "colab": ("code", colab_cell(book), ["colab", "remove-cell"]),
    }
    if any(profile.sizes for profile in chapter.profiles.values()):
        cells["sizes"] = ("code", sizes_cell(chapter), ["hide-cell", "sizes"])
    return cells


def sync(book, chapter):
    """Write the generated cells into the chapter's notebook; return whether it changed.

    A cell that is there is rewritten in its place. A missing header or Colab cell goes to the
    top, missing sizes behind the parameters.
    """
    notebook = load(book.root / chapter.notebook)
    before = json.dumps(notebook.content)
    for position, (tag, parts) in enumerate(generated(book, chapter).items()):
        present = notebook.tagged(tag)
        if not present:
            parameters = notebook.tagged("parameters")
            behind = parameters[0].number if tag == "sizes" and parameters else position
            notebook.content["cells"].insert(behind, _new_cell(tag, parts[0]))
            present = notebook.tagged(tag)
        cell = present[0].content
        cell["source"] = parts[1].splitlines(keepends=True)
        cell["metadata"]["tags"] = parts[2]
    changed = json.dumps(notebook.content) != before
    if changed:
        save(notebook)
    return changed


def _literal(value):
    """Return a value as Python source with the quotes of the house."""
    return repr(value).replace("'", '"')


def _new_cell(tag, kind):
    cell = {"cell_type": kind, "id": tag, "metadata": {"tags": [tag]}, "source": []}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _running(chapter):
    names = {"smoke": "a quick look (`smoke`)", "cpu": "a laptop (`cpu`)", "gpu": "a GPU (`gpu`)"}
    return "; ".join(
        f"at most {profile.minutes:g} minute{'s' if profile.minutes != 1 else ''} for {names[name]}"
        for name, profile in chapter.profiles.items()
    )


def _data_set(info):
    return f"{info.title} {info.version} ({info.licence}): {info.size}"
