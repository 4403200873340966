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
from ecgbook.evaluation.challenge2017 import official_f1
from ecgbook.evaluation.challenge2021 import official_score
from ecgbook.evaluation.confusion import cohen_kappa, ratio
from ecgbook.evaluation.ec57 import j_kappa

__all__ = ["SCORES", "Score"]
__by_name__ = ("SCORES",)  # for `ecgbook.code`

_VIEWS = ("macro_", "pooled_", "ec57_")


@dataclass(frozen=True)
class Score:
    """A score that a report can hold, computed from the `Totals` of replicates.

    Parameters
    ----------
    label, unit : str
        What a table calls it; without a unit it is a share of 1.
    column, whole : callable ``(Totals) -> array``, optional
        The score of each class, shape (replicate, column), and of all at once, (replicate,);
        with both, a single-label task has the second.
    rests_on : {"positives", "negatives", "called", "all"}
        The samples of a class that ``n`` counts.
    needs : {"called", "probability"}
        Whether it asks for answers or for how sure they are.
    kinds : tuple of str
        The tasks that have it.
    higher_is_better : bool
    """

    label: str
    column: Callable | None = None
    whole: Callable | None = None
    rests_on: str = "positives"
    needs: str = "called"
    kinds: tuple = ("single_label", "multi_label", "reconstruction")
    higher_is_better: bool = True
    unit: str = ""


def _sensitivity(o):
    return ratio(o.tp, o.tp + o.fn)


def _specificity(o):
    return ratio(o.tn, o.tn + o.fp)


def _kappa(o):
    """Return Cohen's κ of yes and no: 0 for a class never called, and a mean counts that 0."""
    by_chance = (o.tp + o.fp) * (o.fp + o.tn) + (o.tp + o.fn) * (o.fn + o.tn)
    return ratio(2 * (o.tp * o.tn - o.fp * o.fn), by_chance)


def _wrong_labels(totals):
    tp, fp, fn, tn = (x[:, totals.answers.classes].sum(axis=1) for x in totals.outcomes)
    return ratio(fp + fn, tp + fp + fn + tn)


def _counted(label, function, **options):
    return Score(label, lambda totals: function(totals.outcomes), **options)


def _ranked(label, name, **options):
    return Score(label, lambda totals: totals.ranks[name], needs="probability", **options)


_ONE, _SEVERAL = ("single_label",), ("multi_label",)
_LESS = {"higher_is_better": False}
_SURE = {"needs": "probability", "kinds": _ONE + _SEVERAL}

SCORES = {
    "accuracy": _counted(
        "accuracy", lambda o: ratio(o.tp + o.tn, sum(o)), whole=lambda t: t.right, rests_on="all"
    ),
    "sensitivity": _counted("sensitivity", _sensitivity),
    "specificity": _counted("specificity", _specificity, rests_on="negatives"),
    "ppv": _counted("PPV", lambda o: ratio(o.tp, o.tp + o.fp), rests_on="called"),
    "f1": _counted("F1", lambda o: ratio(2 * o.tp, 2 * o.tp + o.fp + o.fn)),
    "g_mean": _counted("G-mean", lambda o: np.sqrt(_sensitivity(o) * _specificity(o))),
    "kappa": _counted("κ", _kappa, whole=lambda t: cohen_kappa(t.matrix), rests_on="all"),
    "j_kappa": Score("j-κ", whole=lambda t: j_kappa(t.matrix), kinds=_ONE),
    "challenge2017_f1": Score("F1 of N, A and O", whole=official_f1, kinds=_ONE),
    "challenge2021_score": Score("Challenge score", whole=official_score, kinds=_SEVERAL),
    "exact_match": Score("exact match", whole=lambda t: t.right, kinds=_SEVERAL),
    "hamming_loss": Score("Hamming loss", whole=_wrong_labels, kinds=_SEVERAL, **_LESS),
    "auroc": _ranked("AUROC", "auroc"),
    "auprc": _ranked("AUPRC", "auprc"),
    "best_f1": _ranked("best F1", "best_f1"),
    "equal_error_rate": _ranked("equal error rate", "equal_error_rate", **_LESS),
    "brier": Score("Brier score", lambda t: t.brier, rests_on="all", **_SURE, **_LESS),
}


class Query(NamedTuple):
    """A score that was asked for by name, and the rows that it gets."""

    name: str
    view: str  # "", "macro", "pooled" or "ec57"
    score: Score
    is_whole: bool
    has_mean: bool


def query(name, task):
    """Find a score by its name; ScoreInvalid if it is unknown or not to be had of the task."""
    view, _, base = name.partition("_") if name.startswith(_VIEWS) else ("", "", name)
    if base not in SCORES:
        near = get_close_matches(base, SCORES, n=1) or SCORES
        raise ScoreInvalid(f"unknown score {name!r}; there is {', '.join(near)}")
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
    has_mean = view == "macro" or not (view or is_whole or task.kind == "reconstruction")
    return Query(base, view, score, is_whole, has_mean)


def queries(task, names, *runs):
    """Find scores by name or, without names, those of the task that all the runs can have."""
    chosen = task.scores if names is None else [names] if isinstance(names, str) else names
    found = [query(name, task) for name in chosen]
    can = [q for q in found if all(getattr(run, q.score.needs) is not None for run in runs)]
    if len(can) < len(found) and (names is not None or not can):
        lacking = next(q for q in found if q not in can)
        needs = {"called": "thresholds", "probability": "probabilities, not answers alone"}
        raise ScoreInvalid(f"score {lacking.name!r} needs {needs[lacking.score.needs]}")
    return can
