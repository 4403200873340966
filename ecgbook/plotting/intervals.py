"""Values with their intervals, one line a method, so that they can be read at a glance."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.labels import label, sentence
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_differences", "plot_intervals", "plot_pairs"]


@style()
def plot_intervals(table, y, panel, *, marked=(), xlim=(-0.05, 1.05), titles=None, line=None):
    """Return a `BookFigure` of values with intervals: a line a ``y``, a panel a ``panel``.

    Parameters
    ----------
    table : DataFrame
        Rows of `ecgbook.results.Results.table`: columns ``value``, ``low``, ``high``, ``y`` and
        ``panel``, whose values are drawn in the order in which they come.
    y, panel : str
        Names of the columns.
    marked : collection of str, optional
        Values of ``y`` in another colour, such as those of methods that are not deep.
    xlim : tuple of float
    titles : dict of str to str, optional
        The title of each panel, where it is not the one of `ecgbook.labels.label`.
    line : float, optional
        A value to be marked in each panel, such as 0 where the values are differences.

    Raises
    ------
    RecordInvalid
        If two rows have one place.
    """
    lines, panels = (list(dict.fromkeys(table[name])) for name in (y, panel))
    if table.duplicated([y, panel]).any():
        raise RecordInvalid(f"several rows have one {y} and one {panel}; choose one of them")
    height_in = 0.9 + 0.27 * len(lines)
    figure, axes = subplots(1, len(panels), height_in=height_in, sharey=True, squeeze=False)
    for ax, name in zip(axes[0], panels, strict=True):
        if line is not None:
            ax.axvline(line, color=COLOURS["grey"], linewidth=1.0, linestyle=":")
        own = table[table[panel] == name]
        for is_marked, colour in ((False, "blue"), (True, "vermilion")):
            part = own[own[y].isin(list(marked)) == is_marked]
            _draw_rows(ax, part, np.array([lines.index(name) for name in part[y]]), colour)
        ax.set(title=(titles or {}).get(name, label(name)), xlim=xlim)
    axes[0, 0].set_yticks(range(len(lines)), [label(line) for line in lines])
    axes[0, 0].invert_yaxis()
    return figure


@style()
def plot_pairs(left, right, difference, by, *, words=("one", "other"), score="", titles=()):
    """Return a `BookFigure` of two conditions a line, and of their paired difference beside them.

    Parameters
    ----------
    left, right, difference : DataFrame
        Rows of `ecgbook.results.Results.table`, one for each value of the column ``by``; the
        difference is that of ``right`` minus ``left``. Lines stand in the order of ``left``.
    by : str
        Name of the column, such as ``method``.
    words : tuple of two str
        What the two conditions are, for the legend.
    score : str
        Name of the score, for the axis.
    titles : tuple of two str, optional
        Headlines of the two panels.

    Raises
    ------
    RecordInvalid
        If the tables do not have the same values of ``by``, each once.
    """
    lines = list(left[by])
    if any(sorted(table[by]) != sorted(set(lines)) for table in (left, right, difference)):
        raise RecordInvalid(f"left, right and difference need the same {by}s, each in one row")
    figure, axes = subplots(1, 2, height_in=1.7 + 0.5 * len(lines), sharey=True)
    place = np.arange(len(lines))
    looks = [(axes[0], left, -0.12, "blue"), (axes[0], right, 0.12, "vermilion")]
    for (ax, table, off, colour), word in zip(looks, words, strict=True):
        _draw_rows(ax, table.set_index(by).loc[lines], place + off, colour, label=word)
    _draw_rows(axes[1], difference.set_index(by).loc[lines], place, "green")
    axes[1].axvline(0, color=COLOURS["ink"], linewidth=0.8)
    axes[0].set(xlim=(-0.05, 1.05), xlabel=score, ylim=(len(lines) - 0.5, -0.5))
    axes[1].set(xlabel=f"difference in {score}" if score else "difference")
    axes[0].set_yticks(range(len(lines)), [label(line) for line in lines])
    for ax, title in zip(axes, titles, strict=False):
        ax.set_title(title)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _draw_rows(ax, table, place, colour, **options):
    value, low, high = table[["value", "low", "high"]].to_numpy(float).T
    ax.hlines(place, low, high, color=COLOURS[colour])
    ax.plot(value, place, "o", color=COLOURS[colour], **options)


def plot_differences(table, panel, *, marked=(), titles=None):
    """Return a `BookFigure` of paired differences with their intervals, 0 marked in each panel.

    Parameters
    ----------
    table : DataFrame
        Rows of `ecgbook.results.Results.table` that have ``method`` and ``minus``. A line is
        named by the method, or by both where a method is compared with several others.
    panel, marked, titles
        As for `plot_intervals`, and errors likewise; all panels share the widest limits.
    """
    if table.duplicated(["method", panel]).any():
        pairs = zip(table["method"], table["minus"], strict=True)
        words = [sentence({"method": one, "minus": other}) for one, other in pairs]
        table = table.assign(method=words)
    ends = [0.0, *table["low"], *table["high"]]
    room = 0.05 * (max(ends) - min(ends))
    limits = {"xlim": (min(ends) - room, max(ends) + room), "line": 0}
    figure = plot_intervals(table, "method", panel, marked=marked, titles=titles, **limits)
    for ax in figure.axes:
        ax.locator_params(axis="x", nbins=3)
    return figure
