"""The one source of an assignment: a notebook whose tagged cells say what each is for.

========== ========================================================================
Tag        Cell
========== ========================================================================
solution   defines one function; what stands between its marks is the solution.
           Metadata ``ecgbook``: question, function, points, perhaps rtol and atol.
check      calls ``ecgbook.check``; students keep it.
inputs     defines ``inputs(rng)``, a list of dicts of arguments. For graders alone.
accept     perhaps ``accept(expected, answer, **inputs)``: what is wrong with an answer, in
           words; where many answers are right, as those of a detector. For graders.
mistakes   functions ``(expected, **inputs)``: the answer after a usual mistake, with
           the hint as docstring. For graders and `ecgbook.check`.
text       Markdown: where students write; marked by hand. Metadata: question, points.
instructor what only teachers see: model answers, what to ask.
========== ========================================================================

Marks of a solution are lines ``# BEGIN SOLUTION`` and ``# END SOLUTION``, which other graders know.
"""

import ast
import hashlib
import re
from dataclasses import dataclass

import numpy as np

from ecgbook.errors import BookInvalid
from ecgbook.publish.notebook import Notebook, load

__all__ = ["Assignment", "Question", "about", "faults", "find", "inputs_of", "named"]
__all__ += ["read", "stub"]

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
PLACEHOLDER = "...  # your code"
_BLOCK = re.compile(rf"^( *){BEGIN}\n.*?^ *{END}$", re.MULTILINE | re.DOTALL)
_TOTAL, _FEWEST_CASES = 100, 3


@dataclass(frozen=True)
class Question:
    """A function that students write, and how it is judged.

    ``name`` is such as ``q1``; ``inputs``, ``accept`` and ``mistakes`` are source code.
    """

    name: str
    function: str
    points: int
    inputs: str
    accept: str
    mistakes: str
    rtol: float = 1e-6
    atol: float = 1e-9


@dataclass(frozen=True)
class Assignment:
    """An assignment as its source has it; ``extras`` are those of the package that it needs."""

    name: str
    notebook: Notebook
    questions: tuple[Question, ...]
    extras: tuple[str, ...] = ()

    @property
    def short(self):
        """What questions are called by in `ecgbook.check`, such as ``ch01``."""
        return f"ch{self.name.split('-')[0]}"

    @property
    def texts(self):
        """Question and points of what is marked by hand."""
        told = (cell.metadata["ecgbook"] for cell in self.notebook.tagged("text"))
        return {about["question"]: about["points"] for about in told}


def find(book):
    """Return the paths of all assignments of a book, in order of the chapters."""
    return sorted((book.root / "book" / "assignments").glob("[0-9]*.ipynb"))


def named(book, name):
    """Return the path of an assignment by its name or number; raise `BookInvalid` without one."""
    paths = {path.stem: path for path in find(book)}
    for stem, path in paths.items():
        if name in (stem, stem.split("-")[0], stem.split("-")[0].lstrip("0")):
            return path
    raise BookInvalid(f"no assignment {name!r}; there are {', '.join(paths) or 'none'}")


def read(path):
    """Read the source of an assignment; raise `BookInvalid` if it breaks a rule of `faults`."""
    notebook = load(path)
    if found := faults(notebook):
        raise BookInvalid("\n".join(found))
    code = {
        tag: {about(cell)["question"]: cell.source for cell in notebook.tagged(tag)}
        for tag in ("inputs", "accept", "mistakes")
    }
    questions = []
    for cell in notebook.tagged("solution"):
        told = dict(about(cell))
        name = told.pop("question")
        told |= {tag: sources.get(name, "") for tag, sources in code.items()}
        questions.append(Question(name, **told))
    return Assignment(notebook.path.stem, notebook, tuple(questions))


def about(cell):
    """Return what the metadata of a cell say of its question."""
    return cell.metadata.get("ecgbook", {})


def stub(source):
    r"""Return the source of a solution's cell with the solution replaced, and nothing else.

    Examples
    --------
    >>> text = "def one():\n    # BEGIN SOLUTION\n    return 1\n    # END SOLUTION"
    >>> print(stub(text))
    def one():
        ...  # your code
    """
    return _BLOCK.sub(rf"\1{PLACEHOLDER}", source)


def faults(notebook):
    """Return what in the source of an assignment breaks a rule, one sentence each."""
    found, points = [], 0
    names = {tag: [about(cell).get("question") for cell in notebook.tagged(tag)] for tag in _TAGS}
    for tag in ("check", "inputs"):
        if sorted(map(str, names[tag])) != sorted(map(str, names["solution"])):
            found.append(f"every solution needs one cell tagged `{tag}`, and no other has one")
    if unknown := {*names["mistakes"], *names["accept"]} - set(names["solution"]):
        found.append(f"cells for graders of no question: {', '.join(map(str, unknown))}")
    for cell in notebook.tagged("solution"):
        found += [f"cell {cell.number}: {fault}" for fault in _solution_faults(cell)]
    for cell in notebook.tagged("solution") + notebook.tagged("text"):
        points += about(cell).get("points", 0)
    for cell in notebook.cells:
        if "solution" not in cell.tags and (BEGIN in cell.source or END in cell.source):
            found.append(f"cell {cell.number}: marks of a solution in a cell not tagged `solution`")
    if points != _TOTAL:
        found.append(f"the points add up to {points}, not to {_TOTAL}")
    return [f"{notebook.path.name}: {fault}" for fault in found]


_TAGS = ("solution", "check", "inputs", "accept", "mistakes")


def _solution_faults(cell):
    told = about(cell)
    if missing := {"question", "function", "points"} - set(told):
        yield f"the metadata lack {', '.join(sorted(missing))}"
        return
    if cell.source.count(BEGIN) != 1 or len(_BLOCK.findall(cell.source)) != 1:
        yield f"one line `{BEGIN}` and below it one line `{END}` are needed"
        return
    for what, text in (("solution", cell.source), ("stub", stub(cell.source))):
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            yield f"the {what} is not valid Python: {error.msg}"
            return
        defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        if told["function"] not in defined:
            yield f"the {what} does not define {told['function']}"


def inputs_of(question, seed):
    """Return the inputs of a question, drawn by a seed of any text: a list of dicts of arguments.

    The same seed draws other inputs for another question.
    """
    digest = hashlib.sha256(f"{seed}\n{question.name}\n{question.function}".encode()).digest()
    space = {}
    exec(compile(question.inputs, f"<inputs of {question.name}>", "exec"), space)
    drawn = space["inputs"](np.random.default_rng(list(digest)))
    if len(drawn) < _FEWEST_CASES:
        raise BookInvalid(f"{question.name}: {len(drawn)} inputs, {_FEWEST_CASES} are needed")
    return drawn
