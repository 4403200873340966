"""What is learnt: the loss, what an output means, how an epoch is chosen and what is reported.

>>> task = multi_label(["MI", "STTC", "CD", "HYP"])
>>> task.select
'auroc'

One task goes through training, studies and reports::

    history = training.fit(model, train, valid, task=task)
    probability = task.probability(training.predict(model, test))
    evaluation.report(task, test.y, probability, test.patient)
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from scipy.special import expit, softmax

from ecgbook.errors import ScoreInvalid, TrainingFailed
from ecgbook.evaluation import score
from ecgbook.evaluation.answers import checked_target
from ecgbook.evaluation.scores import query
from ecgbook.training.losses import (
    binary_cross_entropy,
    cross_entropy,
    focal_loss,
    mean_squared_error,
)

__all__ = ["EC57_SCORES", "Task", "multi_label", "reconstruction", "single_label"]

# The j-kappa, and S and V without the cells that EC57 leaves out; see `ecgbook.evaluation`.
EC57_SCORES = ("accuracy", "macro_f1", "j_kappa", "ec57_sensitivity", "ec57_ppv")


@dataclass(frozen=True)
class Task:
    """What is learnt; made by `single_label`, `multi_label` or `reconstruction`.

    Parameters
    ----------
    kind : {"single_label", "multi_label", "reconstruction"}
    classes : tuple of str
    loss : callable ``(output, target) -> scalar tensor``
        A mean over the examples of a batch.
    select : str
        Name of the score by which the best epoch is chosen on validation, or ``"loss"``.
    scores : tuple of str
        Names of the scores that `ecgbook.evaluation.report` holds.
    to_probability : callable ``(array) -> array``
        What `probability` does.
    none : bool
        Whether "none of the classes" is reported as well (multi-label).
    normal : str, optional
        The class that is not abnormal (reconstruction).

    Raises
    ------
    ScoreInvalid
        If there are too few classes, two of one name or one called like a row of a report, the
        normal one is none of them, or a score is unknown or not one of such a task.
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
        names = set(self.classes)
        taken = names & {"all", "macro", "pooled", *(["none"] if self.none else [])}
        if len(names) < len(self.classes) or len(names) < 2 - (self.kind == "multi_label") or taken:
            raise ScoreInvalid(
                f"classes need two names or more, one each, and none that a report uses "
                f"({', '.join(taken) or 'all, macro, pooled'}), got {', '.join(self.classes)}"
            )
        if self.normal is not None and self.normal not in names:
            raise ScoreInvalid(
                f"normal must be one of the classes {', '.join(self.classes)}, got {self.normal!r}"
            )
        for name in self.scores if self.select == "loss" else (self.select, *self.scores):
            query(name, self)
        if self.select.startswith("ec57_"):
            raise ScoreInvalid(
                f"select must name one number, but {self.select!r} is one of S and one of V; "
                f"j_kappa holds both"
            )

    def probability(self, output):
        """Turn what the model returns into what a report takes.

        Parameters
        ----------
        output : array, shape (example, class)
            Logits. Of a reconstruction the residual, shape (example, lead, time), or scores that
            are reduced already, shape (example,).

        Returns
        -------
        array of float64, shape (example, class)
            Softmax or, with several labels, sigmoid. Of a reconstruction, how abnormal each
            example is, shape (example,).
        """
        return self.to_probability(np.asarray(output, dtype=np.float64))

    def selection(self, y, output):
        """Score an epoch on the validation examples, more is better.

        Parameters
        ----------
        y : array
            Labels as `ecgbook.evaluation.report` takes them.
        output : array
            As for `probability`.

        Returns
        -------
        float
            The score ``select`` of all classes or their mean, negative where less is better.

        Raises
        ------
        ScoreInvalid
            If labels and output do not fit, or all examples are of one class.
        """
        if self.select == "loss":
            import torch

            return -float(self.loss(torch.as_tensor(output), torch.as_tensor(y)))
        value = score(self, self._labels(y), self.probability(output), self.select)
        return value if query(self.select, self).score.higher_is_better else -value

    def check(self, target):
        """Refuse examples that the task cannot learn from.

        Parameters
        ----------
        target : Examples, array or tensor
            Examples, or their labels alone; a reconstruction may have the signal as its target.

        Raises
        ------
        TrainingFailed
            If labels are multi-hot where one class an example is asked for or the reverse, or
            are not of the task's classes.
        """
        classes = tuple(getattr(target, "classes", self.classes))
        if classes != self.classes:
            raise TrainingFailed(
                f"the examples have the classes {', '.join(classes)}, the task "
                f"{', '.join(self.classes)}: make the task with examples.classes"
            )
        y = np.asarray(getattr(target, "y", target))
        if self.kind == "reconstruction" and y.dtype.kind == "f":
            return
        try:
            checked_target(self, self._labels(y))
        except ScoreInvalid as error:
            raise TrainingFailed(str(error)) from None

    def _labels(self, y):
        """Return the classes of a target that may tell a loss of one's own more than these."""
        is_own = getattr(self.loss, "func", self.loss) not in (cross_entropy, focal_loss)
        y = np.asarray(y)
        has_more = self.kind == "single_label" and is_own and y.ndim == 2 and y.dtype.kind == "i"
        return y[:, 0] if has_more else y


def single_label(
    classes,
    *,
    loss=cross_entropy,
    select="macro_f1",
    scores=("accuracy", "f1", "sensitivity", "ppv", "auroc"),
    probability=None,
):
    """Learn which one of several classes an example has.

    Parameters
    ----------
    classes : sequence of str
        Names, in the order of the class numbers.
    loss : callable
        Such as ``partial(focal_loss, gamma=2)``. A loss of one's own may have a target of int64,
        shape (example, column), with the class first.
    select, scores
        As for `Task`. Beats of the AAMI classes are judged by `EC57_SCORES`.
    probability : callable, optional
        How outputs become probabilities, shape (example, class); softmax if left out.

    Returns
    -------
    Task

    Raises
    ------
    ScoreInvalid
        As `Task`.

    Examples
    --------
    >>> task = single_label("NSVFQ", select="j_kappa", scores=EC57_SCORES)
    >>> task.probability([[0.0, 0.0, 0.0, 0.0, 0.0]])
    array([[0.2, 0.2, 0.2, 0.2, 0.2]])
    """
    convert = partial(softmax, axis=-1) if probability is None else probability
    return Task("single_label", tuple(classes), loss, select, tuple(scores), convert)


def multi_label(
    classes,
    *,
    loss=binary_cross_entropy,
    select="auroc",
    scores=("auroc", "auprc", "f1", "sensitivity", "specificity"),
    none=False,
):
    """Learn which of several classes an example has: none, one or more.

    Parameters
    ----------
    classes : sequence of str
        Names, in the order of the columns of a multi-hot target.
    loss : callable
        Such as ``partial(binary_cross_entropy, pos_weight=weights)``.
    select, scores
        As for `Task`.
    none : bool
        Report as a row ``none`` how well examples without any of the classes are told; its
        probability is the product of those of having none. Macro and pooled scores leave it out.

    Returns
    -------
    Task

    Raises
    ------
    ScoreInvalid
        As `Task`.
    """
    return Task("multi_label", tuple(classes), loss, select, tuple(scores), expit, none=none)


def reconstruction(
    *,
    classes,
    normal="N",
    loss=mean_squared_error,
    select="auroc",
    scores=("auroc", "auprc", "best_f1"),
    power=2,
):
    """Learn to give normal examples back, so that abnormal ones are given back badly.

    Parameters
    ----------
    classes : sequence of str
        Names, in the order of the class numbers.
    normal : str
        The class to learn from; all others are abnormal.
    loss : callable
    select, scores
        As for `Task`.
    power : {2, 1}
        An example is as abnormal as the mean over its samples of ``|x − x̂|^power``.

    Returns
    -------
    Task

    Raises
    ------
    ScoreInvalid
        As `Task`.

    Examples
    --------
    >>> task = reconstruction(classes="NV")
    >>> task.probability([[[0.0, 0.0]], [[1.0, -3.0]]])
    array([0., 5.])
    """
    convert = partial(_mean_error, power=power)
    return Task(
        "reconstruction", tuple(classes), loss, select, tuple(scores), convert, normal=normal
    )


def _mean_error(residual, power):
    if residual.ndim == 1:  # scores already
        return residual
    return (np.abs(residual) ** power).mean(axis=tuple(range(1, residual.ndim)))
