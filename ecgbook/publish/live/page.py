"""Puts live figures into pages: a still figure, in whose place the scripts draw the live one."""

import html

from ecgbook.plotting import plot_ecg
from ecgbook.plotting.figure import png
from ecgbook.publish.live.pages import PAGES, page_of, page_script, strips_of
from ecgbook.publish.live.script import write_model

__all__ = ["add_figures", "live_figures", "scripts_of", "write_live"]

# In this order: each uses what those before it have defined.
_RUNNER = ("run", "recipes", "bend", "strips", "draw", "controls", "views")
_SHOWN_S = 10
_SAID = (
    "All ECGs of this figure are simulated.\n"
    "A file of your own is read by this page alone and sent nowhere.\n"
    "The figure is made for learning; it is no medical device.\n"
)


def live_figures(notebook):
    """Return the names of the live figures of a notebook, as its cells' metadata say."""
    return [cell.metadata["live"] for cell in notebook.cells if "live" in cell.metadata]


def add_figures(notebook):
    """Add the live figures that Markdown cells name in their metadata, ``live``, below their text.

    A page shows the still figure where no script runs. Scripts are files, not modules, and are
    loaded by elements, not fetched, so that a page works from a disk as well.
    """
    cells = [cell for cell in notebook.cells if "live" in cell.metadata]
    for cell in cells:
        cell.node.source += _place(cell.metadata["live"])
    if cells:
        files = scripts_of(live_figures(notebook))
        loads = (f'<script defer src="../live/{file}.js"></script>' for file in files)
        cells[-1].node.source += "\n" + "\n".join(loads)


def scripts_of(names):
    """Return the scripts that live figures need, in the order in which they are loaded.

    >>> scripts_of(["rhythm"])[-3:]
    ('rhythm_crnn-challenge2017', 'page-rhythm', 'page')
    """
    models = sorted({model for name in names for model in PAGES[name].models})
    return (*_RUNNER, *models, *(f"page-{name}" for name in names), "page")


def write_live(site, names):
    """Write the scripts and still figures of live figures into what Sphinx reads.

    Scripts of networks go to ``_live/live`` beside the runner, pictures to ``_generated/live``.
    """
    scripts, pictures = site / "_live" / "live", site / "_generated" / "live"
    for folder in (scripts, pictures):
        folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (scripts / f"page-{name}.js").write_text(page_script(name), encoding="utf-8")
        (pictures / f"{name}.png").write_bytes(png(_still(name)))
    for model in sorted({model for name in names for model in PAGES[name].models}):
        write_model(model, scripts)


def _place(name):
    page = page_of(name)
    figure = f"```{{figure}} /_generated/live/{name}.png\n:name: fig-live-{name}\n"
    parts = [
        f'\n\n<div class="ecg-live" data-live="{name}">',
        f"{figure}:alt: {html.escape(page.alt)}\n\n{page.caption}\n```",
        "<noscript><p>The figure is still, because no scripts run here.</p></noscript>\n</div>",
        _SAID,
    ]
    return "\n\n".join(parts)


def _still(name):
    """Draw the first ten seconds of the first strip of a page."""
    recording = strips_of(name)[0].recording.window(0, _SHOWN_S)
    return plot_ecg(recording, title=strips_of(name)[0].title.capitalize())
