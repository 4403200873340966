"""Training without labels: what comes next is told from what comes elsewhere.

>>> source = create_model("cpc")  # doctest: +SKIP
>>> pretrain(source, train.x, valid.x, epochs=20)  # doctest: +SKIP
>>> model = create_model("cpc_classifier", classes=5)  # doctest: +SKIP
>>> copy_trunk(model, source)  # doctest: +SKIP
>>> freeze_trunk(model)  # a linear probe; without it, fine-tuning # doctest: +SKIP
>>> fit(model, train, valid, task=task)  # doctest: +SKIP
"""

import math

import torch
from torch.nn import functional

from ecgbook.errors import TrainingFailed
from ecgbook.training.fit import fit

__all__ = ["info_nce", "predictive_loss", "pretrain"]

_GROUP = 32  # recordings among which the right answer is to be found


def info_nce(predicted, came):
    """Return the mean of ``-log p`` of the right partner among all partners.

    Row i of one belongs to row i of the other; p is the softmax of the dot products over all rows
    (equation 4 of van den Oord et al. 2018, https://arxiv.org/abs/1807.03748), here divided by the
    square root of their width. If nothing can be told apart the loss is log n.

    Parameters
    ----------
    predicted, came : tensors, shape (..., n, width)
        Leading axes hold questions that have nothing to do with each other.

    Examples
    --------
    >>> info_nce(torch.zeros(4, 2), torch.zeros(4, 2))  # log 4
    tensor(1.3863)
    """
    if predicted.shape != came.shape or predicted.ndim < 2:
        raise TrainingFailed(
            f"info_nce needs predictions and what came in one shape (..., n, width), got "
            f"{tuple(predicted.shape)} and {tuple(came.shape)}"
        )
    scores = predicted @ came.transpose(-1, -2) / math.sqrt(came.shape[-1])
    right = functional.log_softmax(scores, dim=-1).diagonal(dim1=-2, dim2=-1)
    return -right.mean()


def predictive_loss(output, target=None, *, group=_GROUP):
    """Return `info_nce` of the output of a `CPC`: each distance ahead is a question of its own.

    The right answer stands among what came at the same distance after every other anchor, of the
    same recording and of the other recordings of its group. The batch is dealt into groups of
    about equal size, so that the loss means the same in batches of any size.

    Parameters
    ----------
    output : tensor, shape (batch, 2, anchor, distance, width)
        What was predicted, and what came.
    target : ignored
        There is no label.
    group : int, default 32
        Most recordings in a group.

    Examples
    --------
    >>> predictive_loss(torch.zeros(2, 2, 3, 1, 4))  # log 6: two recordings, three anchors
    tensor(1.7918)
    """
    if output.ndim != 5 or output.shape[1] != 2:
        raise TrainingFailed(
            f"predictive_loss needs output (batch, 2, anchor, distance, width), got "
            f"{tuple(output.shape)}; take a model such as cpc"
        )
    parts = output.tensor_split(math.ceil(len(output) / group))
    losses = []
    for part in parts:
        predicted, came = part.permute(1, 3, 0, 2, 4).flatten(2, 3)  # (distance, n, width)
        losses.append(info_nce(predicted, came) * len(part))
    return torch.stack(losses).sum() / len(output)


class _Prediction:
    """What `fit` asks of a task, where there are no labels."""

    loss = staticmethod(predictive_loss)

    def check(self, target):
        """Accept anything: no label is looked at."""

    def selection(self, y, output):
        return -float(predictive_loss(torch.as_tensor(output)))


def pretrain(model, train, valid, **options):
    """Train a `CPC` on recordings without labels, and leave it with the weights of its best epoch.

    The best epoch has the smallest loss on the validation recordings, which must be of patients
    that are not in the training: otherwise it is chosen by who they are.

    Parameters
    ----------
    model : torch.nn.Module
    train, valid : Examples, or array or tensor of float32, shape (recording, lead, time)
        Of `Examples` only ``x`` is taken: labels are never handed on.
    **options
        Of `ecgbook.training.fit`, but for the task and the loss.

    Returns
    -------
    list of dict
        As of `ecgbook.training.fit`.
    """
    recordings = [getattr(part, "x", part) for part in (train, valid)]
    parts = [(x, torch.zeros(len(x))) for x in recordings]
    return fit(model, *parts, task=_Prediction(), **options)
