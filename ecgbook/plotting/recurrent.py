"""What a recurrent network remembers of a beat, and how far back it can be taught."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting._checks import checked_row, checked_table
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, DIVERGING, line_styles, style

__all__ = ["plot_gradients", "plot_unrolled"]


@style()
def plot_unrolled(beat, states, *, fs, length=None, start_s=0.0, unit="a.u.", title="", alt=""):
    """Draw a beat, and below it on the same axis the state of a cell while it reads the beat.

    Parameters
    ----------
    beat : array, shape (time,)
        The signal at ``fs`` Hz.
    states : array, shape (unit, step)
        The state after each step; as many steps as there are samples, or fewer that share the
        beat evenly. The units are drawn in the order of their state at the end of the beat, the
        highest on top, for their own order has no meaning.
    length : int, optional
        Samples before the padding; a line marks where the beat ends.
    start_s : float
        Time of the first sample, in seconds.
    unit, title, alt : str
        Unit of the beat; the headline; what there is to be seen, beside what the figure says
        of itself.

    Returns
    -------
    BookFigure

    Raises
    ------
    RecordInvalid
        If a shape is another one, a number is missing, there are more steps than samples, or the
        beat ends outside of the signal.
    """
    beat, states = checked_row(beat, "beat"), checked_table(states, ("unit", "step"), "states")
    time, (units, steps) = len(beat), states.shape
    last = time if length is None else length
    if steps > time or not 1 <= last <= time:
        raise RecordInvalid(
            f"{steps} steps and a beat of {last} samples do not fit a signal of {time}"
        )
    end = -(-last * steps // time) - 1  # the step that reads the last sample
    states = states[np.argsort(states[:, end], kind="stable")]
    edges_s = start_s + (np.arange(steps + 1) * time / steps - 0.5) / fs
    options = {"sharex": True, "height_ratios": (1, 1.6)}
    about = _describe_states(states, end)
    figure, (above, below) = subplots(2, height_in=4.4, alt=f"{about} {alt}".strip(), **options)
    above.plot(start_s + np.arange(time) / fs, beat, color=COLOURS["ink"])
    top = np.abs(states).max() or 1.0
    colours = {"cmap": DIVERGING, "vmin": -top, "vmax": top, "rasterized": True}
    image = below.pcolormesh(edges_s, np.arange(units + 1), states, **colours)
    if length is not None:
        for ax in (above, below):
            look = {"color": COLOURS["ink"], "linestyle": "--", "linewidth": 1.2}
            ax.axvline(start_s + (length - 0.5) / fs, **look)
    below.grid(visible=False)
    above.set(ylabel=f"beat ({unit})", title=title)
    end_words = "" if length is None else " (dashed: the end of the beat)"
    below.set(xlabel=f"time (s){end_words}", ylabel="unit of the state", xlim=edges_s[[0, -1]])
    below.set_yticks([])
    figure.colorbar(image, ax=below, label="state", pad=0.02)
    return figure


def _describe_states(states, end):
    units, steps = states.shape
    return (
        f"Above, a beat; below, the state of {units} units over {steps} steps as an image. At the "
        f"end of the beat {np.sum(states[:, end] > 0)} units are above 0."
    )


@style()
def plot_gradients(norms, *, fs, end_s=None, title="", alt=""):
    """Draw how much the last state changes with what came at each step, on a logarithmic axis.

    Where a curve falls towards the start of the beat, what came there is hardly learnt from: the
    gradient vanishes.

    Parameters
    ----------
    norms : dict of str to array, shape (step,)
        By the name of the cell: the norm of the gradient of its last state with respect to each
        step. Up to five cells. A norm of 0 has no place on the axis and is a gap.
    fs : float
        Steps per second.
    end_s : float, optional
        A time that is marked as the end of the beat.
    title, alt : str
        The headline; what there is to be seen, beside what the figure says of itself.

    Returns
    -------
    BookFigure

    Raises
    ------
    RecordInvalid
        If there are more than five cells, or a norm is negative, NaN or infinite.
    """
    looks = line_styles(norms)
    rows = {name: checked_row(values, f"norms of {name}") for name, values in norms.items()}
    if not rows or any((values < 0).any() or not values.any() for values in rows.values()):
        raise RecordInvalid("norms must be 0 or more and above 0 at some step, one row a cell")
    about = f"Gradient of the last state over time. {_first_of_last(rows)}."
    figure, ax = subplots(height_in=3.2, alt=f"{about} {alt}".strip())
    for (name, values), look in zip(rows.items(), looks, strict=True):
        above = np.where(values > 0, values, np.nan)
        ax.plot(np.arange(len(values)) / fs, above, label=name, **look)
    if end_s is not None:
        ax.axvline(end_s, color=COLOURS["grey"], linestyle=":", label="end of the beat")
    ax.set(xlabel="time (s)", ylabel="norm of the gradient", yscale="log", title=title)
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def _first_of_last(rows):
    """Say of each cell what is left at the first step of the largest gradient."""
    shares = [f"{name} {values[0] / values.max():.1g}" for name, values in rows.items()]
    return f"At the first step, as a share of the largest: {', '.join(shares)}"
