"""Training of classifiers with several heads, against classes of very different size.

Every branch learns from its own share of the majority class and from all other examples, so
each is close to balanced and no example is thrown away; the answer is the mean over branches.

>>> index, branch = branch_rows(y, branches=9)  # doctest: +SKIP
>>> train = x[index], np.stack([y[index], branch], axis=1)  # doctest: +SKIP
>>> valid = x_valid, np.stack([y_valid, np.zeros_like(y_valid)], axis=1)  # doctest: +SKIP
>>> fit(model, train, valid, loss=branch_cross_entropy)  # doctest: +SKIP

The method is that of MB-TCN, by the group of Wang, Stavrakis, Yao (2023), Comput. Biol. Med. 155,
106641, https://doi.org/10.1016/j.compbiomed.2023.106641, after its public code. There the branches
take turns within an epoch and answer yes or no; here a batch holds examples of all branches, and
the answer is one of several classes: our own choices.
"""

import math

import numpy as np
import torch
from torch.nn import functional

from ecgbook.errors import TrainingFailed

__all__ = ["branch_cross_entropy", "branch_rows"]


def branch_rows(y, *, branches, majority=0, seed=0):
    """Deal out a training set to branches: majority examples to one each, others to all.

    Parameters
    ----------
    y : array of int, shape (example,)
        True classes.
    branches : int
        Number of branches. The majority examples divided by all others make them balanced.
    majority : int, default 0
        The class that is dealt out.
    seed : int, default 0
        Seed of the deal and of the order of the rows.

    Returns
    -------
    index, branch : arrays of int64, shape (row,)
        An example and the branch that it teaches, in random order. Branches differ in size
        by one row at most.

    Raises
    ------
    TrainingFailed
        If there are fewer majority examples than branches, or no others.

    Examples
    --------
    Four normal beats and one other make two branches of three:

    >>> index, branch = branch_rows([0, 0, 0, 0, 1], branches=2)
    >>> np.bincount(branch)
    array([3, 3])
    >>> np.bincount(index)
    array([1, 1, 1, 1, 2])
    """
    y = np.asarray(y)
    if y.ndim != 1:
        raise TrainingFailed(f"branch_rows needs classes of shape (example,), got {y.shape}")
    many, few = np.flatnonzero(y == majority), np.flatnonzero(y != majority)
    if not 1 <= branches <= len(many) or not len(few):
        raise TrainingFailed(
            f"{branches} branches cannot be made from {len(many)} examples of class {majority} "
            f"and {len(few)} others: each needs one or more of both; see majority and branches"
        )
    random = np.random.default_rng(seed)
    index = np.concatenate([random.permutation(many), np.tile(few, branches)])
    own, shared = np.arange(len(many)) % branches, np.repeat(np.arange(branches), len(few))
    order = random.permutation(len(index))
    return index[order], np.concatenate([own, shared])[order]


def branch_cross_entropy(output, target, *, weight=None):
    """Mean of ``-weight[y] log p[y]``, where p is the mean over branches; one branch learns.

    The other branches count in p as constants: neither their heads nor, through them, the
    layers below get a gradient. So the layers below learn from every example, each head from
    the examples of its branch. The branch of a validation example changes nothing.

    Parameters
    ----------
    output : tensor, shape (batch, branch, class)
        Logits.
    target : tensor of int64, shape (batch, 2)
        True class, and the branch that learns from it.
    weight : array, shape (class,), optional
        What one example of each class counts.

    Returns
    -------
    tensor, scalar

    Raises
    ------
    TrainingFailed
        If shapes differ from these.

    Examples
    --------
    Branches that give the true class 3/4 and 1/4 have the mean 1/2: the loss is log 2.

    >>> logits = torch.tensor([[[3.0, 1.0], [1.0, 3.0]]]).log()
    >>> branch_cross_entropy(logits, torch.tensor([[0, 1]]))
    tensor(0.6931)
    """
    if output.ndim != 3 or target.shape != (len(output), 2):
        raise TrainingFailed(
            f"branch_cross_entropy needs output (batch, branch, class) and target (batch, 2) of "
            f"class and branch, got {tuple(output.shape)} and {tuple(target.shape)}; take a "
            f"multi_branch_classifier and the rows of branch_rows"
        )
    label, branch = target[:, 0], target[:, 1:]
    log_p = functional.log_softmax(output, dim=2)
    log_p = log_p.take_along_dim(label[:, None, None], dim=2).squeeze(2)  # (batch, branch)
    log_p = log_p.detach().scatter(1, branch, log_p.gather(1, branch))
    loss = math.log(output.shape[1]) - log_p.logsumexp(dim=1)
    if weight is not None:
        weight = torch.as_tensor(weight, dtype=loss.dtype, device=loss.device)
        loss = loss * weight[label]
    return loss.mean()
