"""Learning curves: a score against the number of labelled beats, a panel a method."""

import math

import numpy as np
from matplotlib.ticker import FixedLocator, NullLocator

from ecgbook.errors import ScoreInvalid
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_budgets"]

# Panels side by side: two where that fills the rows, as titles then have more room.
_COLUMNS = {1: 1, 2: 2, 4: 2}


@style()
def plot_budgets(table, *, score="AUROC", words="beats", line=None):
    """Return a `BookFigure` of a score against the number of labelled beats, a panel a method.

    Each panel has the curve and the interval of one method, and the curves of the others in grey:
    several bands on one axis would hide each other.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a method and budget: ``method``; ``beats``, the labelled beats, infinite for
        all there are; ``value`` of the score and the ends ``low``, ``high`` of its interval.
    score : str
        Name of the score, for the axis.
    words : str
        What was labelled, for the axis.
    line : float, optional
        A value to be marked across each panel in place of the other curves, such as 0 where the
        values are differences.

    Raises
    ------
    ScoreInvalid
        If a column is missing, there is no row, or a budget is not above 0.
    """
    _check_table(table)
    budgets = np.unique(table["beats"].astype(float))  # sorted
    place = _places(budgets)
    methods = {
        name: rows.sort_values("beats") for name, rows in table.groupby("method", sort=False)
    }
    curves = {
        name: (place[np.searchsorted(budgets, rows["beats"].astype(float))], rows)
        for name, rows in methods.items()
    }
    columns = _COLUMNS.get(len(curves), 3)
    rows = math.ceil(len(curves) / columns)
    how = {"sharex": True, "sharey": True, "squeeze": False, "height_in": 0.9 + 1.7 * rows}
    figure, axes = subplots(rows, columns, alt=_describe(methods, score, words), **how)
    for ax, name in zip(axes.flat, curves, strict=False):
        _draw_panel(ax, curves, name, line)
        _label_budgets(ax, place, budgets)
    _end_columns(axes, len(curves))
    figure.supxlabel(f"labelled {words}", fontsize="medium")
    figure.supylabel(score, fontsize="medium")
    return figure


def _draw_panel(ax, curves, name, line):
    grey = {"color": COLOURS["grey"], "linewidth": 0.8}
    if line is not None:
        ax.axhline(line, linestyle=":", **grey)
    others = [] if line is not None else [curve for other, curve in curves.items() if other != name]
    for at, rows in others:
        ax.plot(at, rows["value"], alpha=0.6, **grey)
    at, rows = curves[name]
    ax.plot(at, rows["value"], marker="o", markersize=4, color=COLOURS["blue"])
    ax.fill_between(at, rows["low"], rows["high"], color=COLOURS["blue"], alpha=0.15, linewidth=0)
    ax.set_title(name, fontsize="medium")


def _label_budgets(ax, place, budgets):
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(place))
    ax.xaxis.set_minor_locator(NullLocator())
    text = [f"{n:,.0f}" if np.isfinite(n) else "all" for n in budgets]
    ax.set_xticks(place, text, rotation=90, fontsize="small")


def _end_columns(axes, shown):
    """Take out the panels that are left over, and label the lowest one of each column."""
    for ax in axes.flat[shown:]:
        ax.set_visible(False)
    for ax in axes.flat[max(0, shown - axes.shape[1]) : shown]:
        ax.xaxis.set_tick_params(labelbottom=True)


def _check_table(table):
    missing = {"method", "beats", "value", "low", "high"} - set(table.columns)
    if missing or not len(table):
        raise ScoreInvalid(
            f"the table of budgets needs rows and columns method, beats, value, low, high; "
            f"{', '.join(sorted(missing)) or 'every row'} is not there"
        )
    if not (table["beats"].astype(float) > 0).all():
        raise ScoreInvalid("beats must be above 0, infinite for all there are")


def _places(budgets):
    """Return the place of each budget on the axis: all beats stand one step after the last."""
    known = budgets[np.isfinite(budgets)]
    if not len(known):
        return np.ones(len(budgets))
    step = known[-1] / known[-2] if len(known) > 1 else 10.0
    return np.where(np.isfinite(budgets), budgets, known[-1] * step)


def _describe(methods, score, words):
    """Say from where to where each method comes."""
    parts = [
        f"{name} from {rows['value'].iloc[0]:.2f} to {rows['value'].iloc[-1]:.2f}"
        for name, rows in methods.items()
    ]
    return f"{score} against the number of labelled {words}: {', '.join(parts)}."
