"""Single beats over what is usual: the mean of normal beats and the band around it."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_in_band"]

_MOST_BEATS = 4
_BAND = (0.05, 0.95)


@style()
def plot_in_band(x, normal, *, fs, titles, unit="height, −1 to 1"):
    """Return a `BookFigure` of beats, a panel each, over the band that normal ones lie in.

    The grey band holds the middle 90 % of the normal beats at each sample by itself, so a beat
    that stays within it everywhere is not yet a likely one; the dashed line is their mean.

    Parameters
    ----------
    x : array, shape (beat, time)
        Up to four beats at ``fs`` Hz.
    normal : array, shape (normal beat, time)
    titles : sequence of str
        One for each beat.
    unit : str
        Of the values, for the axis.

    Raises
    ------
    RecordInvalid
        If there are no beats or more than four, shapes differ, or titles are missing.
    """
    x, normal = np.asarray(x, dtype=float), np.asarray(normal, dtype=float)
    if x.ndim != 2 or normal.ndim != 2 or x.shape[1:] != normal.shape[1:] or not normal.size:
        raise RecordInvalid(
            f"beats and normal beats need shape (beat, time) of one length, got {x.shape} and "
            f"{normal.shape}; choose one lead"
        )
    if not 1 <= len(x) <= _MOST_BEATS or len(titles) != len(x):
        raise RecordInvalid(
            f"1 to {_MOST_BEATS} beats with a title each can be drawn, got {len(x)} and "
            f"{len(titles)} titles"
        )
    time_s = np.arange(x.shape[1]) / fs
    low, high = np.quantile(normal, _BAND, axis=0)
    outside = ((x < low) | (x > high)).mean(axis=1)
    figure, axes = subplots(1, len(x), height_in=2.4, sharey=True, squeeze=False)
    for ax, beat, title in zip(axes[0], x, titles, strict=True):
        ax.fill_between(time_s, low, high, color=COLOURS["grey"], alpha=0.25, linewidth=0)
        ax.plot(time_s, normal.mean(axis=0), color=COLOURS["grey"], linestyle="--")
        ax.plot(time_s, beat, color=COLOURS["blue"])
        ax.set_title(title, fontsize="medium")
    axes[0, 0].set_ylabel(unit)
    figure.supxlabel("time (s)", fontsize="medium")
    parts = [f"{title} {share:.0%}" for title, share in zip(titles, outside, strict=True)]
    figure.alt = (
        f"Beats over the band that holds 90 % of the normal beats at each sample, and their mean. "
        f"Share of samples outside: {', '.join(parts)}."
    )
    return figure
