"""An ECG on paper: 25 mm/s, 10 mm/mV, calibration pulse, lead names, marks."""

import matplotlib as mpl
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from ecgbook.plotting.alt_text import describe, is_simulated
from ecgbook.plotting.figure import BookFigure
from ecgbook.plotting.marks import draw_peaks, draw_spans, write, write_annotations
from ecgbook.plotting.sheet import MM_PER_MV, MM_PER_S, START_MM, lay_out
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_ecg"]

_MM_PER_INCH = 25.4

# A whole number of pixels a millimetre keeps every grid line equally sharp.
_PIXELS_PER_MM = 6

_PAPER = "#fffafa"
_THIN_LINES = "#f8dcdc"
_THICK_LINES = "#efb3b3"


@style()
def plot_ecg(recording, *, leads=None, title=None, peaks=None, spans=(), ax=None):
    """Draw a recording on ECG paper and return the figure.

    A small square is 40 ms wide and 0.1 mV tall, in the figure's own size 1 mm × 1 mm.
    Twelve leads are laid out in three rows of four and a rhythm strip; other sets of leads
    are stacked. Annotations are written above the trace: beats in the colour of their EC57
    class, the text of rhythm changes in grey. Missing samples are gaps.

    Parameters
    ----------
    recording : Recording
        At most 15 s; choose a part with ``recording.window(start_s, stop_s)``.
    leads : str or sequence of str, optional
        The leads to draw, from the top down; all of them where it is not given.
    title : str, optional
        The headline; the recording's name where it is not given.
    peaks : array of int, or dict of str to array of int, optional
        Detected peaks in samples; a dict has them by the name to be written in the legend.
    spans : iterable of (start_s, stop_s, label), optional
        Spans of time to be shaded.
    ax : matplotlib.axes.Axes, optional
        Where to draw, shrunk or enlarged to fit; a figure of its own where it is not given.

    Returns
    -------
    BookFigure
        Its one axes has millimetres as coordinates; ``alt`` holds what `describe` says. With
        ``ax``, the figure of that.

    Raises
    ------
    RecordInvalid
        If the recording is longer than 15 s or has no such lead, or peaks or spans lie outside it.
    """
    if leads is not None:
        recording = recording.select(*([leads] if isinstance(leads, str) else leads))
    sheet = lay_out(recording)
    if ax is None:
        size_in = sheet.width_mm / _MM_PER_INCH, sheet.height_mm / _MM_PER_INCH
        figure = BookFigure(*size_in, alt=describe(recording), dpi=_PIXELS_PER_MM * _MM_PER_INCH)
        ax = figure.add_axes((0, 0, 1, 1))
    else:
        ax.set_aspect("equal")
    ax.set(xlim=(0, sheet.width_mm), ylim=(0, sheet.height_mm))
    ax.set_axis_off()
    mpl.rcParams["font.size"] = _type_points(sheet.width_mm) * _scale(ax, sheet)
    _draw_paper(ax, sheet)
    for row in sheet.rows:
        _draw_row(ax, row)
    _write_headings(ax, sheet, recording, title)
    draw_spans(ax, sheet, recording, spans)
    draw_peaks(ax, sheet.marked_row, recording, peaks)
    if recording.annotations is not None:
        write_annotations(ax, sheet.marked_row, recording)
    return ax.figure


def _scale(ax, sheet):
    """Return how long a millimetre of the sheet is on the figure, in mm."""
    box = ax.get_window_extent().size / ax.figure.dpi * _MM_PER_INCH
    return float(min(box / (sheet.width_mm, sheet.height_mm)))


def _type_points(width_mm):
    """Return larger type for a wider sheet: both are shrunk to the width of a page."""
    return float(np.clip(width_mm / 20, 9, 13.5))


def _draw_paper(ax, sheet):
    ax.add_patch(Rectangle((0, 0), sheet.width_mm, sheet.height_mm, color=_PAPER, zorder=0))
    for step_mm, colour, width in ((1, _THIN_LINES, 0.45), (5, _THICK_LINES, 0.9)):
        across = np.arange(0, sheet.width_mm + 0.5, step_mm)
        up = np.arange(0, sheet.height_mm + 0.5, step_mm)
        lines = [((x, 0), (x, sheet.height_mm)) for x in across]
        lines += [((0, y), (sheet.width_mm, y)) for y in up]
        look = {"colors": colour, "linewidths": width, "antialiased": False, "zorder": 1}
        ax.add_collection(LineCollection(lines, **look))


def _draw_row(ax, row):
    ink = {"color": COLOURS["ink"], "linewidth": 1.0, "zorder": 4}
    # The calibration pulse: 1 mV for 200 ms, one large square wide and two tall.
    rise, fall = START_MM - 10.0, START_MM - 10.0 + 0.2 * MM_PER_S
    x_mm = [rise - 2.5, rise, rise, fall, fall, fall + 2.5]
    height_mm = MM_PER_MV * np.array([0, 0, 1, 1, 0, 0])
    ax.plot(x_mm, row.baseline_mm + height_mm, gid="calibration", **ink)
    for column, trace in enumerate(row.traces):
        (line,) = ax.plot(trace.x_mm, row.baseline_mm + trace.y_mm, **ink)
        corner = (0, row.baseline_mm - row.below_mm - 1)
        size = (ax.get_xlim()[1], row.below_mm + row.above_mm + 2)
        line.set_clip_path(Rectangle(corner, *size, transform=ax.transData))
        if column:
            ends_mm = row.baseline_mm + np.array([-2.5, 2.5])
            ax.plot([trace.x_mm[0]] * 2, ends_mm, **(ink | {"linewidth": 0.8}))
        _write_lead(ax, trace, row.baseline_mm)


def _write_lead(ax, trace, baseline_mm):
    """Write the lead's name at the start of its trace, above or below, whichever is nearer."""
    letter_mm = _type_points(ax.get_xlim()[1]) * _MM_PER_INCH / 72
    x_mm = trace.x_mm[0] + 1.0
    beside = trace.y_mm[trace.x_mm <= x_mm + 0.85 * letter_mm * len(trace.lead)]
    above_mm = max(np.fmax.reduce(beside, initial=0.0) + 1.5, 4.0)
    below_mm = min(np.fmin.reduce(beside, initial=0.0) - 1.5, -2.5) - 0.75 * letter_mm
    y_mm = baseline_mm + (above_mm if above_mm < 8.0 or above_mm <= -below_mm else below_mm)
    write(ax, x_mm, y_mm, trace.lead, weight="bold", gid="lead")


def _write_headings(ax, sheet, recording, title):
    height_mm = sheet.height_mm - 7.5
    title = recording.name if title is None else title
    write(ax, 5.0, height_mm, title, weight="bold")
    if is_simulated(recording):
        right_mm = sheet.width_mm - 5.0
        write(ax, right_mm, height_mm, "simulated", ha="right", weight="bold", color="vermilion")
    write(ax, 5.0, 3.0, f"25 mm/s   10 mm/mV   {recording.fs:g} Hz", size="small")
