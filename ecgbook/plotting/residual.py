"""Where a beat is strange: beats with their reconstructions, dark where the two differ."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from ecgbook.errors import RecordInvalid
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, HEAT, style

__all__ = ["plot_residual"]

_MOST_BEATS = 12
_COLUMNS = 3
_BAND = 0.14  # height of the heat band, of the panel's


@style()
def plot_residual(x, reconstruction, *, fs, titles=None, scale=None, unit="a.u."):
    """Return a `BookFigure` of beats with their reconstructions and a band, dark where they differ.

    Parameters
    ----------
    x, reconstruction : arrays, shape (beat, time)
        Up to 12 beats, and what a network made of them, at ``fs`` Hz.
    titles : sequence of str, optional
        A headline for each panel.
    scale : float, optional
        Squared difference at the dark end of the colours, which all panels share, and larger
        ones with it; what 99 % of these samples stay below where it is not given.
    unit : str, default "a.u."
        Unit of the values; arbitrary ones for beats that were scaled one by one.

    Raises
    ------
    RecordInvalid
        If shapes differ, there are no beats or more than 12, a value is NaN or infinite, or there
        is not one title for each beat.
    """
    x, reconstruction = _checked_beats(x, reconstruction)
    titles = [""] * len(x) if titles is None else titles
    if len(titles) != len(x):
        raise RecordInvalid(f"{len(titles)} titles for {len(x)} beats; give one for each")
    residual = np.square(x - reconstruction)
    # A single sample far off would leave all others pale.
    top = (np.quantile(residual, 0.99) or residual.max() or 1.0) if scale is None else scale
    columns = min(len(x), _COLUMNS)
    rows = -(-len(x) // columns)
    height_in, alt = 1.1 + 1.6 * rows, _describe_residual(residual, titles)
    shared = {"sharex": True, "sharey": True, "squeeze": False}
    figure, axes = subplots(rows, columns, height_in=height_in, alt=alt, **shared)
    limits = min(x.min(), reconstruction.min()), max(x.max(), reconstruction.max())
    for ax, *beat, title in zip(axes.flat, x, reconstruction, residual, titles, strict=False):
        lines, band = _draw_beat(ax, *beat, fs=fs, top=top)
        ax.set_title(title, fontsize="medium")
    for ax in axes.flat[len(x) :]:
        ax.set_axis_off()
    for ax in axes.flat[len(x) - columns : len(x)]:  # the lowest of each column
        ax.tick_params(labelbottom=True)
    _leave_room_for_bands(axes[0, 0], *limits)
    figure.supxlabel("time (s)", fontsize="medium")
    figure.supylabel(f"amplitude ({unit})", fontsize="medium")
    figure.legend(handles=lines, loc="outside upper center", ncols=2)
    extend = "max" if residual.max() > top else "neither"
    label = f"squared difference ({unit}²)"
    figure.colorbar(band, ax=axes, label=label, extend=extend, fraction=0.05)
    return figure


def _draw_beat(ax, beat, reconstruction, residual, *, fs, top):
    """Draw one panel and return its two lines and its band."""
    time_s = np.arange(len(beat)) / fs
    looks = {"color": COLOURS["blue"], "linestyle": "--"}
    lines = ax.plot(time_s, beat, color=COLOURS["ink"], label="beat")
    lines += ax.plot(time_s, reconstruction, label="reconstruction", **looks)
    edges_s = (np.arange(len(beat) + 1) - 0.5) / fs
    place = {"transform": ax.get_xaxis_transform(), "zorder": 1}
    colours = {"cmap": HEAT, "vmin": 0, "vmax": top, "rasterized": True}
    band = ax.pcolormesh(edges_s, [0, _BAND], residual[None], **colours, **place)
    ax.set_xlim(edges_s[0], edges_s[-1])
    return lines, band


def _leave_room_for_bands(ax, low, high):
    """Set the limits of all panels so that the curves stay above the bands."""
    span = (high - low) or 1.0
    ax.set_ylim(low - 1.5 * _BAND * span, high + 0.05 * span)
    ticks = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high)
    ax.set_yticks([tick for tick in ticks if low - 0.01 * span <= tick <= high + 0.05 * span])


def _checked_beats(x, reconstruction):
    x, reconstruction = np.asarray(x, dtype=float), np.asarray(reconstruction, dtype=float)
    if x.ndim != 2 or x.shape != reconstruction.shape or not x.size or len(x) > _MOST_BEATS:
        raise RecordInvalid(
            f"beats and reconstructions need the same shape (beat, time) with 1 to {_MOST_BEATS} "
            f"beats, got {x.shape} and {reconstruction.shape}; choose one lead and some beats"
        )
    if not (np.isfinite(x).all() and np.isfinite(reconstruction).all()):
        raise RecordInvalid("a beat or its reconstruction has missing samples; choose others")
    return x, reconstruction


def _describe_residual(residual, titles):
    """Say of each panel how much differs and when the most."""
    parts = [
        f"{title or f'beat {number}'} {values.mean():.2g}"
        for number, (title, values) in enumerate(zip(titles, residual, strict=True), 1)
    ]
    return (
        f"Beats, each with its reconstruction and a band that is dark where they differ. "
        f"Mean squared difference: {', '.join(parts)}."
    )
