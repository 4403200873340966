"""Chapter 9: explanations scored signal by signal, and means of that with intervals over people."""

import numpy as np
import pandas as pd

from ecgbook import explain
from ecgbook.evaluation.resampling import patient_weights, percentile_interval

__all__ = ["AGREEMENT", "SCORES", "mean_rows", "signal_scores", "verdict"]

# Of each signal; low is good of deletion alone. Where all that tells the classes apart is more
# than the mask, it is scored as well.
SCORES = ("mask_auprc", "pointing_game", "share_on_mask", "deletion", "insertion")
SCORES += ("evidence_auprc", "evidence_pointing")
AGREEMENT = "agreement"


def signal_scores(model, x, target, attribution, mask, *, evidence=None, seen=None, steps=20):
    """Return `SCORES` of each signal, float64 (score, signal), NaN where one is not to be had.

    Parameters
    ----------
    model : torch.nn.Module
        Asked by deletion and insertion, whichever network the attribution explains.
    x : array, shape (signal, lead, time)
    target : array of int, shape (signal,)
    attribution : array, shape (signal, lead, time)
    mask, evidence : arrays of bool, shape (signal, lead, time)
        Where the truth lies, and all that tells the classes apart.
    seen : array of int, shape (signal, 2), optional
        First sample that was looked at, and the one after the last: what lies outside is no
        truth. All if left out.
    steps : int
        Of the curves of deletion and insertion.
    """
    found = np.full((len(SCORES), len(x)), np.nan)
    found[0] = _over(explain.mask_auprc, attribution, mask, seen)
    found[1] = _over(explain.pointing_game, attribution, mask, seen)
    found[2] = _over(explain.share_on_mask, attribution, mask, seen)
    found[3] = explain.deletion(model, x, attribution, target, steps=steps)
    found[4] = explain.insertion(model, x, attribution, target, steps=steps)
    if evidence is not None:
        found[5] = _over(explain.mask_auprc, attribution, evidence, seen)
        found[6] = _over(explain.pointing_game, attribution, evidence, seen)
    return found


def _over(score, attribution, mask, seen):
    if seen is None:
        return score(attribution, mask)
    pairs = zip(attribution, mask, seen, strict=True)
    return [score(a[None, :, i:j], m[None, :, i:j])[0] for a, m, (i, j) in pairs]


def mean_rows(values, patient, names=SCORES, *, n=1000):
    """Return the mean of each score over signals and runs, with intervals over patients and runs.

    As in `ecgbook.evaluation.report`, patients are drawn with replacement with all their signals,
    ``n`` times for each run, and the interval holds the middle 95 % of all draws of all runs. A
    score that no signal has gets no row.

    Parameters
    ----------
    values : array of float, shape (run, score, signal)
        NaN where a score is not defined.
    patient : array, shape (signal,)
    names : sequence of str, or of tuple ``(score, class)``
        Of the scores.

    Returns
    -------
    pandas.DataFrame
        ``score``, ``class``, ``value``, ``low``, ``high``, ``n_patients``, ``n``.

    Examples
    --------
    >>> rows = mean_rows(np.array([[[0.0, 1.0, 0.5]]]), list("aab"), ["deletion"])
    >>> rows[["score", "value", "low", "high", "n_patients", "n"]].to_dict("records")[0]
    {'score': 'deletion', 'value': 0.5, 'low': 0.5, 'high': 0.5, 'n_patients': 2, 'n': 3}
    """
    _, person = np.unique(patient, return_inverse=True)
    rows = []
    for k, name in enumerate(names):
        own = values[:, k]
        known = np.isfinite(own)
        if not known.any():
            continue
        drawn = np.stack([_replicates(v, person, n, seed) for seed, v in enumerate(own)])
        low, high = percentile_interval(drawn[:, 1:].ravel())
        score, class_ = name if isinstance(name, tuple) else (name, "all")
        row = {"score": score, "class": class_, "value": np.nanmean(drawn[:, 0])}
        counted = {"n_patients": len(set(person[known[0]])), "n": int(known[0].sum())}
        rows.append(row | {"low": low, "high": high} | counted)
    columns = ["score", "class", "value", "low", "high", "n_patients", "n"]
    return pd.DataFrame(rows, columns=columns)


def _replicates(value, person, n, seed):
    """Return the mean over the signals of all people, then of those drawn: (1 + n,)."""
    known = np.isfinite(value)
    total = np.bincount(person, np.where(known, value, 0))
    count = np.bincount(person, known)
    weight = patient_weights(len(count), n, seed)
    whole = weight @ count
    return np.divide(weight @ total, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def verdict(ours, signal, reset, patient):
    """Return which of its two floors an explanation beats, each by a paired difference.

    Parameters
    ----------
    ours, signal, reset : arrays of float, shape (run, signal)
        The same score, more being better, of the explanation, of the signal, and of the same
        method for the network with reset weights.
    patient : array, shape (signal,)

    Returns
    -------
    str
        ``both``, ``signal``, ``reset`` or ``neither``: those from which the difference has an
        interval above 0.
    """
    beaten = [
        name
        for name, floor in (("signal", signal), ("reset", reset))
        if (mean_rows((ours - floor)[:, None], patient, ["score"])["low"] > 0).any()
    ]
    return {0: "neither", 1: beaten[0] if beaten else "", 2: "both"}[len(beaten)]
