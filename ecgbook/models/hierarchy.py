"""Two levels: the first asks whether a beat is unusual, the second what it is."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ecgbook.errors import ModelInvalid, ScoreInvalid
from ecgbook.evaluation.confusion import confusion_matrix, ratio
from ecgbook.evaluation.thresholds import choose_threshold

__all__ = ["HierarchicalClassifier", "hierarchy_cost"]


@dataclass(frozen=True)
class HierarchicalClassifier:
    """Name beats normal that score low, and ask a classifier about the others only.

    The idea of Wang, Stavrakis, Yao (2023), Comput. Biol. Med. 155, 106641,
    https://doi.org/10.1016/j.compbiomed.2023.106641. Here the second level may answer
    "normal": that puts a false alarm of the first right. An abnormal beat that the first level
    stops is lost.

    Parameters
    ----------
    level1 : callable ``x -> score``, shape (beat,)
        Higher is more abnormal, such as ``partial(anomaly_scores, generator)``.
    level2 : callable ``(x, *features) -> probability``, shape (beat, class)
        Called with beats that pass; never called without any.
    threshold : float
        Beats that score at least this much pass. With ``-inf`` all do, with ``inf`` none.
    normal : int, default 0
        Class of the beats that do not pass.

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
    >>> HierarchicalClassifier(height, dip, 1.0).predict(x)
    array([0, 0, 0, 1])
    """

    level1: Callable
    level2: Callable
    threshold: float
    normal: int = field(default=0, kw_only=True)

    def __post_init__(self):
        if np.isnan(self.threshold):
            raise ModelInvalid(
                "the threshold of a hierarchical classifier is NaN: no beat would pass; choose "
                "it on validation beats with HierarchicalClassifier.with_threshold"
            )

    @classmethod
    def with_threshold(cls, level1, level2, x_valid, abnormal_valid, *, sensitivity=0.95, normal=0):
        """Choose the threshold that spares level 2 the most normal beats at a given sensitivity.

        Parameters
        ----------
        level1, level2, normal
            As for the class.
        x_valid : array, shape (beat, ...)
            Validation beats, never those that the classifier is judged by.
        abnormal_valid : array of bool, shape (beat,)
            Which of them are abnormal.
        sensitivity : float, default 0.95
            Least share of these abnormal beats that must pass: a bound on what the whole can
            find. If the scores tell nothing apart, every beat passes.

        Returns
        -------
        HierarchicalClassifier

        Raises
        ------
        ScoreInvalid
            If a score is NaN or infinite, the validation beats are all normal or all abnormal,
            or ``sensitivity`` is above 1.
        """
        score = _scores(level1, x_valid)
        chosen = choose_threshold(abnormal_valid, score, "specificity", at_least=sensitivity)
        return cls(level1, level2, chosen.value, normal=normal)

    def passes(self, x):
        """Return which beats level 1 passes on: array of bool, shape (beat,).

        Raises
        ------
        ScoreInvalid
            If level 1 gives a score that is NaN, or not one score a beat.
        """
        return _scores(self.level1, x) >= self.threshold

    def name(self, passed, x, *features):
        """Return level 2's answer for the beats that passed, and normal for the others.

        Parameters
        ----------
        passed : array of bool, shape (beat,)
            From `passes`, which this way is asked once only.
        x : array, shape (beat, ...)
        *features : arrays, shape (beat, ...)
            Further inputs of level 2.

        Returns
        -------
        array of int64, shape (beat,)
            Class numbers.

        Raises
        ------
        ScoreInvalid
            If the arrays differ in length, or level 2 gives no row of numbers a beat.
        """
        lengths = [len(passed), len(x), *map(len, features)]
        if len(set(lengths)) > 1:
            raise ScoreInvalid(f"every input needs one row a beat, got lengths {lengths}")
        predicted = np.full(len(x), self.normal, np.int64)
        rows = np.flatnonzero(passed)
        if len(rows):
            probability = np.asarray(self.level2(*(values[rows] for values in (x, *features))))
            _check_probability(probability, len(rows))
            predicted[rows] = probability.argmax(axis=1)
        return predicted

    def predict(self, x, *features):
        """Return the class number of each beat: `passes`, then `name`.

        Parameters and errors as there.

        Returns
        -------
        array of int64, shape (beat,)
        """
        return self.name(self.passes(x), x, *features)


def hierarchy_cost(y, passed, predicted, *, classes, normal=0):
    """Count what each level did to the beats of each class.

    Parameters
    ----------
    y : array of int, shape (beat,)
        True classes, indices into ``classes``.
    passed : array of bool, shape (beat,)
        Which beats level 1 passed on.
    predicted : array of int, shape (beat,)
        Classes that the whole answered.
    classes : sequence of str
        Names of the classes.
    normal : int, default 0
        The class that a beat gets if it does not pass.

    Returns
    -------
    pandas.DataFrame
        Indexed by class: ``beats``; ``stopped`` by level 1, in the normal row the beats that
        level 2 need not see, in all others the beats that are lost; ``right`` and ``wrong``,
        what level 2 made of those that passed; and ``stopped_share`` of the beats, NaN for a
        class without any.

    Raises
    ------
    ScoreInvalid
        If shapes differ, a class is unknown, or a beat that did not pass is not named normal.

    Examples
    --------
    >>> y, passed = [0, 0, 0, 1, 1], [False, False, True, True, False]
    >>> hierarchy_cost(y, passed, [0, 0, 0, 1, 0], classes="NV")
       beats  stopped  right  wrong  stopped_share
    N      3        2      1      0       0.666667
    V      2        1      1      0       0.500000
    """
    y, passed, predicted = np.asarray(y), np.asarray(passed), np.asarray(predicted)
    if passed.shape != y.shape or passed.dtype != bool:
        raise ScoreInvalid(
            f"passed must be bool, one a beat, as HierarchicalClassifier.passes returns it: "
            f"got {passed.dtype} of shape {passed.shape} for {y.size} beats"
        )
    counts = confusion_matrix(y, predicted, len(classes))
    odd = ~passed & (predicted != normal)
    if odd.any():
        raise ScoreInvalid(
            f"{odd.sum()} beats did not pass and yet are not named normal (class {normal}), the "
            f"first is beat {odd.argmax()}; give passed and predicted of one classifier"
        )
    stopped = np.bincount(y[~passed], minlength=len(classes))
    right = counts.diagonal() - np.where(np.arange(len(classes)) == normal, stopped, 0)
    beats = counts.sum(axis=1)
    table = {"beats": beats, "stopped": stopped, "right": right, "wrong": beats - stopped - right}
    table["stopped_share"] = ratio(stopped, beats)
    return pd.DataFrame(table, index=list(classes))


def _scores(level1, x):
    """Return the scores of level 1 in float64, so that they compare as the threshold does."""
    score = np.asarray(level1(x), dtype=np.float64)
    if score.shape != (len(x),):
        raise ScoreInvalid(f"level 1 must give one score a beat: {score.shape} for {len(x)} beats")
    if np.isnan(score).any():
        raise ScoreInvalid(
            f"level 1 scores {np.isnan(score).sum()} of {len(x)} beats NaN, the first is beat "
            f"{np.isnan(score).argmax()}; look for missing input or a diverged model"
        )
    return score


def _check_probability(probability, beats):
    if probability.ndim != 2 or len(probability) != beats or np.isnan(probability).any():
        raise ScoreInvalid(
            f"level 2 must give probabilities (beat, class) without NaN, one row for each of "
            f"{beats} beats, got shape {probability.shape}"
        )
