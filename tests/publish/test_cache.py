import pytest

import ecgbook
from ecgbook.publish import cache


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A stand-in for the source of the package, free to be changed."""
    folder = tmp_path / "package"
    (folder / "signals").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "signals" / "peaks.py").write_text("def r_peaks(): ...")
    monkeypatch.setattr(ecgbook, "__file__", str(folder / "__init__.py"))
    return folder


PARAMETERS = {"profile": "smoke", "data": "auto", "seed": 0}
STATE = {"mitdb": {"origin": "real", "simulated": False}}


def test_the_same_things_have_the_same_digest(tiny, package):
    book = tiny.load()
    first = cache.digest(book, book.chapters[0], PARAMETERS, STATE)
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "peaks.pyc").write_text("compiled")
    assert cache.digest(book, book.chapters[0], dict(PARAMETERS), dict(STATE)) == first


@pytest.mark.parametrize(
    "change",
    [
        lambda tiny, package: (package / "signals" / "peaks.py").write_text("other"),
        lambda tiny, package: (package / "signals" / "peaks.py").rename(package / "peaks.py"),
        lambda tiny, package: (package / "data.json").write_text("{}"),
        lambda tiny, package: (tiny.root / "requirements.lock").write_text("numpy==2.1.0"),
        lambda tiny, package: tiny.write(),
        lambda tiny, package: reference(tiny, "01-tiny"),
        lambda tiny, package: {"parameters": PARAMETERS | {"profile": "cpu"}},
        lambda tiny, package: {"parameters": PARAMETERS | {"seed": 1}},
        lambda tiny, package: {"state": {"mitdb": {"origin": "made up", "simulated": True}}},
    ],
)
def test_every_change_of_what_counts_changes_the_digest(tiny, package, change):
    book = tiny.load()
    first = cache.digest(book, book.chapters[0], PARAMETERS, STATE)
    changed = change(tiny, package)
    changed = changed if isinstance(changed, dict) else {}
    parameters, state = changed.get("parameters", PARAMETERS), changed.get("state", STATE)
    assert cache.digest(book, book.chapters[0], parameters, state) != first


def test_the_reference_of_another_chapter_does_not_count(tiny, package):
    book = tiny.load()
    first = cache.digest(book, book.chapters[0], PARAMETERS, STATE)
    reference(tiny, "02-other")
    assert cache.digest(book, book.chapters[0], PARAMETERS, STATE) == first


def reference(tiny, chapter):
    folder = tiny.root / "ecgbook" / "reference"
    folder.mkdir(parents=True)
    (folder / f"{chapter}.cpu.json").write_text("{}")


def test_an_entry_holds_a_run_only_when_it_is_whole(tmp_path):
    entry = cache.Entry(tmp_path / "entry", "01.ipynb")
    assert not entry.holds("a")
    entry.clear()
    assert not entry.holds("a")
    entry.keep(digest="a", minutes=1)
    assert entry.holds("a")
    assert not entry.holds("b")
    (entry.folder / "run.json").write_text('{"digest": "a"')
    assert not entry.holds("a")
