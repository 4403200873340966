"""Quizzes for learning platforms: what is in the chapters comes out again, and one answer is right.

The oracle of GIFT is a small parser after Moodle's description of the format, that of QTI the
structure which the standard names.
"""

import html
import io
import json
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ecgbook import cli
from ecgbook.classroom.gift import gift
from ecgbook.classroom.qti import qti
from ecgbook.classroom.quiz import export, quiz_of
from ecgbook.errors import BookInvalid
from ecgbook.publish import manifest
from ecgbook.publish.lint.quizzes import Choice, Question
from tests.publish.conftest import PARAMETERS, prose, tiny  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
QTI = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
PACKAGE = "{http://www.imsglobal.org/xsd/imscp_v1p1}"

HARD = Question(
    1,
    r"Is {term}`this beat <beat>` {a} ~ b = c # d : e \ f, and $\frac{a}{b} < \lambda$?",
    (
        Choice("`x[0] = {}`", "No: a **bold** & 1 < 2."),
        Choice("-> [yes](page.md)", "Right: as {cite:t}`wang2023` says."),
    ),
)
# What a learner reads of it, by hand.
HARD_TEXT = (
    r"Is this beat {a} ~ b = c # d : e \ f, and \(\frac{a}{b} < \lambda\)?",
    [("x[0] = {}", "No: a bold & 1 < 2."), ("-> yes", "Right: as Wang 2023 says.")],
    [False, True],
)

QUIZ = """\
## Quiz

**1. Which lead is {term}`it <lead>`?**

<details><summary>I</summary>No: II.</details>
<details><summary>II</summary>Right: it is.</details>

**2. How many?**

<details><summary>Ten</summary>Right: count.</details>
<details><summary>$n^2$</summary>No: ten.</details>
"""


def words(text):
    """Return what a browser shows of simple HTML."""
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def read_gift(text):
    """Yield (question, [(answer, feedback)], [right]) of GIFT, with its own reading of escapes."""
    # Each escaped character moves to a private place, so that what is left are signs.
    hidden = re.sub(r"\\(.)", lambda hit: chr(0xE000 + ord(hit[1])), text)

    def shown(part):
        seen = re.sub("[\ue000-\ue0ff]", lambda hit: chr(ord(hit[0]) - 0xE000), part)
        return words(seen.strip())

    for block in re.split(r"\n\s*\n", hidden.strip()):
        if block.startswith("$CATEGORY:"):
            continue
        whole = re.fullmatch(r"::[^:]+::\[html\]([^{}]*)\{([^{}]*)\}", block)
        choices = re.findall(r"([=~])([^=~#]*)#([^=~#]*)", whole[2])
        said = [(shown(answer), shown(feedback)) for _, answer, feedback in choices]
        yield shown(whole[1]), said, [sign == "=" for sign, _, _ in choices]


def read_qti(data):
    """Yield the same of a QTI archive, found by its manifest."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = ET.fromstring(archive.read("imsmanifest.xml"))
        resource = root.find(f"{PACKAGE}resources/{PACKAGE}resource")
        assert resource.get("type") == "imsqti_xmlv1p2"
        root = ET.fromstring(archive.read(resource.find(f"{PACKAGE}file").get("href")))
    for item in root.iter(f"{QTI}item"):
        text = {"texttype": "text/html"}
        for material in item.iter(f"{QTI}mattext"):
            assert material.attrib == text
        question = words(item.find(f"{QTI}presentation/{QTI}material/{QTI}mattext").text)
        labels = {
            label.get("ident"): words(label.find(f".//{QTI}mattext").text)
            for label in item.iter(f"{QTI}response_label")
        }
        feedback = {
            each.get("ident"): words(each.find(f".//{QTI}mattext").text)
            for each in item.iter(f"{QTI}itemfeedback")
        }
        chosen, right = {}, []
        for condition in item.iter(f"{QTI}respcondition"):
            answer = condition.find(f"{QTI}conditionvar/{QTI}varequal").text
            for shown in condition.iter(f"{QTI}displayfeedback"):
                chosen[answer] = feedback[shown.get("linkrefid")]
            right += [answer for score in condition.iter(f"{QTI}setvar") if score.text == "100"]
        said = [(label, chosen[ident]) for ident, label in labels.items()]
        yield question, said, [ident in right for ident in labels]


def read_by_eye(path):
    """Return the text of a notebook without its marks, roles as their words."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    text = html.unescape("\n".join("".join(cell["source"]) for cell in cells))
    text = re.sub(r"\{term\}`([^`<]*?)( <[^>]*>)?`", r"\1", text)
    return re.sub(r"`|\*\*", "", text)


READERS = {
    "gift": lambda asked: read_gift(gift("01-tiny", asked)),
    "qti": lambda asked: read_qti(qti("01-tiny", "Tiny", asked)),
}


@pytest.fixture(scope="module")
def book():
    return manifest.load(ROOT)


@pytest.mark.parametrize("form", READERS)
def test_special_characters_formulas_and_roles_come_back(form):
    assert list(READERS[form]([HARD])) == [HARD_TEXT]


@pytest.mark.parametrize("form", READERS)
def test_every_quiz_of_the_book_comes_back_with_one_right_answer(form, book):
    exported = 0
    for chapter in book.chapters:
        asked = quiz_of(book, chapter)
        found = list(READERS[form](asked))
        assert len(found) == len(asked)
        source = read_by_eye(ROOT / chapter.notebook)
        for question, (text, said, right) in zip(asked, found, strict=True):
            assert right == [feedback.startswith("Right") for _, feedback in said]
            assert sum(right) == 1
            assert len(said) == len(question.choices)
            for each in (text, *(part for pair in said for part in pair)):
                assert each.replace(r"\(", "$").replace(r"\)", "$") in source
        exported += bool(asked)
    assert exported == sum(chapter.kind == "chapter" for chapter in book.chapters)


@pytest.mark.parametrize("form", READERS)
def test_the_same_bytes_on_each_export(form, book, tmp_path):
    first, second = (
        [path.read_bytes() for path in export(book, ["1", "2"], tmp_path / name, form)]
        for name in "ab"
    )
    assert len(first) == 2
    assert first == second


def test_the_command_writes_each_quiz(tiny, capsys):  # noqa: F811
    tiny.write(PARAMETERS, prose(QUIZ))
    tiny.load()
    assert cli.main(["quiz", "--to", "out"]) == 0
    assert capsys.readouterr().out.strip() == str(Path("out/01-tiny.gift.txt"))
    assert list(read_gift(Path("out/01-tiny.gift.txt").read_text("utf-8"))) == [
        ("Which lead is it?", [("I", "No: II."), ("II", "Right: it is.")], [False, True]),
        ("How many?", [("Ten", "Right: count."), (r"\(n^2\)", "No: ten.")], [True, False]),
    ]


def test_a_chapter_without_a_quiz_is_passed_over_unless_it_is_named(tiny):  # noqa: F811
    book = tiny.load()
    assert export(book, [], "out", "gift") == []
    with pytest.raises(BookInvalid, match="01-tiny has no quiz"):
        export(book, ["1"], "out", "gift")


def test_two_right_answers_are_refused(tiny):  # noqa: F811
    tiny.write(PARAMETERS, prose(QUIZ.replace("No: II.", "Right: II.")))
    with pytest.raises(BookInvalid, match="question 1"):
        export(tiny.load(), [], "out", "qti")
