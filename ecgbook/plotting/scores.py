"""How good a detector is: ROC curves, and learning curves over the number of labels."""

import numpy as np
from matplotlib.ticker import FixedLocator, NullLocator

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import auroc
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, line_styles, style

__all__ = ["plot_budgets", "plot_roc"]

_MARKERS = "osD^v"


@style()
def plot_roc(curves, *, title=""):
    """Draw ROC curves: the share of abnormal beats found against that of false alarms.

    Returns a `BookFigure` whose legend gives the area under each curve (AUROC).

    Parameters
    ----------
    curves : dict of str to tuple ``(abnormal, score)``
        By the name for the legend: which beats are abnormal and how abnormal each looks, two
        arrays of shape (beat,). Up to five curves.
    title : str, optional
        The headline.

    Raises
    ------
    ScoreInvalid
        If shapes differ, a score is NaN, or only one kind of beat is there.
    RecordInvalid
        If there are more than five curves.
    """
    from sklearn.metrics import roc_curve

    figure, ax = subplots(height_in=3.6)
    labels = []
    for (name, (abnormal, score)), look in zip(curves.items(), line_styles(curves), strict=True):
        labels.append(f"{name}: {_area(name, abnormal, score):.2f}")
        false_alarms, found, _ = roc_curve(abnormal, score, drop_intermediate=False)
        ax.plot(false_alarms, found, label=labels[-1], **look)
    ax.plot([0, 1], [0, 1], color=COLOURS["grey"], linewidth=0.8, label="chance: 0.50")
    ax.set(xlabel="false alarms, share of normal beats", xlim=(-0.02, 1.02), title=title)
    ax.set(ylabel="found, share of abnormal beats", ylim=(-0.02, 1.02))
    figure.legend(loc="outside right upper", title="AUROC", alignment="left")
    figure.alt = f"ROC curves. Area under each: {', '.join(labels)}."
    return figure


def _area(name, abnormal, score):
    try:
        area = auroc(abnormal, score)
    except ScoreInvalid as error:
        raise ScoreInvalid(f"ROC curve {name!r}: {error}") from error
    if np.isnan(area):
        raise ScoreInvalid(f"ROC curve {name!r} needs normal and abnormal beats, got one kind only")
    return area


@style()
def plot_budgets(table, *, score="AUROC", title=""):
    """Return a `BookFigure` of a score against the number of labelled beats learnt from.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a method and budget: ``method``; ``beats``, the labelled beats, infinite for
        all there are; ``value`` of the score and the ends ``low``, ``high`` of its interval.
        Up to five methods.
    score, title : str
        Name of the score, for the axis, and the headline.

    Raises
    ------
    ScoreInvalid
        If a column is missing, there is no row, or a budget is not above 0.
    RecordInvalid
        If there are more than five methods.
    """
    _check_table(table)
    budgets = np.unique(table["beats"].astype(float))  # sorted
    place = _places(budgets)
    methods = dict(list(table.groupby("method", sort=False)))
    figure, ax = subplots(height_in=3.6, alt=_describe_budgets(methods, score))
    looks = zip(methods.items(), line_styles(methods), _MARKERS, strict=False)
    for (name, rows), look, marker in looks:
        rows = rows.sort_values("beats")
        at = place[np.searchsorted(budgets, rows["beats"].astype(float))]
        (line,) = ax.plot(at, rows["value"], label=name, marker=marker, markersize=5, **look)
        band = {"color": line.get_color(), "alpha": 0.15, "linewidth": 0}
        ax.fill_between(at, rows["low"], rows["high"], **band)
    ax.set(xscale="log", xlabel="labelled beats", ylabel=score, title=title)
    ax.xaxis.set_major_locator(FixedLocator(place))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticks(place, [f"{n:,.0f}" if np.isfinite(n) else "all" for n in budgets])
    figure.legend(loc="outside lower center", ncols=3)
    return figure


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


def _describe_budgets(methods, score):
    """Say from where to where each method comes."""
    ordered = {name: rows.sort_values("beats")["value"] for name, rows in methods.items()}
    parts = [f"{name} from {v.iloc[0]:.2f} to {v.iloc[-1]:.2f}" for name, v in ordered.items()]
    return f"{score} against the number of labelled beats: {', '.join(parts)}."
