"""Look at an executed chapter: whole, readable by everybody, and true to its promises."""

import re

from bs4 import BeautifulSoup

__all__ = ["broken_promises", "cut_short", "failure", "unreadable"]

_LARGEST_MB = 25
_COLOUR_CODES = re.compile(r"\x1b\[[0-9;]*m")


def failure(notebook):
    """Return the source and the traceback of the first cell that failed, or an empty string."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                trace = _COLOUR_CODES.sub("", "\n".join(output["traceback"]))
                trace = trace or f"{output['ename']}: {output['evalue']}"
                return f"cell {cell.number}:\n{cell.source}\n\n{trace}"
    return ""


def cut_short(notebook):
    """Say which code cell did not run to its end, or return an empty string.

    A cell that ends the kernel in good order, such as ``sys.exit()``, is no error to papermill.
    """
    for cell in notebook.cells:
        if not cell.is_code or not cell.source.strip():
            continue
        status = cell.metadata.get("papermill", {}).get("status")
        if status != "completed" or cell.execution_count is None:
            return f"cell {cell.number} did not run to its end:\n{cell.source}"
    return ""


def unreadable(notebook, figures):
    """Return what a reader of the executed notebook would miss, one sentence each.

    ``figures`` is how many of them ``chapters.yml`` promises.
    """
    name, problems, shown = notebook.path.name, [], 0
    for cell in notebook.cells:
        here = 0
        for output in cell.get("outputs", []):
            images, nameless = _images(output)
            here += images
            if nameless or (images and not _is_html(output) and not cell.alt):
                problems.append(
                    f"{name}, cell {cell.number}: a figure without alt text; say in the cell's "
                    "metadata, mystnb.image.alt, what is to be seen"
                )
        shown += here
        problems += [f"{name}, cell {cell.number}: {fault}" for fault in _misnamed(cell, here)]
    if shown < figures:
        problems.append(f"{name}: {shown} figures came out, chapters.yml promises {figures}")
    size = notebook.path.stat().st_size / 1e6
    if size > _LARGEST_MB:
        problems.append(f"{name}: {size:.0f} MB of outputs; print and draw less")
    return problems


def broken_promises(rows, contracts, profile):
    """Return which results lie outside the range that they were promised in, one sentence each.

    ``rows`` is a DataFrame with the columns ``score``, ``class``, ``value``, ``simulated`` and one
    for each case field; ``contracts`` are those of the chapter. A simulated ECG is no evidence
    about a real one: its rows are held to a range only where the contract says so.
    """
    problems = []
    for contract in contracts:
        if (limits := getattr(contract, profile)) is None:
            continue
        promised = {"score": contract.score, **contract.case}
        promised |= {"class": contract.class_} if contract.class_ else {}
        name = ", ".join(str(value) for value in promised.values())
        found = rows[[_matches(row, promised) for row in rows.to_dict("records")]]
        if found.empty:
            problems.append(f"chapters.yml promises {name}, of which no row was recorded")
            continue
        held = found if contract.simulated else found[~found["simulated"].astype(bool)]
        problems += [
            f"ResultOutOfContract: {name} is {value:g}, outside {limits[0]:g}–{limits[1]:g} that "
            f"chapters.yml promises for {profile}"
            for value in held["value"]
            if not limits[0] <= value <= limits[1]
        ]
    return problems


def stayed_on_the_processor(provenance, chapter, profile):
    """Return the problem of a chapter that trains under ``gpu`` and took no memory of a GPU.

    ``provenance`` is that of its results file, see `ecgbook.results.machine`. Without results
    nothing tells, and that is the problem.
    """
    if profile != "gpu" or not chapter.trains or provenance.get("device_peak_mb"):
        return []
    return [
        f"{chapter.name} trains, and no memory of a GPU was taken: its tensors stayed on the "
        f"processor, so this run says nothing of a GPU; is there one, and does torch see it?"
    ]


def _matches(row, promised):
    """Tell whether a row has each field; a table may hold a number as text or as a float."""
    pairs = ((row.get(field), value) for field, value in promised.items())
    return all(own == value or str(own) == str(value) for own, value in pairs)


def _misnamed(cell, figures):
    """Say what is wrong with caption and name of a cell that shows so many figures."""
    if figures and not (cell.caption and cell.figure.get("name")):
        yield "a figure without caption or name; give it both in mystnb.figure"
    if cell.caption and not figures:
        yield "a caption, but no figure came out"
    if cell.caption and figures > 1:
        yield f"{figures} figures under one caption; show one a cell"


def _is_html(output):
    return "text/html" in output.get("data", {})


def _images(output):
    """Return how many figures an output shows and whether one in its HTML has no alt text."""
    data = output.get("data", {})
    if not _is_html(output):
        return int(any(kind.startswith("image/") for kind in data)), False
    tags = BeautifulSoup("".join(data["text/html"]), "html.parser").find_all(["img", "svg"])
    shown = [tag for tag in tags if tag.get("aria-hidden") != "true"]
    said = ("alt", "aria-label", "aria-labelledby")
    nameless = [tag for tag in shown if not any(tag.get(name, "").strip() for name in said)]
    return int(bool(shown)), bool(nameless)
