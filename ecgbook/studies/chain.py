"""Chapter 4: level 1 before level 2, and what it costs that level 2 sees only what passed."""

from dataclasses import replace
from functools import partial

import numpy as np

from ecgbook.evaluation import (
    choose_threshold,
    confusion_by_group,
    patient_weights,
    percentile_interval,
)
from ecgbook.models.hierarchy import HierarchicalClassifier
from ecgbook.studies.beats import metrics_of, summarise

__all__ = ["SENSITIVITY", "hierarchy", "judge", "stopped_share"]

# Share of the abnormal validation beats that level 1 must pass on.
SENSITIVITY = 0.95

_SPLIT = "nobody on two sides"


def hierarchy(beats, split, level1, level2):
    """Put level 1 before a classifier, with a threshold chosen on the validation part.

    Parameters
    ----------
    beats : BeatSet
        From `ecgbook.studies.hierarchy.beats_of`.
    split : Split
    level1 : torch.nn.Module
        A trained generator.
    level2 : callable ``(x, features) -> probability``, shape (beat, class)

    Returns
    -------
    HierarchicalClassifier
        At least `SENSITIVITY` of the abnormal validation beats pass its first level.
    """
    from ecgbook.training import anomaly_scores

    score = partial(anomaly_scores, level1, precision="bfloat16", progress=False)
    both = HierarchicalClassifier(score, level2, threshold=-np.inf)
    x, abnormal = beats.x[split.valid], beats.y[split.valid] > 0
    at = choose_threshold(abnormal, both.score(x), "specificity", at_least=SENSITIVITY)
    return replace(both, threshold=at.value)


def judge(beats, split, level1, level2s):
    """Judge the chain on the test part, with each of several second levels.

    Returns
    -------
    list of dict
        Fields of `ecgbook.results.Metric`: the scores of chapter 2 as ``<score>_chain_all``, and
        ``stopped_<class>``, the share of each class that level 1 stopped.
    """
    index = split.test
    x, features, y, patient = (
        values[index] for values in (beats.x, beats.features, beats.y, beats.patient)
    )
    first = hierarchy(beats, split, level1, level2s[0])
    passed = first.passes(x)
    counts = []
    for level2 in level2s:
        named = replace(first, level2=level2).name(passed, x, features)
        counts.append(confusion_by_group(y, named, len(beats.classes), patient)[1])
    metrics = metrics_of(summarise(counts), "chain_all", _SPLIT)
    sizes = np.bincount(y, minlength=len(beats.classes))
    shares = stopped_share(y, passed, patient, len(beats.classes))
    for name, n, (value, low, high) in zip(beats.classes, sizes, shares, strict=True):
        metrics.append(
            {
                "name": f"stopped_{name.lower()}_chain_all",
                "label": f"share of {name} that level 1 stops",
                "value": value,
                "low": low,
                "high": high,
                "n": int(n),
                "protocol": "chain all",
                "split": _SPLIT,
            }
        )
    return metrics


def stopped_share(y, passed, patient, n_classes, *, n=1000, seed=0):
    """Return the share of each class that did not pass, with an interval over patients.

    Parameters
    ----------
    y, patient : arrays, shape (beat,)
    passed : array of bool, shape (beat,)
    n_classes : int
    n, seed : int
        Replicates of the bootstrap, and its seed.

    Returns
    -------
    array, shape (class, 3)
        Value, low and high end; NaN for a class without beats.
    """
    # "Named" passed or stopped, the counts of each patient are a confusion matrix.
    _, counts = confusion_by_group(y, np.where(passed, 0, 1), n_classes, patient)
    weights = patient_weights(len(counts), n=n, seed=seed)
    drawn = np.tensordot(weights, counts, axes=1)  # (replicate, class, class)
    beats = drawn.sum(axis=2)
    share = np.where(beats > 0, drawn[..., 1] / np.maximum(beats, 1), np.nan)
    low, high = percentile_interval(share[1:])
    return np.stack([share[0], low, high], axis=1)
