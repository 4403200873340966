import base64
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from ecgbook import cli
from ecgbook.classroom.slides import outline, write
from ecgbook.classroom.words import html, readable
from ecgbook.publish import notebook
from tests.browser import asked, needs_chromium
from tests.classroom.test_quiz import QUIZ
from tests.publish.conftest import FIGURE, PARAMETERS, code, prose, tiny  # noqa: F401

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n and some pixels").decode()
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
SECTIONS = """\
## A question

The first sentence.
The second says nothing.
A third has a **bold {term}`word <beat>`**.

**Before you run it:** take ten.
How many are left?

| **no** | table |
|---|---|

## How it ends

1. **A trap**: it closes (`tests/test_x.py::test_y`).
It goes on.
"""
POINTS = "## Key points\n\n- one\n- two\n\n## Further reading\n\n- [A book](https://example.org/x)"
SOLUTION = code("plot()", "hide-cell", "solution", mystnb={"figure": {"caption": "The answer."}})


class Page(HTMLParser):
    """The slides' kinds, the images and every address of a page."""

    def __init__(self, text):
        super().__init__()
        self.kinds, self.images, self.addresses = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.kinds += [attrs["class"]] if tag == "section" else []
        self.images += [attrs] if tag == "img" else []
        self.addresses += [attrs[name] for name in ("src", "href") if name in attrs]


@pytest.fixture
def lesson(tiny):  # noqa: F811
    """A tiny chapter with two sections, two figures, key points and a quiz."""
    cells = (prose("# Tiny"), PARAMETERS, prose(SECTIONS.split("## How")[0]), FIGURE)
    second = code("draw()", mystnb={"figure": {"caption": "An $x_1$.", "name": "fig-tiny-two"}})
    ends = prose("## How" + SECTIONS.split("## How")[1])
    tiny.write(*cells, ends, second, SOLUTION, prose(POINTS), prose(QUIZ))
    return tiny


def execute(lesson, change=""):
    """Store the chapter as executed: a PNG, an SVG, and a PNG of the solution."""
    made = notebook.load(lesson.notebook)
    shown = iter([{"image/png": PNG}, {"image/svg+xml": SVG}, {"image/png": PNG}])
    for cell in made.cells:
        if cell.is_code and cell.figure:
            output = {"output_type": "display_data", "data": next(shown), "metadata": {}}
            cell.node.outputs = [notebook.nbformat.from_dict(output)]
            cell.node.source += change
    path = lesson.root / "_build/executed/01-tiny.ipynb"
    path.parent.mkdir(parents=True)
    notebook.save(notebook.Notebook(path, made.content))


def written(lesson):
    book = lesson.load()
    return write(book, book.chapters[0], "slides/tiny.html").read_text("utf-8")


def test_a_slide_for_each_part(lesson):
    execute(lesson)
    kinds = ["title", "section", "figure", "section", "figure", "key-points"]
    assert Page(written(lesson)).kinds == [*kinds, "question", "question"]


def test_sentences_that_are_marked(lesson):
    book = lesson.load()
    body = {slide.title: slide.body for slide in outline(book, book.chapters[0])}
    assert re.findall("<li>(.*?)</li>", body["A question"]) == [
        "The first sentence.",
        "A third has a <strong>bold word</strong>.",
        "<strong>Before you run it:</strong> take ten. How many are left?",
    ]
    assert re.findall("<li>(.*?)</li>", body["How it ends"]) == [
        "<strong>A trap</strong>: it closes."
    ]
    assert re.findall("<li>(.*?)</li>", body["Key points"]) == ["one", "two"]
    assert re.findall("<li>(.*?)</li>", body["Tiny"]) == ["count to ten"]


def test_figures_have_alt_texts_and_captions_and_are_inside(lesson):
    execute(lesson)
    text = written(lesson)
    first, second = Page(text).images
    assert first["alt"] == "A line that goes up and down again."
    assert first["src"] == f"data:image/png;base64,{PNG}"
    assert second["alt"]
    assert (
        base64.b64decode(second["src"].removeprefix("data:image/svg+xml;base64,")) == SVG.encode()
    )
    assert "<figcaption>An <em>x<sub>1</sub></em>.</figcaption>" in text
    assert "The answer." not in text


def test_no_address_of_another_file_or_host(lesson):
    execute(lesson)
    text = written(lesson)
    assert all(address.startswith("data:") for address in Page(text).addresses)
    assert not re.search(r"https?:|//\w+\.|@import|url\(|fetch\(", text)


def test_without_a_run_it_says_so_and_has_no_figures(lesson):
    page = Page(text := written(lesson))
    assert "figure" not in page.kinds
    assert "was not executed" in text
    assert len(page.kinds) == 6


def test_figures_of_changed_cells_are_left_out(lesson):
    execute(lesson, change="\n# changed")
    page = Page(text := written(lesson))
    assert not page.images
    assert "2 left out" in text


def test_the_command_writes_the_same_file_again(lesson, capsys):
    lesson.load()
    assert cli.main(["slides", "1", "--to", "a.html"]) == 0
    assert cli.main(["slides", "01-tiny", "--to", "b.html"]) == 0
    assert capsys.readouterr().out.split() == ["a.html", "b.html"]
    assert (lesson.root / "a.html").read_bytes() == (lesson.root / "b.html").read_bytes()


@needs_chromium
def test_arrow_keys_go_from_slide_to_slide(tmp_path):
    source = files("ecgbook.classroom") / "slides.js"
    (tmp_path / "slides.js").write_text(source.read_text("utf-8"), "utf-8")
    body = "".join(
        f'<section id="{n}" tabindex="-1" style="height: 100vh"></section>' for n in (1, 2, 3)
    )
    keys = """
    return ["ArrowRight", "ArrowDown", "ArrowRight", "ArrowLeft", "Home", "End", " "].map((key) => {
      document.dispatchEvent(new KeyboardEvent("keydown", { key }));
      return document.activeElement.id;
    });"""
    assert asked(tmp_path, ["slides.js"], keys, body=body) == list("2332133")


def test_formulas_in_letters():
    assert readable(r"\lambda \le 2") == "<em>λ ≤ 2</em>"
    assert readable(r"e^{-z_k} < \frac{1}{M}") == "<em>e<sup>-z<sub>k</sub></sup> &lt; (1)/(M)</em>"


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("{term}`Normal beats <normal beat>` & *one*", "Normal beats &amp; <em>one</em>"),
        ("**{term}`GRU`** {cite}`cho2014,wang2023`", "<strong>GRU</strong> [Cho 2014, Wang 2023]"),
        ("`<b> & *x*` in [a *list*](x.md)", "<code>&lt;b&gt; &amp; *x*</code> in a <em>list</em>"),
        ("2 * 3 * 4 &lt; \\$30", "2 * 3 * 4 &lt; $30"),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
    ],
)
def test_markdown_becomes_plain_html(markdown, shown):
    assert html(markdown) == shown
