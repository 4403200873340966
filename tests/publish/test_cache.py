import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import ecgbook
from ecgbook import BookInvalid, released
from ecgbook.publish import cache, data


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A stand-in for the source of the package, free to be changed."""
    folder = tmp_path / "package"
    (folder / "signals").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "signals" / "peaks.py").write_text("def r_peaks(): ...")
    monkeypatch.setattr(ecgbook, "__file__", str(folder / "__init__.py"))
    return folder


PARAMETERS = {"profile": "smoke", "data": "real", "seed": 0}


@pytest.fixture
def digest(tiny, package, monkeypatch):
    """A function: the digest of the tiny chapter as it is now."""
    monkeypatch.setattr(data, "state", lambda chapter, choice: {"mitdb": [choice, "aa"]})
    monkeypatch.setattr(released, "folder", lambda: tiny.root / "stored")

    def digest(**parameters):
        book = tiny.load()
        return cache.digest(book, book.chapters[0], PARAMETERS | parameters)

    return digest


def test_the_same_things_have_the_same_digest(digest, package):
    first = digest()
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "peaks.pyc").write_text("compiled")
    assert digest() == first


@pytest.mark.parametrize(
    "change",
    [
        lambda tiny, package: (package / "signals" / "peaks.py").write_text("other"),
        lambda tiny, package: (package / "signals" / "peaks.py").rename(package / "peaks.py"),
        lambda tiny, package: (package / "data.json").write_text("{}"),
        lambda tiny, package: (tiny.root / "requirements.lock").write_text("numpy==2.1.0"),
        lambda tiny, package: tiny.write(),
        lambda tiny, package: reference(tiny, "01-tiny.cpu.json"),
        lambda tiny, package: reference(tiny, "network.safetensors"),
    ],
)
def test_every_change_of_what_counts_changes_the_digest(tiny, package, digest, change):
    first = digest()
    change(tiny, package)
    assert digest() != first


@pytest.mark.parametrize("changed", [{"profile": "cpu"}, {"seed": 1}, {"data": "synthetic"}])
def test_another_run_has_another_digest(digest, changed):
    assert digest(**changed) != digest()


def test_other_data_have_another_digest(digest, monkeypatch):
    first = digest()
    monkeypatch.setattr(data, "state", lambda chapter, choice: {"mitdb": [choice, "bb"]})
    assert digest() != first


def test_the_reference_of_another_chapter_does_not_count(tiny, digest):
    first = digest()
    reference(tiny, "02-other.cpu.json")
    assert digest() == first


def reference(tiny, name):
    """Put a file among the reference results, wherever the book keeps them."""
    folder = tiny.root / "stored"
    folder.mkdir()
    (folder / name).write_text("{}")


@pytest.fixture
def entry(tmp_path):
    (tmp_path / "entry").mkdir()
    return lambda key: cache.Entry(tmp_path / "entry", "01.ipynb", key)


def make(entry, text="notebook", minutes=0):
    with entry.draft() as draft:
        draft.notebook.write_text(text)
        entry.keep(draft, minutes=minutes, peak_mb=100)


def test_an_execution_appears_whole_under_its_key(entry):
    first = entry("a")
    with first.draft() as draft:
        draft.notebook.write_text("half")
        assert not first.holds
        assert not first.kept.notebook.exists()
    assert not draft.folder.exists()
    make(first, minutes=1)
    assert first.holds
    assert (first.kept.notebook.read_text(), first.kept.facts["minutes"]) == ("notebook", 1)
    assert not entry("b").holds


def test_a_new_execution_takes_the_place_of_the_old_one(entry):
    make(entry("a"))
    make(entry("b"))
    assert (entry("a").holds, entry("b").holds) == (False, True)
    assert [path.name for path in entry("b").folder.iterdir()] == ["b"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.json", '{"digest": "a"'),
        ("run.json", '["a"]'),
        ("run.json", '{"digest": "a", "minutes": 1e999, "peak_mb": 1, "content": ""}'),
        ("01.ipynb", "half"),
        ("results.json", "of another run"),
    ],
)
def test_a_damaged_execution_is_none_and_can_be_made_again(entry, name, content):
    make(entry("a"), "first")
    assert entry("a").holds
    (entry("a").kept.folder / name).write_text(content)
    assert not entry("a").holds
    make(entry("a"), "second")
    assert entry("a").kept.notebook.read_text() == "second"


def test_what_a_killed_run_left_behind_goes(entry):
    left_behind = entry("a").folder / "draft-killed"
    left_behind.mkdir()
    with entry("a").draft() as draft:
        assert [path.name for path in entry("a").folder.iterdir()] == [draft.folder.name]


def test_who_comes_second_waits_and_says_so(tmp_path, capsys):
    with cache.alone(tmp_path / "lock", "the book"), ThreadPoolExecutor(1) as pool:
        cancel = threading.Event()
        second = pool.submit(lambda: cache.alone(tmp_path / "lock", "it", cancel).__enter__())
        with pytest.raises(TimeoutError):
            second.result(timeout=1.5)
        cancel.set()
        with pytest.raises(BookInvalid, match="it: stopped while waiting"):
            second.result()
    assert capsys.readouterr().err == "it: waiting for it\n"
    with cache.alone(tmp_path / "lock", "the book"):
        pass
