"""How good a detector is: ROC curves, and curves of precision and recall."""

import numpy as np

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import auroc
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, line_styles, style

__all__ = ["plot_precision_recall", "plot_roc"]


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


@style()
def plot_precision_recall(curves, *, abnormal="abnormal", title="", zoom=None):
    """Draw which share of the alarms is right against the share of abnormal beats found.

    Returns a `BookFigure` whose legend gives the area under each curve (AUPRC, the average
    precision). A line of grey lies where alarms at random would: at the share of abnormal beats,
    so that curves of data with another share cannot be compared.

    Parameters
    ----------
    curves : dict of str to tuple ``(abnormal, score)``
        As for `plot_roc`; all on the same beats.
    abnormal : str, optional
        What is looked for, such as ``infarction``.
    title : str, optional
        The headline.
    zoom : float, optional
        Where both axes begin, to tell curves near the corner apart; 0 if left out.

    Raises
    ------
    ScoreInvalid
        As for `plot_roc`; also if the curves differ in what is abnormal.
    RecordInvalid
        If there are more than five curves.
    """
    from sklearn.metrics import average_precision_score, precision_recall_curve

    figure, ax = subplots(height_in=3.6)
    labels, truth = [], next(iter(curves.values()))[0]
    for (name, (is_so, score)), look in zip(curves.items(), line_styles(curves), strict=True):
        _area(name, is_so, score)
        if not np.array_equal(is_so, truth):
            raise ScoreInvalid(f"curve {name!r} is of other beats: draw it by itself")
        labels.append(f"{name}: {average_precision_score(is_so, score):.2f}")
        right, found, _ = precision_recall_curve(is_so, score)
        # Steps, for between two thresholds there is none that would give what lies between.
        ax.step(found[::-1], right[::-1], where="pre", label=labels[-1], **look)
    share = np.mean(truth)
    ax.axhline(share, color=COLOURS["grey"], linewidth=0.8, label=f"chance: {share:.2f}")
    begin = -0.02 if zoom is None else zoom
    ax.set(xlabel=f"found, share of {abnormal} beats", xlim=(begin, 1.02), title=title)
    ax.set(ylabel="right, share of alarms", ylim=(begin, 1.02))
    figure.legend(loc="outside right upper", title="AUPRC", alignment="left")
    figure.alt = f"Curves of precision and recall. Area under each: {', '.join(labels)}."
    return figure


def _area(name, abnormal, score):
    try:
        area = auroc(abnormal, score)
    except ScoreInvalid as error:
        raise ScoreInvalid(f"curve {name!r}: {error}") from error
    if np.isnan(area):
        raise ScoreInvalid(f"curve {name!r} needs normal and abnormal beats, got one kind only")
    return area
