"""What becomes of a cache that somebody changed, and of servers that never end."""

import pytest

from ecgbook.errors import DataCorrupt, DataMissing, EcgError
from ecgbook.sources import download
from tests.sources.test_fetch import DAT, files


def test_a_changed_file_of_the_cache_is_fetched_again(mirror):
    (header,) = files().fetch(["100.hea"])
    good = header.read_bytes()
    header.write_bytes(good.replace(b"100.0(0)", b"200.0(0)"))
    assert files().fetch(["100.hea"]) == [header]
    assert header.read_bytes() == good
    header.touch()  # a new time alone says nothing
    ino = header.stat().st_ino
    files().fetch(["100.hea"])
    assert header.stat().st_ino == ino


def test_a_changed_file_that_nobody_has_again_is_refused(mirror, monkeypatch):
    (header,) = files().fetch(["100.hea"])
    header.write_bytes(header.read_bytes().replace(b"100.0(0)", b"200.0(0)"))
    monkeypatch.delenv("ECGBOOK_MIRROR")
    with pytest.raises(DataCorrupt, match=r"the one in the cache is damaged; there is no mirror"):
        files().fetch(["100.hea"])


def test_a_link_in_the_place_of_a_part_is_not_followed(mirror, tmp_path):
    found = files()
    (tmp_path / "precious").write_text("mine")
    (found.folder / "100.dat.part").symlink_to(tmp_path / "precious")
    found.fetch(["100.dat"])
    assert (tmp_path / "precious").read_text() == "mine"


@pytest.mark.parametrize("name", ["100.dat", "100.dat.part", "100.dat.lock"])
def test_a_folder_in_the_place_of_a_file(mirror, name):
    found = files()
    (found.folder / name).mkdir()
    with pytest.raises(EcgError, match=r"100\.dat.* cannot be written \(Is a directory\)"):
        found.fetch(["100.dat"])


def test_a_bit_that_is_lost_once_costs_a_second_request(site):
    site.faults[DAT] = "flip once"
    (path,) = files().fetch(["100.dat"])
    assert path.read_bytes() == site.files[DAT]
    assert site.count(DAT) == 2


@pytest.mark.parametrize("fault", ["endless", "gzip bomb"])
def test_an_endless_body_does_not_fill_the_disk(site, monkeypatch, fault):
    monkeypatch.setattr(download, "_LARGEST_BYTES", 10**6)
    monkeypatch.setitem(download.download.__kwdefaults__, "most", 10**6)
    site.faults[DAT] = fault
    with pytest.raises(DataCorrupt, match=r"100\.dat sends more bytes than any file"):
        files().fetch(["100.dat"])
    assert not list(files().folder.glob("100.dat*[!k]"))


def test_an_index_of_unknown_length_is_not_kept(site):
    index = "mitdb/1.0.0/SHA256SUMS.txt"
    lines = site.files[index].splitlines(keepends=True)
    site.files[index] = b"".join(lines[: len(lines) // 2])  # as if the connection had ended
    site.faults[index] = "no length"
    with pytest.raises((DataCorrupt, DataMissing), match="does not say how long it is"):
        files()


@pytest.mark.parametrize(
    "name", ["ftp://h/x", "http://", "http://anna:Geh/eim@h", "HTTP://a:b@h:x", "~nosuchuser/x"]
)
def test_what_is_no_mirror_is_named_without_its_password(alone, monkeypatch, name):
    monkeypatch.setenv("ECGBOOK_MIRROR", name)
    monkeypatch.setenv("ECGBOOK_OFFLINE", "0")
    with pytest.raises(DataMissing, match=r"no address of a mirror|home folder of nobody") as error:
        files()
    assert "anna" not in str(error.value)
