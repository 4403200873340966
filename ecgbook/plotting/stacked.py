"""Signals one below the other on the same axes, such as one before and after a filter."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting._checks import checked_row
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_stacked"]

_MOST = 8


@style()
def plot_stacked(signals, *, fs, start_s=0.0, unit="mV", border_s=None, alt=""):
    """Draw signals in rows of one time axis and one scale, each with its name above it.

    Parameters
    ----------
    signals : dict of str to array, shape (time,)
        Up to eight, by the title of the row.
    fs, start_s : float
        Sampling rate in Hz; time of the first sample in seconds.
    unit : str
        Of the values.
    border_s : float, optional
        A time that a dotted line marks in every row, such as where a continuation begins.
    alt : str
        What there is to be seen.

    Returns
    -------
    BookFigure

    Raises
    ------
    RecordInvalid
        If there is no signal, there are more than eight, or one has a value that is not finite.
    """
    if not 1 <= len(signals) <= _MOST:
        raise RecordInvalid(f"draw 1 to {_MOST} signals below each other, got {len(signals)}")
    rows = {name: checked_row(signal, name) for name, signal in signals.items()}
    options = {"sharex": True, "sharey": True, "squeeze": False, "alt": alt}
    figure, axes = subplots(len(rows), height_in=0.7 + 1.15 * len(rows), **options)
    for ax, (name, signal) in zip(axes[:, 0], rows.items(), strict=True):
        time_s = start_s + np.arange(len(signal)) / fs
        ax.plot(time_s, signal, color=COLOURS["ink"], linewidth=0.9)
        if border_s is not None:
            ax.axvline(border_s, color=COLOURS["vermilion"], linestyle=":")
        ax.set_title(name, fontsize="medium")
        ax.set_ylabel(unit)
        ax.margins(x=0.01)
    axes[-1, 0].set_xlabel("time (s)")
    return figure
