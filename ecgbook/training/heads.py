"""Training of classifiers with several heads, against classes of very different size.

Every head learns from its own part of the majority class and from all other examples, so each is
close to balanced and no example is thrown away; the answer is the mean over heads.

>>> index, head = head_rows(y, heads=9)  # doctest: +SKIP
>>> train = x[index], np.stack([y[index], head], axis=1)  # doctest: +SKIP
>>> fit(model, train, (x_valid, y_valid), task=task, loss=head_cross_entropy)  # doctest: +SKIP

After the multi-branch output of MB-TCN and its public code, by the group of Wang, Stavrakis, Yao
(2023), Comput. Biol. Med. 155, 106641, https://doi.org/10.1016/j.compbiomed.2023.106641. There the
branches take turns within an epoch and answer yes or no; here a batch holds examples of all heads,
and the answer is one of several classes: our own choices.
"""

import math

import numpy as np
import torch
from torch.nn import functional

from ecgbook.errors import TrainingFailed

__all__ = ["head_cross_entropy", "head_rows"]


def head_rows(y, *, heads, majority=0, seed=0):
    """Deal out a training set to heads: majority examples to one each, others to all.

    Parameters
    ----------
    y : array of int, shape (example,)
        True classes.
    heads : int
        Number of heads, at most that of the majority examples; these divided by all others, of
        which there must be some, make them balanced.
    majority, seed : int, default 0
        The class that is dealt out; the seed of the deal and of the order of the rows.

    Returns
    -------
    index, head : arrays of int64, shape (row,)
        An example and the head that it teaches, in random order. Heads differ in size by one row at
        most.

    Examples
    --------
    >>> index, head = head_rows([0, 0, 0, 0, 1], heads=2)  # two normal beats and the other each
    >>> np.bincount(head), np.bincount(index)
    (array([3, 3]), array([1, 1, 1, 1, 2]))
    """
    y = np.asarray(y)
    if y.ndim != 1:
        raise TrainingFailed(f"head_rows needs classes of shape (example,), got {y.shape}")
    many, few = np.flatnonzero(y == majority), np.flatnonzero(y != majority)
    if not 1 <= heads <= len(many) or not len(few):
        raise TrainingFailed(
            f"{heads} heads cannot be taught by {len(many)} examples of class {majority} and "
            f"{len(few)} others: each needs one or more of both; see majority and heads"
        )
    random = np.random.default_rng(seed)
    index = np.concatenate([random.permutation(many), np.tile(few, heads)])
    own, shared = np.arange(len(many)) % heads, np.repeat(np.arange(heads), len(few))
    order = random.permutation(len(index))
    return index[order], np.concatenate([own, shared])[order]


def head_cross_entropy(output, target, *, weight=None):
    """Mean of ``-weight[y] log p[y]``, where p is the mean over heads; one head learns.

    The other heads count in p as constants: neither they nor, through them, the layers below get a
    gradient. So the layers below learn from every example, each head from its own.

    Parameters
    ----------
    output : tensor, shape (batch, head, class)
        Logits.
    target : tensor of int64, shape (batch, 2), or (batch,) for validation
        True class, and the head that learns from it.
    weight : array, shape (class,), optional
        What one example of each class counts.

    Examples
    --------
    >>> logits = torch.tensor([[[3.0, 1.0], [1.0, 3.0]]]).log()  # true class at 3/4 and 1/4
    >>> head_cross_entropy(logits, torch.tensor([[0, 1]]))  # log 2, of their mean
    tensor(0.6931)
    """
    if output.ndim != 3 or target.shape not in ((len(output), 2), (len(output),)):
        raise TrainingFailed(
            f"head_cross_entropy needs output (batch, head, class) and target (batch, 2) of "
            f"class and head, got {tuple(output.shape)} and {tuple(target.shape)}; take a "
            f"multi_branch_classifier and the rows of head_rows"
        )
    label = target if target.ndim == 1 else target[:, 0]
    log_p = functional.log_softmax(output, dim=2)
    log_p = log_p.take_along_dim(label[:, None, None], dim=2).squeeze(2)  # (batch, head)
    if target.ndim == 2:
        head = target[:, 1:]
        log_p = log_p.detach().scatter(1, head, log_p.gather(1, head))
    loss = math.log(output.shape[1]) - log_p.logsumexp(dim=1)
    if weight is not None:
        weight = torch.as_tensor(weight, dtype=loss.dtype, device=loss.device)
        loss = loss * weight[label]
    return loss.mean()
