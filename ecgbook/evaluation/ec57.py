"""Beat-by-beat scores of ANSI/AAMI EC57, as de Chazal 2004 used them.

Every beat has one of five classes: N normal, S supraventricular ectopic (SVEB), V ventricular
ectopic (VEB), F fusion of V and N, Q paced or unclassifiable. Each cell of the confusion
matrix, reference rows and algorithm columns, has one part in the score of S and one in that of
V::

            SVEB                            VEB
         n   s   v   f   q              n   s   v   f   q
    N |  TN  FP  TN  TN  TN        N |  TN  TN  FP  TN  TN
    S |  FN  TP  FN  FN  FN        S |  TN  TN  FP  TN  TN
    V |  TN  FP  TN  TN  TN        V |  FN  FN  TP  FN  FN
    F |  TN  FP  TN  TN  TN        F |  TN  TN  --  TN  TN
    Q |  TN  --  TN  TN  TN        Q |  TN  TN  --  TN  TN

The three cells ``--`` count nowhere: a fusion beat is half a VEB and a Q beat may be anything,
so calling F or Q a VEB, or Q an SVEB, is neither rewarded nor punished. The mirror cell, a
true V called F, is a missed VEB like any other.

The cells are those of the program ``bxb`` of PhysioNet's WFDB software, which implements the
standard. It also counts beats that the algorithm missed or made up; here, as in de Chazal 2004,
the algorithm is told where the beats are and only names them.

References
----------
ANSI/AAMI EC57:2012. Testing and reporting performance results of cardiac rhythm and ST segment
measurement algorithms.

P. de Chazal, M. O'Dwyer, R. B. Reilly (2004). Automatic classification of heartbeats using ECG
morphology and heartbeat interval features. IEEE Trans. Biomed. Eng. 51(7), 1196–1206.

T. Mar, S. Zaunseder, J. P. Martínez, M. Llamedo, R. Poll (2011). Optimization of ECG
classification by means of feature selection. IEEE Trans. Biomed. Eng. 58(8), 2168–2177.
"""

import numpy as np

from ecgbook.conventions import AAMI_CLASSES
from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation.confusion import cohen_kappa, ratio

__all__ = ["ec57_scores", "j_kappa"]

_ECTOPIC = ("S", "V")
EXEMPT = {"S": ("Q",), "V": ("F", "Q")}  # reference classes that may be called S or V


def _outcome_masks():
    """Return which cells are TP, FP, FN and TN, shape (outcome, ectopic class, 5, 5)."""
    masks = np.zeros((4, len(_ECTOPIC), 5, 5))
    for ectopic, (tp, fp, fn, tn) in zip(_ECTOPIC, masks.swapaxes(0, 1), strict=True):
        k = AAMI_CLASSES.index(ectopic)
        tn[:] = 1
        fp[:, k], tn[:, k] = 1, 0
        fn[k, :], tn[k, :] = 1, 0
        for exempt in EXEMPT[ectopic]:
            fp[AAMI_CLASSES.index(exempt), k] = 0
        fp[k, k], fn[k, k], tp[k, k] = 0, 0, 1
    return masks


_OUTCOMES = _outcome_masks()


def ec57_scores(counts):
    """Score confusion matrices for SVEB and VEB.

    Parameters
    ----------
    counts : array, shape (…, class, class)
        Reference rows, algorithm columns, in the order N, S, V, F, Q; the last classes may be
        left out (a matrix of N, S, V, F). Leading axes are records, replicates or none.

    Returns
    -------
    dict of str to array, shape (…, 2)
        ``sensitivity`` TP / (TP + FN), ``ppv`` TP / (TP + FP), ``fpr`` FP / (FP + TN) and
        ``accuracy`` (TP + TN) / all four, each for SVEB and VEB in this order. NaN where
        nothing is divided.

    Raises
    ------
    ScoreInvalid
        If the matrices are not square with 3 to 5 classes.

    Examples
    --------
    Of ten VEBs eight are found, one is called normal, one fusion. Two normal beats and four
    fusion beats are called VEB, but only the normal ones are false alarms: 8 of 10 are right.

    >>> counts = np.array([[88, 0, 2, 0, 0],
    ...                    [ 1, 3, 0, 0, 0],
    ...                    [ 1, 0, 8, 1, 0],
    ...                    [ 0, 0, 4, 1, 0],
    ...                    [ 0, 5, 0, 0, 0]])
    >>> scores = ec57_scores(counts)
    >>> scores["sensitivity"], scores["ppv"]
    (array([0.75, 0.8 ]), array([1. , 0.8]))

    The five Q beats called SVEB cost nothing. VEB: 2 false alarms and 98 true negatives.

    >>> float(scores["fpr"][1])
    0.02
    """
    tp, fp, fn, tn = np.einsum("...ij,okij->o...k", _five(counts), _OUTCOMES)
    return {
        "sensitivity": ratio(tp, tp + fn),
        "ppv": ratio(tp, tp + fp),
        "fpr": ratio(fp, fp + tn),
        "accuracy": ratio(tp + tn, tp + fp + fn + tn),
    }


def j_kappa(counts):
    """Return the j-kappa index of Mar 2011, shape (…).

    ½ κ + ⅛ (Se_S + Se_V + PPV_S + PPV_V), with Cohen's κ of the whole matrix and the
    exemptions of EC57 in the PPVs. It is 1 for a perfect classifier, and weighs the rare classes
    as much as the agreement over all, which the common class N decides.

    A part without a value counts as 0, so that the index always has one and a classifier gains
    nothing by never naming a class: its PPV is 0, and κ of a matrix with one class only is 0. So
    is the sensitivity of a class without a beat, which leaves 1 out of reach.

    ``counts`` and errors are those of `ec57_scores`.

    Examples
    --------
    De Chazal's matrix of DS2 without Q, as the repository of Mondéjar-Guerra 2019 quotes it,
    with an index of 0.612:

    >>> published = np.array([[38444, 1904,  303, 3509],
    ...                       [  173, 1395,  252,   16],
    ...                       [  117,  321, 2504,  176],
    ...                       [   33,    1,    7,  347]])
    >>> round(float(j_kappa(published)), 3)
    0.612
    """
    counts = _five(counts)
    scores = ec57_scores(counts)
    parts = np.nan_to_num(scores["sensitivity"]) + np.nan_to_num(scores["ppv"])
    return np.nan_to_num(cohen_kappa(counts)) / 2 + parts.sum(-1) / 8


def _five(counts):
    """Return the matrices with all five classes, those left out empty."""
    counts = np.asarray(counts)
    size = counts.shape[-1] if counts.ndim >= 2 else 0
    if not 3 <= size <= 5 or counts.shape[-2] != size:
        raise ScoreInvalid(
            f"EC57 matrices have the classes N, S, V, F, Q, or the first 3 or 4 of them, in rows "
            f"and columns; got shape {counts.shape}"
        )
    return np.pad(counts, [(0, 0)] * (counts.ndim - 2) + [(0, 5 - size)] * 2)
