"""Rules on words, each with the smallest notebook that breaks it and one that keeps it."""

import pytest

from ecgbook.publish.lint import glossary, prose, recipe, text, wording
from tests.publish.conftest import code
from tests.publish.conftest import prose as markdown


def said(words, *tags):
    return code(f"results.say({words})", "prose", "remove-input", *tags)


@pytest.mark.parametrize(
    "line",
    [
        "The network has an AUROC of 0.73.",
        "Its j-kappa is .73 on DS2.",
        "The accuracy falls to 73 %.",
        "Its {term}`sensitivity` is 73 per cent.",
        "| PPV | 0.73 |",
        "Macro F1 was 0.5 and is now 0.51.",
    ],
)
def test_a_number_beside_a_score_is_not_typed(broken, line):
    assert "is typed" in broken(wording.typed_numbers, markdown(line))[0]


@pytest.mark.parametrize(
    "line",
    [
        "Wang reports an AUROC of 0.95 {cite}`wang2023`.",
        "**AUROC** is 0.7 where seven in ten pairs stand in order.",
        "Tossing a coin has an AUROC of 0.5.",
        'The brochure says: "99 % accuracy".',
        "The AUROC of beats of 0.9 s is another.",
        "In 73 % of the beats the T wave is inverted.",
        "Sensitivity counts class 2 of 5.",
        "The standard asks for a PPV of 0.9.<!-- by hand: a demand, not a measurement -->",
        "The code `accuracy = 0.73` is typed, and so is $F1 = 0.73$.",
    ],
)
def test_numbers_that_are_no_measurement_may_be_typed(broken, line):
    assert broken(wording.typed_numbers, markdown(line)) == []


def test_a_way_out_needs_its_reason(broken):
    line = markdown("An AUROC of 0.73.<!-- by hand: -->")
    assert len(broken(wording.typed_numbers, line)) == 1


def test_numbers_of_a_quiz_are_made_up(broken):
    quiz = "## Quiz\n\n**1. The accuracy is 91 %; is that good?**\n"
    assert broken(wording.typed_numbers, markdown(quiz)) == []
    assert len(broken(wording.typed_numbers, markdown(quiz.replace("Quiz", "Story")))) == 1


def test_numbers_in_what_a_cell_says_are_computed(broken):
    assert broken(wording.typed_numbers, said('f"An AUROC of {auroc}. In 73 % of beats."')) == []
    assert len(broken(wording.typed_numbers, said('f"An AUROC of 0.73 ({auroc})."'))) == 1
    broken_line = said('f"""An AUROC ({auroc}) of\n0.73."""')
    assert len(broken(wording.typed_numbers, broken_line)) == 1
    assert len(broken(wording.typed_numbers, code("x = 1", **figure("An AUROC of 0.73.")))) == 1


def figure(caption, name="fig-tiny-beat", alt="A beat."):
    return {"mystnb": {"figure": {"caption": caption, "name": name}, "image": {"alt": alt}}}


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (markdown("The split ds1_ds2 is honest."), "ds1_ds2"),
        (markdown("| template_difference | 1 |"), "template_difference"),
        (said('f"{n} of by_beat."'), "by_beat"),
        (code("x = 1", **figure("What by_beat does.")), "by_beat"),
        (code("x = 1", **figure("A beat.", alt="by_beat above.")), "by_beat"),
    ],
)
def test_names_of_the_code_are_not_for_readers(broken, cell, name):
    assert broken(wording.machine_names, cell) == [
        f"{name} is a name of the code: say it in words, or as `code`"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "The split `ds1_ds2` is *honest*, and so is _this_.",
        "The value $x_1$ and [there](some_page.md) stay.",
        "See {ref}`ds1_ds2 <by_beat>` and https://example.org/by_beat.",
        '<img src="a_b.png"> and <!-- by_hand -->.',
    ],
)
def test_code_formulas_and_targets_may_have_names(broken, line):
    assert broken(wording.machine_names, markdown(line)) == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('ax.plot(x, label="by_beat")', 1),
        ('ax.set(title=f"{n} of by_beat")', 1),
        ('ax.set_title("by_beat")', 1),
        ('plot_residual(x, titles=["by_beat", "plain"])', 1),
        ('ax.plot(x, label=label("by_beat"))', 0),
        ('ax.plot(x, label=words["by_beat"])', 0),
        ('ax.plot(x, label="by beat")', 0),
        ('data.plot(x="by_beat")', 0),
    ],
)
def test_labels_of_figures_are_words(broken, source, count):
    assert len(broken(wording.machine_labels, code(source))) == count


def test_idioms_are_refused_wherever_they_are_read(broken):
    for cell in (
        markdown("Labels are dear."),
        markdown("## Quiz\n\nNo, that would ring a bell: it rings all night."),
        said('f"Labels are dear: {n}."'),
        code("x = 1", **figure("What is dear.")),
    ):
        assert "is an idiom; literally: " in broken(wording.idioms, cell)[0]
    assert (
        broken(wording.idioms, markdown("Labels are costly; `dear` is a word of the heart.")) == []
    )


GLOSSARY = """\
# Glossary

```{glossary}
beat
  One contraction.

fusion beat (F)
  A beat of two kinds.

heart-rate variability
HRV
  How much it varies.

DS1 and DS2
  The halves.

lead
  A voltage.
```
"""


@pytest.fixture
def words(tiny, broken):
    """A function: the words that a text must link."""
    (tiny.root / "book" / "glossary.md").write_text(GLOSSARY)

    def check(text):
        found = broken(glossary.glossary_links, markdown(text))
        return [remedy.split("“")[1].split("”")[0] for remedy in found]

    return check


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("A beat.", ["beat"]),
        ("Two Beats, and a beat.", ["Beats"]),
        ("A {term}`beat`, then a beat.", []),
        ("Many {term}`beats <beat>`, then a beat.", []),
        ("A beat before a {term}`beat`.", ["beat"]),
        ("A fusion beat.", ["fusion beat"]),
        ("A {term}`fusion beat <fusion beat (F)>`.", []),
        ("HRV, or heart-rate variability.", ["HRV"]),
        ("{term}`HRV` is heart rate variability.", []),
        ("Learn from DS1.", ["DS1"]),
        ("**{term}`DS1 <DS1 and DS2>`** and DS2.", []),
        ("It leads to a lead.", []),
        ("An upbeat, a beat-wise `beat`, a $beat$ and [a beat](beat.md).", []),
        ("### A beat\n\n| beat | 1 |\n", []),
        ("```\nbeat\n```\n", []),
        ("## Quiz\n\nWhat is a beat?\n\n## Then\n\nA beat.", ["beat"]),
    ],
)
def test_the_first_use_of_a_word_is_linked(words, line, missing):
    assert words(line) == missing


def test_the_link_to_be_written_is_shown(tiny, broken, words):
    remedies = broken(glossary.glossary_links, markdown("A beat, then fusion beats."))
    assert [remedy.split(": ")[1] for remedy in remedies] == [
        "{term}`beat`",
        "{term}`fusion beats <fusion beat (F)>`",
    ]


def test_names_of_one_entry_stand_together(tiny, words):
    names = glossary.entries(tiny.load())
    assert names[2] == ("heart-rate variability", "HRV")
    assert len(names) == 5


def test_a_book_without_a_glossary_has_no_words_to_link(broken):
    assert broken(glossary.glossary_links, markdown("A beat.")) == []


def test_words_are_counted_up_to_the_quiz(broken):
    story, rest = markdown("word " * 1790), markdown("## Quiz\n\n" + "word " * 3000)
    (remedy,) = broken(prose.word_count, story, rest)
    assert remedy.startswith("1,790 words")
    # Ten more words: those of a text that a cell says, the number counted as one.
    spoken = said('f"One two three {four} five six " "seven eight nine ten."')
    assert broken(prose.word_count, story, spoken, rest) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('results.say("Plain.")', "Plain."),
        ('results.say(f"It is {number:.2f} high.")', "It is X high."),
        ('text = f"It is {number}."\nresults.say(text)', "It is X."),
        ('results.say("It is " + f"{number}" " high.")', "It is X high."),
        ('results.say(" ".join(["It is.", f"So {it} is."]))', "It is. So X is."),
        ("results.say(make(1))", "X"),
    ],
)
def test_what_a_cell_says_is_found_in_its_code(tiny, source, words):
    tiny.write(code(source))
    assert text.said(tiny.first()) == [words]


def test_terms_are_read_as_words():
    line = "A {term}`beat <fusion beat (F)>` of `code`."
    assert text.bare(line).split() == ["A", "beat", "of", "."]
    assert len(text.bare(line)) == len(line)


def test_a_comment_at_the_end_of_a_line_does_not_open_a_sentence(broken):
    line = "It is so.<!-- by hand: it is -->\nThe next one.\n"
    assert broken(prose.sentence_lines, markdown(line)) == []


def test_a_question_may_link_its_source_itself(broken):
    asked = "## A question from users\n\nWhere from? See [there](https://example.org).\n"
    assert broken(recipe.question_from_users, markdown(asked)) == []
