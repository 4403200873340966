"""Curves: signals over time, RR intervals, losses of a training."""

import numpy as np

from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, line_styles, style
from ecgbook.recording import whole_samples

__all__ = ["plot_panels", "plot_signals", "plot_tachogram"]


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
def plot_panels(panels, *, xlabel, log=(), line=None):
    """Draw tables side by side, a panel a table and a curve a column; return the `BookFigure`.

    A column of one name has one look in all panels, and the legend names it once. A panel of one
    curve needs no legend beside the label of its axis.

    Parameters
    ----------
    panels : dict of str to DataFrame
        By the label of its axis: the index is what the curves are drawn over, such as epochs.
    xlabel : str
        What the indices are.
    log : collection of str
        Labels of the axes, ``xlabel`` too, that are logarithmic.
    line : tuple ``(axis, value, name)``, optional
        A value that is marked in the panel of that label.
    """
    curves = list(dict.fromkeys(name for table in panels.values() for name in table))
    looks = dict(zip(curves, line_styles(curves), strict=True))
    colours = dict(zip(curves, list(COLOURS.values())[1:], strict=False))
    figure, axes = subplots(1, len(panels), height_in=3.0, squeeze=False)
    for ax, (ylabel, table) in zip(axes[0], panels.items(), strict=True):
        for name in table:
            named = name if len(table.columns) > 1 else None
            look = looks[name] | {"color": colours[name], "label": named}
            ax.plot(table.index, table[name], marker=".", **look)
        if line and line[0] == ylabel:
            ax.axhline(line[1], color=COLOURS["grey"], linestyle=":", label=line[2])
        ax.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if ylabel in log else "linear")
        ax.set_xscale("log" if xlabel in log else "linear")
        ax.set_xticks(table.index, table.index)
        ax.minorticks_off()
    drawn = [ax.get_legend_handles_labels() for ax in axes[0]]
    entries = {name: handle for pair in drawn for handle, name in zip(*pair, strict=True)}
    if entries:
        figure.legend(entries.values(), entries, loc="outside upper center", ncols=4)
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
