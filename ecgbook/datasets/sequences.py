"""Beats in sequences: neighbours in time, and the leak that sorts them by class first."""

import numpy as np

from ecgbook.errors import PatientLeak, RecordInvalid

__all__ = ["class_sorted_sequences", "consecutive_sequences", "majority_vote"]


def consecutive_sequences(beats, length=10):
    """Cut the beats of each recording into sequences of neighbours in time.

    Parameters
    ----------
    beats : Examples
    length : int, default 10
        Beats of a sequence.

    Returns
    -------
    array of int64, shape (sequence, length)
        Positions in ``beats``, in the order of time; each beat occurs at most once. The last
        beats of a recording that do not fill a sequence are left out.

    Raises
    ------
    RecordInvalid
        If no recording has ``length`` beats.
    """
    order = np.lexsort((beats.sample, beats.record))
    _, first, count = np.unique(beats.record[order], return_index=True, return_counts=True)
    place = np.arange(len(order)) - np.repeat(first, count)  # in its recording
    return _cut(order[place < np.repeat(count // length * length, count)], length)


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
    length : int, default 10
        Beats of a sequence.
    seed : int
        Seed of the shuffling inside each class.
    leaky : str
        Why this is done; required.

    Returns
    -------
    array of int64, shape (sequence, length)
        Positions in ``y``; the last beats that do not fill a sequence are left out.

    Raises
    ------
    PatientLeak
        If no reason is given.
    RecordInvalid
        If there are fewer than ``length`` beats.

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
            "class-sorted sequences tell the class by their neighbours: take "
            "consecutive_sequences, or say why with leaky='…'"
        )
    y = np.asarray(y)
    shuffled = np.random.default_rng(seed).permutation(len(y))
    order = shuffled[np.argsort(y[shuffled], kind="stable")]
    return _cut(order[: len(order) // length * length], length)


def majority_vote(y_pred, sequences, n_classes):
    """Give every beat of a sequence the class that most of its beats were given.

    Parameters
    ----------
    y_pred : array of int, shape (beat,)
        Predicted classes, one beat at a time.
    sequences : array of int, shape (sequence, length)
        Positions in ``y_pred``.
    n_classes : int
        Number of classes.

    Returns
    -------
    array of int64, shape (beat,)
        A tie goes to the lowest class number; beats in no sequence keep their class.

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


def _cut(order, length):
    if not len(order):
        raise RecordInvalid(f"too few beats for one sequence of {length}; take shorter sequences")
    return order.reshape(-1, length)
