"""Rules on cells, figures and exercises: each broken and kept by the smallest notebook."""

import pytest

from ecgbook.publish.lint import cells, comparisons, figures, learner
from tests.publish.conftest import FIGURE, code, prose, write_notebook


def named(source, caption="A beat.", name="fig-tiny-beat"):
    mystnb = {"figure": {"caption": caption, "name": name}, "image": {"alt": "A beat."}}
    return code(source, mystnb=mystnb)


@pytest.mark.parametrize(
    "source",
    [
        "plt.plot([0, 1])",
        "plotting.plot_ecg(ecg)",
        "plot_ecg(ecg)",
        "plotting.slider(draw, values)",
        "figure, ax = plotting.subplots()\nfigure",
        "if True:\n    plt.show()",
    ],
)
def test_a_cell_that_draws_needs_words_and_a_name(broken, source):
    assert len(broken(figures.alt_text, code(source))) == 1
    assert len(broken(figures.captions, code(source))) == 2
    assert broken(figures.alt_text, named(source)) == []
    assert broken(figures.captions, named(source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "def picture():\n    plt.plot([0, 1])",
        "plotting.use_style()",
        "plt.close()",
        "figure, ax = plotting.subplots()",
        "beats",
    ],
)
def test_a_cell_that_shows_no_figure_needs_none(broken, source):
    assert broken(figures.alt_text, code(source)) == []
    assert broken(figures.captions, code(source)) == []


@pytest.mark.parametrize("name", ["", "beat", "fig-beat", "fig-tiny-Beat", "tiny-beat-fig"])
def test_figures_are_called_by_chapter_and_word(broken, name):
    (remedy,) = broken(figures.captions, named("plt.show()", name=name))
    assert "fig-<chapter>-<word>" in remedy


def test_a_name_belongs_to_one_figure_of_the_book(tiny, broken):
    once, other = named("plt.show()"), named("plt.show()", name="fig-tiny-other")
    assert broken(figures.figure_names, once, other) == []
    assert len(broken(figures.figure_names, once, once)) == 2
    write_notebook(tiny.root / "book/chapters/02-more.ipynb", [once])
    tiny.others = [tiny.chapter | {"notebook": "book/chapters/02-more.ipynb"}]
    assert len(broken(figures.figure_names, once, other)) == 1


def test_there_are_as_many_captions_as_figures_promised(tiny, broken):
    assert broken(figures.caption_count, FIGURE) == []
    tiny.chapter["figures"] = 2
    (remedy,) = broken(figures.caption_count, FIGURE)
    assert remedy == "1 captions; chapters.yml promises 2 figures"


SAID = 'results.say(f"{n} beats.")'


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (code("x = 1", "prose", "remove-input"), "ends in results.say"),
        (code(SAID), "tag it `prose` and `remove-input`"),
        (code(SAID, "prose"), "tag it `prose` and `remove-input`"),
    ],
)
def test_prose_cells_say_something_and_show_no_code(broken, cell, message):
    (remedy,) = broken(cells.prose_cells, cell)
    assert message in remedy


def test_sentences_stand_in_prose_cells_and_solutions(broken):
    kept = [code(SAID, "prose", "remove-input"), code(SAID, "hide-cell", "solution"), code("x = 1")]
    assert broken(cells.prose_cells, *kept) == []


def test_cells_that_a_reader_does_not_meet_are_not_counted(broken):
    met = [code("x = 1")] * 35
    unmet = [code("x = 1", tag) for tag in ("prose", "solution", "remove-cell", "parameters")]
    assert broken(cells.cell_count, *met, *unmet) == []
    assert broken(cells.cell_count, *met, code("x = 1", "hide-input")) == [
        "36 code cells; aim at 20–35"
    ]


def lines(count):
    return code("\n".join(["x = 1"] * count))


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([7] * 18 + [18, 19], None),
        ([7] * 18 + [19] * 3, "more than one in ten"),
        ([7] * 9 + [8] * 11, "the median code cell has 8 lines"),
    ],
)
def test_most_cells_are_short(broken, lengths, message):
    found = broken(cells.sizes, *map(lines, lengths))
    assert len(found) == bool(message)
    assert not message or message in found[0]


def test_a_file_is_small(broken):
    assert "kB; keep below 100 kB" in broken(cells.sizes, prose("x" * 100_000))[0]


QUESTION = """\
**{number}. What?**

<details><summary>A beat</summary>Right: it beats.</details>
<details><summary>Noise</summary>No: it comes again.</details>

"""
QUIZ = "## Quiz\n\n" + "".join(QUESTION.format(number=number) for number in range(1, 6))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("No: it", "It", "question 1, answer “Noise”: begin the feedback"),
        ("No: it", "Now it", "question 1, answer “Noise”: begin the feedback"),
        ("No: it", "Right: it", "question 1 has 2 right answers"),
        ("Right: it", "No: it", "question 1 has 0 right answers"),
        ("<details><summary>Noise</summary>No: it comes again.</details>", "", "needs answers"),
    ],
)
def test_feedback_says_right_once_and_no_otherwise(broken, old, new, message):
    assert broken(learner.quiz, prose(QUIZ)) == []
    (remedy,) = broken(learner.quiz, prose(QUIZ.replace(old, new, 1)))
    assert message in remedy


ANSWER = 'results.say(f"**Answer.** {n} beats.")'
LEVELS = [
    cell
    for level in ("Easy", "Medium", "Hard")
    for cell in (prose(f"### {level}: count\n\nCount."), code(ANSWER, "hide-cell", "solution"))
]
EXERCISES = [prose("## Exercises\n"), *LEVELS]


def test_exercises_have_a_level_and_an_answer(broken):
    assert broken(learner.exercises, *EXERCISES) == []
    # Code before the answer may stand in a cell of its own.
    first = [*EXERCISES[:2], code("n = 12", "hide-cell", "solution"), *EXERCISES[2:]]
    assert broken(learner.exercises, *first) == []


@pytest.mark.parametrize(
    ("position", "cell", "messages"),
    [
        (1, prose("### Level 1: count"), ["call the exercise Easy", "no exercise below"]),
        (1, prose("Count."), ["no exercise below"]),
        (2, prose("<details><summary>Solution</summary>12</details>"), ["has no solution"]),
        (2, code("print(12)", "hide-cell", "solution"), ["end the solution with"]),
        (2, code('results.say("12 beats")', "hide-cell", "solution"), ["end the solution with"]),
        (2, code(ANSWER, "solution"), ["add the tag `hide-cell`"]),
    ],
)
def test_each_gap_in_an_exercise_is_found(broken, position, cell, messages):
    changed = [*EXERCISES[:position], cell, *EXERCISES[position + 1 :]]
    found = broken(learner.exercises, *changed)
    assert [message in remedy for message, remedy in zip(messages, found, strict=True)] == [
        True for _ in messages
    ]


PROMPT = prose("**Before you run it:** how many?")


@pytest.mark.parametrize(
    ("after", "answered"),
    [
        ([code("x = 1"), prose("Twelve.")], True),
        ([code("x = 1"), code("x"), prose("Twelve.")], True),
        ([code("x = 1"), code(SAID, "prose", "remove-input")], True),
        ([code("x = 1"), prose("## The next section")], False),
        ([prose("Twelve."), code("x = 1")], False),
        ([code("x = 1")], False),
    ],
)
def test_a_prompt_is_answered_after_the_code(broken, after, answered):
    assert (broken(learner.prompts, PROMPT, *after) == []) == answered


PAIR = 'reference.one(score="auroc", minus="method=trees")'


@pytest.mark.parametrize(
    ("source", "field"),
    [
        ('reference.where(method=["cnn", "trees"], minus=None)', "method"),
        ('run.compare(protocol=["half", "half_seen"])', "protocol"),
        ("run.compare(protocol=list(splits))", "protocol"),
        ('ways.grid("method", "score")', "method"),
        ('plotting.plot_intervals(rows, "method", "score")', "method"),
    ],
)
def test_what_is_compared_is_compared_in_pairs(broken, source, field):
    (remedy,) = broken(comparisons.paired_differences, code(source))
    assert f"several values of {field}" in remedy
    pair = code(PAIR.replace("method", field))
    assert broken(comparisons.paired_differences, code(source), pair) == []
    assert broken(comparisons.paired_differences, pair, code(source)) == []
    other = code(PAIR.replace("method", "chosen_on"))
    assert len(broken(comparisons.paired_differences, code(source), other)) == 1


def test_a_difference_of_several_fields_counts_for_each(broken):
    both = code('reference.where(minus=f"method={name}, protocol=half")')
    rows = code('results.where(method=["a", "b"])\nresults.where(protocol=["a", "b"])')
    assert broken(comparisons.paired_differences, rows, both) == []
    for pair in (
        "reference.one(minus=minus)",
        'how = {"minus": "method=a, protocol=b"}\nreference.one(**how)',
        "evaluation.paired_difference(score, y, p, q, patient)",
    ):
        assert broken(comparisons.paired_differences, rows, code(pair)) == []
    none = code('reference.one(minus=None)\nhow = {"minus": None}')
    assert len(broken(comparisons.paired_differences, rows, none)) == 2


@pytest.mark.parametrize(
    "source",
    [
        'reference.where(method="cnn")',
        "reference.where(method=method)",
        'reference.where(method=["cnn"])',
        'reference.where(score=["auroc", "f1"])',
        'frame.grid("score")',
    ],
)
def test_one_method_is_no_comparison(broken, source):
    assert broken(comparisons.paired_differences, code(source)) == []
