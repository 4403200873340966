"""How an executed chapter is laid out on its page: what is hidden, folded, wide, and said on top.

What readers download is the clean notebook; what was executed is kept as it was. Only the copy
that becomes a page is changed.
"""

import struct
from base64 import b64decode
from datetime import date

from ecgbook.publish.live.page import add_figures

__all__ = ["dress", "lay_out", "leave_out"]

# A figure wider than this many times its height keeps a width on a telephone, and scrolls.
_WIDE = 2.2
_REMOVED = {"colab", "parameters", "injected-parameters"}
_SIMULATED = (
    "\n\n```{warning}\nAll ECGs of this page are simulated. "
    "Only the reference runs were made on real ones.\n```"
)


def dress(notebook):
    """Change an executed notebook into what its page shows.

    The table at its top says how the page was run; cells that only a program needs go; folds say
    what is under them; wide figures are marked so that they scroll on a telephone.
    """
    facts = notebook.content.metadata.get("ecgbook", {})
    for cell in notebook.tagged("header"):
        cell.node.source = _with_run(cell.source, facts)
    for cell in notebook.cells:
        if cell.is_code:
            lay_out(cell)
    add_figures(notebook)


def leave_out(notebook, tags):
    """Remove the cells that have one of the tags, with what they have given, from a notebook."""
    gone = {cell.node.id for cell in notebook.cells if set(tags) & set(cell.tags)}
    kept = [node for node in notebook.content.cells if node.id not in gone]
    notebook.content.cells = kept


def lay_out(cell):
    """Hide a code cell, word its fold and mark its wide figures, all in its metadata."""
    tags, shown = set(cell.tags), dict(cell.metadata.get("mystnb", {}))
    if tags & _REMOVED:
        cell.metadata["tags"] = [*cell.tags, "remove-cell"]
    if "prose" in tags and "remove-input" not in tags:
        cell.metadata["tags"] = [*cell.tags, "remove-input"]
    if what := _folded(tags, cell):
        shown |= {"code_prompt_show": f"Show {what}", "code_prompt_hide": f"Hide {what}"}
    if any(_is_wide(output) for output in cell.get("outputs", [])):
        image = shown.get("image", {})
        shown["image"] = {**image, "classes": f"{image.get('classes', '')} wide".strip()}
    if shown:
        cell.metadata["mystnb"] = shown


def run_line(facts):
    """Return how a page was run, as a sentence, from the facts that its execution left."""
    when = date.fromisoformat(facts["date"])
    minutes = f"{facts['minutes']:.1f} minutes" if facts["minutes"] >= 0.1 else "a few seconds"
    ecgs = {"real": "on real ECGs, ", "simulated": "on simulated ECGs, "}.get(facts["data"], "")
    how = f"{ecgs}in the profile [`{facts['profile']}`](profiles), with ecgbook {facts['version']}"
    return f"was run on {when.day} {when:%B %Y} in {minutes}, {how}"


def _with_run(header, facts):
    """Return the header with a row on its run below the one on limits, and a warning if needed."""
    if "date" in facts:
        lines = header.splitlines()
        place = next((n for n, line in enumerate(lines) if line.startswith("| Running")), None)
        if place is not None:
            lines.insert(place + 1, f"| This page | {run_line(facts)} |")
        header = "\n".join(lines)
    return header + _SIMULATED * (facts.get("data") == "simulated")


def _folded(tags, cell):
    """Return what stands under the fold of a cell, in words; an empty string without a fold."""
    if "solution" in tags and tags & {"hide-cell", "hide-input"}:
        return "the solution"
    if "hide-cell" in tags:
        return "the code and what it gives"
    if "hide-input" in tags:
        return "the code of this figure" if _draws(cell) else "the code"
    return "the output" if "hide-output" in tags else ""


def _draws(cell):
    kinds = (kind for output in cell.get("outputs", []) for kind in output.get("data", {}))
    return bool(cell.alt) or any(kind.startswith("image/") for kind in kinds)


def _is_wide(output):
    png = output.get("data", {}).get("image/png")
    if not png:
        return False
    # A PNG says its width and height in the bytes 16 to 24.
    width, height = struct.unpack(">II", b64decode("".join(png)[:32])[16:24])
    return width > _WIDE * height
