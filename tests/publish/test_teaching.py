from ecgbook.publish import notebook, teaching
from tests.publish.conftest import code, prose, write_notebook


def test_minutes_follow_words_and_lines_of_code(tiny):
    words = " ".join(["word"] * 58)  # with `##` and the title these are 60
    tiny.write(
        prose("# Tiny\n\nnot counted"),
        prose(f"## One\n\n{words}\n\n## Two"),  # two words, and two lines at six words each
        code("x = 1\ny = 2"),
        prose("## Exercises\n\n" + words * 9),
    )
    found = teaching.section_minutes(notebook.load(tiny.notebook), 74)
    assert found == [("One", 60), ("Two", 14)]


def test_a_short_section_has_a_minute(tiny):
    tiny.write(prose("## One\n\n" + "word " * 500), prose("## Two"))
    assert teaching.section_minutes(notebook.load(tiny.notebook), 10)[1] == ("Two", 1)


def test_assignments_are_listed_with_their_goals_and_the_tagged_address(tiny):
    book = tiny.load()
    assert teaching.assignment_table(book) == "There are no assignments yet.\n"
    path = tiny.root / "book" / "assignments" / "student" / "01-tiny.ipynb"
    write_notebook(path, [prose("# Assignment 1: Count\n\n- count\n- measure")])
    line = teaching.assignment_table(book).splitlines()[-1]
    assert line.startswith("| Assignment 1: Count | count; measure | [open](https://colab.")
    assert f"/blob/{book.tag}/book/assignments/student/01-tiny.ipynb)" in line


def test_minutes_of_all_chapters_are_told(tiny):
    tiny.write(prose("## One\n\nword"))
    assert teaching.minutes_table(tiny.load()) == "**Tiny** 1 minutes: One (1)\n"
