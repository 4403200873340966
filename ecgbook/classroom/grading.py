"""Grade a folder of submissions: each in a sandbox, judged out here, never stopped by a bad one."""

import csv
import json
import queue
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ecgbook.classroom import sandbox
from ecgbook.classroom.checking import judge
from ecgbook.classroom.feedback import page
from ecgbook.classroom.submissions import collect, plain_cell
from ecgbook.classroom.transport import NotPlain, decode
from ecgbook.errors import GradingRefused

__all__ = ["Answered", "Grade", "grade", "mark"]

_LONGEST_TEXT, _MOST_TEXTS = 20_000, 20


@dataclass(frozen=True)
class Answered:
    """What happened with one question: points, the words for the student."""

    question: str
    points: int
    most: int
    words: str


@dataclass
class Grade:
    """One student's grade. ``note`` says what went wrong as a whole, ``texts`` wait for a hand."""

    student: str
    page: str = ""
    answered: list = field(default_factory=list)
    seconds: float = 0.0
    note: str = ""
    errors: list = field(default_factory=list)
    texts: dict = field(default_factory=dict)

    @property
    def score(self):
        """Points of all questions together."""
        return sum(one.points for one in self.answered)


def grade(folder, pack, to, *, limits=None, jobs=1, report=lambda grade: None):
    """Grade every submission in a folder and return the `Grade` of each.

    Written are ``grades.csv`` and, below ``feedback``, a page a student.

    Parameters
    ----------
    folder : path
        See `ecgbook.classroom.submissions.collect`.
    pack : ecgbook.classroom.pack.Pack
        Of a seed that students do not know.
    to : path
        A folder for what is written.
    limits : ecgbook.classroom.sandbox.Limits, optional
    jobs : int
        How many run side by side.
    report : function
        Called with each `Grade` as soon as it is known.

    Raises
    ------
    GradingRefused
        If the sandbox cannot be had here, or there is nothing to grade.
    """
    if why := sandbox.refusal():
        raise GradingRefused(f"nothing was graded, for a submission may not run here: {why}")
    submissions = collect(folder) if Path(folder).is_dir() else []
    if not submissions:
        raise GradingRefused(f"{folder} is no folder with submissions")
    to = Path(to)
    (to / "feedback").mkdir(parents=True, exist_ok=True)
    slots = queue.SimpleQueue()
    for slot in range(jobs):
        slots.put(slot)
    one = partial(_grade_one, pack, limits or sandbox.Limits(), slots)

    def graded(submission):
        made = one(submission)
        (to / "feedback" / made.page).write_text(page(pack, made), encoding="utf-8")
        report(made)
        return made

    with ThreadPoolExecutor(jobs) as pool:
        grades = list(pool.map(graded, submissions))
    _write_table(to / "grades.csv", pack, grades)
    return grades


def _grade_one(pack, limits, slots, submission):
    """Grade one submission; whatever goes wrong becomes its note."""
    made = Grade(submission.student, submission.page, note=submission.fault)
    output = b""
    if not submission.fault:
        slot = slots.get()
        try:
            ended = sandbox.run(_job(pack, submission), limits, slot)
            output, made.note, made.seconds = ended.output, ended.stopped, ended.seconds
        except Exception as error:  # the next student must not suffer
            made.note = f"it could not be run: {type(error).__name__}"
        finally:
            slots.put(slot)
    mark(pack, output, made)
    return made


def _job(pack, submission):
    calls = [
        [entry.name, entry.function, [case.inputs for case in entry.cases]]
        for entry in pack.entries
    ]
    return {"notebook": submission.text, "calls": calls}


def mark(pack, output, made):
    """Judge the output of a run and complete a `Grade`: nothing in the output is believed.

    Points of a question are given if its answers to all inputs are right.
    """
    values, finished = {}, False
    for line in output.splitlines():
        name, number, kind, content = _message(line)
        if kind == "done":
            finished = True
        elif kind == "text" and len(made.texts) < _MOST_TEXTS:
            made.texts.setdefault(name, content[:_LONGEST_TEXT])
        elif kind == "error" and not name and len(made.errors) < _MOST_TEXTS:
            made.errors.append(f"cell {number}: {content[:500]}")
        elif kind in ("value", "error"):
            values.setdefault((name, number), _outcome(kind, content))
    if not (finished or made.note):
        made.note = "the run ended before all was answered: does a cell end Python itself?"
    for entry in pack.entries:
        nothing = (None, "no answer came")
        outcomes = [values.get((entry.name, n), nothing) for n in range(len(entry.cases))]
        right, words = judge(entry, outcomes)
        points = entry.points if right == len(outcomes) else 0
        made.answered.append(Answered(entry.name, points, entry.points, words))


def _message(line):
    """Return the four parts of a line of output; of any other line a kind that is none."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    match message:
        case [str(name), int(number), str(kind), str(content)]:
            return name, number, kind, content
    return "", 0, "", ""


def _outcome(kind, content):
    if kind == "error":
        return None, content[:500] or "it stops"
    try:
        return decode(content), ""
    except NotPlain as error:
        return None, str(error)


def _write_table(path, pack, grades):
    """Write one line a student, safe for spreadsheets."""
    names = [entry.name for entry in pack.entries]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["student", "score", "of", *names, "seconds", "feedback", "note"])
        for made in grades:
            points = [one.points for one in made.answered]
            row = [plain_cell(made.student), made.score, pack.points, *points]
            table.writerow([*row, f"{made.seconds:.1f}", made.page, plain_cell(made.note)])
