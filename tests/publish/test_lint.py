import pytest

from ecgbook.publish.lint import lint
from tests.publish.conftest import FIGURE, PARAMETERS, RECORD, code, prose

SENTENCE = "The heart of every patient beats on and on through the long night without any rest.\n"

WRONG = """\
## What can go wrong

1. Units: see `tests/test_units.py::test_microvolts`.
2. Order: see `tests/test_units.py::test_order`.
"""

KEY_POINTS = "## Key points\n\n- One.\n- Two.\n- Three.\n"

QUESTION = """\
**{number}. What is it?**

<details><summary>A beat</summary>

Right, because it beats.

</details>
<details><summary>Noise</summary>

No, it comes again.

</details>

"""

QUIZ = "## Quiz\n\n" + "".join(QUESTION.format(number=number) for number in range(1, 6))

EXERCISES = "## Exercises\n\n### Easy: count\n\nCount the beats.\n"
MEDIUM = "### Medium: sum\n\nAdd them.\n"
HARD = "### Hard: prove\n\nProve it.\n"
SOLUTION = code('results.say(f"**Answer.** {beats} beats.")', "hide-cell", "solution")

ASKED = """\
## A question from users

Where do the records come from?
"""

READING = """\
## Further reading

- [Moody and Mark](https://doi.org/10.1109/51.932724): how the records were chosen and read.
"""

TEXT = prose("## The story\n\n" + SENTENCE * 120)

STEPS = [code(f"step_{number} = {number}") for number in range(20)]

GOOD = [
    PARAMETERS,
    RECORD,
    FIGURE,
    TEXT,
    *STEPS,
    prose(WRONG),
    prose(ASKED),
    prose(KEY_POINTS + "\n" + QUIZ),
    prose(EXERCISES),
    SOLUTION,
    prose(MEDIUM),
    code("beats = 12", "hide-cell", "solution"),
    SOLUTION,
    prose(HARD),
    SOLUTION,
    prose(READING),
]


@pytest.fixture
def findings(tiny):
    """A function: replace cells of the good chapter, then lint it."""
    (tiny.root / "tests").mkdir()
    tests = "def test_microvolts():\n    pass\n\n\ndef test_order():\n    pass\n"
    (tiny.root / "tests" / "test_units.py").write_text(tests)

    def check(*pairs, synced=True):
        cells = list(GOOD)
        for old, new in pairs:
            position = next(i for i, cell in enumerate(cells) if cell is old or cell == old)
            cells[position : position + 1] = new
        tiny.write(*cells)
        book = tiny.sync() if synced else tiny.load()
        return [(finding.rule, str(finding)) for finding in lint(book, book.chapters[0])]

    return check


def test_a_good_chapter_passes(findings):
    assert findings() == []


def test_a_page_needs_no_closing_sections_and_no_length(tiny):
    tiny.chapter |= {"kind": "page", "figures": 0}
    tiny.write(PARAMETERS, prose("One. Two."), code("\n".join(["x = 1"] * 31)))
    book = tiny.sync()
    rules = [finding.rule for finding in lint(book, book.chapters[0])]
    assert rules == ["sizes", "sizes", "sentence_lines", "long_cells"]


def test_missing_generated_cells_are_found(findings):
    texts = [text for rule, text in findings(synced=False)]
    assert [text.split("`")[1] for text in texts] == ["colab", "header"]


def test_a_generated_cell_that_was_edited_is_found(tiny, findings):
    assert findings() == []
    tiny.chapter["goals"] = ["count to twenty"]
    book = tiny.load()
    (finding,) = lint(book, book.chapters[0])
    assert str(finding).endswith(
        "cell 1: generated cells: the header is out of date: run ecgbook sync"
    )


@pytest.mark.parametrize(
    ("old", "new", "rule", "message"),
    [
        (PARAMETERS, [], "parameters", "one cell tagged `parameters`, has 0"),
        (PARAMETERS, [code('profile = "smoke"\nseed = 0', "parameters")], "parameters", "'data'"),
        (STEPS[0], [code("\n".join(["x = 1"] * 31))], "long_cells", "31 lines"),
        (STEPS[0], [code("y = 1")] * 20, "cell_count", "41 code cells; aim at 20–35"),
        (STEPS[0], [prose(SENTENCE * 120)], "word_count", "3,500"),
        (TEXT, [prose(SENTENCE * 10)], "word_count", "1,800"),
        (
            TEXT,
            [prose(SENTENCE * 120 + "One. Two.\n")],
            "sentence_lines",
            "break this one: One. Two.",
        ),
        (TEXT, [prose(SENTENCE * 120 + "One\ngoes on.\n")], "sentence_lines", "join this"),
        (STEPS[0], [code("import ecgbook\necgbook.sinals")], "package_names", "ecgbook.sinals"),
        (STEPS[0], [code("from ecgbook.results import Rum")], "package_names", "results.Rum"),
        (STEPS[0], [prose("Use `ecgbook.results.Rum`.")], "package_names", "results.Rum"),
        (STEPS[0], [prose("See [there](nowhere.md).")], "local_links", "nowhere.md leads nowhere"),
    ],
)
def test_each_broken_rule_is_found(findings, old, new, rule, message):
    found = findings((old, new))
    assert any(name == rule and message in text for name, text in found), found


@pytest.mark.parametrize(
    ("cell", "text", "rule", "message"),
    [
        (WRONG, WRONG.replace("test_order", "test_odour"), "what_can_go_wrong", "test_odour"),
        (WRONG, WRONG.replace("see `tests/test_units.py::", "`"), "what_can_go_wrong", "name the"),
        (WRONG, WRONG.replace("1.", "-").replace("2.", "-"), "what_can_go_wrong", "numbered"),
        (WRONG, "Nothing.", "what_can_go_wrong", "missing"),
        (READING, "## Further reading\n\n- A book.\n", "further_reading", "in a sentence"),
        (READING, "Read.\n", "further_reading", "missing"),
        (ASKED, "Nothing.", "question_from_users", "answer one below"),
        (READING, READING.replace("https://", ""), "question_from_users", "link where it was"),
        (KEY_POINTS + "\n" + QUIZ, QUIZ, "key_points", "0 points"),
        (KEY_POINTS + "\n" + QUIZ, KEY_POINTS + "- Four.\n" * 4 + QUIZ, "key_points", "7 points"),
        (KEY_POINTS + "\n" + QUIZ, KEY_POINTS, "quiz", "0 questions"),
        (
            KEY_POINTS + "\n" + QUIZ,
            KEY_POINTS + "\n" + QUIZ + QUESTION.format(number=6),
            "quiz",
            "6 questions",
        ),
        (
            KEY_POINTS + "\n" + QUIZ,
            KEY_POINTS + "\n" + QUIZ.replace("No, it comes again.", "", 1),
            "quiz",
            "question 1, answer “Noise”: begin the feedback",
        ),
    ],
)
def test_each_gap_in_the_closing_sections_is_found(findings, cell, text, rule, message):
    found = findings((prose(cell), [prose(text)]))
    assert any(name == rule and message in line for name, line in found), found


@pytest.mark.parametrize(
    "line",
    [
        "Moody et al. Boston said so.",
        "It is sampled at 360 Hz, i.e. Every 2.8 ms.",
        "1. First comes the P wave.",
        "- **Bold** item without an end",
        "| A. B | C. D |",
        "The value $x. Y$ and `a. B` stay.",
    ],
)
def test_lines_that_are_one_sentence(findings, line):
    assert findings((TEXT, [prose(SENTENCE * 120 + "\n" + line + "\n")])) == []


def test_magic_lines_are_not_python(findings):
    assert findings((STEPS[0], [code("%matplotlib inline\n!ls\nx = 1")])) == []
