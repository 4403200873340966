import copy
import re
import shutil

import pytest
from bs4 import BeautifulSoup

from ecgbook import BookInvalid
from ecgbook.publish import execute
from ecgbook.publish.build import build
from ecgbook.publish.generate import colab_url
from tests.publish.conftest import FIGURE, PARAMETERS, RECORD, code, prose

CAPTIONED = copy.deepcopy(FIGURE)
CAPTIONED["metadata"]["mystnb"]["figure"] = {"caption": "Up and down.", "name": "fig-tiny-line"}
CAPTIONED["metadata"]["tags"] = ["hide-input"]
SAID = code(
    "from ecgbook.results import say\nsay('In {numref}`fig-tiny-line` it is 0.50 (.40–.60).')",
    "prose",
)
LIVE = prose("## Try it yourself\n\nBend a rhythm.", live="rhythm")
SOLUTION = code("print('the answer is 42')", "hide-cell", "solution")


@pytest.mark.notebook
def test_a_book_from_notebook_to_page(tiny):
    tiny.write(PARAMETERS, RECORD, CAPTIONED, SAID, SOLUTION, LIVE)
    book = tiny.sync()
    (outcome,) = execute.run(book, book.chapters, profile="smoke")
    assert outcome.problems == []
    index = build(book)
    assert "Tiny book" in index.read_text()

    page = (index.parent / "chapters/01-tiny.html").read_text()
    assert "ecgbook-results" in page
    assert "Content-Security-Policy" in page
    for hidden in ("# Parameters", "google.colab", "profile = ", "say(", "seed = 0"):
        assert hidden not in re.sub("<[^>]*>", "", page)
    assert page.count(colab_url(book, book.chapters[0])) == 2, "in the header and as a button"
    assert 'how-to-use.html#profiles"' in page, "how the page was run"
    assert 'href="../api.html#ecgbook.results.Run.record"' in page
    assert "70.00 bpm" in (index.parent / "results.html").read_text()
    assert "smoke" in (index.parent / "how-to-use.html").read_text()
    assert (index.parent / "mathjax/tex-chtml-full.js").is_file()
    downloaded = index.parent / "_sources/chapters/01-tiny.ipynb"
    assert downloaded.read_bytes() == tiny.notebook.read_bytes()

    soup = BeautifulSoup(page, "html.parser")
    figure = soup.find("figure", id="fig-tiny-line")
    assert figure.img["alt"] == "A line that goes up and down again."
    assert figure.figcaption.get_text(" ", strip=True).startswith("Figure 1 Up and down.")
    said = soup.find("div", class_="tag_prose").get_text(" ", strip=True)
    assert said == "In Figure 1 it is 0.50 (.40–.60) ."
    live = soup.find("div", attrs={"data-live": "rhythm"})
    assert live.img["alt"].startswith("Ten seconds of a simulated ECG")
    assert "no medical device" in live.parent.get_text()
    scripts = [tag["src"] for tag in soup.find_all("script", src=re.compile("live/"))]
    assert scripts[0] == "../live/run.js"
    assert all((index.parent / "chapters" / script).is_file() for script in scripts)
    assert len(scripts) == len(set(scripts))
    prompts = [tag.get_text() for tag in soup.select("summary .collapsed")]
    assert prompts == ["Show the code of this figure", "Show the solution"]

    # For a class that is graded, solutions are in no page and in no file.
    assert "the answer is 42" in page
    build(book, without=("solution",))
    html = index.parent
    for path in (html / "chapters/01-tiny.html", html / "_sources/chapters/01-tiny.ipynb"):
        assert "the answer is 42" not in path.read_text()
    written = [path for path in html.rglob("*") if path.is_file()]
    assert [path for path in written if b"the answer is 42" in path.read_bytes()] == []
    assert "the answer is 42" in tiny.notebook.read_text()

    # A chapter that was changed since is not built from what it was.
    tiny.notebook.write_text(tiny.notebook.read_text().replace("run.compare", "run .compare"))
    with pytest.raises(BookInvalid, match="01-tiny was changed since it was executed"):
        build(book)
    tiny.notebook.write_text(tiny.notebook.read_text().replace("run .compare", "run.compare"))

    # A function of the package that no page describes is missed.
    (tiny.root / "book/api.md").write_text("# The package\n")
    with pytest.raises(BookInvalid, match=r"ecgbook\.results\.Run has no API page"):
        build(book)

    # A warning of Sphinx is an error, and so is a page that loads from elsewhere.
    (tiny.root / "book/index.md").write_text("# Tiny book\n\n{ref}`nowhere`\n")
    with pytest.raises(BookInvalid, match="nowhere"):
        build(book)
    badge = '<img src="https://example.org/badge.svg" alt="badge">'
    (tiny.root / "book/index.md").write_text(f"# Tiny book\n\n{badge}\n")
    with pytest.raises(BookInvalid, match=r"another host: https://example\.org/badge\.svg"):
        build(book)


def test_a_chapter_must_have_been_executed(tiny):
    book = tiny.sync()
    shutil.rmtree(book.build, ignore_errors=True)
    with pytest.raises(BookInvalid, match="01-tiny has not been executed"):
        build(book)
