"""Losses of classifiers: each a plain mean over the examples of a batch.

A plain mean adds up over the shares of a batch, so several processes get the loss of one.
"""

import numpy as np
import torch
from torch.nn import functional

from ecgbook.errors import TrainingFailed

__all__ = ["class_weights", "cross_entropy", "focal_loss"]


def cross_entropy(output, target, *, weight=None):
    """Mean of ``-weight[y] log p[y]`` over a batch.

    With weights this differs from `torch.nn.functional.cross_entropy`, which divides by the
    sum of the weights that happen to be in the batch: there, a rare beat counts less in a
    batch that holds two of them.

    Parameters
    ----------
    output : tensor, shape (batch, class)
        Logits.
    target : tensor of int64, shape (batch,)
        True classes.
    weight : array, shape (class,), optional
        What one example of each class counts, such as `class_weights`.

    Returns
    -------
    tensor, scalar

    Examples
    --------
    Two classes, no knowledge: the loss is log 2.

    >>> cross_entropy(torch.zeros(3, 2), torch.tensor([0, 1, 1]))
    tensor(0.6931)
    """
    return focal_loss(output, target, gamma=0.0, weight=weight)


def focal_loss(output, target, *, gamma=2.0, weight=None):
    """Mean of ``-weight[y] (1 - p[y])**gamma log p[y]``: easy examples count less.

    Equation 5 of Lin et al. 2017, https://doi.org/10.1109/ICCV.2017.324, with softmax in place
    of the sigmoid; ``gamma=0`` is `cross_entropy`. Parameters and result as there.

    Examples
    --------
    An example at p = 0.5 counts a quarter of its cross entropy, 0.6931 / 4:

    >>> focal_loss(torch.zeros(3, 2), torch.tensor([0, 1, 1]))
    tensor(0.1733)
    """
    loss = functional.cross_entropy(output, target, reduction="none")  # -log p[y], (batch,)
    if gamma:
        miss = -torch.expm1(-loss)  # 1 - p[y]
        # Away from 0, where the slope of miss**gamma is infinite for gamma below 1.
        loss = loss * miss.clamp_min(torch.finfo(loss.dtype).tiny) ** gamma
    if weight is not None:
        weight = torch.as_tensor(weight, dtype=loss.dtype, device=loss.device)
        loss = loss * weight[target]
    return loss.mean()


def class_weights(target, n_classes):
    """Return weights under which every class counts the same in the mean over ``target``.

    Class k gets ``n / (n_classes * n_k)``, so the mean weight of an example is 1. Give them to
    a loss (``partial(cross_entropy, weight=weights)``), or give ``weights[target]`` to
    `ecgbook.training.fit` as ``sample_weights`` to draw every class equally often.

    Parameters
    ----------
    target : array of int64, shape (example,)
        True classes of the training set.
    n_classes : int
        Number of classes.

    Returns
    -------
    array of float32, shape (class,)

    Raises
    ------
    TrainingFailed
        If a class has no example, for which no weight makes up, or the target is no array of
        class numbers.

    Examples
    --------
    >>> class_weights([0, 0, 0, 1], n_classes=2)
    array([0.6666667, 2.       ], dtype=float32)
    """
    target = np.asarray(target)
    if target.ndim != 1 or target.dtype.kind not in "iu" or (target < 0).any():
        raise TrainingFailed(
            f"class_weights needs one class number an example, from 0, got {target.dtype} "
            f"{target.shape} with values such as {target.ravel()[:3]}"
        )
    count = np.bincount(target.astype(np.int64), minlength=n_classes)
    if len(count) > n_classes or not count.all():
        raise TrainingFailed(
            f"class_weights: every class from 0 to {n_classes - 1} needs an example and none "
            f"lies beyond, got counts {count.tolist()}; leave the empty class out"
        )
    return (count.sum() / (n_classes * count)).astype(np.float32)
