"""Several labels of which some were never asked: what a source does not use is not absent.

One hospital writes "low voltage" where it sees it, another has no such statement. Its recordings
are no negative examples of it; they say nothing.
"""

import numpy as np
import torch
from torch.nn import functional

from ecgbook.errors import TrainingFailed

__all__ = ["masked_binary_cross_entropy", "masked_target", "used_by_source"]


def used_by_source(y, source):
    """Return which labels can be believed where they are absent, bool (example, class).

    A source that has a class in none of its recordings is taken never to use it. Count on the
    training part only, and on many recordings a source: of a few, rare classes look unused.

    Parameters
    ----------
    y : array of bool, shape (example, class)
    source : array of str, shape (example,)
        Where each example is from, such as the column ``source`` of
        `ecgbook.datasets.challenge_records`.

    Examples
    --------
    Of two sources, b never has the second class:

    >>> used_by_source([[True, True], [False, False], [True, False]], ["a", "a", "b"]).tolist()
    [[True, True], [True, True], [True, False]]
    """
    y, source = _checked_labels(y), np.asarray(source)
    if source.shape != y.shape[:1]:
        raise TrainingFailed(f"source needs one name an example, {len(y)}, got {source.shape}")
    names, number = np.unique(source.astype(str), return_inverse=True)
    used = np.zeros((len(names), y.shape[1]), bool)
    np.logical_or.at(used, number, y)
    return used[number]


def masked_target(y, known):
    """Return the target of a loss, float32 (example, class): 1, 0, and −1 where nobody knows.

    It takes the place of the labels in `ecgbook.training.fit` and in `ecgbook.evaluation.report`,
    where such a label counts nowhere. A class that is there is known, whatever the mask says.

    Parameters
    ----------
    y : array of bool, shape (example, class)
    known : array of bool, shape (example, class) or (class,)
        Whether it would have been said, such as `used_by_source` or
        `ecgbook.datasets.known_statements`.

    Examples
    --------
    >>> masked_target([[True, False, False]], [False, True, False])
    array([[ 1.,  0., -1.]], dtype=float32)
    """
    y, known = _checked_labels(y), np.asarray(known)
    if known.dtype != bool or known.shape not in (y.shape, y.shape[1:]):
        raise TrainingFailed(
            f"known needs bool of shape {y.shape} or {y.shape[1:]}, got {known.dtype} {known.shape}"
        )
    return np.where(y, 1, np.where(known, 0, -1)).astype(np.float32)


def masked_binary_cross_entropy(output, target, *, share=None, pos_weight=None):
    """Mean of −log p over the labels that are known, class by class.

    `ecgbook.training.binary_cross_entropy` passes over labels that are not known as well, but
    divides by all: a class that half the sources never use is then learnt half as eagerly. With
    ``share`` each known label counts ``1 / share`` of its class, so that every class weighs what it
    would weigh if all were known. It is a number of the training set, not of the batch: so the
    losses of the shares of a batch still add up, and a batch without a known label gives 0.

    Parameters
    ----------
    output : tensor, shape (batch, class)
        Logits; those of unknown labels may be anything, even infinite, and get no gradient.
    target : tensor of float, shape (batch, class)
        1, 0, and below 0 or NaN where not known, such as `masked_target`.
    share : array, shape (class,), optional
        Which part of the training labels of each class is known, ``(target >= 0).mean(axis=0)``;
        a class that nobody knows counts nothing.
    pos_weight : array, shape (class,), optional
        What one positive of each class counts.

    Examples
    --------
    Both classes are undecided; the second is known of half the examples and counts as if of all:

    >>> target = torch.tensor([[1.0, 0.0], [0.0, -1.0]])
    >>> masked_binary_cross_entropy(torch.zeros(2, 2), target)  # 3/4 log 2
    tensor(0.5199)
    >>> masked_binary_cross_entropy(torch.zeros(2, 2), target, share=[1.0, 0.5])  # log 2
    tensor(0.6931)
    """
    if target.shape != output.shape or not target.dtype.is_floating_point:
        raise TrainingFailed(
            f"the masked loss needs a target of float, 1, 0 and -1, with the shape of the output, "
            f"got {target.dtype} of shape {tuple(target.shape)} for {tuple(output.shape)}; make it "
            f"with masked_target"
        )
    known, truth = target >= 0, (target > 0).to(output.dtype)  # NaN is neither
    # The zero is put in before the logarithm: after it, 0 times infinity would be no gradient.
    output = torch.where(known, output, 0.0)
    weight = _like(pos_weight, output, "pos_weight")
    options = {"reduction": "none", "pos_weight": weight}
    loss = functional.binary_cross_entropy_with_logits(output, truth, **options)
    loss = torch.where(known, loss, 0.0)
    share = _like(share, output, "share")
    return (loss if share is None else torch.where(share > 0, loss / share, 0.0)).mean()


def _like(values, output, name):
    """Return one number a class on the device of the output, or None."""
    if values is None:
        return None
    values = torch.as_tensor(values, dtype=output.dtype, device=output.device)
    if values.shape != output.shape[1:] or not (values >= 0).all():
        raise TrainingFailed(
            f"{name} needs {output.shape[1]} numbers, none negative, got {tuple(values.shape)}"
        )
    return values


def _checked_labels(y):
    y = np.asarray(y)
    if y.dtype != bool or y.ndim != 2:
        raise TrainingFailed(f"labels need bool of shape (example, class), got {y.dtype} {y.shape}")
    return y
