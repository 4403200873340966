"""Minutes of one lead on one page, row under row: full disclosure."""

import math

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting.alt_text import describe, is_simulated
from ecgbook.plotting.figure import BookFigure
from ecgbook.plotting.marks import beat_colour
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_strips"]

_MOST_ROWS = 60
_ROW_IN = 0.42


@style()
def plot_strips(recording, lead=None, *, row_s=30.0, title=None):
    """Draw one lead in rows of equal time, beats that are not normal named above.

    Parameters
    ----------
    recording : Recording
        Minutes of ECG, up to 60 rows.
    lead : str, optional
        The lead to draw; the first where it is not given.
    row_s : float, default 30
        Seconds in a row.
    title : str, optional
        The headline; the names of recording and lead where it is not given.

    Returns
    -------
    BookFigure

    Raises
    ------
    RecordInvalid
        If the recording needs more than 60 rows or has no such lead.
    """
    rows = math.ceil(recording.duration_s / row_s)
    if rows > _MOST_ROWS:
        raise RecordInvalid(
            f"{recording.name}: {recording.duration_s:g} s make {rows} rows of {row_s:g} s; "
            f"choose up to {_MOST_ROWS} with a larger row_s or .window(start_s, stop_s)"
        )
    strip = recording.select(recording.leads[0] if lead is None else lead)
    signal, low_mv, high_mv = _centred(strip.signal[0])
    pitch_mv = 1.3 * (high_mv - low_mv)
    figure = BookFigure(height_in=1.0 + _ROW_IN * rows, alt=describe(strip), layout="tight")
    ax = figure.subplots()
    _draw_rows(ax, strip.time_s, signal, row_s, pitch_mv)
    if strip.annotations is not None:
        _name_beats(ax, strip, row_s, pitch_mv, height_mv=high_mv + 0.08 * pitch_mv)
    _draw_scale(ax, row_s)
    _label(ax, rows, row_s, pitch_mv)
    ax.set_ylim(low_mv - (rows - 0.9) * pitch_mv, high_mv + 0.2 * pitch_mv)
    headline = f"{recording.name}, lead {strip.leads[0]}" if title is None else title
    ax.set_title(headline, weight="bold")
    if is_simulated(recording):
        ax.set_title("simulated", loc="right", weight="bold", color=COLOURS["vermilion"])
    return figure


def _centred(signal):
    """Return the signal about its median, and how far nearly all of it reaches down and up."""
    known = signal[np.isfinite(signal)]
    if len(known) == 0:
        return signal, -0.5, 0.5
    signal = signal - np.median(known)
    low, high = np.nanpercentile(signal, [0.05, 99.95])
    return signal, min(low, -0.2), max(high, 0.2)


def _draw_rows(ax, time_s, signal, row_s, pitch_mv):
    rows = (time_s // row_s).astype(int)
    for row in range(rows[-1] + 1):
        inside = rows == row
        second, height_mv = time_s[inside] - row * row_s, signal[inside] - row * pitch_mv
        ax.plot(second, height_mv, color=COLOURS["ink"], linewidth=0.5)


def _name_beats(ax, recording, row_s, pitch_mv, height_mv):
    beats = recording.annotations.beats()
    for sample, symbol in zip(beats.sample, beats.symbol, strict=True):
        colour = beat_colour(symbol)
        if colour != "ink":
            row, second = divmod(sample / recording.fs, row_s)
            place = {"ha": "center", "va": "center", "size": 6, "weight": "bold"}
            ax.text(second, height_mv - row * pitch_mv, symbol, color=COLOURS[colour], **place)


def _draw_scale(ax, row_s):
    """Draw a bar of 1 mV to the right of the first row."""
    x = 1.01 * row_s
    ax.plot([x, x], [0, 1], color=COLOURS["grey"], linewidth=2, clip_on=False)
    ax.text(1.02 * row_s, 0.5, "1 mV", va="center", size="small")


def _label(ax, rows, row_s, pitch_mv):
    starts = [f"{int(second // 60)}:{second % 60:02.0f}" for second in row_s * np.arange(rows)]
    ax.set_yticks(-pitch_mv * np.arange(rows), starts)
    ax.set(xlim=(0, row_s), xlabel="seconds in the row", ylabel="start of the row (min:s)")
    ax.grid(axis="y", visible=False)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
