"""Every assignment of the book: its solution scores all, its stub nothing, its hints are right."""

import ast
import doctest
import json
import sys

import pytest

import ecgbook
from ecgbook.classroom import assign, build, pack, runner, source
from ecgbook.classroom.checking import judge
from ecgbook.classroom.grading import Grade, mark
from ecgbook.classroom.transport import NotPlain, decode, encode
from ecgbook.publish import manifest
from tests import test_colab
from tests.publish.conftest import REPOSITORY

BOOK = manifest.load(REPOSITORY)
PATHS = source.find(BOOK)


@pytest.fixture(scope="module", params=PATHS, ids=lambda path: path.stem)
def assignment(request):
    return source.read(request.param)


@pytest.fixture(scope="module")
def secret(assignment):
    return build.make_pack(assignment, "a secret for tests")


@pytest.fixture
def graded(secret, monkeypatch):
    """A function: the grade of a notebook, which is run in this process."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # put back afterwards

    def grade(notebook):
        calls = [[e.name, e.function, [case.inputs for case in e.cases]] for e in secret.entries]
        messages = runner.answers(json.dumps(notebook), calls, 20)
        made = Grade("somebody")
        mark(secret, "\n".join(json.dumps(one) for one in messages).encode(), made)
        return made

    return grade


def test_there_is_something_to_do():
    assert len(PATHS) >= 5


def test_the_solution_scores_everything(graded, assignment, secret):
    made = graded(assignment.notebook.content)
    assert [one.words for one in made.answered if one.points < one.most] == []
    assert made.score == secret.points == 100 - sum(assignment.texts.values())
    assert (made.errors, made.note) == ([], "")


def test_the_untouched_stub_scores_nothing_and_comes_to_its_end(graded, assignment):
    made = graded(build.student(BOOK, assignment))
    assert (made.score, made.errors, made.note) == (0, [], "")
    assert set(made.texts) == set(assignment.texts)


def test_known_public_answers_gain_nothing(assignment, secret):
    public = pack.public(assignment.short)
    for entry in secret.entries:
        known = public.entry(entry.name).cases
        outcomes = [(decode(case.expected), "") for case in known]
        assert judge(entry, outcomes)[0] < len(outcomes), entry.name


def test_students_files_are_what_the_source_makes_of_them(assignment):
    assert assign.stale(BOOK, assignment) == []


def test_the_public_pack_is_what_the_solution_answers(assignment):
    made, kept = build.make_pack(assignment, pack.PUBLIC_SEED), pack.public(assignment.short)
    assert [entry.name for entry in made.entries] == [entry.name for entry in kept.entries]
    for entry, stored in zip(made.entries, kept.entries, strict=True):
        assert (entry.accept, entry.mistakes) == (stored.accept, stored.mistakes)
        for one, other in zip(entry.cases, stored.cases, strict=True):
            assert entry.fault(decode(other.expected), decode(one.expected), one.arguments()) == ""
    assert pack.public_path(assignment.name).stat().st_size < 400_000


def test_every_mistake_is_recognised_by_its_own_hint(assignment):
    for entry in pack.public(assignment.short).entries:
        for mistake in entry.own_mistakes():
            outcomes = [_mistaken(mistake, case) for case in entry.cases]
            right, words = judge(entry, outcomes)
            assert right < len(outcomes), (entry.name, mistake.__name__)
            assert " ".join(mistake.__doc__.split()) in words, (entry.name, mistake.__name__)


def _mistaken(mistake, case):
    try:
        return decode(encode(mistake(decode(case.expected), **case.arguments()))), ""
    except NotPlain as error:
        return None, str(error)


def test_nothing_for_graders_is_in_a_file_for_students(assignment):
    folder = BOOK.root / "book" / "assignments" / "student"
    files = [folder / f"{assignment.name}.ipynb", *(folder / "tests" / assignment.name).iterdir()]
    handed_out = "\n".join(path.read_text(encoding="utf-8") for path in files)
    shown = json.loads(files[0].read_text(encoding="utf-8"))["cells"]
    lines = {line.strip() for cell in shown for line in "".join(cell["source"]).splitlines()}
    for cell in assignment.notebook.cells:
        if set(cell.tags) & {"inputs", "accept", "mistakes", "instructor"}:
            hidden = {line.strip() for line in cell.source.splitlines() if len(line.strip()) > 45}
            assert not hidden & lines
        if "solution" in cell.tags:
            inner = cell.source.split(source.BEGIN)[1].split(source.END)[0].splitlines()
            assert not {line.strip() for line in inner if len(line.strip()) > 25} & lines
    for case in (case for entry in pack.public(assignment.short).entries for case in entry.cases):
        assert len(case.expected) < 20 or case.expected not in handed_out


def test_public_tests_run_as_otter_runs_them(assignment, monkeypatch):
    space = {}
    for cell in assignment.notebook.tagged("solution"):
        exec(_imports(assignment) + "\n" + cell.source, space)
    for name, text in build.otter_tests(assignment).items():
        told = {}
        exec(text, told)
        assert (told["OK_FORMAT"], f"{told['test']['name']}.py") == (True, name)
        (suite,) = told["test"]["suites"]
        (case,) = suite["cases"]
        ran = doctest.DocTestParser().get_doctest(case["code"], space, name, None, None)
        assert doctest.DocTestRunner(verbose=False).run(ran).failed == 0
        stub = {"rate": 1} | dict.fromkeys([suite["type"]]) | _stubs(assignment)
        ran = doctest.DocTestParser().get_doctest(case["code"], stub, name, None, None)
        quiet = doctest.DocTestRunner(verbose=False).run(ran, out=lambda text: None)
        assert quiet.failed == 1


def _imports(assignment):
    first = next(cell for cell in assignment.notebook.cells if cell.is_code)
    return first.source


def _stubs(assignment):
    space = {}
    for cell in assignment.notebook.tagged("solution"):
        exec(source.stub(cell.source), space)
    return space


def test_the_first_cells_install_the_pinned_package_on_colab_and_nothing_else(assignment):
    header, colab, tests = build.student(BOOK, assignment).cells[:3]
    assert header.cell_type == "markdown"
    tree = ast.parse(colab.source + "\n" + tests.source)
    assert f"git+{{url}}@v{ecgbook.__version__}" in colab.source
    assert f"/v{ecgbook.__version__}/book/assignments/student/tests/" in tests.source
    asked = test_colab.colab.requirements(*assignment.extras)
    present = test_colab.colab.read_freeze(test_colab.COLAB)
    assert test_colab.colab.conflicts(asked, present) == []
    modules = {
        name.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    }
    assert modules <= sys.stdlib_module_names
    for name in (f"{question.name}" for question in assignment.questions):
        assert name in tests.source


def test_each_has_goals_a_rubric_and_common_mistakes(assignment):
    text = "\n".join(cell.source for cell in assignment.notebook.cells if cell.is_markdown)
    assert "After this assignment you can:" in text
    assert "| Points | For |" in text
    (teachers,) = assignment.notebook.tagged("instructor")
    assert "Common mistakes:" in teachers.source
    assert "Ask: *" in teachers.source
