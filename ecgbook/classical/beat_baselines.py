"""What no network is needed for: rules, and classical classifiers on a handful of numbers.

>>> beats = aami_beats(open_database("mitdb")).only("N", "S", "V", "F")  # doctest: +SKIP
>>> split = Split.de_chazal(beats)  # doctest: +SKIP
>>> features, names = beat_features(beats)  # doctest: +SKIP
>>> trees = boosted_trees().fit(features[split.train], beats.y[split.train])  # doctest: +SKIP
"""

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ecgbook.datasets.context import with_rr_ratios, with_template_difference
from ecgbook.errors import RecordInvalid

__all__ = ["beat_features", "boosted_trees", "logistic", "nearest_class_mean", "rr_rules"]

# A beat is early if it comes before 0.88 of the local mean RR interval, and unusual if its QRS
# complex correlates by less than 0.9 with the template; where over a quarter of the beats
# around are early, being early says nothing (atrial fibrillation). Chosen on DS1 of MIT-BIH.
_EARLY = 0.88
_UNUSUAL = 0.9
_IRREGULAR = 0.25
_AROUND = 15  # beats on either side

# Parts of a beat, in s from the R peak.
_ALL = np.inf
_PARTS = {"p": (-_ALL, -0.07), "qrs": (-0.07, 0.1), "t": (0.1, _ALL), "beat": (-_ALL, _ALL)}
_WIDTH_S = (-0.125, 0.15)  # a wide QRS complex and some baseline


def rr_rules(beats):
    """Name beats N, S or V by three rules that a reader of ECGs would give.

    1. An early beat whose QRS complex is unlike the template of its recording is V: the
       impulse did not come down the usual way.
    2. An early beat with the QRS complex of the template is S, unless over a quarter of the 31
       beats around it are early: in a rhythm without order no beat is early.
    3. Every other beat is N. No rule finds fusion beats, nor ectopic beats that are not early.

    Parameters
    ----------
    beats : Examples
        Of `ecgbook.datasets.aami_beats`, with classes N, S and V among others, and a window from
        0.125 s before the R peak to 0.15 s after it (else `RecordInvalid`). Only the first lead
        is looked at, and no label.

    Returns
    -------
    array of int64, shape (beat,)
        Indices into ``beats.classes``.
    """
    if missing := {"N", "S", "V"} - set(beats.classes):
        absent = ", ".join(sorted(missing))
        raise RecordInvalid(f"the rules need classes N, S and V; {absent} not there")
    normal, premature, ventricular = (beats.classes.index(name) for name in "NSV")
    early = _is_early(with_rr_ratios(beats))
    qrs, template = (x[:, 0, _span(beats, *_WIDTH_S)] for x in _beats_and_templates(beats))
    unusual = _correlation(qrs, template) < _UNUSUAL
    regular = _share_around(early, beats) <= _IRREGULAR
    return np.select([early & unusual, early & regular], [ventricular, premature], normal)


def beat_features(beats):
    """Describe each beat by its rhythm and by how it differs from the template of its recording.

    The template is the median of the beats on time (`ecgbook.datasets.with_template_difference`),
    so a patient's bundle branch block is no surprise and no label is needed.

    Parameters
    ----------
    beats : Examples
        Of `ecgbook.datasets.aami_beats`, in windows that hold P, QRS and T (else `RecordInvalid`).

    Returns
    -------
    features : array of float32, shape (beat, feature)
        The four logarithms of `ecgbook.datasets.context.RR_RATIOS`; the share of early beats
        among the 31 around; and for each lead, against the template, for the P wave, the
        QRS complex, the T wave and the whole beat: correlation, root mean square difference
        (in the unit of ``x``) and log ratio of heights; and the log ratio of QRS widths.
    names : tuple of str
        Names of the columns.
    """
    rhythm = with_rr_ratios(beats)
    irregular = _share_around(_is_early(rhythm), beats)
    columns = [*rhythm.features.T, irregular]
    names = [*rhythm.feature_names, "early_share"]
    x, template = _beats_and_templates(beats)
    for part, span_s in _PARTS.items():
        span = _span(beats, *span_s)
        for name, values in _against(x[..., span], template[..., span]).items():
            columns += list(values.T)
            names += [f"{part}_{name} {lead}" for lead in beats.leads]
    span = _span(beats, *_WIDTH_S)
    columns += list(np.log(_width(x[..., span]) / _width(template[..., span])).T)
    names += [f"qrs_log_width {lead}" for lead in beats.leads]
    return np.stack(columns, axis=1).astype(np.float32), tuple(names)


def logistic(*, seed=0):
    """Return a scikit-learn pipeline: logistic regression on standardised features.

    Every class counts the same, however many beats it has.
    """
    model = LogisticRegression(class_weight="balanced", max_iter=1000, random_state=seed)
    return make_pipeline(StandardScaler(), model)


def boosted_trees(*, seed=0):
    """Return scikit-learn's gradient-boosted trees: 100 rounds of small trees, classes balanced.

    Its early stopping is off: it would set beats aside at random, whoever they belong to.
    """
    return HistGradientBoostingClassifier(
        class_weight="balanced", max_leaf_nodes=15, early_stopping=False, random_state=seed
    )


def nearest_class_mean():
    """Return a scikit-learn pipeline that picks the nearest mean of the standardised features.

    It has no weights to draw and no class sizes to know: every class is one point.
    """
    return make_pipeline(StandardScaler(), NearestCentroid())


def _beats_and_templates(beats):
    """Return each beat and the template of its recording, both (beat, lead, time)."""
    x, away = np.split(with_template_difference(with_rr_ratios(beats)).x, 2, axis=1)
    return x, x - away


def _span(beats, start_s, stop_s):
    """Return the slice of the time axis between two times from the R peak."""
    length = beats.x.shape[2]
    if "before_s" not in beats.recipe:
        raise RecordInvalid("these beats do not say where their R peak is; take aami_beats")
    r = round(beats.recipe["before_s"] * beats.fs)
    start = 0 if np.isinf(start_s) else r + round(start_s * beats.fs)
    stop = length if np.isinf(stop_s) else r + round(stop_s * beats.fs)
    if not 0 <= start < stop <= length:
        raise RecordInvalid(
            f"beats from {-r / beats.fs:g} to {(length - r) / beats.fs:g} s around the R peak do "
            f"not hold the part from {start_s:g} to {stop_s:g} s; cut them wider"
        )
    return slice(start, stop)


def _is_early(rhythm):
    return rhythm.features[:, 0] < np.log(_EARLY)


def _share_around(flag, beats):
    """Return the share of flagged beats among the 31 around each one, in its recording."""
    order = np.lexsort((beats.sample, beats.record))
    _, first, count = np.unique(beats.record[order], return_index=True, return_counts=True)
    place = np.arange(len(order))
    start = np.maximum(place - _AROUND, np.repeat(first, count))
    stop = np.minimum(place + _AROUND + 1, np.repeat(first + count, count))
    total = np.r_[0, np.cumsum(flag[order])]
    share = np.empty(len(order))
    share[order] = (total[stop] - total[start]) / (stop - start)
    return share


def _against(x, template):
    """Compare with the template: name -> (beat, lead)."""
    heights = [np.maximum(np.ptp(values, axis=-1), 1e-3) for values in (x, template)]
    return {
        "correlation": _correlation(x, template),
        "difference": np.sqrt(np.square(x - template).mean(axis=-1)),
        "log_height": np.log(heights[0] / heights[1]),
    }


def _correlation(a, b):
    """Return Pearson's correlation along time; 0 where one of the two is flat."""
    a = a - a.mean(axis=-1, keepdims=True)
    b = b - b.mean(axis=-1, keepdims=True)
    norm = np.sqrt(np.square(a).sum(axis=-1) * np.square(b).sum(axis=-1))
    return (a * b).sum(axis=-1) / np.maximum(norm, 1e-9)


def _width(qrs):
    """Return the share of samples further from the baseline than half the furthest one."""
    away = np.abs(qrs - np.median(qrs, axis=-1, keepdims=True))
    return (away >= away.max(axis=-1, keepdims=True) / 2).mean(axis=-1)
