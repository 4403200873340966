"""What explanations say of a signal: the trace, darker behind it where they point."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting._checks import checked_row
from ecgbook.plotting.stacked import plot_stacked
from ecgbook.plotting.style import COLOURS, DIVERGING, HEAT, style

__all__ = ["plot_attributions"]

_MOST = 8
_BAR = 0.07  # height of the bar of the truth, of the panel's


@style()
def plot_attributions(rows, *, fs, start_s=0.0, mask=None, unit="mV", alt=""):
    """Draw signals row by row with an attribution as colour behind each.

    Attributions have units of their own, so every row has its own scale: white is 0, the darkest
    colour the largest size in the row. Blue speaks against the class.

    Parameters
    ----------
    rows : dict of str to tuple ``(signal, attribution)``
        Up to eight, by the title of the row; arrays of shape (time,).
    fs, start_s : float
        Sampling rate in Hz; time of the first sample in seconds.
    mask : array of bool, shape (time,), optional
        Where the truth lies: a bar at the foot of every row.
    unit, alt : str
        Of the signals; what there is to be seen, beside what the figure says of itself.

    Returns
    -------
    BookFigure

    Raises
    ------
    RecordInvalid
        If there is no row, there are more than eight, or lengths differ.
    """
    if not 1 <= len(rows) <= _MOST:
        raise RecordInvalid(f"draw 1 to {_MOST} attributions below each other, got {len(rows)}")
    known = {name: _checked(name, *pair, mask) for name, pair in rows.items()}
    about = ". ".join(_describe(name, own[1], fs, start_s) for name, own in known.items())
    signals = {name: signal for name, (signal, _) in known.items()}
    how = {"fs": fs, "start_s": start_s, "unit": unit, "alt": f"{about}. {alt}".strip()}
    figure = plot_stacked(signals, **how)
    for ax, (signal, value) in zip(figure.axes, known.values(), strict=True):
        time_s = start_s + np.arange(len(signal)) / fs
        _shade(ax, time_s, value, fs)
        if mask is not None:
            place = {"transform": ax.get_xaxis_transform(), "color": COLOURS["green"]}
            ax.fill_between(time_s, 0, _BAR, where=np.asarray(mask, bool), linewidth=0, **place)
        ax.set_xlim(time_s[0], time_s[-1])
        ax.grid(visible=False)
    # The colours fill the height of a panel, and would else be taken for values from 0 to 1.
    both = np.concatenate(list(signals.values()))
    room = 0.12 * (np.ptp(both) or 1.0)
    figure.axes[0].set_ylim(both.min() - room, both.max() + room)
    return figure


def _shade(ax, time_s, value, fs):
    edges_s = np.append(time_s, time_s[-1] + 1 / fs) - 0.5 / fs
    top = np.abs(value).max() or 1.0
    look = {"cmap": DIVERGING, "vmin": -top} if value.min() < 0 else {"cmap": HEAT, "vmin": 0}
    place = {"transform": ax.get_xaxis_transform(), "zorder": 0, "rasterized": True}
    ax.pcolormesh(edges_s, [0, 1], value[None], vmax=top, alpha=0.7, **look, **place)


def _checked(name, signal, value, mask):
    signal, value = checked_row(signal, name), checked_row(value, f"attribution of {name}")
    if len(signal) != len(value) or (mask is not None and len(mask) != len(signal)):
        raise RecordInvalid(f"{name}: signal, attribution and mask need one length")
    return signal, value


def _describe(name, value, fs, start_s):
    if not value.any():
        return f"{name}: nothing is pointed at"
    return f"{name}: highest at {start_s + int(value.argmax()) / fs:.2f} s"
