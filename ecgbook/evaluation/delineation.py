"""Scores of delineation: how many points of waves are found, and how far off they are.

A wave has three points: begin, peak and end. A point that was found and one that an expert marked
form a pair if each is the other's nearest, at most 150 ms apart, as beats are paired
(`ecgbook.evaluation.match_beats`). Experts leave out the edges of a recording: a point before
their first mark or after their last is no error.
"""

import numpy as np
import pandas as pd

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation.confusion import ratio
from ecgbook.evaluation.detection import match_beats

__all__ = ["POINTS", "WAVES", "delineation_table", "found_points", "marked_points"]
__all__ += ["score_delineation"]

# Waves by the symbol of their peak in the annotations, and the points of each.
WAVES = {"p": "P", "N": "QRS", "t": "T"}
POINTS = ("begin", "peak", "end")


def marked_points(annotations):
    """Return the points that an expert marked: a dict of (wave, point) to samples, rising.

    Parameters
    ----------
    annotations : Annotations
        As of `ecgbook.sources.ludb.Ludb.waves`: ``(``, a peak ``p``, ``N`` or ``t``, and ``)``.
        A bracket that is missing leaves out that point alone.

    Examples
    --------
    >>> from ecgbook import Annotations
    >>> marks = Annotations([10, 15, 20, 31], ["(", "N", ")", "t"])
    >>> {place: samples.tolist() for place, samples in marked_points(marks).items() if len(samples)}
    {('QRS', 'begin'): [10], ('QRS', 'peak'): [15], ('QRS', 'end'): [20], ('T', 'peak'): [31]}
    """
    sample, symbol = annotations.sample, annotations.symbol
    before, after = np.append("", symbol[:-1]), np.append(symbol[1:], "")
    points = {}
    for code, wave in WAVES.items():
        peak = np.flatnonzero(symbol == code)
        points[wave, "begin"] = sample[peak[before[peak] == "("] - 1]
        points[wave, "peak"] = sample[peak]
        points[wave, "end"] = sample[peak[after[peak] == ")"] + 1]
    return points


def found_points(waves):
    """Return the points of the `ecgbook.signals.Waves` of one lead, as of `marked_points`."""
    points = {}
    for name, wave in zip(WAVES.values(), (waves.p, waves.qrs, waves.t), strict=True):
        for point in POINTS:
            sample = getattr(wave, point)
            if sample.ndim != 1:
                raise ScoreInvalid("points are those of one lead; take waves[i] of lead i")
            points[name, point] = np.sort(sample[wave.found])
    return points


def score_delineation(annotations, found, fs, tolerance_s=0.15):
    """Count hits and errors of each point of each wave in one lead.

    Parameters
    ----------
    annotations : Annotations
        The marks of the lead, see `marked_points`.
    found : dict of (wave, point) to array of int
        What is judged, see `found_points`; samples in rising order at ``fs`` Hz.
    tolerance_s : float, default 0.15
        Largest distance of a pair.

    Returns
    -------
    DataFrame
        A row a point: ``wave``, ``point``, ``tp``, ``fp``, ``fn``, and ``error_ms``, an array of
        found minus marked, one for each pair.

    Raises
    ------
    ScoreInvalid
        If there are no marks, or samples do not rise or are no whole numbers.
    """
    if annotations is None or not len(annotations):
        raise ScoreInvalid("delineation is scored on marked waves, this lead has none")
    first, last = annotations.sample[[0, -1]]
    rows = []
    for (wave, point), marked in marked_points(annotations).items():
        sample = np.asarray(found[wave, point])
        pairs = match_beats(marked, sample, fs, tolerance_s)
        is_false = (first <= sample) & (sample <= last)
        is_false[pairs[:, 1]] = False
        error_ms = 1000 / fs * (sample[pairs[:, 1]] - marked[pairs[:, 0]])
        counts = len(pairs), np.count_nonzero(is_false), len(marked) - len(pairs)
        rows.append((wave, point, *counts, error_ms))
    return pd.DataFrame(rows, columns=["wave", "point", "tp", "fp", "fn", "error_ms"])


def delineation_table(scores, by=()):
    """Sum scores of leads and recordings up, all waves together.

    Parameters
    ----------
    scores : DataFrame
        Rows of `score_delineation`, of any number of leads.
    by : sequence of str
        Further columns to keep apart, such as ``lead`` or ``method``.

    Returns
    -------
    DataFrame
        A row a point (and entry of ``by``): ``sensitivity`` and ``ppv``, ``mean_ms`` and
        ``sd_ms`` of the errors, ``n``, the marked points, and ``pairs``.
    """
    keys = [*by, "wave", "point"]
    rows = []
    for names, part in scores.groupby(keys, sort=False):
        tp, fp, fn = part[["tp", "fp", "fn"]].sum()
        error_ms = np.concatenate([*part["error_ms"]])
        spread = (error_ms.mean(), error_ms.std()) if len(error_ms) else (np.nan, np.nan)
        rows.append((*names, ratio(tp, tp + fn), ratio(tp, tp + fp), *spread, tp + fn, tp))
    columns = ["sensitivity", "ppv", "mean_ms", "sd_ms", "n", "pairs"]
    return pd.DataFrame(rows, columns=[*keys, *columns])
