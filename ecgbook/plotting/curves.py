"""Curves: signals over time, RR intervals."""

import numpy as np

from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import line_styles, style
from ecgbook.recording import whole_samples

__all__ = ["plot_signals", "plot_tachogram"]


@style()
def plot_signals(signals, fs, *, start_s=0.0, unit="mV", title=""):
    """Draw several signals over time on one axis and return the `BookFigure`.

    Parameters
    ----------
    signals : dict of str to array, shape (time,)
        Each signal by the name for the legend; missing samples (NaN) are gaps.
    fs, start_s : float
        Sampling rate in Hz; time of the first sample in seconds.
    unit, title : str
        Unit of the values; the headline.
    """
    figure, ax = subplots()
    for (name, signal), line in zip(signals.items(), line_styles(signals), strict=True):
        ax.plot(start_s + np.arange(len(signal)) / fs, signal, label=name, **line)
    ax.set(xlabel="time (s)", ylabel=unit, title=title)
    ax.margins(x=0.01)
    if len(signals) > 1:
        # Outside of the axes, where neither a curve nor the title can run into it.
        columns = 2 if len(signals) > 3 else len(signals)
        figure.legend(loc="outside lower center", ncols=columns)
    return figure


@style()
def plot_tachogram(peaks, fs, *, title=""):
    """Draw each RR interval over the time of the beat that ends it; return the `BookFigure`.

    ``peaks`` are those of the R waves in samples at ``fs`` Hz, an array of int, shape (peak,), in
    the order of time; RecordInvalid if they are no whole samples.
    """
    seconds = whole_samples(peaks, "peaks") / fs
    figure, ax = subplots()
    ax.plot(seconds[1:], 1000 * np.diff(seconds), ".-", linewidth=0.7, markersize=4)
    ax.set(xlabel="time (s)", ylabel="RR interval (ms)", title=title)
    ax.margins(x=0.01)
    return figure
