"""Losses by task: each a plain mean over the examples of a batch.

A plain mean adds up over the shares of a batch, so several processes get the loss of one.
"""

import numpy as np
import torch
from torch.nn import functional

from ecgbook.errors import TrainingFailed

__all__ = [
    "binary_cross_entropy",
    "binary_focal_loss",
    "class_weights",
    "cross_entropy",
    "focal_loss",
    "mean_squared_error",
]


def cross_entropy(output, target, *, weight=None):
    """Mean of ``-weight[y] log p[y]`` over a batch: one class an example.

    With weights this differs from `torch.nn.functional.cross_entropy`, which divides by the sum of
    the weights that happen to be in the batch: there, a rare beat counts less in a batch that holds
    two of them.

    Parameters
    ----------
    output : tensor, shape (batch, class)
        Logits.
    target : tensor of int64, shape (batch,)
        True classes; multi-hot labels, which would be learnt as shares of one class, are refused.
    weight : array, shape (class,), optional
        What one example of each class counts, such as `class_weights`.

    Examples
    --------
    >>> cross_entropy(torch.zeros(3, 2), torch.tensor([0, 1, 1]))  # log 2
    tensor(0.6931)
    """
    return focal_loss(output, target, gamma=0.0, weight=weight)


def focal_loss(output, target, *, gamma=2.0, weight=None):
    """Mean of ``-weight[y] (1 - p[y])**gamma log p[y]``: easy examples count less.

    Equation 5 of Lin et al. 2017, https://doi.org/10.1109/ICCV.2017.324, with softmax in place
    of the sigmoid; ``gamma=0`` is `cross_entropy`. Parameters, result and errors as there.

    Examples
    --------
    >>> focal_loss(torch.zeros(3, 2), torch.tensor([0, 1, 1]))  # log 2 / 4
    tensor(0.1733)
    """
    if target.dtype != torch.int64 or target.shape != output.shape[:1]:
        raise TrainingFailed(
            f"the loss of a single label needs one class number (int64) an example, got "
            f"{target.dtype} of shape {tuple(target.shape)} for output {tuple(output.shape)}; "
            f"binary_cross_entropy takes multi-hot labels"
        )
    loss = functional.cross_entropy(output, target, reduction="none")  # -log p[y], (batch,)
    loss = _focused(loss, gamma)
    if weight is not None:
        loss = loss * _like(weight, loss)[target]
    return loss.mean()


def binary_cross_entropy(output, target, *, pos_weight=None):
    """Mean of ``-log p`` of what is there and ``-log (1 - p)`` of what is not, class by class.

    Parameters
    ----------
    output : tensor, shape (batch, class)
        Logits.
    target : tensor of bool or float, shape (batch, class)
        1 for a class that is there, 0 for one that is not; below 0 or NaN where that is not known.
        Such an entry adds nothing, and still counts in the mean, so that shares of a batch add up.
        Class numbers (int64) are refused.
    pos_weight : array, shape (class,), optional
        What one positive of each class counts; negatives divided by positives of the training set
        make them even.

    Examples
    --------
    >>> binary_cross_entropy(torch.zeros(1, 2), torch.tensor([[1.0, -1.0]]))  # log 2 / 2
    tensor(0.3466)
    """
    return binary_focal_loss(output, target, gamma=0.0, pos_weight=pos_weight)


def binary_focal_loss(output, target, *, gamma=2.0, pos_weight=None):
    """Return `binary_cross_entropy` with each entry times ``(1 - p)**gamma``, p of the truth.

    Equation 4 of Lin et al. 2017, as `focal_loss`. Parameters, result and errors as there.

    Examples
    --------
    >>> binary_focal_loss(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]))  # log 2 / 4
    tensor(0.1733)
    """
    if target.shape != output.shape or target.dtype == torch.int64:
        raise TrainingFailed(
            f"the loss of several labels needs a target of bool or float with the shape of the "
            f"output, got {target.dtype} of shape {tuple(target.shape)} for output "
            f"{tuple(output.shape)}; cross_entropy takes class numbers"
        )
    known, positive = target >= 0, target > 0  # NaN is neither
    truth = positive.to(output.dtype)
    loss = functional.binary_cross_entropy_with_logits(output, truth, reduction="none")  # -log p
    loss = _focused(loss, gamma)
    if pos_weight is not None:
        loss = torch.where(positive, loss * _like(pos_weight, loss), loss)
    return torch.where(known, loss, 0.0).mean()


def mean_squared_error(output, target):
    """Mean of ``(output - target)²`` over all examples and samples, of tensors of one shape.

    Examples
    --------
    >>> mean_squared_error(torch.zeros(2, 1, 2), torch.tensor([[[1.0, 0.0]], [[1.0, 2.0]]]))
    tensor(1.5000)
    """
    if output.shape != target.shape:
        raise TrainingFailed(
            f"a reconstruction needs the shape of its target {tuple(target.shape)}, got "
            f"{tuple(output.shape)}"
        )
    return functional.mse_loss(output, target)


def _focused(loss, gamma):
    """Multiply -log p by (1 - p)**gamma."""
    if not gamma:
        return loss
    miss = -torch.expm1(-loss)  # 1 - p
    # Away from 0, where the slope of miss**gamma is infinite for gamma below 1.
    return loss * miss.clamp_min(torch.finfo(loss.dtype).tiny) ** gamma


def _like(weight, loss):
    return torch.as_tensor(weight, dtype=loss.dtype, device=loss.device)


def class_weights(target, n_classes):
    """Return weights (class,), float32, under which every class counts the same in the mean.

    Class k gets ``n / (n_classes * n_k)``, so the mean weight of an example is 1. Give them to a
    loss (``partial(cross_entropy, weight=weights)``), or give ``weights[target]`` to
    `ecgbook.training.fit` as ``sample_weights`` to draw every class equally often.

    Parameters
    ----------
    target : array of int64, shape (example,)
        True classes of the training set; one without examples, for which no weight makes up, is
        refused.
    n_classes : int

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
