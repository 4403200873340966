"""Clouds: examples as points in a plane, coloured by class."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import style

__all__ = ["plot_clouds"]

_MARKERS = "os^Dv"


@style()
def plot_clouds(planes, y, classes, *, most=1500, alt=""):
    """Draw the same examples in one plane or several, and return the `BookFigure`.

    Parameters
    ----------
    planes : dict of str to tuple ``(points, xlabel, ylabel)``
        By the title of the panel: an array of shape (example, 2) and what its columns are.
    y : array of int, shape (example,)
        Class of each example, an index into ``classes``.
    classes : sequence of str
        Names for the legend, up to five.
    most : int
        Of each class that many are drawn, the first ones, so that no class buries the others.
    alt : str
        What there is to be seen.

    Raises
    ------
    RecordInvalid
        If there are more than five classes, or points and classes differ in number.
    """
    if len(classes) > len(_MARKERS):
        raise RecordInvalid(f"{len(classes)} classes in one cloud; draw up to {len(_MARKERS)}")
    figure, axes = subplots(1, len(planes), height_in=3.4, alt=alt, squeeze=False)
    for ax, (title, (points, xlabel, ylabel)) in zip(axes[0], planes.items(), strict=True):
        if np.shape(points) != (len(y), 2):
            raise RecordInvalid(
                f"plane {title!r} needs points of shape ({len(y)}, 2), got {np.shape(points)}"
            )
        for k, (name, marker) in enumerate(zip(classes, _MARKERS, strict=False)):
            own = np.flatnonzero(np.asarray(y) == k)[:most]
            ax.scatter(*points[own].T, s=6, marker=marker, alpha=0.6, linewidth=0, label=name)
        ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    handles, names = axes[0, 0].get_legend_handles_labels()
    legend = figure.legend(handles, names, loc="outside lower center", ncols=len(classes))
    for handle in legend.legend_handles:
        handle.set_sizes([36])
    return figure
