"""Splits that leave one source out: a hospital that the model has never seen."""

import numpy as np

from ecgbook.datasets.split import Split
from ecgbook.datasets.stratify import stratified_parts
from ecgbook.errors import RecordInvalid

__all__ = ["splits_by_source"]


def splits_by_source(data, *, valid=0.2, train_classes=(), seed=0):
    """Return a `Split` for each source, whose recordings are its test part.

    ::

        source    a a a a b b b | c c c
        part      train   valid | test

    The patients of all others are dealt out to training and validation, each with its share of
    every class as far as whole patients allow. Where sources were recorded with other devices, and
    labelled by others, it is harder than a split by patient, and nearer to what a model meets.

    Parameters
    ----------
    data : Examples
        With the column ``source``, as from `ecgbook.datasets.challenge_records`.
    valid : float
        Share of the remaining **patients** for validation, between 0 and 1.
    train_classes : sequence of str, optional
        The classes that training must hold; all of the data's if left out.
    seed : int

    Returns
    -------
    dict of str to Split
        By source, in the order of their names.

    Raises
    ------
    RecordInvalid
        If there are not two sources, or one example does not say where it is from.
    """
    if "source" not in data.rows or not 0 < valid < 1:
        raise RecordInvalid(
            f"leaving a source out needs the column source and a share of patients between 0 and "
            f"1, got {', '.join(data.rows)} and {valid!r}"
        )
    source = data.rows["source"].astype(str).to_numpy()
    names = np.unique(source)
    if len(names) < 2 or "" in names:
        raise RecordInvalid(
            f"leaving a source out needs two or more and each by name, got {', '.join(names)!r}"
        )
    splits = {}
    for name in names.tolist():
        rest = np.flatnonzero(source != name)
        people = len(np.unique(data.patient[rest]))
        n_valid = min(max(1, round(valid * people)), people - 1)
        sizes = [people - n_valid, n_valid]
        train, chosen = stratified_parts(data.patient[rest], data.y[rest], sizes, seed)
        test, title = np.flatnonzero(source == name), f"without {name}"
        parts = rest[train], rest[chosen], test
        splits[name] = Split(data, *parts, title, train_classes=train_classes)
    return splits
