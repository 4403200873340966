"""Pictures of anomaly detectors: where a beat is strange, ROC curves, learning curves."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from ecgbook.errors import RecordInvalid, ScoreInvalid
from ecgbook.evaluation import auroc
from ecgbook.evaluation._checks import checked_labels, checked_scores, require_both
from ecgbook.evaluation.thresholds import _operating_points
from ecgbook.plotting.curves import _styles
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_budgets", "plot_residual", "plot_roc"]

_MOST_BEATS = 12
_COLUMNS = 3
# Ever darker from white on, so that it reads in grey as well.
_HEAT = LinearSegmentedColormap.from_list("heat", ["white", COLOURS["vermilion"], "#3a1402"])
_BAND = 0.14  # height of the heat band, of the panel's

_MARKERS = "osD^v"


@style()
def plot_residual(x, reconstruction, *, fs, titles=None, scale=None, unit="a.u."):
    """Draw beats with their reconstructions, and under each a band: dark where they differ.

    Parameters
    ----------
    x, reconstruction : arrays, shape (beat, time)
        Up to 12 beats, and what a network made of them.
    fs : float
        Sampling rate in Hz.
    titles : sequence of str, optional
        A headline for each panel.
    scale : float, optional
        Squared difference at the dark end of the colours, which all panels share, and larger
        ones with it; what 99 % of these samples stay below where it is not given.
    unit : str, default "a.u."
        Unit of the values; arbitrary ones for beats that were scaled one by one.

    Returns
    -------
    BookFigure

    Raises
    ------
    RecordInvalid
        If shapes differ, there are no beats or more than 12, a value is NaN or infinite, or there
        is not one title for each beat.
    """
    x, reconstruction = _checked_beats(x, reconstruction)
    titles = [""] * len(x) if titles is None else titles
    if len(titles) != len(x):
        raise RecordInvalid(f"{len(titles)} titles for {len(x)} beats; give one for each")
    residual = np.square(x - reconstruction)
    # A single sample far off would leave all others pale.
    top = (np.quantile(residual, 0.99) or residual.max() or 1.0) if scale is None else scale
    columns = min(len(x), _COLUMNS)
    rows = -(-len(x) // columns)
    height_in, alt = 1.1 + 1.6 * rows, _describe_residual(residual, titles)
    shared = {"sharex": True, "sharey": True, "squeeze": False}
    figure, axes = subplots(rows, columns, height_in=height_in, alt=alt, **shared)
    limits = min(x.min(), reconstruction.min()), max(x.max(), reconstruction.max())
    for ax, *beat, title in zip(axes.flat, x, reconstruction, residual, titles, strict=False):
        lines, band = _draw_beat(ax, *beat, fs=fs, top=top)
        ax.set_title(title, fontsize="medium")
    for ax in axes.flat[len(x) :]:
        ax.set_axis_off()
    for ax in axes.flat[len(x) - columns : len(x)]:  # the lowest of each column
        ax.tick_params(labelbottom=True)
    _leave_room_for_bands(axes[0, 0], *limits)
    figure.supxlabel("time (s)", fontsize="medium")
    figure.supylabel(f"amplitude ({unit})", fontsize="medium")
    figure.legend(handles=lines, loc="outside upper center", ncols=2)
    extend = "max" if residual.max() > top else "neither"
    label = f"squared difference ({unit}²)"
    figure.colorbar(band, ax=axes, label=label, extend=extend, fraction=0.05)
    return figure


def _draw_beat(ax, beat, reconstruction, residual, *, fs, top):
    """Draw one panel and return its two lines and its band."""
    time_s = np.arange(len(beat)) / fs
    looks = {"color": COLOURS["blue"], "linestyle": "--"}
    lines = ax.plot(time_s, beat, color=COLOURS["ink"], label="beat")
    lines += ax.plot(time_s, reconstruction, label="reconstruction", **looks)
    edges_s = (np.arange(len(beat) + 1) - 0.5) / fs
    place = {"transform": ax.get_xaxis_transform(), "zorder": 1}
    colours = {"cmap": _HEAT, "vmin": 0, "vmax": top, "rasterized": True}
    band = ax.pcolormesh(edges_s, [0, _BAND], residual[None], **colours, **place)
    ax.set_xlim(edges_s[0], edges_s[-1])
    return lines, band


def _leave_room_for_bands(ax, low, high):
    """Set the limits of all panels so that the curves stay above the bands."""
    span = (high - low) or 1.0
    ax.set_ylim(low - 1.5 * _BAND * span, high + 0.05 * span)
    ticks = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high)
    ax.set_yticks([tick for tick in ticks if low - 0.01 * span <= tick <= high + 0.05 * span])


def _checked_beats(x, reconstruction):
    x, reconstruction = np.asarray(x, dtype=float), np.asarray(reconstruction, dtype=float)
    if x.ndim != 2 or x.shape != reconstruction.shape or not x.size or len(x) > _MOST_BEATS:
        raise RecordInvalid(
            f"beats and reconstructions need the same shape (beat, time) with 1 to {_MOST_BEATS} "
            f"beats, got {x.shape} and {reconstruction.shape}; choose one lead and some beats"
        )
    if not (np.isfinite(x).all() and np.isfinite(reconstruction).all()):
        raise RecordInvalid("a beat or its reconstruction has missing samples; choose others")
    return x, reconstruction


def _describe_residual(residual, titles):
    """Say of each panel how much differs and when the most."""
    parts = [
        f"{title or f'beat {number}'} {values.mean():.2g}"
        for number, (title, values) in enumerate(zip(titles, residual, strict=True), 1)
    ]
    return (
        f"Beats, each with its reconstruction and a band that is dark where they differ. "
        f"Mean squared difference: {', '.join(parts)}."
    )


@style()
def plot_roc(curves, *, title=""):
    """Draw ROC curves: the share of abnormal beats found against that of false alarms.

    Parameters
    ----------
    curves : dict of str to tuple ``(abnormal, score)``
        By the name for the legend: which beats are abnormal and how abnormal each looks, two
        arrays of shape (beat,). Up to five curves.
    title : str, optional
        The headline.

    Returns
    -------
    BookFigure
        The legend gives the area under each curve (AUROC).

    Raises
    ------
    ScoreInvalid
        If shapes differ, a score is NaN, or only one kind of beat is there.
    RecordInvalid
        If there are more than five curves.
    """
    figure, ax = subplots(height_in=3.6)
    labels = []
    for (name, (abnormal, score)), look in zip(curves.items(), _styles(curves), strict=True):
        abnormal = checked_labels(abnormal, 2, f"abnormal of {name!r}")
        score = checked_scores(score, abnormal.shape, f"score of {name!r}")
        require_both(abnormal == 1, f"abnormal of {name!r}")
        _, found, false_alarms = _operating_points(abnormal, score)
        labels.append(f"{name}: {auroc(abnormal, score):.2f}")
        x, y = (np.append(0, counts) / counts[-1] for counts in (false_alarms, found))
        ax.plot(x, y, label=labels[-1], **look)
    ax.plot([0, 1], [0, 1], color=COLOURS["grey"], linewidth=0.8, label="chance: 0.50")
    ax.set(xlabel="false alarms, share of normal beats", xlim=(-0.02, 1.02), title=title)
    ax.set(ylabel="found, share of abnormal beats", ylim=(-0.02, 1.02))
    figure.legend(loc="outside right upper", title="AUROC", alignment="left")
    figure.alt = f"ROC curves. Area under each: {', '.join(labels)}."
    return figure


@style()
def plot_budgets(table, *, score="AUROC", title=""):
    """Draw learning curves: a score against the number of labelled beats learnt from.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a method and budget: ``method``; ``beats``, the labelled beats, infinite for
        all there are; ``value`` of the score and the ends ``low``, ``high`` of its interval.
        Up to five methods.
    score : str, default "AUROC"
        Name of the score, for the axis.
    title : str, optional
        The headline.

    Returns
    -------
    BookFigure

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
    looks = zip(methods.items(), _styles(methods), _MARKERS, strict=False)
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
    parts = []
    for name, rows in methods.items():
        value = rows.sort_values("beats")["value"].to_numpy()
        parts.append(f"{name} from {value[0]:.2f} to {value[-1]:.2f}")
    return f"{score} against the number of labelled beats: {', '.join(parts)}."
