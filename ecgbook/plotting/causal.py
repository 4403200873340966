"""Causal convolutions: which samples before it one answer depends on."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_causal"]

_MOST = 64


@style()
def plot_causal(dilations, *, alt=""):
    """Draw a stack of causal convolutions of two samples, and what its last answer depends on.

    Parameters
    ----------
    dilations : sequence of int
        Of each layer from the input on: it sees the newest number below it and one that lies so
        many places earlier.
    alt : str
        What there is to be seen, beside what the figure says of itself.

    Returns
    -------
    BookFigure
        Rows of dots, the input below and the present on the right; the last answer is for the next
        sample, a ring beside the input.

    Raises
    ------
    RecordInvalid
        If there is no layer, a dilation is no whole number of 1 or more, or together they see more
        than 64 samples.
    """
    whole = [int(d) for d in dilations if d == int(d) and d >= 1]
    sees = 1 + sum(whole)
    if not whole or len(whole) != len(dilations) or sees > _MOST:
        raise RecordInvalid(
            f"draw layers with dilations of 1 or more that see up to {_MOST} samples, got "
            f"{list(dilations)}"
        )
    about = f"{len(whole)} layers with dilations {', '.join(map(str, whole))} see {sees} samples"
    about += ", all of them before the one that is asked for."
    figure, ax = subplots(height_in=1.0 + 0.55 * len(whole), alt=f"{about} {alt}".strip())
    places, seen = np.arange(1 - sees, 1), {0}
    for level in range(len(whole), -1, -1):
        ax.plot(places, np.full(sees, level), "o", color="#c9c9cf", markersize=4, zorder=1)
        own = sorted(seen)
        ax.plot(own, [level] * len(own), "o", color=COLOURS["blue"], markersize=5, zorder=3)
        if level:
            links = [(at, at - back) for at in own for back in (0, whole[level - 1])]
            ax.plot(np.transpose(links), [[level], [level - 1]], color=COLOURS["blue"], zorder=2)
            seen = {before for _, before in links}
    ring = {"markerfacecolor": "white", "color": COLOURS["vermilion"], "markersize": 7}
    ax.plot([1], [0], "o", **ring)
    names = [f"layer {i}, dilation {d}" for i, d in enumerate(whole, 1)]
    ax.set_yticks(range(len(whole) + 1), ["samples", *names])
    ax.set(xlabel="samples from the present; the ring is the next one", ylim=(-0.5, None))
    ax.grid(visible=False)
    return figure
