"""Whole groups (patients, records) dealt out to parts, by chance or so that classes balance."""

import numpy as np

__all__ = ["join_duplicates", "shuffled_parts", "stratified_parts"]


def shuffled_parts(group, y, sizes, seed):
    """Deal groups out by chance, ``sizes`` of them a part; return the positions of each part."""
    names = np.random.default_rng(seed).permutation(np.unique(group))
    parts = np.split(names, np.cumsum(sizes)[:-1])
    return [np.flatnonzero(np.isin(group, part)) for part in parts]


def stratified_parts(group, y, sizes, seed):
    """Deal groups out so that each part has its share of every class.

    Again and again: of the class with the fewest examples not dealt out yet, take the group
    with the most of them, and give it to the part that lacks most of this class and has room;
    of equal groups any, by chance. Groups without a class fill what room is left. This is the
    rule of Sechidis et al. with groups in place of examples. It serves one class an example, too:
    the folds of scikit-learn's ``StratifiedGroupKFold`` differ from version to version.

    References
    ----------
    Sechidis, Tsoumakas, Vlahavas (2011), On the stratification of multi-label data, ECML PKDD.
    """
    names, number = np.unique(group, return_inverse=True)
    labels = y if y.ndim == 2 else y[:, None] == np.arange(y.max() + 1)
    count = np.stack([np.bincount(number, column) for column in labels.T], axis=1)
    order = np.random.default_rng(seed).permutation(len(names))
    part = np.full(len(names), -1)
    left, room = count.sum(axis=0), np.array(sizes)
    lack = np.outer(room / room.sum(), left)  # (part, class)
    for _ in names:
        rarest = np.where(left > 0, left, np.inf).argmin()
        most = order[np.where(part[order] < 0, count[order, rarest], -1).argmax()]
        # Of parts that lack the same, the one with more room.
        part[most] = chosen = np.lexsort((room, np.where(room > 0, lack[:, rarest], -np.inf)))[-1]
        room[chosen] -= 1
        lack[chosen] -= count[most]
        left = left - count[most]
    return [np.flatnonzero(part[number] == k) for k in range(len(room))]


def join_duplicates(record, duplicates):
    """Return one group for all names of an ECG: ``duplicates`` are groups of record names."""
    first = {}
    for names in duplicates:
        heads = {first.get(name, name) for name in names}
        same = [name for name, head in first.items() if head in heads]
        first |= dict.fromkeys([*same, *names, *heads], min(heads))
    return np.array([first.get(name, name) for name in record])
