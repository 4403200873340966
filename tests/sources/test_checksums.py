import hashlib
import os
from pathlib import Path

import pytest

from ecgbook.errors import DataCorrupt, DataMissing
from ecgbook.sources import catalog, checksums, fetch, mirrors


def files():
    return fetch.Files(catalog.CATALOG["mitdb"])


def test_mirror_without_sums_is_refused(mirror):
    (mirror / "mitdb" / "1.0.0" / "SHA256SUMS.txt").unlink()
    with pytest.raises(DataCorrupt, match=r"no readable SHA256SUMS\.txt.*sha256sum"):
        files()


@pytest.mark.parametrize("line", ["<html>", "abc 100.dat", f"{'0' * 64} ../../etc/passwd"])
def test_sums_that_are_none(mirror, line):
    sums = mirror / "mitdb" / "1.0.0" / "SHA256SUMS.txt"
    sums.write_text(f"{sums.read_text()}{line}\n")
    with pytest.raises(DataCorrupt, match="no digest and path"):
        files()


def test_both_spellings_of_sums(mirror):
    sums = mirror / "mitdb" / "1.0.0" / "SHA256SUMS.txt"
    before = files().digests
    lines = [line.split(" ", 1) for line in sums.read_text().splitlines()]
    sums.write_text("".join(f"{digest.upper()} *{path}\n" for digest, path in lines))
    assert files().digests == before


def test_offline_leaves_only_folders(monkeypatch):
    monkeypatch.setenv("ECGBOOK_MIRROR", "/a, http://b ,~/c")
    monkeypatch.setenv("ECGBOOK_OFFLINE", "1")
    assert [str(root) for root in mirrors.roots()] == ["/a", str(Path("~/c").expanduser())]
    monkeypatch.setenv("ECGBOOK_OFFLINE", "0")
    assert [str(root) for root in mirrors.roots()][1::2] == ["http://b", mirrors.PHYSIONET]


def test_nowhere_says_where_it_looked(no_mirror, tmp_path):
    with pytest.raises(DataMissing) as caught:
        files()
    message = str(caught.value)
    for hint in (str(tmp_path / "cache"), "ECGBOOK_OFFLINE", "ECGBOOK_MIRROR", "data get mitdb"):
        assert hint in message


def test_prepared_cache_needs_nothing_else(mirror, monkeypatch):
    fetch.get("mitdb", progress=False)
    monkeypatch.delenv("ECGBOOK_MIRROR")
    assert set(files().records) == {"100", "101"}
    files().fetch(["100.dat"])


def test_prepared_cache_stands_before_physionet(mirror, monkeypatch):
    fetch.get("mitdb", progress=False)
    monkeypatch.delenv("ECGBOOK_MIRROR")
    monkeypatch.setenv("ECGBOOK_OFFLINE", "0")
    monkeypatch.setattr(mirrors.Web, "index", None)  # would ask PhysioNet
    assert set(files().records) == {"100", "101"}


def test_file_that_changed_on_the_mirror_is_fetched_again(mirror):
    folder = fetch.get("mitdb", progress=False)
    source = mirror / "mitdb" / "1.0.0"
    kept = (folder / "101.dat").stat().st_mtime_ns
    (source / "100.dat").write_bytes(b"new")
    digest = hashlib.sha256(b"new").hexdigest()
    lines = (source / "SHA256SUMS.txt").read_text().splitlines()
    lines = [f"{digest} 100.dat" if line.endswith(" 100.dat") else line for line in lines]
    (source / "SHA256SUMS.txt").write_text("\n".join([*lines, ""]))
    (path,) = files().fetch(["100.dat"])
    assert path.read_bytes() == b"new"
    assert (folder / "101.dat").stat().st_mtime_ns == kept


def test_mirror_with_a_part_leaves_what_the_cache_has(mirror):
    folder = fetch.get("mitdb", progress=False)
    sums = mirror / "mitdb" / "1.0.0" / "SHA256SUMS.txt"
    whole = sums.read_text()
    lines = [line for line in whole.splitlines() if "101." not in line]
    sums.write_text("\n".join([*lines, ""]))
    assert set(files().records) == {"100"}
    assert (folder / "101.dat").is_file()
    # Nobody vouches for it any more, so it is verified before it is used again.
    (folder / "101.dat").write_bytes(b"damaged")
    sums.write_text(whole)
    assert set(files().records) == {"100", "101"}
    assert not (folder / "101.dat").exists()
    assert (folder / "101.atr").is_file()


def test_physionet_index_is_pinned(site, monkeypatch):
    monkeypatch.delenv("ECGBOOK_MIRROR")
    for module in (mirrors, checksums):
        monkeypatch.setattr(module, "PHYSIONET", site.url)
    with pytest.raises(DataCorrupt, match="is not the file known to ecgbook"):
        files()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda text: text[:-3], "cut off: its last line has no end"),
        (lambda text: text + "0" * 64 + " 100.dat\n", r"two digests of 100\.dat"),
        (lambda text: text.replace("100.dat", "100\0.dat"), "no digest and path"),
    ],
)
def test_an_index_that_contradicts_itself_is_refused(mirror, spoil, message):
    sums = mirror / "mitdb" / "1.0.0" / "SHA256SUMS.txt"
    sums.write_text(spoil(sums.read_text()))
    with pytest.raises(DataCorrupt, match=message):
        files()


def test_an_endless_index_is_not_read_to_its_end(mirror, monkeypatch):
    monkeypatch.setattr(mirrors, "LARGEST_INDEX", 100)
    with pytest.raises(DataCorrupt, match=r"has no readable SHA256SUMS\.txt"):
        files()


def test_a_mirror_whose_name_is_not_utf_8(mirror, monkeypatch):
    odd = mirror.with_name(os.fsdecode(b"m\xfc\xdfig"))
    mirror.rename(odd)
    monkeypatch.setenv("ECGBOOK_MIRROR", str(odd))
    assert files().fetch(["100.hea"])[0].is_file()
    monkeypatch.delenv("ECGBOOK_MIRROR")
    assert files().digests


def test_a_password_that_was_kept_goes(mirror):
    kept = files().folder / "SHA256SUMS.txt"
    _, _, text = kept.read_text().partition("\n")
    kept.write_text(f"# from https://anna:Geheim123@example.org\n{text}")
    files()
    assert "Geheim123" not in kept.read_text()
