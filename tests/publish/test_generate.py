import json
import subprocess
import sys
from importlib.metadata import version
from types import SimpleNamespace

import pytest

from ecgbook import __version__
from ecgbook.publish import generate
from ecgbook.publish.notebook import load
from tests.publish.conftest import PARAMETERS


def test_missing_cells_are_written_where_they_belong(tiny):
    book = tiny.load()
    assert generate.sync(book, book.chapters[0])
    tags = [cell.tags for cell in load(tiny.notebook).cells[:3]]
    assert tags == [["header"], ["colab", "remove-cell"], PARAMETERS["metadata"]["tags"]]
    assert not generate.sync(book, book.chapters[0]), "a second time there is nothing to do"


def test_a_changed_manifest_rewrites_the_cells_in_place(tiny):
    tiny.sync()
    tiny.write(PARAMETERS, *json.loads(tiny.notebook.read_text())["cells"][:2])
    tiny.chapter["goals"] = ["count to twenty"]
    tiny.sync()
    first, second, third = load(tiny.notebook).cells
    assert first.tags == PARAMETERS["metadata"]["tags"]
    assert "count to twenty" in second.source
    assert third.tags == ["colab", "remove-cell"]


def test_the_header_names_goals_data_and_licence(tiny):
    tiny.chapter["databases"] = {"mitdb": "all"}
    book = tiny.load()
    header = generate.header_cell(book, book.chapters[0])
    assert header.startswith("# Tiny\n")
    for words in (
        "- count to ten",
        "Python",
        "MIT-BIH",
        "about 1 minute",
        generate.colab_url(book, book.chapters[0]),
    ):
        assert words in header


def test_the_header_of_a_page_says_so_of_a_page(tiny):
    tiny.chapter["kind"] = "page"
    book = tiny.load()
    header = generate.header_cell(book, book.chapters[0])
    assert "After this page you can" in header
    assert "[Open this page in" in header


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        ("all", "(ODC-BY 1.0): 48 records of"),
        (1, "(ODC-BY 1.0): 1 record of its 48 records of"),
        (["100", "101"], "(ODC-BY 1.0): 2 records of its 48 records of"),
    ],
)
def test_the_header_says_how_much_is_fetched(tiny, needed, said):
    tiny.chapter["databases"] = {"mitdb": needed}
    book = tiny.load()
    assert said in generate.header_cell(book, book.chapters[0])


def test_the_colab_link_leads_to_the_notebook_of_this_release(tiny):
    book = tiny.load()
    assert generate.colab_url(book, book.chapters[0]) == (
        "https://colab.research.google.com/github/ecgbook/ecgbook/blob/"
        f"v{__version__}/book/chapters/01-tiny.ipynb"
    )


@pytest.fixture
def colab(tiny, monkeypatch):
    """Run the Colab cell as Colab would, with an installation that only notes what was asked."""
    asked = []

    def install(command, returncode=0):
        asked.append(command)
        return SimpleNamespace(returncode=returncode)

    def start(returncode=0, on_colab=True, installed=False):
        monkeypatch.setattr(subprocess, "run", lambda command: install(command, returncode))
        if on_colab:
            monkeypatch.setitem(sys.modules, "google.colab", SimpleNamespace())
        monkeypatch.setattr(
            "importlib.util.find_spec", lambda name: object() if installed else None
        )
        book = tiny.load()
        exec(generate.colab_cell(book, book.chapters[0]), {})
        return asked

    return start


def test_colab_gets_the_tagged_package_and_keeps_its_own(colab, tiny):
    (command,) = colab()
    assert command[:4] == [sys.executable, "-m", "pip", "install"]
    assert command[-1] == f"ecgbook @ git+https://github.com/ecgbook/ecgbook@v{__version__}"
    kept = (tiny.root / command[command.index("-c") + 1]).read_text().split()
    for name in ("torch", "numpy", "pandas"):
        assert f"{name}=={version(name)}" in kept


def test_colab_gets_the_extras_that_the_chapter_needs(colab, tiny):
    tiny.chapter["extras"] = ["biosppy", "lime"]
    (command,) = colab()
    assert command[-1].startswith("ecgbook[biosppy,lime] @ git+")


def test_colab_fails_with_one_sentence(colab):
    with pytest.raises(SystemExit, match="cannot be installed: tell") as error:
        colab(returncode=1)
    assert "\n" not in str(error.value)


def test_elsewhere_and_a_second_time_nothing_is_installed(colab):
    assert colab(on_colab=False) == []
    assert colab(installed=True) == []


def test_the_colab_cell_is_short(tiny):
    book = tiny.load()
    assert len(generate.colab_cell(book, book.chapters[0]).splitlines()) <= 18


def test_generated_cells_are_formatted_as_the_house_does(tiny):
    pytest.importorskip("ruff")
    tiny.write(PARAMETERS)
    tiny.sync()
    for rule in (["format", "--check"], ["check", "--isolated", "--select", "E,F,I"]):
        command = [sys.executable, "-m", "ruff", *rule, "--line-length", "76", tiny.notebook]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
