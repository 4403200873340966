"""Chapters are counted by their files' names, whatever stands between them."""

import pytest
from bs4 import BeautifulSoup

pytest.importorskip("sphinx")

CHAPTER = """
{name}
=====

.. figure:: dot.png
   :name: fig-{name}

   A dot.

Part of {name}
--------------

See :numref:`fig-{name}`.
"""


@pytest.fixture
def pages(tmp_path):
    from sphinx.application import Sphinx

    chapters = tmp_path / "chapters"
    chapters.mkdir()
    (chapters / "dot.png").write_bytes(b"")
    toc = "Book\n====\n\n.. toctree::\n   :numbered:\n\n   chapters/01-one\n   chapters/04-four\n"
    (tmp_path / "index.rst").write_text(toc)
    for number, name in ((1, "one"), (4, "four")):
        text = CHAPTER.format(name=name)
        (chapters / f"{number:02d}-{name}.rst").write_text(text)
    out = tmp_path / "html"
    settings = {"extensions": ["ecgbook.publish.numbering"], "numfig": True}
    Sphinx(tmp_path, None, out, tmp_path / "trees", "html", settings, None).build()
    return lambda name: BeautifulSoup((out / f"{name}.html").read_text(), "html.parser")


def numbers(page):
    return [tag.get_text().strip() for tag in page.select(".body .section-number")]


def test_a_page_has_the_number_of_its_file(pages):
    assert numbers(pages("chapters/01-one")) == ["1.", "1.1."]
    assert numbers(pages("chapters/04-four")) == ["4.", "4.1."]


def test_its_figures_and_the_contents_follow(pages):
    four = pages("chapters/04-four")
    assert four.find(class_="caption-number").get_text().strip() == "Fig. 4.1"
    assert four.find(class_="std-numref").get_text() == "Fig. 4.1"
    listed = [a.get_text() for a in pages("index").select(".toctree-wrapper a")]
    assert listed == ["1. one", "1.1. Part of one", "4. four", "4.1. Part of four"]
