"""What the front page shows: an ECG, and what one network is worth under two protocols."""

from dataclasses import replace

from ecgbook import results
from ecgbook.plotting import plot_ecg
from ecgbook.plotting.figure import png
from ecgbook.publish import overview
from ecgbook.simulator import simulate

__all__ = ["write_front"]

_CHAPTER = "02-beat-datasets"
# Its alt text in index.md says that the sixth of nine beats is the odd one.
HEART = {"leads": ["II", "V1"], "duration_s": 8, "heart_rate_bpm": 68, "seed": 8}


def write_front(site):
    """Write the figures of the front page and ``front.md`` into the folder ``_generated``.

    The ECG is simulated, because no patient's is stored with the book; the numbers are those of
    the reference run.
    """
    folder = site / "_generated"
    (folder / "front-ecg.png").write_bytes(png(_ecg()))
    plan, text = overview.plan_of("index"), ""
    lines = overview.lines_of(plan, results.reference(_CHAPTER))
    if len(lines):
        figure = overview.draw(lines, plan["title"])
        (folder / "front-leak.png").write_bytes(png(figure))
        text = f"```{{image}} _generated/front-leak.png\n:alt: {figure.alt}\n:width: 560px\n```\n"
    (folder / "front.md").write_text(text, encoding="utf-8")


def _ecg():
    """Draw eight seconds of a simulated ECG with one ventricular beat, without its marks."""
    ecg = simulate("premature_ventricular", **HEART).recording()
    return plot_ecg(replace(ecg, annotations=None), title="Which beat is it?")
