"""`Study`: what a chapter compares, and how it walks from recordings to a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ecgbook import evaluation
from ecgbook.errors import ScoreInvalid
from ecgbook.tasks import Task

__all__ = ["Answer", "Combination", "Members", "Study", "Training", "Work"]

_PARTS = ("valid", "test")


@dataclass(frozen=True, kw_only=True)
class Training:
    """How much each method may learn in a profile, and how.

    ``examples`` are drawn at random from the training part and seen until ``draws`` are
    counted, in whole epochs; ``records`` are those of a quick look, None for all; ``options``
    is what only one study knows of.
    """

    examples: int
    draws: int
    batch_size: int = 128
    lr: float = 1e-3
    records: tuple[str, ...] | None = None
    options: Mapping = field(default_factory=dict)

    def epochs(self, n):
        """Return how often ``n`` examples are seen."""
        return max(1, round(self.draws / n))


class Answer(NamedTuple):
    """What one method says of the validation and the test part of a split.

    Both are probabilities ``(example, class)`` or scores ``(example,)``; a row of NaN is an
    example that is not judged. ``fields`` tell this answer from others of the same case;
    ``report`` names another report of the study than the usual one.
    """

    valid: np.ndarray
    test: np.ndarray
    fields: Mapping = {}
    report: str = ""


class Work(NamedTuple):
    """What a method needs to know beside its examples."""

    case: Mapping
    training: Training
    seed: int = 0
    checkpoint: Path | None = None
    progress: bool = False


class Combination(NamedTuple):
    """One answer made of the stored answers of several cases, such as a vote.

    ``of`` says which fields these have, and which of each: their first seed, or with
    ``every_seed`` all. ``combine`` gets a `Members` and returns what is said of the validation and
    the test part, ``(example, class)`` each. ``fields`` are those of the new answer.
    """

    fields: Mapping
    of: Mapping
    combine: Callable
    every_seed: bool = False


class Members(NamedTuple):
    """What the members of a `Combination` have said, each part ``(member, example, class)``."""

    task: Task
    valid: np.ndarray
    test: np.ndarray
    y: Mapping  # of each part
    patient: Mapping


@dataclass(frozen=True, kw_only=True)
class Study:
    """Cases to compare: each is one method under one protocol with one seed.

    Parameters
    ----------
    chapter : str
        Name of the notebook.
    database : str, or dict of such by method
        Name in the catalog.
    grid : sequence of dict of str to list
        Values of the fields of the cases; the cases are the products of each.
    data : callable ``(database, case, training) -> Examples``, or dict of such by method
    splits : dict of protocol to callable ``Examples -> Split or list of Split``
        The test parts of several splits are judged together.
    answers : dict of method to callable ``(Examples, Split, Work) -> Answer or list of Answer``
    task : Task, or dict of such by method
    scores : sequence of str, or dict of such by method
        What is reported; the task's own if left out.
    trainings : dict of profile to Training
    combinations : sequence of Combination
        Answers that are made of the answers of several cases.
    reports : dict of str to callable ``(y, output, patient) -> DataFrame``
        Reports beside the usual one; ``output`` has an axis of runs in front.
    pairs : sequence of tuple of two dicts
        Answers that have the first fields are compared, on the same patients, with those that
        differ from them by the second.
    headlines : sequence of tuple ``(score, fields)``
        Answers of which that score is also told without each of the patients who move it most.
    weights : dict of str to str
        Released weights that are started from, and the model that each is of.
    starting : sequence of str
        Methods that start from them; all if left out.
    """

    chapter: str
    database: str | Mapping
    grid: tuple
    data: Callable | Mapping | None = None
    splits: Mapping = field(default_factory=dict)
    answers: Mapping = field(default_factory=dict)
    task: Task | Mapping | None = None
    scores: tuple | Mapping | None = None
    trainings: Mapping = field(default_factory=dict)
    combinations: tuple = ()
    reports: Mapping = field(default_factory=dict)
    pairs: tuple = ()
    headlines: tuple = ()
    weights: Mapping = field(default_factory=dict)
    starting: tuple = ()

    def cases(self):
        """Return all cases as a list of dict, in the order written."""
        values = ((one, product(*one.values())) for one in self.grid)
        return [dict(zip(one, chosen, strict=True)) for one, many in values for chosen in many]

    def code(self, case, profile):
        """Return what the result of a case depends on, for `ecgbook.code.code_digest`."""
        how = self.trainings[profile], case, list(self.weights_of(case).values())
        return [_walk, *self._steps(case), *how]

    def weights_of(self, case):
        """Return those of ``weights`` that a case starts from."""
        starts = not self.starting or case["method"] in self.starting
        return self.weights if starts else {}

    def of_method(self, name, case):
        """Return the database, data, task or scores, by their field's ``name``, of a case."""
        value = getattr(self, name)
        return value.get(case["method"]) if isinstance(value, Mapping) else value

    def _steps(self, case):
        data = self.of_method("data", case)
        return data, self.splits[case["protocol"]], self.answers[case["method"]]

    def compute(self, database, case, profile, checkpoint=None, progress=False):
        """Walk from recordings to the answers to one case.

        Returns the arrays of each part (``rows``, ``y``, ``patient`` and the answers by number),
        and the ``fields`` and ``report`` by which the answers differ.
        """
        work = Work(case, self.trainings[profile], case.get("seed", 0), checkpoint, progress)
        return _walk(database, work, *self._steps(case))

    def report(self, units, part="test"):
        """Return ``(fields, rows)`` for each answer to a case, over the seeds that were run.

        ``units`` are a `ecgbook.studies.runner.Computed` a seed; ``part`` is test or valid.
        """
        tables = []
        for k, about in enumerate(units[0].answers):
            y, outputs, patient = _aligned(units, k, part)
            task, scores = self._judged(units[0].case)
            usual = partial(evaluation.report, task, scores=scores)
            report = self.reports.get(about["report"], usual)
            tables.append((units[0].fields(k), report(y, outputs, patient)))
        return tables

    def difference(self, ours, others, part="test"):
        """Return the rows of the paired difference of two answers, each ``(units, number)``.

        Of several seeds those are compared that both were run with. Answers about different
        examples of the same patients are compared by `evaluation.difference_by_patient`.
        """
        seeds = [{unit.case.get("seed") for unit in units} for units, _ in (ours, others)]
        if min(map(len, seeds)) > 1:
            shared = seeds[0] & seeds[1]
            ours, others = (
                ([unit for unit in units if unit.case["seed"] in shared], k)
                for units, k in (ours, others)
            )
        sides = [_aligned(*answer, part) for answer in (ours, others)]
        (y, first, patient), (y_too, second, patient_too) = sides
        task, scores = self._judged(ours[0][0].case)
        if np.array_equal(y, y_too):
            return evaluation.paired_difference(task, y, first, second, patient, scores=scores)
        if set(patient) != set(patient_too):
            raise ScoreInvalid(f"{self.chapter}: the two answers are about different patients")
        return evaluation.difference_by_patient(task, *sides, scores=scores)

    def influence(self, answer, score, part="test"):
        """Return what each patient does to the score of an answer, ``(units, number)``."""
        y, outputs, patient = _aligned(*answer, part)
        task, _ = self._judged(answer[0][0].case)
        return evaluation.influence(task, y, outputs, patient, score=score)

    def _judged(self, case):
        return self.of_method("task", case), self.of_method("scores", case)


def _walk(database, work, data, split_up, answer):
    examples = data(database, work.case, work.training)
    splits, answered = _listed(split_up(examples)), []
    for number, split in enumerate(splits):
        own = work.checkpoint and work.checkpoint.with_suffix(f".{number}")
        answered.append(_listed(answer(examples, split, work._replace(checkpoint=own))))
    arrays = {}
    for part in _PARTS:
        rows = np.concatenate([getattr(split, part) for split in splits])
        arrays |= {f"{part}.rows": rows, f"{part}.y": examples.y[rows]}
        arrays[f"{part}.patient"] = examples.patient[rows]
        for k, same in enumerate(zip(*answered, strict=True)):
            arrays[f"{part}.{k}"] = np.concatenate([getattr(one, part) for one in same])
    return arrays, [{"fields": dict(one.fields), "report": one.report} for one in answered[0]]


def _listed(one):
    return one if isinstance(one, list) else [one]


def _aligned(units, k, part):
    """Return classes, the k-th answers ``(run, …)`` and patients of the examples judged."""
    rows = [unit.arrays[f"{part}.rows"] for unit in units]
    if not all(np.array_equal(rows[0], other) for other in rows):
        raise ScoreInvalid(f"{units[0].case}: the seeds were judged on different examples")
    outputs = np.stack([unit.arrays[f"{part}.{k}"] for unit in units])
    judged = np.isfinite(outputs.reshape(*outputs.shape[:2], -1)).all(axis=(0, 2))
    y, patient = (units[0].arrays[f"{part}.{name}"] for name in ("y", "patient"))
    return y[judged], outputs[:, judged], patient[judged]
