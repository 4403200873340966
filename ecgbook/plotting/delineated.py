"""Waves that a program found in a lead, and the points that a cardiologist marked."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_delineated"]

_COLOURS = {"p": "green", "qrs": "blue", "t": "purple"}
_WORDS = {"p": "P wave", "qrs": "QRS complex", "t": "T wave"}


@style()
def plot_delineated(recording, waves, marks=None, *, lead=None, start_s=0.0, stop_s=None, alt=""):
    """Draw one lead with the waves shaded that were found, their peaks, and marks beside them.

    Parameters
    ----------
    recording : Recording
    waves : ecgbook.signals.Waves
        Of the lead: arrays (beat,).
    marks : Annotations, optional
        ``(``, ``p``, ``N``, ``t`` and ``)``: a tick for each border, a dot for each peak.
    lead : str, optional
        The first one if left out.
    start_s, stop_s : float
        The part that is drawn.
    alt : str
        What there is to be seen.

    Returns
    -------
    BookFigure

    Raises
    ------
    RecordInvalid
        If the waves are those of several leads, or nothing lies between the two times.
    """
    if waves.qrs.peak.ndim != 1:
        raise RecordInvalid("the waves are those of several leads; take waves[i] of lead i")
    lead = recording.leads[0] if lead is None else lead
    fs, signal = recording.fs, recording.lead(lead)
    first = round(start_s * fs)
    last = len(signal) if stop_s is None else min(len(signal), round(stop_s * fs))
    if not 0 <= first < last:
        raise RecordInvalid(f"nothing lies between {start_s:g} and {stop_s:g} s")
    figure, ax = subplots(height_in=2.6, alt=alt)
    ax.plot(np.arange(first, last) / fs, signal[first:last], color=COLOURS["ink"], linewidth=0.9)
    for name, colour in _COLOURS.items():
        wave = getattr(waves, name)
        shown = wave.found & (wave.begin >= first) & (wave.end < last)
        spans = zip(wave.begin[shown] / fs, wave.end[shown] / fs, strict=True)
        look = {"color": COLOURS[colour], "alpha": 0.2, "linewidth": 0}
        for k, span in enumerate(spans):
            ax.axvspan(*span, label=_WORDS[name] if k == 0 else None, **look)
        peak = wave.peak[shown]
        ring = {"color": COLOURS[colour], "fillstyle": "none", "markersize": 7}
        ax.plot(peak / fs, signal[peak], "o", **ring)
    if marks is not None:
        _draw_marks(ax, marks, signal, first, last, fs)
    ax.set(xlabel="time (s)", ylabel=f"lead {lead} (mV)", xlim=(first / fs, (last - 1) / fs))
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def _draw_marks(ax, marks, signal, first, last, fs):
    shown = (marks.sample >= first) & (marks.sample < last)
    sample, is_border = marks.sample[shown], np.isin(marks.symbol[shown], ["(", ")"])
    borders, peaks = sample[is_border], sample[~is_border]
    tick = {"transform": ax.get_xaxis_transform(), "color": COLOURS["vermilion"], "linewidth": 1.4}
    ax.vlines(borders / fs, 0.93, 1.0, label="border, marked by cardiologists", **tick)
    look = {"color": COLOURS["vermilion"], "markersize": 4, "label": "peak, marked"}
    ax.plot(peaks / fs, signal[peaks], "o", **look)
