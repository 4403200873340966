"""`ecgbook data add`: files that somebody has already, in whatever layout."""

import shutil
import zipfile
from dataclasses import replace

import pytest

import ecgbook
from ecgbook.cli import main
from ecgbook.errors import DataMissing, EcgError
from ecgbook.sources import adopt, catalog, fetch
from tests.sources.records import write_mitdb


def kept():
    folder = fetch.Files(catalog.CATALOG["mitdb"]).folder
    return sorted(
        path.name for path in folder.glob("*.*") if path.suffix in (".hea", ".dat", ".atr")
    )


@pytest.fixture
def theirs(tmp_path):
    """Two records of MIT-BIH as somebody has them: without the index, and with other files."""
    folder = write_mitdb(tmp_path / "download").rename(tmp_path / "theirs")
    (folder / "SHA256SUMS.txt").rename(tmp_path / "SHA256SUMS.txt")
    (folder / "notes.txt").write_text("mine")
    return folder


def flat(folder):
    return folder


def deep(folder):
    """Renamed, and each kind in a folder of its own."""
    for path in [*folder.iterdir()]:
        new = folder / "a" / path.suffix[1:] / f"x{path.name}"
        new.parent.mkdir(parents=True, exist_ok=True)
        path.rename(new)
    return folder


def archive(folder):
    """A zip archive with a folder in it, as a browser brings it."""
    file = folder.with_name("mit-bih.zip")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for path in folder.iterdir():
            made.write(path, f"mit-bih-1.0.0/{path.name}")
    return file


@pytest.mark.parametrize("layout", [flat, deep, archive])
def test_files_are_known_by_their_digests(mirror, theirs, layout):
    there = len(kept())
    expected = sorted(p.name for p in theirs.iterdir() if p.suffix in (".hea", ".dat", ".atr"))
    (added,) = adopt.add(layout(theirs), progress=False)
    assert (added.database, added.taken, there) == ("mitdb", len(expected), 0)
    assert kept() == expected
    again = adopt.add(mirror, "MIT-BIH", progress=False)
    assert (again[0].taken, again[0].known) == (0, len(expected))


@pytest.fixture
def unpinned(monkeypatch):
    """MIT-BIH as if nobody had written down the digest of its index."""
    info = replace(catalog.CATALOG["mitdb"], index_sha256=None)
    monkeypatch.setitem(catalog.CATALOG, "mitdb", info)


def test_what_was_added_is_read_without_mirror_or_network(no_mirror, unpinned, theirs, tmp_path):
    shutil.move(tmp_path / "SHA256SUMS.txt", theirs / "SHA256SUMS.txt")  # as wget brings it
    adopt.add(theirs, progress=False)
    shutil.rmtree(theirs)
    database = ecgbook.open_database("mitdb", "real")
    assert [database.read(record).record for record in database.records] == ["100", "101"]


def test_a_file_that_differs_is_named_and_left(mirror, theirs):
    raw = bytearray((theirs / "100.hea").read_bytes())
    raw[-2] ^= 1
    (theirs / "100.hea").write_bytes(raw)
    (added,) = adopt.add(theirs, progress=False)
    assert added.unlike == ("100.hea",)
    assert "1 differ from the official ones and were left: 100.hea" in str(added)
    assert "100.hea" not in kept()


def test_nothing_of_a_database(mirror, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "broken.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(DataMissing, match=r"no file of ludb: none of its 1 files has an official"):
        adopt.add(tmp_path / "empty", "ludb", progress=False)
    with pytest.raises(DataMissing, match="is not there; name the folder"):
        adopt.add(tmp_path / "nowhere")
    with pytest.raises(EcgError, match="no database"):
        adopt.add(tmp_path, "mit")


def test_without_digests_nothing_is_taken(no_mirror, theirs):
    with pytest.raises(DataMissing, match=r"or from a SHA256SUMS\.txt in the folder"):
        adopt.add(theirs, progress=False)
    assert not fetch.cache_dir().joinpath("files", "mitdb").exists()


def test_the_command(mirror, theirs, capsys):
    assert not main(["data", "add", str(theirs), "mitdb"])
    assert capsys.readouterr().out.startswith("mitdb: ")


def test_an_index_that_is_not_the_official_one_is_not_believed(no_mirror, theirs, tmp_path):
    shutil.move(tmp_path / "SHA256SUMS.txt", theirs / "SHA256SUMS.txt")
    with pytest.raises(DataMissing, match="holds no file of mitdb"):
        adopt.add(theirs, "mitdb", progress=False)


def test_a_damaged_file_of_the_cache_is_replaced(mirror, theirs):
    adopt.add(theirs, progress=False)
    cached = fetch.Files(catalog.CATALOG["mitdb"]).folder / "100.dat"
    cached.write_bytes(b"broken")
    (added,) = adopt.add(theirs, progress=False)
    assert added.taken == 1
    assert cached.read_bytes() == (theirs / "100.dat").read_bytes()


def test_a_damaged_archive_costs_only_its_own_files(mirror, theirs):
    raw = bytearray(archive(theirs).read_bytes())
    at = raw.index(b"100.dat") + 200
    raw[at : at + 40] = bytes(40)  # amid the compressed signal
    (theirs / "broken.zip").write_bytes(raw)
    (added,) = adopt.add(theirs, progress=False)
    assert added.taken == 6


def test_an_archive_is_opened_once(mirror, theirs, monkeypatch):
    file, opened, real = archive(theirs), [], zipfile.ZipFile
    monkeypatch.setattr(adopt.zipfile, "ZipFile", lambda path: opened.append(path) or real(path))
    adopt._archive.cache_clear()
    adopt.add(file, progress=False)
    assert len(opened) == 1
