"""Scores of beats patient by patient: whether one threshold could serve them all."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_by_patient"]

_FEWEST = 5  # beats of which a range is drawn
_LOOKS = (("blue", "o"), ("vermilion", "s"), ("green", "D"))


@style()
def plot_by_patient(score, patient, groups, *, threshold=None, ylabel="score"):
    """Return a `BookFigure` of the scores of each patient's beats, on a logarithmic axis.

    Each line is the middle 90 % of one patient's beats of a group, its marker their median, where
    there are five beats or more.

    Parameters
    ----------
    score : array of float, shape (beat,)
        Above 0.
    patient : array of str, shape (beat,)
    groups : dict of str to array of bool, shape (beat,)
        Which beats are drawn, by the name for the legend; up to three groups.
    threshold : float, optional
        Drawn across all patients.
    ylabel : str

    Raises
    ------
    RecordInvalid
        If shapes differ, there are no groups or more than three, or a score drawn is not above 0.
    """
    score, patient = np.asarray(score, dtype=float), np.asarray(patient)
    _check(score, patient, groups)
    people = np.unique(patient)
    figure, ax = subplots(height_in=3.2)
    for (name, rows), (colour, marker) in zip(groups.items(), _LOOKS, strict=False):
        place, parts = _ranges(score, patient, rows, people)
        place = place + 0.18 * list(groups).index(name)
        low, middle, high = parts.T
        ax.vlines(place, low, high, color=COLOURS[colour], linewidth=2)
        ax.plot(place, middle, marker, color=COLOURS[colour], markersize=4.5, label=name)
    if threshold is not None:
        ax.axhline(threshold, color=COLOURS["ink"], linestyle=":", label="threshold")
    ax.set(xlabel="patient", ylabel=ylabel, yscale="log")
    ax.set_xticks(range(len(people)), people, rotation=90, fontsize="small")
    figure.legend(loc="outside upper center", ncols=4)
    counts = ", ".join(
        f"{name} of {_patients(patient[rows])} patients" for name, rows in groups.items()
    )
    figure.alt = f"Median and middle 90 % of the scores by patient: {counts}."
    return figure


def _check(score, patient, groups):
    if not 1 <= len(groups) <= len(_LOOKS):
        raise RecordInvalid(f"1 to {len(_LOOKS)} groups can be told apart, got {len(groups)}")
    shapes = {score.shape, patient.shape, *(np.shape(rows) for rows in groups.values())}
    if len(shapes) != 1 or score.ndim != 1:
        raise RecordInvalid(f"score, patient and groups need one shape (beat,), got {shapes}")
    drawn = np.any([*groups.values()], axis=0)
    if not (score[drawn] > 0).all():
        raise RecordInvalid("a logarithmic axis needs scores above 0; leave other beats out")


def _ranges(score, patient, rows, people):
    """Return the places of patients with enough beats, and (5 %, median, 95 %) of each."""
    own = {k: score[rows & (patient == person)] for k, person in enumerate(people)}
    kept = {
        k: np.quantile(values, [0.05, 0.5, 0.95])
        for k, values in own.items()
        if len(values) >= _FEWEST
    }
    return np.array([*kept], dtype=float), np.array([*kept.values()]).reshape(-1, 3)


def _patients(patient):
    return sum(count >= _FEWEST for count in np.unique(patient, return_counts=True)[1])
