"""Which labels a method may use when labels are what costs."""

import numpy as np

from ecgbook.errors import RecordInvalid

__all__ = ["few_labels"]


def few_labels(examples, split, n_labels, *, normal, seed=0):
    """Choose the training examples whose label may be used.

    Parameters
    ----------
    examples : Examples
        With the normal class first.
    split : Split
    n_labels : int or "all"
        Abnormal examples, or all if there are fewer. A few are shared out by class as they
        occur, at least one a class: fewer than classes raise `RecordInvalid`.
    normal : int
        Normal examples.
    seed : int
        Seed of the draw; fewer labels are a part of more.

    Returns
    -------
    array of int, shape (example,)
        Positions in ``examples``.
    """
    order = np.random.default_rng(seed).permutation(split.train)
    y = examples.y[order]
    some_normal = order[y == 0][:normal]
    if n_labels == "all":
        return np.concatenate([some_normal, order[y > 0]])
    n_classes = len(examples.classes)
    if n_labels < n_classes - 1:
        raise RecordInvalid(f"{n_labels} labels are too few for {n_classes - 1} classes")
    share = np.bincount(y, minlength=n_classes) / (y > 0).sum()
    wanted = np.maximum(1, np.floor(n_labels * share)).astype(int)
    commonest = 1 + share[1:].argmax()
    wanted[commonest] += n_labels - wanted[1:].sum()
    return np.concatenate([some_normal, *(order[y == k][: wanted[k]] for k in range(1, n_classes))])
