"""What every score asks of its input, with one sentence for each way to get it wrong."""

import numpy as np
import pandas as pd

from ecgbook.errors import ScoreInvalid


def checked_labels(labels, n_classes, name):
    """Return ``labels`` as an array of class numbers, shape (sample,)."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or not len(labels):
        raise ScoreInvalid(f"{name} needs shape (sample,) with a sample, got {labels.shape}")
    if labels.dtype.kind not in "iub":
        raise ScoreInvalid(
            f"{name} must hold class numbers (int), got {labels.dtype}; "
            f"translate names with classes.index, scores with argmax or a threshold"
        )
    if labels.dtype.kind == "b":
        labels = labels.astype(np.int64)
    low, high = labels.min(), labels.max()
    if low < 0 or high >= n_classes:
        raise ScoreInvalid(
            f"{name} has unknown class {low if low < 0 else high}; "
            f"{n_classes} classes are numbered 0 to {n_classes - 1}"
        )
    return labels


def checked_classes(labels, scores, name):
    """Return ``labels`` of the classes that ``scores`` has as columns, and the shape it needs."""
    if np.ndim(scores) != 2:
        raise ScoreInvalid(f"{name} needs shape (sample, class), got {np.shape(scores)}")
    n_classes = np.shape(scores)[1]
    labels = checked_labels(labels, n_classes, "labels")
    return labels, (len(labels), n_classes)


def checked_scores(scores, shape, name):
    """Return ``scores`` as float64 of the given shape, all finite."""
    scores = np.asarray(scores, dtype=np.float64)
    if scores.shape != shape:
        raise ScoreInvalid(f"{name} needs shape {shape}, one row a label, got {scores.shape}")
    if not np.isfinite(scores).all():
        bad = np.flatnonzero(~np.isfinite(scores.reshape(len(scores), -1)).all(axis=1))
        raise ScoreInvalid(
            f"{name} is NaN or infinite for {len(bad)} of {len(scores)} samples, the first is "
            f"sample {bad[0]}; look for a diverged model or missing input"
        )
    return scores


def checked_probabilities(probability, shape, name):
    """Return finite ``probability`` between 0 and 1; rows of a matrix add up to 1."""
    probability = checked_scores(probability, shape, name)
    if probability.min() < 0 or probability.max() > 1:
        raise ScoreInvalid(
            f"{name} must lie between 0 and 1, got {probability.min():g} to "
            f"{probability.max():g}; pass logits through a softmax first"
        )
    if probability.ndim == 2 and np.abs(probability.sum(axis=1) - 1).max() > 1e-3:
        raise ScoreInvalid(f"{name} must add up to 1 over the classes of each sample")
    return probability


def require_both(positive, name):
    """Refuse labels of one class only: nothing can be told apart."""
    if positive.all() or not positive.any():
        raise ScoreInvalid(
            f"{name} holds one class only ({'positive' if positive.all() else 'negative'}); "
            f"the score needs samples of both"
        )


def numbered_groups(group, n, name):
    """Return the number of each sample's group, shape (sample,), and the groups' sorted names."""
    group = np.asarray(group)
    if group.shape != (n,):
        raise ScoreInvalid(f"{name} needs shape ({n},), one entry a sample, got {group.shape}")
    number, names = pd.factorize(group, sort=True)
    if (number < 0).any():
        raise ScoreInvalid(f"{name} is missing for {(number < 0).sum()} of {n} samples")
    return number, names
