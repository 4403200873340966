"""Stand-ins for tasks, examples and ragged signals: what training asks of them, and no more."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch.nn import functional

from ecgbook.errors import TrainingFailed
from ecgbook.training import cross_entropy


def accuracy(y, output):
    return (output.argmax(axis=-1) == y).mean()


@dataclass(frozen=True)
class Task:
    loss: Callable = cross_entropy
    selection: Callable = accuracy
    several: bool | None = False  # whether an example may have several classes; None: no classes

    def check(self, target):
        if self.several is not None and self.several != (np.ndim(target) == 2):
            raise TrainingFailed("this target is of another task")


SINGLE = Task()
MULTI = Task(
    functional.binary_cross_entropy_with_logits,
    lambda y, output: ((output > 0) == y).mean(),
    several=True,
)


class Ragged:
    """Signals of different length in one array ``(lead, total)``, with gaps between them."""

    def __init__(self, samples, start, length):
        self.samples, self.start, self.length = samples, start, length

    def __len__(self):
        return len(self.start)

    def __getitem__(self, i):
        return self.samples[:, self.start[i] : self.start[i] + self.length[i]]


@dataclass(frozen=True)
class Examples:
    x: np.ndarray | Ragged
    y: np.ndarray
    classes: tuple = ("N", "S", "V")
    features: np.ndarray | None = None
    feature_names: tuple = ()
    length: np.ndarray | None = None
