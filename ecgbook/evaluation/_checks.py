"""What every score asks of its input, with one sentence for each way to get it wrong."""

import numpy as np
import pandas as pd

from ecgbook.errors import ScoreInvalid


def checked_labels(labels, n_classes, name):
    """Return ``labels`` as an array of class numbers, shape (sample,); None allows any class."""
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
    if low < 0 or (n_classes is not None and high >= n_classes):
        raise ScoreInvalid(
            f"{name} has unknown class {low if low < 0 else high}; classes are numbered from 0"
            + (f" to {n_classes - 1}" if n_classes else "")
        )
    return labels


def checked_multi_hot(labels, name):
    """Return what is positive and what is known, two arrays of bool, shape (sample, class).

    Labels are bool, or 1, 0 and, where a label is not known, NaN or −1.
    """
    labels = np.asarray(labels)
    is_fit = labels.ndim == 2 and labels.size and labels.dtype.kind in "biuf"
    known = labels >= 0 if is_fit else labels == 0  # NaN is not
    if not is_fit or not np.isin(labels[known], (0, 1)).all():
        raise ScoreInvalid(
            f"{name} needs multi-hot labels 0 or 1 of shape (sample, class), got {labels.dtype} "
            f"of shape {labels.shape}"
        )
    return labels == 1, known


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
    """Return finite ``probability`` between 0 and 1."""
    probability = checked_scores(probability, shape, name)
    if probability.min() < 0 or probability.max() > 1:
        raise ScoreInvalid(
            f"{name} must lie between 0 and 1, got {probability.min():g} to "
            f"{probability.max():g}; pass logits through Task.probability first"
        )
    return probability


def checked_distribution(probability, shape, name):
    """Return ``probability`` of which each row adds up to 1."""
    probability = checked_probabilities(probability, shape, name)
    if np.abs(probability.sum(axis=1) - 1).max() > 1e-3:
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
    if np.shape(group) != (n,):
        raise ScoreInvalid(f"{name} needs shape ({n},), one entry a sample, got {np.shape(group)}")
    # Through pandas, for NumPy writes a missing name among names as "nan".
    number, names = pd.factorize(pd.Series(group).to_numpy(), sort=True)
    empty = [k for k, known in enumerate(names) if isinstance(known, str) and not known.strip()]
    missing = (number < 0) | np.isin(number, empty)
    if missing.any():
        raise ScoreInvalid(
            f"{name} is missing for {missing.sum()} of {n} samples, the first is sample "
            f"{missing.argmax()}; name it or leave these samples out"
        )
    return number, names
