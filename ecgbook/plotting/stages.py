"""The stages of a network to scale: how wide in time, how many channels."""

import re

from ecgbook.errors import RecordInvalid
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_stages"]

_GAP = 0.015  # of all steps, between two stages
_HUES = ("grey", "blue", "vermilion", "green", "purple", "brown", "ink")


@style()
def plot_stages(sizes, *, alt=""):
    """Draw what comes out of each stage as a rectangle, one beside the other.

    Parameters
    ----------
    sizes : DataFrame
        A row a stage, in order: ``channels``, its height, and ``steps``, its width. Stages whose
        names differ by a number at the end are of one kind and share a colour.
    alt : str
        What there is to be seen.

    Returns
    -------
    BookFigure
        Areas are numbers that a stage puts out.

    Raises
    ------
    RecordInvalid
        If there is no stage, or there are more than seven kinds.

    Examples
    --------
    >>> import pandas as pd
    >>> sizes = {"down 1": (4, 50), "down 2": (4, 25)}
    >>> figure = plot_stages(pd.DataFrame(sizes, ["channels", "steps"]).T)
    """
    kinds = [re.sub(r" \d+$", "", str(name)) for name in sizes.index]
    hue = dict(zip(dict.fromkeys(kinds), _HUES, strict=False))
    if not kinds or len(hue) < len(set(kinds)):
        raise RecordInvalid(f"stages of 1 to {len(_HUES)} kinds are drawn, got {len(set(kinds))}")
    figure, ax = subplots(height_in=2.8, alt=alt)
    left, gap, named = 0.0, _GAP * sizes["steps"].sum(), set()
    for kind, channels, steps in zip(kinds, sizes["channels"], sizes["steps"], strict=True):
        name = None if kind in named else kind
        ax.bar(left, channels, steps, align="edge", color=COLOURS[hue[kind]], label=name)
        left += steps + gap
        named.add(kind)
    ax.set(xlabel="steps of time, one stage after another", ylabel="channels")
    figure.legend(loc="outside upper center", ncols=4)
    return figure
