"""Curves: signals over time, RR intervals, losses of a training."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from ecgbook.errors import RecordInvalid
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, line_styles, style
from ecgbook.recording import whole_samples

__all__ = ["plot_losses", "plot_panels", "plot_signals", "plot_tachogram"]


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


@style()
def plot_losses(losses):
    """Draw the losses of one or more trainings, each in a panel, over the epochs.

    Parameters
    ----------
    losses : dict of str to array, shape (epoch, 2)
        By the name of the model, up to three: the loss on the training and on the validation part
        after each epoch. The lowest on validation gets a dot.

    Returns
    -------
    BookFigure

    Raises
    ------
    RecordInvalid
        If there is none or more than three, or an array has another shape.
    """
    losses = {name: np.asarray(loss, dtype=float) for name, loss in losses.items()}
    shapes = [loss.shape for loss in losses.values()]
    if not 1 <= len(losses) <= 3 or any(len(s) != 2 or s[1] != 2 or not s[0] for s in shapes):
        raise RecordInvalid(
            f"losses must be one to three arrays of shape (epoch, 2), training and validation; "
            f"got {', '.join(map(str, shapes)) or 'none'}"
        )
    shared = {"height_in": 2.8, "sharey": True, "squeeze": False, "alt": _describe_losses(losses)}
    figure, axes = subplots(1, len(losses), **shared)
    for ax, (name, loss) in zip(axes[0], losses.items(), strict=True):
        epoch, best = np.arange(1, len(loss) + 1), loss[:, 1].argmin()
        ax.plot(epoch, loss[:, 0], label="training")
        ax.plot(epoch, loss[:, 1], "--", label="validation")
        look = {"color": COLOURS["vermilion"], "label": "lowest on validation"}
        ax.plot(epoch[best], loss[best, 1], "o", **look)
        ax.set(title=name, xlabel="epoch", ylim=(0, None))
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes[0, 0].set_ylabel("loss")
    figure.legend(handles=axes[0, 0].lines, loc="outside lower center", ncols=3)
    return figure


def _describe_losses(losses):
    """Say how far both losses come, and after which epoch that on validation is lowest."""
    parts = [
        f"{name}: training {loss[0, 0]:.2f} to {loss[-1, 0]:.2f}, validation {loss[0, 1]:.2f} to "
        f"{loss[-1, 1]:.2f}, lowest after epoch {loss[:, 1].argmin() + 1}"
        for name, loss in losses.items()
    ]
    return f"Loss over the epochs of training. {'; '.join(parts)}."
