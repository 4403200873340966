import pytest

from ecgbook.sources import checksums, download, mirrors
from tests.sources.records import write_beats, write_mitdb, write_record
from tests.sources.site import Site

CLOSED = "http://127.0.0.1:9"  # the port "discard": nobody listens


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """A cache of its own, no mirror, no network beyond this machine, no waiting."""
    monkeypatch.setenv("ECGBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download.time, "sleep", lambda _: None)
    for module in (mirrors, checksums):
        monkeypatch.setattr(module, "PHYSIONET", CLOSED)


@pytest.fixture
def no_mirror(alone, monkeypatch):
    monkeypatch.delenv("ECGBOOK_MIRROR", raising=False)
    monkeypatch.setenv("ECGBOOK_OFFLINE", "1")


@pytest.fixture
def mirror(alone, tmp_path, monkeypatch):
    """A folder with two records of MIT-BIH."""
    root = tmp_path / "mirror"
    write_mitdb(root)
    monkeypatch.setenv("ECGBOOK_MIRROR", str(root))
    monkeypatch.setenv("ECGBOOK_OFFLINE", "1")
    return root


@pytest.fixture
def site(alone, tmp_path, monkeypatch):
    """The same records on a web server that is named as mirror."""
    folder = write_mitdb(tmp_path / "served")
    site = Site()
    site.files = {f"mitdb/1.0.0/{path.name}": path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setenv("ECGBOOK_MIRROR", site.url)
    monkeypatch.setenv("ECGBOOK_OFFLINE", "0")
    yield site
    site.close()


@pytest.fixture
def record(tmp_path):
    """A record of two leads and 1000 samples with its beats; the path without ending."""
    write_record(tmp_path, "100")
    write_beats(tmp_path, "100")
    return tmp_path / "100"
