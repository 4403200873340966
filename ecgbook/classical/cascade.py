"""Two levels: the first asks whether a beat is abnormal, the second what it is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ecgbook.errors import ModelInvalid, ScoreInvalid

__all__ = ["Cascade"]


@dataclass(frozen=True)
class Cascade:
    """Call beats normal that score low, and ask a classifier about the others only.

    The idea of Wang, Stavrakis, Yao (2023), https://doi.org/10.1016/j.compbiomed.2023.106641.
    Here the second level may answer "normal": that puts a false alarm of the first right. An
    abnormal beat that the first level rejects is lost.

    Parameters
    ----------
    level1 : callable ``x -> score``, shape (beat,)
        Higher is more abnormal, such as ``partial(anomaly_scores, generator)``.
    level2 : callable ``(x, *features) -> probability``, shape (beat, class)
        Called with the forwarded beats; never called without any.
    threshold : float
        Beats that score at least this much are forwarded to level 2, the others rejected: these
        are called normal, class 0. With ``-inf`` all are forwarded, with ``inf`` none.

    Raises
    ------
    ModelInvalid
        If the threshold is NaN.

    Examples
    --------
    The score is the peak; of what is above 1, level 2 calls beats with a dip ventricular:

    >>> def height(x):
    ...     return x.max(axis=-1)
    >>> def dip(x):
    ...     return np.stack([x.min(axis=-1) >= 0, x.min(axis=-1) < 0], axis=1)
    >>> x = np.array([[0.0, 0.5], [-1.0, 0.5], [0.0, 2.0], [-1.0, 2.0]])
    >>> Cascade(height, dip, 1.0).predict(x)
    array([0, 0, 0, 1])
    """

    level1: Callable
    level2: Callable
    threshold: float

    def __post_init__(self):
        if np.isnan(self.threshold):
            raise ModelInvalid(
                "the threshold of a cascade is NaN: no beat would be forwarded; choose it on "
                "validation beats with evaluation.choose_threshold"
            )

    def score(self, x):
        """Return what level 1 says of each beat: array of float64, shape (beat,).

        On validation beats it serves to choose the threshold (`evaluation.choose_threshold`).
        `ScoreInvalid` is raised if a score is NaN, or there is not one score a beat.
        """
        score = np.asarray(self.level1(x), dtype=np.float64)
        if score.shape != (len(x),):
            got = f"{score.shape} for {len(x)} beats"
            raise ScoreInvalid(f"level 1 must give one score a beat: {got}")
        if np.isnan(score).any():
            raise ScoreInvalid(
                f"level 1 scores {np.isnan(score).sum()} of {len(x)} beats NaN, the first is beat "
                f"{np.isnan(score).argmax()}; look for missing input or a diverged model"
            )
        return score

    def forwarded(self, x):
        """Return which beats level 1 forwards to level 2: array of bool, shape (beat,)."""
        return self.score(x) >= self.threshold

    def predict(self, x, *features, forwarded=None):
        """Return level 2's answer for the forwarded beats, and normal for the rejected ones.

        Parameters
        ----------
        x, *features : arrays, shape (beat, ...)
            Input of both levels, and further inputs of level 2.
        forwarded : array of bool, shape (beat,), optional
            From `forwarded`, if level 1 has been asked already.

        Returns
        -------
        array of int64, shape (beat,)
            Class numbers.

        Raises
        ------
        ScoreInvalid
            As for `score`; also if arrays differ in length, or level 2 gives no row a beat.
        """
        forwarded = self.forwarded(x) if forwarded is None else forwarded
        lengths = [len(forwarded), len(x), *map(len, features)]
        if len(set(lengths)) > 1:
            raise ScoreInvalid(f"every input needs one row a beat, got lengths {lengths}")
        predicted = np.zeros(len(x), np.int64)
        rows = np.flatnonzero(forwarded)
        if len(rows):
            answer = np.asarray(self.level2(*(values[rows] for values in (x, *features))))
            if answer.ndim != 2 or len(answer) != len(rows) or np.isnan(answer).any():
                raise ScoreInvalid(
                    f"level 2 must give probabilities (beat, class) without NaN, one row for each "
                    f"of {len(rows)} beats, got shape {answer.shape}"
                )
            predicted[rows] = answer.argmax(axis=1)
        return predicted
