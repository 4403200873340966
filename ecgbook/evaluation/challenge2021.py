"""The score of the Challenge of 2021: 26 classes, some mistakes worse than others."""

import numpy as np

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation._checks import checked_multi_hot

__all__ = [
    "CHALLENGE_CLASSES",
    "challenge2021_score",
    "challenge2021_weights",
    "checked_challenge_classes",
    "credit",
    "official_score",
]

# The published table of weights, in short. Each class has its place on a line: where two are
# treated alike they lie close, and taking one for the other earns 0.5 less their distance.
_PLACES = {
    "AF": 0.0,
    "AFL": 0.0,
    "BBB": 0.025,
    "Brady": 0.2,
    "CLBBB|LBBB": 0.025,
    "CRBBB|RBBB": 0.1,
    "IAVB": 0.2,
    "IRBBB": 0.2,
    "LAD": 0.15,
    "LAnFB": 0.15,
    "LPR": 0.2,
    "LQRSV": 0.075,
    "LQT": 0.05,
    "NSIVCB": 0.15,
    "NSR": 0.25,
    "PAC|SVPB": 0.1625,
    "PR": 0.125,
    "PRWP": 0.075,
    "PVC|VPB": 0.125,
    "QAb": -0.1,
    "RAD": 0.15,
    "SA": 0.2,
    "SB": 0.2,
    "STach": 0.125,
    "TAb": 0.0,
    "TInv": 0.0,
}
# Two pairs of one place that the table has a little lower than the others.
_APART = {("BBB", "CLBBB|LBBB"): 0.475, ("LQRSV", "PRWP"): 0.475}

_NORMAL = "NSR"
_BLOCK = 512  # recordings whose arrays stay in the processor's cache

CHALLENGE_CLASSES = tuple(_PLACES)


def challenge2021_weights(classes=CHALLENGE_CLASSES):
    """Return what calling one class earns where another one is true, shape (class, class).

    The right class earns 1, a wrong one 0.15 to 0.5; the table is symmetric.

    Examples
    --------
    Flutter for fibrillation earns a half, sinus rhythm for it a quarter:

    >>> challenge2021_weights(["AF", "AFL", "NSR"])
    array([[1.  , 0.5 , 0.25],
           [0.5 , 1.  , 0.25],
           [0.25, 0.25, 1.  ]])
    """
    classes = checked_challenge_classes(classes)
    place = np.array([_PLACES[name] for name in classes])
    weights = 0.5 - np.abs(place[:, None] - place)
    np.fill_diagonal(weights, 1)
    for pair, value in _APART.items():
        if set(pair) <= set(classes):
            j, k = map(classes.index, pair)
            weights[j, k] = weights[k, j] = value
    return weights


def challenge2021_score(y_true, output, *, classes=CHALLENGE_CLASSES):
    """Score answers as the Challenge of 2021 ranked its entries.

    A recording with labels L for which the classes O are called adds ``W[j, k] / |L ∪ O|`` for each
    j of L and k of O, so what is called beyond need makes all the rest count less. The sum is set
    between two others: 0 is reached by always calling sinus rhythm and nothing else, 1 by calling
    the labels. Less than 0 is possible.

    In a report, ``challenge2021_score`` is this score with its interval, of a multi-label task with
    these classes in any order.

    Parameters
    ----------
    y_true : array of bool, shape (recording, class)
        Which classes each recording has. A label that is not known, NaN or −1, counts neither as
        one that is there nor, where it is called, as a mistake.
    output : array of bool, shape (recording, class)
        Which classes are called; probabilities need thresholds first
        (`ecgbook.evaluation.choose_challenge_thresholds`).
    classes : sequence of str, default `CHALLENGE_CLASSES`
        The classes in the order of the columns: all 26, or those that can occur or be called,
        with ``NSR`` among them.

    Returns
    -------
    float
        0 if always calling sinus rhythm is as good as the labels.

    Raises
    ------
    ScoreInvalid
        If a shape, a value or a class is not right.

    References
    ----------
    Reyna et al. (2021), Will two do? Varying dimensions in electrocardiography, CinC 48; the table
    of weights from the software of the Challenge, https://github.com/physionetchallenges/evaluation-2021
    (BSD-2-Clause, © 2020, 2021 PhysioNet/Computing in Cardiology Challenges).

    Examples
    --------
    Fibrillation is called flutter. That earns W = 1/2 over the two classes of L ∪ O, 1/4. Always
    sinus rhythm would earn W = 1/4 over two, 1/8; the label itself 1. So (1/4 − 1/8) / (1 − 1/8):

    >>> y, called = np.zeros((2, 1, 26), bool)
    >>> y[0, 0] = called[0, 1] = True
    >>> round(challenge2021_score(y, called), 6)
    0.142857
    """
    classes = checked_challenge_classes(classes)
    y_true, known = _multi_hot(y_true, "y_true")
    called, _ = _multi_hot(output, "output")
    if y_true.shape != called.shape or y_true.shape[1] != len(classes):
        raise ScoreInvalid(
            f"y_true and output need shape (recording, {len(classes)}), got {y_true.shape} and "
            f"{called.shape}"
        )
    return float(_normalised(credit(y_true, called & known, classes).sum(axis=0)))


def credit(y_true, called, classes):
    """Return what each recording earns, shape (recording, 3).

    The columns are the answers ``called``, the labels themselves, and sinus rhythm alone; arrays of
    bool (recording, class).
    """
    weights, normal = challenge2021_weights(classes), classes.index(_NORMAL)
    blocks = range(0, len(y_true), _BLOCK)
    parts = [(y_true[i : i + _BLOCK], called[i : i + _BLOCK]) for i in blocks]
    return np.concatenate([_credit(*part, weights, normal) for part in parts])


def _credit(y_true, called, weights, normal):
    # Products of floats, since NumPy multiplies matrices of bool without BLAS.
    truth, answer = y_true.astype(np.float64), called.astype(np.float64)
    earned = truth @ weights  # by each class, if it is called
    each = np.ones(len(weights))
    n_true, n_called = truth @ each, answer @ each
    both = np.einsum("nk,nk->n", truth, answer)
    of_answer = np.einsum("nk,nk->n", earned, answer) / np.maximum(n_true + n_called - both, 1)
    of_labels = np.einsum("nk,nk->n", earned, truth) / np.maximum(n_true, 1)
    of_normal = earned[:, normal] / (n_true + ~y_true[:, normal])
    return np.stack([of_answer, of_labels, of_normal], axis=1)


def official_score(totals):
    """Return the score of each replicate, shape (replicate,), for `ecgbook.evaluation.SCORES`.

    ``totals`` are those of a task whose classes are of the Challenge, else `ScoreInvalid` is
    raised.
    """
    own = totals.answers
    classes = checked_challenge_classes(own.columns[own.classes])
    y_true, called = ((x & own.counted)[:, own.classes] for x in (own.positive, own.called))
    return _normalised(totals.draws.sums(own.by_patient(credit(y_true, called, classes))))


def checked_challenge_classes(classes):
    """Return classes of the Challenge as a tuple of str, sinus rhythm among them."""
    classes = tuple(classes)
    if unknown := [name for name in classes if name not in _PLACES]:
        raise ScoreInvalid(
            f"challenge2021_score is of the 26 classes of that Challenge: there is no "
            f"{', '.join(map(str, unknown[:3]))} among {', '.join(CHALLENGE_CLASSES)}"
        )
    if len(set(classes)) < len(classes) or _NORMAL not in classes:
        raise ScoreInvalid(
            f"the classes need {_NORMAL}, whose constant answer is worth 0, and each name once; "
            f"got {', '.join(classes)}"
        )
    return classes


def _multi_hot(labels, name):
    """Return what is true and what is known; of bool all is, and nothing needs a search."""
    labels = np.asarray(labels)
    if labels.dtype == bool and labels.ndim == 2 and labels.size:
        return labels, True
    return checked_multi_hot(labels, name)


def _normalised(sums):
    """Set sums (…, 3) between always sinus rhythm, 0, and the labels, 1."""
    answer, labels, normal = np.moveaxis(np.asarray(sums), -1, 0)
    span = labels - normal
    # Equal sums may differ by rounding; labels never earn less than sinus rhythm by more.
    level = np.isclose(labels, normal, rtol=1e-12, atol=0)
    return np.where(level, 0.0, (answer - normal) / np.where(level, 1, span))
