"""Scores of explanations beside what a method reaches that knows nothing of the network."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.labels import label
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_floors"]

_LOOKS = (("blue", "o"), ("vermilion", "D"), ("purple", "x"))
_DASHES = ("-", "--", ":", "-.")


@style()
def plot_floors(scores, floors, *, xlabel, alt=""):
    """Draw a line a method with a mark for each network, and floors as vertical lines.

    Parameters
    ----------
    scores : DataFrame
        A row a method, a column a network, at most three; the first is the trained one.
    floors : dict of str to float
        Scores of what knows no network, at most four, by name.
    xlabel, alt : str
        The score; what there is to be seen.

    Returns
    -------
    BookFigure
        Names are those of `ecgbook.labels.label`; methods stand in the order of the table.

    Raises
    ------
    RecordInvalid
        If there is no method, or there are too many networks or floors.
    """
    if not len(scores) or not 1 <= scores.shape[1] <= len(_LOOKS) or len(floors) > len(_DASHES):
        raise RecordInvalid(
            f"a method or more, up to {len(_LOOKS)} networks and {len(_DASHES)} floors can be "
            f"drawn, got {scores.shape} and {len(floors)} floors"
        )
    place = np.arange(len(scores))
    figure, ax = subplots(height_in=1.6 + 0.27 * len(scores), alt=alt)
    for (name, value), dashes in zip(floors.items(), _DASHES, strict=False):
        line = {"color": COLOURS["grey"], "linestyle": dashes, "linewidth": 1.2}
        ax.axvline(value, label=label(name), **line)
    for (name, values), (colour, marker) in zip(scores.items(), _LOOKS, strict=False):
        ax.plot(values, place, marker, color=COLOURS[colour], label=label(name))
    ax.set_yticks(place, [label(name) for name in scores.index])
    ax.set(xlabel=xlabel, xlim=(-0.02, 1.02))
    ax.invert_yaxis()
    figure.legend(loc="outside lower center", ncols=2)
    return figure
