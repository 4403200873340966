"""What is learnt: the loss, what an output means, how an epoch is chosen, what is reported.

One task goes through training, studies and reports:

>>> task = single_label(["N", "S", "V", "F"], select="j_kappa")
>>> training.fit(model, train, valid, task=task)  # doctest: +SKIP
>>> probability = task.probability(training.predict(model, test))  # doctest: +SKIP
>>> evaluation.report(task, test.y, probability, test.patient)  # doctest: +SKIP
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from scipy.special import expit, softmax

from ecgbook.errors import ScoreInvalid, TrainingFailed
from ecgbook.evaluation.answers import checked_target
from ecgbook.evaluation.reporting import score
from ecgbook.evaluation.scores import query
from ecgbook.training.losses import (
    binary_cross_entropy,
    cross_entropy,
    focal_loss,
    mean_squared_error,
)

__all__ = ["Task", "multi_label", "reconstruction", "single_label"]

_softmax = partial(softmax, axis=-1)


@dataclass(frozen=True)
class Task:
    """What is learnt; made by `single_label`, `multi_label` or `reconstruction`.

    Parameters
    ----------
    kind : {"single_label", "multi_label", "reconstruction"}
    classes : tuple of str, two or more, or one of several labels
        Told apart by name from each other and from other rows of a report, or refused.
    loss : callable ``(output, target) -> scalar tensor``
        A mean over the examples of a batch.
    select : str
        The score that chooses the best epoch on validation, or ``"loss"``.
    scores : tuple of str
        What `ecgbook.evaluation.report` holds; see there for names.
    to_probability : callable ``(array) -> array``
        Turns outputs into what a report takes.
    none, normal : bool, str
        Whether a report has a row ``none`` for examples without any of several labels; the class
        of a reconstruction that is not abnormal.
    """

    kind: str
    classes: tuple[str, ...]
    loss: Callable = field(repr=False)
    select: str
    scores: tuple[str, ...]
    to_probability: Callable = field(repr=False)
    none: bool = False
    normal: str | None = None

    def __post_init__(self):
        least = 1 if self.kind == "multi_label" else 2
        names = set(self.classes) - {"all", "macro", "pooled", "none" if self.none else "all"}
        if not least <= len(self.classes) == len(names):
            raise ScoreInvalid(
                f"a {self.kind} task needs {least} or more classes, each with a name of its own "
                f"that no other row of a report has, got {', '.join(self.classes)}"
            )
        if self.normal not in {None, *names}:
            raise ScoreInvalid(f"normal must be one of {', '.join(names)}, got {self.normal!r}")
        for name in {self.select, *self.scores} - {"loss"}:
            query(name, self)

    def probability(self, output):
        """Return what a report takes, float64: of logits (example, class) as many probabilities.

        Of a reconstruction how abnormal each example is, shape (example,), from the residual
        (example, lead, time), or from scores that are reduced already.
        """
        return self.to_probability(np.asarray(output, dtype=np.float64))

    def selection(self, y, output):
        """Return how good an epoch is, from labels and outputs of the validation part.

        More is better, so losses and error rates are negative. Of several classes it is the score
        of all or their mean; errors as of `ecgbook.evaluation.score`.
        """
        if self.select == "loss":
            return -float(self.loss(torch.as_tensor(output), torch.as_tensor(y)))
        sign = 1 if query(self.select, self).score.higher_is_better else -1
        return sign * score(self, self._labels(y), self.probability(output), self.select)

    def check(self, target):
        """Refuse `Examples`, or labels alone, that the task cannot learn.

        Labels must not be multi-hot where one class an example is asked for, nor the reverse, and
        be of the task's classes. A reconstruction may have the signal itself as target.
        """
        classes = tuple(getattr(target, "classes", self.classes))
        if classes != self.classes:
            raise TrainingFailed(
                f"the examples have the classes {', '.join(classes)} but the task "
                f"{', '.join(self.classes)}: make it with examples.classes"
            )
        y = getattr(target, "y", target)
        y = np.asarray(y.cpu() if torch.is_tensor(y) else y)
        if self.kind == "reconstruction" and y.dtype.kind == "f":
            return
        try:
            checked_target(self, self._labels(y))
        except ScoreInvalid as error:
            raise TrainingFailed(str(error)) from None

    def _labels(self, y):
        """Return the classes, of a target that may have more columns for a loss of one's own."""
        y, loss = np.asarray(y), getattr(self.loss, "func", self.loss)
        is_own = self.kind == "single_label" and loss not in (cross_entropy, focal_loss)
        return y[:, 0] if is_own and y.ndim == 2 and y.dtype.kind == "i" else y


def single_label(
    classes,
    *,
    loss=cross_entropy,
    select="macro_f1",
    scores=("accuracy", "f1", "sensitivity", "ppv", "auroc"),
    probability=_softmax,
):
    """Learn which one of several classes, in the order of their numbers, an example has.

    Parameters
    ----------
    classes, loss, select, scores
        As for `Task`; for beats after EC57 there are ``j_kappa``, ``ec57_sensitivity`` and
        ``ec57_ppv``. A loss of one's own may have a target (example, column), the class first.
    probability : callable ``(array) -> array``
        Turns outputs into probabilities, shape (example, class).

    Examples
    --------
    >>> single_label("NV").probability([[0.0, 0.0]])
    array([[0.5, 0.5]])
    """
    return Task("single_label", tuple(classes), loss, select, tuple(scores), probability)


def multi_label(
    classes,
    *,
    loss=binary_cross_entropy,
    select="auroc",
    scores=("auroc", "auprc", "f1", "sensitivity", "specificity"),
    none=False,
):
    """Learn which of several classes an example has: none, one or more.

    Classes stand in the order of the columns of a multi-hot target; parameters as for `Task`. The
    probability of ``none`` is the product of those of having none; macro and pooled scores leave it
    out.
    """
    return Task("multi_label", tuple(classes), loss, select, tuple(scores), expit, none=none)


def reconstruction(
    *,
    classes,
    normal="N",
    loss=mean_squared_error,
    select="auroc",
    scores=("auroc", "auprc", "best_f1"),
    norm=2,
):
    """Learn to give normal examples back, so that abnormal ones are given back badly.

    Parameters are as for `Task`, classes in the order of their numbers. An example is as abnormal
    as the mean over its samples of ``|x − x̂|^norm``, with a norm of 2 or 1.

    Examples
    --------
    >>> reconstruction(classes="NV").probability([[[0.0, 0.0]], [[1.0, -3.0]]])
    array([0., 5.])
    """
    kind, error = "reconstruction", partial(_mean_error, norm=norm)
    return Task(kind, tuple(classes), loss, select, tuple(scores), error, normal=normal)


def _mean_error(residual, norm):
    scores = (np.abs(residual) ** norm).reshape(len(residual), -1).mean(axis=1)
    return residual if residual.ndim == 1 else scores  # which may be there already
