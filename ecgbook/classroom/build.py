"""From the one source: the students' notebook, the teachers', public tests, and packs."""

import copy
import json
import subprocess
import sys

import nbformat

from ecgbook.classroom import pack
from ecgbook.classroom.source import inputs_of, stub
from ecgbook.classroom.transport import encode
from ecgbook.errors import BookInvalid
from ecgbook.publish.generate import colab_cell

__all__ = ["instructor", "make_pack", "otter_tests", "student"]

_GRADERS_ONLY = {"inputs", "accept", "mistakes", "instructor"}
_FETCH = """\
# Fetches the public tests on Colab, where Otter looks for them; does nothing elsewhere.
if on_colab:
    from urllib.request import urlretrieve

    Path("tests").mkdir(exist_ok=True)
    raw = "{raw}"
    for name in "{names}".split():
        urlretrieve(f"{{raw}}/{{name}}.py", f"tests/{{name}}.py")
"""
_OTTER = """\
OK_FORMAT = True

test = {{
    "name": "{name}",
    "points": {points},
    "suites": [
        {{
            "cases": [
                {{
                    "code": ">>> import ecgbook\\n"
                    ">>> verdict = ecgbook.check(\\"{question}\\", {function})\\n"
                    ">>> assert verdict, verdict\\n",
                    "hidden": False,
                    "locked": False,
                }}
            ],
            "scored": True,
            "setup": "",
            "teardown": "",
            "type": "doctest",
        }}
    ],
}}
"""


def student(book, assignment):
    """Return the notebook for students: with stubs, without what is for graders and teachers."""
    return _edition(book, assignment, _GRADERS_ONLY, stub)


def instructor(book, assignment):
    """Return the notebook for teachers: all cells of the source, and those that are generated."""
    return _edition(book, assignment, set(), lambda source: source)


def otter_tests(assignment):
    """Return the public tests in Otter's format: the text of each file, by its name."""
    return {
        f"{question.name}.py": _OTTER.format(
            name=question.name,
            points=question.points,
            question=f"{assignment.short}.{question.name}",
            function=question.function,
        )
        for question in assignment.questions
    }


def make_pack(assignment, seed):
    """Draw inputs by a seed, let the solution answer them, and return the `Pack`.

    The source is trusted: it runs as this user, in a process of its own.
    """
    drawn = {question.name: inputs_of(question, seed) for question in assignment.questions}
    calls = [
        [question.name, question.function, [encode(inputs) for inputs in drawn[question.name]]]
        for question in assignment.questions
    ]
    answered = _reference(assignment, calls)
    entries = []
    for question, (_, _, lines) in zip(assignment.questions, calls, strict=True):
        cases = [
            pack.Case(line, answered[question.name, number]) for number, line in enumerate(lines)
        ]
        kept = {name: thing for name, thing in vars(question).items() if name != "inputs"}
        entries.append(pack.Entry(**kept, cases=tuple(cases)))
    return pack.Pack(assignment.name, tuple(entries), assignment.texts)


def _edition(book, assignment, left_out, change):
    """Return a notebook without some cells, others changed, with the cells that Colab needs."""
    made = copy.deepcopy(assignment.notebook.content)
    made.cells = [cell for cell in made.cells if not left_out & set(_tags(cell))]
    for cell in made.cells:
        if "solution" in _tags(cell) and cell.cell_type == "code":
            cell.source = change(cell.source)
            if change is stub:
                cell.metadata = nbformat.from_dict({"tags": ["answer"]})
    raw = book.repository_url.replace("github.com", "raw.githubusercontent.com")
    where = f"{raw}/{book.tag}/book/assignments/student/tests/{assignment.name}"
    names = " ".join(question.name for question in assignment.questions)
    sources = {
        "colab": colab_cell(book, assignment),
        "tests": _FETCH.format(raw=where, names=names),
    }
    made.cells[1:1] = [
        nbformat.v4.new_code_cell(source.rstrip(), id=name, metadata={"tags": ["colab"]})
        for name, source in sources.items()
    ]
    return made


def _tags(cell):
    return cell.metadata.get("tags", [])


def _reference(assignment, calls):
    """Return what the solutions answer: lines of `transport` by question and case."""
    cells = assignment.notebook.content.cells  # a check would ask for the pack that is being made
    notebook = json.dumps({"cells": [cell for cell in cells if "check" not in _tags(cell)]})
    job = {"notebook": notebook, "calls": calls, "call_s": None, "uid": 0, "limits": {}}
    command = [sys.executable, "-c", "from ecgbook.classroom.runner import main; main()"]
    done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True)
    answered, errors = {}, [done.stderr.strip()] if done.returncode else []
    for name, number, kind, content in map(json.loads, done.stdout.splitlines()):
        if kind == "value":
            answered[name, number] = content
        elif kind == "error":
            errors.append(f"{name or 'cell'} {number}: {content}")
    if errors:
        raise BookInvalid(f"{assignment.name}: the solution fails: " + "; ".join(errors))
    return answered
