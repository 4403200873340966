"""How good a detector is: ROC curves."""

import numpy as np

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import auroc
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, line_styles, style

__all__ = ["plot_roc"]


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
