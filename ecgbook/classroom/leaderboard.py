"""A leaderboard by patient: whoever is not shown to differ shares a place."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ecgbook import tasks
from ecgbook.classroom.boardtext import is_shown, write_csv, write_markdown
from ecgbook.classroom.predictions import collect_predictions
from ecgbook.classroom.project import CLASSES
from ecgbook.errors import GradingRefused
from ecgbook.evaluation import paired_difference, report

__all__ = ["Board", "Scored", "rank", "score_folder"]


@dataclass(eq=False)
class Scored:
    """A submission on the board; ``(value, low, high)`` are a score and two differences.

    ``place`` is 0 for a submission that does not count. ``note`` says why it has no score, or
    whose answers it repeats.
    """

    file: str
    team: str
    number: int
    y: np.ndarray | None
    note: str = ""
    f1: tuple = ()
    to_best: tuple = ()
    to_baseline: tuple = ()
    counts: bool = False
    place: int = 0


@dataclass(frozen=True, eq=False)
class Board:
    """All of a round: submissions in order of places, the baseline, and whom it rests on."""

    rows: tuple[Scored, ...]
    baseline: tuple
    n_patients: int
    n_beats: int

    def scored_of(self, team):
        """Return how many submissions of a team got a score."""
        return sum(bool(row.f1) and _key(row) == team.casefold() for row in self.rows)


class _Judge:
    """Macro F1 on the same draws of patients, one difference or more."""

    def __init__(self, answers, n, seed):
        self.task = tasks.single_label(CLASSES, scores=["macro_f1"])
        self.answers, self.how = answers, {"n": n, "seed": seed}

    def score(self, y):
        table = report(self.task, self.answers.y, y, self.answers.patient, **self.how)
        return _numbers(table)

    def difference(self, ours, theirs):
        given = (self.answers.y, ours, theirs, self.answers.patient)
        return _numbers(paired_difference(self.task, *given, **self.how))


def score_folder(folder, answers, to, *, n=1000, seed=0):
    """Score every submission in a folder and return the `Board`; a bad one stops nothing.

    Written below ``to`` are ``leaderboard.csv``, a line a file, and ``leaderboard.md``.

    Parameters
    ----------
    folder : path
        See `ecgbook.classroom.predictions`.
    answers : ecgbook.classroom.project.Answers
    to : path
    n, seed : int
        Bootstrap replicates of the patients, and their seed.

    Raises
    ------
    GradingRefused
        If there is no folder, or nothing in it.
    """
    found = collect_predictions(folder, len(answers.y)) if Path(folder).is_dir() else []
    if not found:
        raise GradingRefused(f"{folder} is no folder with predictions")
    rows = [Scored(one.file, one.team, one.number, one.y, one.fault) for one in found]
    board = rank(rows, answers, n=n, seed=seed)
    to = Path(to)
    to.mkdir(parents=True, exist_ok=True)
    write_csv(to / "leaderboard.csv", board)
    write_markdown(to / "leaderboard.md", board)
    return board


def rank(rows, answers, *, n=1000, seed=0):
    """Score submissions, compare them in pairs over patients, and return the `Board`.

    The last valid submission of a team counts. First are all that are not shown to differ from the
    one with the highest score: the 95 % interval of the paired difference contains 0. Of the rest
    the same is asked anew.
    """
    judge = _Judge(answers, n, seed)
    valid = [row for row in rows if row.y is not None]
    for row in valid:
        row.f1 = judge.score(row.y)
        row.to_baseline = judge.difference(row.y, answers.baseline)
    last = {}
    for row in sorted(valid, key=lambda row: row.number):
        last[_key(row)] = row
    ranked = sorted(last.values(), key=lambda row: (-row.f1[0], _key(row)))
    _give_places(ranked, judge)
    for row in valid:
        if ranked:
            row.to_best = judge.difference(row.y, ranked[0].y)
        row.note = _repeats(row, valid)
    rows = sorted(
        rows, key=lambda row: (not row.counts, row.place, -(row.f1 or (-1,))[0], row.file)
    )
    people = len(np.unique(answers.patient))
    return Board(tuple(rows), judge.score(answers.baseline), people, len(answers.y))


def _give_places(ranked, judge):
    """Give places to those that count, in groups not shown to differ from their first."""
    left, place = list(ranked), 1
    while left:
        first = left[0]
        group = [row for row in left if not is_shown(judge.difference(row.y, first.y))]
        for row in group:
            row.counts, row.place = True, place
        place += len(group)
        left = [row for row in left if not row.counts]


def _repeats(row, valid):
    others = [o.team for o in valid if _key(o) != _key(row) and np.array_equal(o.y, row.y)]
    return f"same answers as {', '.join(sorted(set(others)))}" if others else ""


def _key(row):
    return row.team.casefold()


def _numbers(table):
    row = table[table["class"] == "macro"].iloc[0]
    return float(row["value"]), float(row["low"]), float(row["high"])
