"""Beats in sequences that were sorted by class first: a leak that much-cited code has."""

import numpy as np

from ecgbook.errors import PatientLeak, RecordInvalid

__all__ = ["class_sorted_sequences", "majority_vote"]


def class_sorted_sequences(y, length=10, *, seed, leaky):
    """Cut beats into sequences after sorting them by class: the labels shape the input.

    Public code of a much-cited system groups the beats by their true class, also those of the
    test part, shuffles inside the class and cuts sequences of ten. All but a few sequences
    then hold one class only, and a network that reads ten beats before it answers has ten
    looks at one question. Nobody who has an ECG and no labels can build such sequences.

    Parameters
    ----------
    y : array of int, shape (beat,)
        The **true** classes.
    length, seed : int
        Beats of a sequence, and seed of the shuffling inside each class. Fewer than ``length``
        beats raise `RecordInvalid`.
    leaky : str
        Why this is done; without a reason `PatientLeak` is raised.

    Returns
    -------
    array of int64, shape (sequence, length)
        Positions in ``y``; the last beats that do not fill a sequence are left out.

    References
    ----------
    Mousavi, Afghah (2019), Inter- and intra-patient ECG heartbeat classification for arrhythmia
    detection: a sequence to sequence deep learning approach, ICASSP; the published code.

    Examples
    --------
    >>> y = np.array([0, 2, 0, 2, 0, 2])
    >>> y[class_sorted_sequences(y, 3, seed=0, leaky="to show what it does")]
    array([[0, 0, 0],
           [2, 2, 2]])
    """
    if not leaky:
        raise PatientLeak(
            "class-sorted sequences tell the class by their neighbours: say why with leaky='…'"
        )
    y = np.asarray(y)
    shuffled = np.random.default_rng(seed).permutation(len(y))
    order = shuffled[np.argsort(y[shuffled], kind="stable")]
    if len(order) < length:
        raise RecordInvalid(f"too few beats for one sequence of {length}; take shorter sequences")
    return order[: len(order) // length * length].reshape(-1, length)


def majority_vote(y_pred, sequences, n_classes):
    """Give every beat of a sequence the class that most of its beats were given.

    ``y_pred`` and the result are class numbers, int (beat,); ``sequences`` are positions of
    beats, int (sequence, length). A tie goes to the lowest class number; beats in no sequence
    keep their class.

    Examples
    --------
    >>> majority_vote([0, 1, 1, 2, 2, 2], np.array([[0, 1, 2]]), 3)
    array([1, 1, 1, 2, 2, 2])
    """
    voted = np.array(y_pred, dtype=np.int64)
    row = np.arange(len(sequences))[:, None] * n_classes
    votes = np.bincount((row + voted[sequences]).ravel(), minlength=len(sequences) * n_classes)
    voted[sequences] = votes.reshape(-1, n_classes).argmax(axis=1)[:, None]
    return voted
