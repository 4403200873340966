"""How a network learns: what a beat costs, where the gradient points, and the epochs."""

import numpy as np

from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_augmented", "plot_epochs", "plot_gradient"]


@style()
def plot_gradient(places, losses, at, slope, *, name="one weight"):
    """Return a `BookFigure`: the loss of one example, and that of many along one weight.

    Parameters
    ----------
    places, losses : arrays, shape (place,)
        Values of the weight, in order, and the mean loss at each.
    at, slope : float
        The weight as it is, and the derivative of the loss there.
    name : str
        What the weight is, for the axis.
    """
    figure, (one, many) = subplots(1, 2, height_in=3.0)
    p = np.linspace(0.01, 1, 100)
    one.plot(p, -np.log(p))
    one.set(xlabel="probability of the right class", ylabel="loss", title="one beat")
    here = np.interp(at, places, losses)
    tangent = at + np.ptp(places) * np.array([-0.15, 0.15])
    many.plot(places, losses, label="loss")
    many.plot(tangent, here + slope * (tangent - at), "--", label="its slope: the gradient")
    many.plot(at, here, "o", color=COLOURS["ink"], label="the weight now")
    many.set(xlabel=name, title="many beats")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


@style()
def plot_epochs(losses, others, *, word="other patients"):
    """Return a `BookFigure` of the loss of each batch, and of others at the end of each epoch.

    Parameters
    ----------
    losses : array, shape (step,)
    others : array, shape (epoch,)
        Loss of examples that are not learnt from; a step count that epochs divide.
    word : str
        Who these are, for the legend.
    """
    ends = len(losses) * (np.arange(len(others)) + 1) / len(others)
    figure, ax = subplots(height_in=3.2)
    ax.plot(np.arange(len(losses)) + 1, losses, linewidth=0.8, label="each batch learnt from")
    ax.plot(ends, others, "o", label=word)
    for end in ends:
        ax.axvline(end, color=COLOURS["grey"], linewidth=0.8, linestyle=":")
    ax.set(xlabel="step (dotted: the end of an epoch)", ylabel="loss", ylim=(0, None))
    ax.legend()
    return figure


@style()
def plot_augmented(beat, varied, *, fs, before_s=0.0):
    """Return a `BookFigure` of a beat (time,) in black and variations (variation, time) of it."""
    time_s = np.arange(len(beat)) / fs - before_s
    figure, ax = subplots(height_in=3.2)
    ax.plot(time_s, np.transpose(varied), linewidth=0.8)
    ax.plot(time_s, beat, color=COLOURS["ink"], linewidth=2)
    ax.set(xlabel="time (s)", ylabel="height (1: a usual beat)")
    return figure
