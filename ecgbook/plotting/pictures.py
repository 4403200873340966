"""Signals beside the pictures that are made of them."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting._checks import checked_row, checked_table
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, DIVERGING, HEAT, style

__all__ = ["plot_pictures"]

_MOST = 4  # pictures in a row, so that each can be seen on a page


@style()
def plot_pictures(rows, *, fs, unit="mV", alt=""):
    """Draw signals, each at the left of its pictures, over one time axis.

    Pictures of one name share one scale in all rows: from white to dark where no pixel of them is
    below 0, else blue below 0 and orange above. The title says from where to where.

    Parameters
    ----------
    rows : dict of str to tuple ``(signal, fields)``
        By the title of the row: an array of shape (time,), and its pictures by name, each an array
        of shape (size, size) whose sides stand for the whole signal; as many in every row, up to
        four.
    fs : float
        Sampling rate of the signals in Hz.
    unit, alt : str
        Of the signals; what there is to be seen, beside what the figure says of itself.

    Returns
    -------
    BookFigure

    Raises
    ------
    RecordInvalid
        If there is no row or no picture, one row has more than another or more than four, a picture
        is not square, or a number is missing.
    """
    rows = {name: _checked(name, *row) for name, row in rows.items()}
    pictures = {len(fields) for _, fields in rows.values()}
    if len(pictures) != 1 or not 1 <= max(pictures) <= _MOST:
        raise RecordInvalid(f"every row needs as many pictures, 1 to {_MOST}, got {pictures}")
    looks = _looks(rows)
    about = f"Rows of a signal and, at its right, pictures of it: {', '.join(looks)}."
    columns = 1 + max(pictures)
    height_in = 0.5 + len(rows) * 6.6 / columns
    options = {"squeeze": False, "alt": f"{about} {alt}".strip(), "height_in": height_in}
    figure, axes = subplots(len(rows), columns, **options)
    for row, (title, (signal, fields)) in zip(axes, rows.items(), strict=True):
        end_s = len(signal) / fs
        row[0].plot((np.arange(len(signal)) + 0.5) / fs, signal, color=COLOURS["ink"])
        row[0].set(ylabel=unit, xlim=(0, end_s), box_aspect=1)
        row[0].set_title(title, fontsize="medium")
        for ax, (name, field) in zip(row[1:], fields.items(), strict=True):
            ax.imshow(field, extent=(0, end_s, end_s, 0), interpolation="nearest", **looks[name])
            ends = (f"{looks[name][end]:.2g}".replace("-", "−") for end in ("vmin", "vmax"))
            ax.set_title(f"{name}\n{' to '.join(ends)}", fontsize="small")
            ax.grid(visible=False)
    for ax in axes[-1]:
        ax.set_xlabel("time (s)")
    return figure


def _checked(title, signal, fields):
    tables = {name: checked_table(field, ("size", "size"), name) for name, field in fields.items()}
    for name, table in tables.items():
        if table.shape[0] != table.shape[1]:
            raise RecordInvalid(f"the picture {name} must be square, got {table.shape}")
    return checked_row(signal, title), tables


def _looks(rows):
    """Return colours and limits of each picture by name, the same in all rows."""
    looks = {}
    for name in dict.fromkeys(name for _, fields in rows.values() for name in fields):
        own = [fields[name] for _, fields in rows.values() if name in fields]
        low, high = min(field.min() for field in own), max(field.max() for field in own)
        top = max(-low, high) or 1.0
        looks[name] = {"cmap": HEAT, "vmin": 0.0, "vmax": top}
        if low < 0:
            looks[name] = {"cmap": DIVERGING, "vmin": -top, "vmax": top}
    return looks
