"""The scores by name: what each computes, what a table calls it, and which way is better.

A name such as ``f1`` asks for one row a class and for their mean, ``macro``; ``macro_f1`` for that
mean alone; ``pooled_f1`` for all classes put together, where common classes decide. ``ec57_ppv`` is
that of S and V with the cells that EC57 leaves out (`ecgbook.evaluation.ec57_scores`). A score of
the whole, such as ``exact_match``, has one row, ``all``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np

from ecgbook.conventions import AAMI_CLASSES
from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation.confusion import cohen_kappa, f1, ratio
from ecgbook.evaluation.ec57 import j_kappa

__all__ = ["SCORES", "Score"]

_VIEWS = ("macro_", "pooled_", "ec57_")


@dataclass(frozen=True)
class Score:
    """A score that a report can hold.

    Parameters
    ----------
    label : str
        What a table calls it.
    column : callable ``(Totals) -> array of shape (replicate, column)``, optional
        The score of each class.
    whole : callable ``(Totals) -> array of shape (replicate,)``, optional
        The score of all classes at once; with both, that of a single-label task.
    rests_on : {"positives", "negatives", "called", "all"}
        The samples of a class that ``n`` counts.
    kinds : tuple of str
        The tasks that have it.
    needs : {"called", "probability"}
        Whether it asks for answers or for how sure they are.
    higher_is_better : bool
    unit : str
        Empty for a share of 1.
    """

    label: str
    column: Callable | None = None
    whole: Callable | None = None
    rests_on: str = "positives"
    kinds: tuple = ("single_label", "multi_label", "reconstruction")
    needs: str = "called"
    higher_is_better: bool = True
    unit: str = ""


def sensitivity(outcomes):
    """Return the share of what is there that is found (recall); NaN where nothing is there."""
    return ratio(outcomes.tp, outcomes.tp + outcomes.fn)


def specificity(outcomes):
    """Return the share of what is not there that is not called."""
    return ratio(outcomes.tn, outcomes.tn + outcomes.fp)


def positive_predictivity(outcomes):
    """Return the share of what is called that is right (PPV); NaN where nothing is called."""
    return ratio(outcomes.tp, outcomes.tp + outcomes.fp)


def accuracy(outcomes):
    """Return the share of samples that are rightly called or not called."""
    return ratio(outcomes.tp + outcomes.tn, sum(outcomes))


def g_mean(outcomes):
    """Return the geometric mean of sensitivity and specificity."""
    return np.sqrt(sensitivity(outcomes) * specificity(outcomes))


def kappa(outcomes):
    """Return Cohen's κ of yes and no; that of a class never called is 0, and counts as such."""
    tp, fp, fn, tn = outcomes
    return ratio(2 * (tp * tn - fp * fn), (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn))


def _counted(label, function, **options):
    return Score(label, lambda totals: function(totals.outcomes), **options)


def _ranked(label, name, **options):
    return Score(label, lambda totals: totals.ranks[name], needs="probability", **options)


_ONE, _SEVERAL = ("single_label",), ("multi_label",)
_LESS = {"higher_is_better": False}

SCORES = {
    "accuracy": _counted("accuracy", accuracy, whole=lambda t: t.right, rests_on="all"),
    "sensitivity": _counted("sensitivity", sensitivity),
    "specificity": _counted("specificity", specificity, rests_on="negatives"),
    "ppv": _counted("PPV", positive_predictivity, rests_on="called"),
    "f1": _counted("F1", f1),
    "g_mean": _counted("G-mean", g_mean),
    "kappa": _counted("κ", kappa, whole=lambda t: cohen_kappa(t.matrix), rests_on="all"),
    "j_kappa": Score("j-κ", whole=lambda t: j_kappa(t.matrix), kinds=_ONE),
    "exact_match": Score("exact match", whole=lambda t: t.right, kinds=_ONE + _SEVERAL),
    "hamming_loss": Score("Hamming loss", whole=lambda t: t.wrong_labels, kinds=_SEVERAL, **_LESS),
    "auroc": _ranked("AUROC", "auroc"),
    "auprc": _ranked("AUPRC", "auprc"),
    "best_f1": _ranked("best F1", "best_f1"),
    "equal_error_rate": _ranked("equal error rate", "equal_error_rate", **_LESS),
    "brier": Score(
        "Brier score", lambda t: t.brier, kinds=_ONE + _SEVERAL, needs="probability", **_LESS
    ),
}


class Query(NamedTuple):
    """A score that was asked for by name, and the rows that it gets."""

    name: str
    view: str  # "", "macro", "pooled" or "ec57"
    score: Score
    is_whole: bool
    has_mean: bool

    @property
    def title(self):
        """What the column ``score`` of a report says."""
        return f"ec57_{self.name}" if self.view == "ec57" else self.name


def query(name, task):
    """Find a score by its name.

    Raises
    ------
    ScoreInvalid
        If it is unknown, or not to be had of this task.
    """
    view, _, base = name.partition("_") if name.startswith(_VIEWS) else ("", "", name)
    if base not in SCORES:
        near = get_close_matches(base, SCORES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(SCORES)}"
        raise ScoreInvalid(f"unknown score {name!r}; {hint}")
    score, is_one, size = SCORES[base], task.kind == "single_label", len(task.classes)
    needs_aami = view == "ec57" or base == "j_kappa"
    is_aami = is_one and size >= 3 and task.classes == AAMI_CLASSES[:size]
    exists = score.column is not None and not (view == "ec57" and score.needs == "probability")
    if task.kind not in score.kinds or (needs_aami and not is_aami) or (view and not exists):
        hint = "; it needs N, S, V, F, Q, or the first 3 or 4 of them" if needs_aami else ""
        raise ScoreInvalid(
            f"there is no score {name!r} of a {task.kind} task with the classes "
            f"{', '.join(task.classes)}{hint}"
        )
    is_whole = not view and (score.column is None or (is_one and score.whole is not None))
    has_mean = not view and not is_whole and task.kind != "reconstruction"
    return Query(base, view, score, is_whole, has_mean)


def queries(task, names, *runs):
    """Find scores by name or, without names, those of the task that all the runs can have."""
    chosen = task.scores if names is None else [names] if isinstance(names, str) else names
    found = [query(name, task) for name in chosen]
    can = [q for q in found if all(getattr(run, q.score.needs) is not None for run in runs)]
    if len(can) < len(found) and (names is not None or not can):
        lacking = next(q for q in found if q not in can)
        needs = {"called": "thresholds", "probability": "probabilities, not answers alone"}
        raise ScoreInvalid(f"score {lacking.title!r} needs {needs[lacking.score.needs]}")
    return can
