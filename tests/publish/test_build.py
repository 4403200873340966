import shutil

import pytest

from ecgbook import BookInvalid
from ecgbook.publish import execute
from ecgbook.publish.build import build
from ecgbook.publish.generate import colab_url


@pytest.mark.notebook
def test_a_book_from_notebook_to_page(tiny):
    book = tiny.sync()
    (outcome,) = execute.run(book, book.chapters, profile="smoke")
    assert outcome.problems == []
    index = build(book)
    assert "Tiny book" in index.read_text()

    page = (index.parent / "chapters/01-tiny.html").read_text()
    assert 'alt="A line that goes up and down again."' in page
    assert "ecgbook-results" in page
    assert "Content-Security-Policy" in page
    assert "# Parameters" not in page, "the injected cell shows"
    assert "google.colab" not in page, "the Colab cell shows"
    assert page.count(colab_url(book, book.chapters[0])) == 2, "in the header and as a button"
    assert page.count('profiles">') == 1, "how the page was run"
    assert "70.00 bpm" in (index.parent / "results.html").read_text()
    downloaded = index.parent / "_sources/chapters/01-tiny.ipynb"
    assert downloaded.read_bytes() == tiny.notebook.read_bytes()
    assert "smoke" in (index.parent / "how-to-use.html").read_text()
    assert (index.parent / "mathjax/tex-chtml-full.js").is_file()

    # A chapter that was changed since is not built from what it was.
    tiny.notebook.write_text(tiny.notebook.read_text().replace("run.compare", "run .compare"))
    with pytest.raises(BookInvalid, match="01-tiny was changed since it was executed"):
        build(book)
    tiny.notebook.write_text(tiny.notebook.read_text().replace("run .compare", "run.compare"))

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
