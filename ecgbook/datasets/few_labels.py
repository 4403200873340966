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
        Seed of the draw; of each class, fewer labels are a part of more.

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
    count = np.bincount(y, minlength=n_classes)[1:]
    wanted = np.maximum(1, np.floor(n_labels * (count / count.sum()))).astype(int).clip(max=count)
    while wanted.sum() > n_labels:  # many classes of like size, one each of others
        wanted[wanted.argmax()] -= 1
    for k in np.argsort(-count, kind="stable"):  # what is left over, to the commonest first
        wanted[k] += min(n_labels - wanted.sum(), count[k] - wanted[k])
    return np.concatenate([some_normal, *(order[y == k + 1][:n] for k, n in enumerate(wanted))])
