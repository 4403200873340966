import difflib

import nbformat
import pytest

from ecgbook import BookInvalid
from ecgbook.classroom import build, source
from ecgbook.classroom.transport import decode
from tests.classroom.conftest import SOLUTION, cells, write


def test_a_stub_is_the_solution_without_the_solution():
    assert source.stub(SOLUTION) == (
        'def rate_bpm(rr_s, fs):\n    """Return the rate."""\n    ...  # your code\n'
    )


def test_the_tiny_assignment_has_no_fault(tiny):
    (question,) = tiny.questions
    assert (question.name, question.function, question.points) == ("q1", "rate_bpm", 60)
    assert (tiny.short, tiny.texts) == ("ch00", {"q2": 40})


def changed(row, place, value):
    rows = cells()
    rows[row][place] = value
    return rows


WITHOUT_END = SOLUTION.replace("    # END SOLUTION\n", "")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (changed(2, 3, WITHOUT_END), "one line `# BEGIN SOLUTION`"),
        (changed(2, 3, SOLUTION + SOLUTION), "one line `# BEGIN SOLUTION`"),
        (changed(2, 3, SOLUTION.replace("rate_bpm", "rate")), "does not define rate_bpm"),
        (changed(2, 3, SOLUTION.replace("return 60", "return (60")), "not valid Python"),
        (changed(2, 2, {"question": "q1", "points": 60}), "lack function"),
        (changed(6, 2, {"question": "q2", "points": 41}), "add up to 101"),
        (changed(1, 3, SOLUTION), "not tagged `solution`"),
        (changed(5, 2, {"question": "q9"}), "of no question: q9"),
        (cells()[:4] + cells()[5:], "one cell tagged `inputs`"),
        (cells()[:3] + cells()[4:], "one cell tagged `check`"),
    ],
)
def test_faults_of_a_source_are_told(tmp_path, rows, words):
    notebook = write(tmp_path / "00-tiny.ipynb", rows)
    assert any(words in fault for fault in source.faults(notebook))
    with pytest.raises(BookInvalid):
        source.read(notebook.path)


def test_students_get_everything_but_the_solution(tiny, book):
    made = build.student(book, tiny)
    nbformat.validate(made)
    there = {cell.id: cell for cell in made.cells}
    assert set(there) == {"c0", "c1", "c2", "c3", "c6", "colab", "tests"}
    for cell in tiny.notebook.content.cells:
        if cell.id in there and cell.id != "c2":
            assert there[cell.id].source == cell.source
    lines = difflib.ndiff(SOLUTION.splitlines(), there["c2"].source.splitlines())
    gone = [line[2:].strip() for line in lines if line[0] == "-"]
    begin, *inner, end = gone
    assert (begin, end) == ("# BEGIN SOLUTION", "# END SOLUTION")
    assert inner == ["mean_s = sum(rr_s) / len(rr_s)", "return 60 / mean_s"]


def test_teachers_get_all(tiny, book):
    made = build.instructor(book, tiny)
    assert [cell.source for cell in made.cells if cell.id[0] == "c" and len(cell.id) == 2] == [
        text for *_, text in cells()
    ]


def test_a_seed_draws_the_same_inputs_again_and_another_others(tiny):
    (question,) = tiny.questions
    one, again, other = (source.inputs_of(question, seed) for seed in ("a", "a", "b"))
    assert one == again != other


def test_a_pack_holds_what_the_solution_answers(tiny):
    made = build.make_pack(tiny, "seed")
    for case in made.entry("q1").cases:
        rr_s = case.arguments()["rr_s"]
        assert decode(case.expected) == pytest.approx(60 * len(rr_s) / sum(rr_s))
    assert "mean_s" not in repr(made)


def test_a_solution_that_fails_is_told(tmp_path):
    rows = changed(2, 3, SOLUTION.replace("60 /", "60 / 0 /"))
    write(tmp_path / "00-tiny.ipynb", rows)
    with pytest.raises(BookInvalid, match="the solution fails: q1 0: it stops with ZeroDivision"):
        build.make_pack(source.read(tmp_path / "00-tiny.ipynb"), "x")
