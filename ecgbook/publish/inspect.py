"""Look at an executed chapter: whole, readable by everybody, and true to its promises."""

import re
from html.parser import HTMLParser

__all__ = ["broken_promises", "failure", "unreadable"]

_COLOUR_CODES = re.compile(r"\x1b\[[0-9;]*m")


def failure(notebook):
    """Return the source and the traceback of the first cell that failed, or an empty string."""
    for cell in notebook.cells:
        for output in cell.outputs:
            if output["output_type"] == "error":
                trace = _COLOUR_CODES.sub("", "\n".join(output["traceback"]))
                trace = trace or f"{output['ename']}: {output['evalue']}"
                return f"cell {cell.number}:\n{cell.source}\n\n{trace}"
    return ""


def unreadable(notebook, figures):
    """Return what a reader of the executed notebook would miss, one sentence each.

    Parameters
    ----------
    notebook : Notebook
    figures : int
        How many figures ``chapters.yml`` promises.
    """
    problems, shown = [], 0
    for cell in notebook.cells:
        for output in cell.outputs:
            images, nameless = _images(output)
            shown += images
            if nameless or (images and not _is_html(output) and not cell.alt):
                problems.append(
                    f"{notebook.path.name}, cell {cell.number}: a figure without alt text; "
                    f"say in the cell's metadata, mystnb.image.alt, what is to be seen"
                )
    if shown < figures:
        problems.append(
            f"{notebook.path.name}: {shown} figures came out, chapters.yml promises {figures}"
        )
    return problems


def broken_promises(notebook, metrics, stored, contracts, profile):
    """Return where results and promises differ, one sentence each.

    Parameters
    ----------
    notebook : Notebook
        The executed chapter: each table or sentence in it carries the metrics that it shows.
    metrics, stored : dict of str to ecgbook.results.Metric
        What the chapter recorded, and the reference run.
    contracts : dict of str to ecgbook.publish.manifest.Contract
    profile : str

    Notes
    -----
    A simulated ECG is no evidence about a real one: its metrics are held to a range only where
    the contract says so.
    """
    problems = [
        f"chapters.yml promises the metric {name}, which was not recorded"
        for name in sorted(set(contracts) - set(metrics))
    ]
    problems += [
        f"the metric {name} was recorded but is not in chapters.yml; add it there"
        for name in sorted(set(metrics) - set(contracts))
    ]
    problems += [
        f"{notebook.path.name}, cell {number}: shows {name}, which is not in the results"
        for number, name in _shown_metrics(notebook)
        if name not in metrics and name not in stored
    ]
    for name in sorted(set(contracts) & set(metrics)):
        problems += _out_of_range(metrics[name], contracts[name], profile)
    return problems


def _out_of_range(metric, contract, profile):
    if profile not in contract.ranges or (metric.simulated and not contract.simulated):
        return []
    low, high = contract.ranges[profile]
    if low <= metric.value <= high:
        return []
    return [
        f"ResultOutOfContract: {metric.name} is {metric.value:g}, outside {low:g}–{high:g} that "
        f"chapters.yml promises for {profile} ({metric.origin or 'data not stated'})"
    ]


def _shown_metrics(notebook):
    for cell in notebook.cells:
        for output in cell.outputs:
            for name in output.get("metadata", {}).get("ecgbook", {}).get("metrics", []):
                yield cell.number, name


def _is_html(output):
    return "text/html" in output.get("data", {})


def _images(output):
    """Return how many figures an output shows and whether one in its HTML has no alt text."""
    data = output.get("data", {})
    if _is_html(output):
        parser = _ImageTags()
        parser.feed("".join(data["text/html"]))
        return int(parser.images > 0), parser.nameless > 0
    return int(any(kind.startswith("image/") for kind in data)), False


class _ImageTags(HTMLParser):
    """Counts the images of an HTML fragment, and those that nobody can hear."""

    def __init__(self):
        super().__init__()
        self.images = self.nameless = 0

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "img":
            self.images += 1
            self.nameless += not (attrs.get("alt") or "").strip()
        elif tag == "svg" and attrs.get("aria-hidden") != "true":
            self.images += 1
            self.nameless += not (attrs.get("aria-label") or attrs.get("aria-labelledby"))
