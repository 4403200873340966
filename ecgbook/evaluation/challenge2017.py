"""The score of the Challenge of 2017: F1 of normal, atrial fibrillation and other rhythm."""

import numpy as np

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation._checks import checked_distribution, checked_labels
from ecgbook.evaluation.confusion import confusion_matrix, ratio

__all__ = ["challenge2017_f1", "official_f1"]

_CLASSES = ("N", "A", "O", "~")
_SCORED = ("N", "A", "O")


def challenge2017_f1(y_true, output, *, with_noise=False):
    """Average F1 over N, A and O, as the Challenge of 2017 ranked its entries.

    Recordings that are too noisy, ``~``, have no F1 in it, but count in those of the others: a
    normal one called noisy is missed, a noisy one called normal is a false alarm. Some papers
    average over all four classes, which is another number: compare like with like.

    In a report, ``challenge2017_f1`` is this score with its interval, of a task with these classes
    in any order; the mean over all four is ``macro_f1``.

    Parameters
    ----------
    y_true : array of int, shape (recording,)
        Numbers of N, A, O and ~ in this order, that of `ecgbook.datasets.rhythm_records`.
    output : array of int, shape (recording,), or of float, shape (recording, 4)
        What is answered, or how probable each class is: then the likeliest one counts.
    with_noise : bool, default False
        Whether ~ is averaged over as well.

    Returns
    -------
    float
        NaN if a class is neither there nor answered.

    Raises
    ------
    ScoreInvalid
        If shapes differ, a class is unknown, or a value is no probability.

    References
    ----------
    Clifford et al. (2017), AF classification from a short single lead ECG recording, CinC 44.

    Examples
    --------
    F1 is 2/3 for N, 1 for A, and 1/2 for O, of which one recording is called noisy and of which one
    normal recording is called:

    >>> round(challenge2017_f1([0, 0, 1, 2, 2, 3], [0, 2, 1, 2, 3, 3]), 4)
    0.7222
    """
    n_classes = len(_CLASSES)
    y_true = checked_labels(y_true, n_classes, "y_true")
    if np.ndim(output) == 2:
        output = checked_distribution(output, (len(y_true), n_classes), "output").argmax(axis=1)
    counts = confusion_matrix(y_true, output, n_classes)
    f1 = ratio(2 * np.diagonal(counts), counts.sum(axis=0) + counts.sum(axis=1))
    return float(f1[: n_classes if with_noise else len(_SCORED)].mean())


def official_f1(totals):
    """Return the score of each replicate, shape (replicate,), for `ecgbook.evaluation.SCORES`.

    ``totals`` are those of a task with the classes N, A and O, else `ScoreInvalid` is raised.
    """
    names = totals.answers.columns
    if missing := [name for name in _SCORED if name not in names]:
        raise ScoreInvalid(
            f"challenge2017_f1 is a mean over N, A and O: there is no {', '.join(missing)} among "
            f"{', '.join(names)}; take macro_f1 of other classes"
        )
    tp, fp, fn, _ = (x[:, [names.index(name) for name in _SCORED]] for x in totals.outcomes)
    return ratio(2 * tp, 2 * tp + fp + fn).mean(axis=1)
