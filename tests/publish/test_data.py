from types import SimpleNamespace

import pytest

from ecgbook import DataMissing, sources
from ecgbook.publish import data
from tests.sources.records import write_mitdb

MITDB = SimpleNamespace(records=("100", "101", "102"))


@pytest.fixture
def to_be_had(monkeypatch):
    """A function: from now on these records can be read, and nothing else."""

    def have(**had):
        def open_database(name, data="real"):
            if name not in had:
                raise DataMissing(f"no {name}")
            return SimpleNamespace(records=tuple(had[name]))

        def available(name, records=None):
            wanted = MITDB.records if records is None else records
            return set(wanted) <= set(had.get(name, ()))

        monkeypatch.setattr(sources, "open_database", open_database)
        monkeypatch.setattr(sources, "available", available, raising=False)

    return have


def chapter(**databases):
    return SimpleNamespace(databases=databases)


@pytest.mark.parametrize(
    ("databases", "had", "choice"),
    [
        ({}, {}, "real"),
        ({"mitdb": "all"}, {}, "synthetic"),
        ({"mitdb": "all"}, {"mitdb": MITDB.records}, "real"),
        ({"mitdb": "all"}, {"mitdb": ["100"]}, "synthetic"),
        ({"mitdb": ("100",)}, {"mitdb": ["100"]}, "real"),
        ({"mitdb": ("100", "101")}, {"mitdb": ["100"]}, "synthetic"),
        ({"mitdb": 1}, {"mitdb": ["100"]}, "real"),
        ({"mitdb": 1}, {}, "synthetic"),
        ({"mitdb": "all", "ptbxl": 1}, {"mitdb": MITDB.records}, "synthetic"),
        ({"mitdb": "all", "ptbxl": 1}, {"mitdb": MITDB.records, "ptbxl": ["1"]}, "real"),
    ],
)
def test_auto_is_real_only_if_everything_is_to_be_had(to_be_had, databases, had, choice):
    to_be_had(**had)
    assert data.choose(chapter(**databases), "auto") == choice


def test_fewer_records_than_the_chapter_needs_are_not_enough(to_be_had):
    to_be_had(mitdb=["100"])
    assert data.choose(chapter(mitdb=2), "auto") == "synthetic"


@pytest.mark.parametrize("wanted", ["real", "synthetic"])
def test_who_asks_for_one_kind_gets_it(to_be_had, wanted):
    to_be_had()
    assert data.choose(chapter(mitdb="all"), wanted) == wanted


def test_the_kind_of_a_page():
    assert data.kind(chapter(), "real") == "–"
    assert data.kind(chapter(mitdb="all"), "real") == "real"
    assert data.kind(chapter(mitdb="all"), "synthetic") == "simulated"
    assert data.kind(chapter(synthetic="all"), "real") == "simulated"
    assert data.kind(chapter(synthetic="all", mitdb="all"), "real") == "real"


def test_other_files_of_a_database_are_another_state(monkeypatch):
    def state(simulated, digests):
        database = SimpleNamespace(
            origin="MIT-BIH", simulated=simulated, files=SimpleNamespace(digests=digests)
        )
        monkeypatch.setattr(sources, "open_database", lambda name, data: database)
        return data.state(chapter(mitdb="all"), "real")

    first = state(False, {"100.dat": "aa"})
    assert state(False, {"100.dat": "aa"}) == first
    assert state(False, {"100.dat": "bb"}) != first
    assert state(True, {"100.dat": "aa"}) != first


@pytest.mark.parametrize(
    ("needed", "choice"),
    [
        ("all", "synthetic"),
        (("101",), "real"),
        (("100",), "synthetic"),
        (1, "real"),
        (2, "synthetic"),
    ],
)
def test_a_cache_that_holds_one_record(tmp_path, monkeypatch, needed, choice):
    write_mitdb(tmp_path / "mirror")
    monkeypatch.setenv("ECGBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ECGBOOK_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("ECGBOOK_OFFLINE", "1")
    sources.open_database("mitdb").read("101")
    monkeypatch.delenv("ECGBOOK_MIRROR")
    assert data.choose(chapter(mitdb=needed), "auto") == choice
