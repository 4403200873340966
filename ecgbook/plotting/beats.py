"""What the beats of each class look like: the usual one of each patient, and some at random."""

import numpy as np
import pandas as pd

from ecgbook.errors import RecordInvalid
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_beat_panel", "plot_typical_beats"]

_FEWEST = 5  # beats of which a median is drawn
_SEEN = {"N": "P, narrow QRS, T", "S": "like N, but early"}
_SEEN |= {"V": "no P, broad QRS", "F": "between N and V"}
_WAVES_S = {"P": -0.17, "QRS": 0.06, "T": 0.27}  # where they are named, from the R peak


@style()
def plot_typical_beats(beats, *, words=_SEEN, lead=0):
    """Return a `BookFigure` of the median beat of each class: a panel a class, a line a patient.

    A line is the median of one patient's beats of the class, where there are five or more. That of
    the patient with the most of them is thick, beside the dashed median of the same patient's beats
    of the first class.

    Parameters
    ----------
    beats : Examples
        Of `ecgbook.datasets.aami_beats`, whose recipe says where the R peak is (else
        `RecordInvalid`); the first class is the normal one.
    words : dict of str to str, optional
        What is to be seen in the panel of a class, for its title; of N, S, V and F by default.
    lead : int
        Number of the lead.
    """
    if "before_s" not in beats.recipe:
        raise RecordInvalid("these beats do not say where their R peak is; take aami_beats")
    time_s = np.arange(beats.x.shape[2]) / beats.fs - beats.recipe["before_s"]
    found = {name: _medians(beats, name, lead) for name in beats.classes}
    usual, found = found[beats.classes[0]], {name: some for name, some in found.items() if some}
    rows = (len(found) + 1) // 2
    figure, axes = subplots(rows, 2, height_in=1.2 + 1.8 * rows, sharex=True, sharey=True)
    for ax, (name, medians) in zip(axes.flat, found.items(), strict=False):
        most, *others = medians
        for person in others:
            ax.plot(time_s, medians[person], color=COLOURS["grey"], lw=0.6, alpha=0.5)
        if name != beats.classes[0] and most in usual:
            ax.plot(time_s, usual[most], color=COLOURS["vermilion"], ls="--")
        ax.plot(time_s, medians[most], color=COLOURS["blue"], lw=2.2)
        ax.set_title(f"{name}: {words.get(name, '')}".rstrip(": "))
    _name_waves(axes.flat[0])
    figure.supxlabel("time from the annotation (s)", size=10)
    figure.supylabel("height (1: a usual beat)", size=10)
    return figure


def _medians(beats, name, lead):
    """Return the median beat of each patient who has enough of a class, the most of it first."""
    of_class = beats.y == beats.classes.index(name)
    people, count = np.unique(beats.patient[of_class], return_counts=True)
    order = np.argsort(-count, kind="stable")
    return {
        person: np.median(beats.x[of_class & (beats.patient == person), lead], axis=0)
        for person in people[order][count[order] >= _FEWEST]
    }


def _name_waves(ax):
    """Write the names of the waves above the thick line, which is drawn last."""
    time_s, height = ax.lines[-1].get_data()
    for wave, at_s in _WAVES_S.items():
        if time_s[0] <= at_s <= time_s[-1]:
            ax.text(at_s, np.interp(at_s, time_s, height) + 0.35, wave, ha="center", size=9)


@style()
def plot_beat_panel(beats, *, columns=4, words=None, lead=0, seed=0, alt=""):
    """Return a `BookFigure` of beats drawn at random: a row a class, a column an example.

    Parameters
    ----------
    beats : Examples
        One class each. What lies behind the end of a beat, its padding, is pale.
    columns : int
        Beats of each class, of as many patients as there are; fewer where the class has fewer.
    words : dict of str to str, optional
        What stands before the row of a class, where it is not its name.
    lead : int
        Number of the lead.
    seed : int
        Of the draw.
    alt : str
        What there is to be seen, beside what the figure says of itself.
    """
    draw = np.random.default_rng(seed)
    chosen = {k: _of_many_patients(beats, k, columns, draw) for k in np.unique(beats.y)}
    height_in, names = 0.9 + 1.05 * len(chosen), [beats.classes[k] for k in chosen]
    about = f"Beats drawn at random, {columns} of each class: {', '.join(names)}. {alt}".strip()
    shared = {"sharex": True, "sharey": True, "squeeze": False}
    figure, axes = subplots(len(chosen), columns, height_in=height_in, alt=about, **shared)
    time_s = np.arange(beats.x.shape[2]) / beats.fs
    for row, name, numbers in zip(axes, names, chosen.values(), strict=True):
        for ax, number in zip(row, numbers, strict=False):
            signal, end = beats.x[number, lead], beats.length[number]
            ax.plot(time_s, signal, color=COLOURS["grey"], alpha=0.5, linewidth=1.0)
            ax.plot(time_s[:end], signal[:end], color=COLOURS["ink"])
        for ax in row[len(numbers) :]:
            ax.set_axis_off()
        row[0].set_ylabel((words or {}).get(name, name))
    figure.supxlabel("time (s)", fontsize="medium")
    return figure


def _of_many_patients(beats, k, columns, draw):
    """Draw examples of a class; a patient comes again only when every other has had a turn."""
    numbers = draw.permutation(np.flatnonzero(beats.y == k))
    turn = pd.Series(beats.patient[numbers]).groupby(beats.patient[numbers]).cumcount()
    return numbers[np.argsort(turn.to_numpy(), kind="stable")[:columns]]
