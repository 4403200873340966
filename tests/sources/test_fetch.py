import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from ecgbook.errors import DataCorrupt, DataMissing, EcgError
from ecgbook.sources import catalog, download, fetch

DAT = "mitdb/1.0.0/100.dat"
BIG = "mitdb/1.0.0/big.dat"


def files():
    return fetch.Files(catalog.CATALOG["mitdb"])


def assert_nothing_final():
    assert not (files().folder / "100.dat").exists()


def child(code, **environment):
    """Start a Python process that runs ``code``."""
    return subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, **environment}, stderr=subprocess.PIPE
    )


def wait_for(condition, limit_s=30):
    stop = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < stop, "it did not happen"
        threading.Event().wait(0.01)


def test_whole_database(site):
    folder = fetch.get("mitdb", progress=False)
    for path, content in site.files.items():
        name = path.rsplit("/", 1)[1]
        if name != "SHA256SUMS.txt":
            assert (folder / name).read_bytes() == content
            assert site.count(path) == 1
    assert {path.suffix for path in folder.iterdir()} <= {".hea", ".dat", ".atr", ".txt", ".lock"}
    assert not (folder / "100.dat.lock").exists()


def test_a_second_get_asks_for_nothing(site):
    fetch.get("mitdb", progress=False)
    asked = len(site.requests)
    fetch.get("mitdb", progress=False)
    assert len(site.requests) == asked


def test_only_what_a_record_needs(site):
    fetch.get("mitdb", ["101"], progress=False)
    assert site.count("mitdb/1.0.0/101.dat") == 1
    assert site.count(DAT) == 0


def test_unknown_record(site):
    with pytest.raises(DataMissing, match="no record '999'"):
        fetch.get("mitdb", ["999"], progress=False)


def test_unknown_database():
    with pytest.raises(DataMissing, match=r"there is no database 'mit'.*mitdb"):
        fetch.get("mit")


def serve_big(site):
    """Put a file of many blocks on the site."""
    content = os.urandom(1_000_000)
    digest = hashlib.sha256(content).hexdigest()
    site.files["mitdb/1.0.0/SHA256SUMS.txt"] += f"{digest} big.dat\n".encode()
    site.files[BIG] = content


@pytest.mark.parametrize("ask", [fetch.get, fetch.check])
def test_synthetic_has_no_files(ask):
    with pytest.raises(DataMissing, match="computed when they are read"):
        ask("synthetic")


def test_killed_half_way_and_resumed(site):
    serve_big(site)
    site.faults[BIG] = "stuck"
    folder = files().folder
    part = folder / "big.dat.part"
    process = child(
        "from ecgbook.sources import fetch, catalog;"
        "fetch.Files(catalog.CATALOG['mitdb']).fetch(['big.dat'])"
    )
    # Half of the file arrives, then the server waits.
    wait_for(lambda: part.exists() and part.stat().st_size >= 400_000)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    site.release.set()
    del site.faults[BIG]
    have = part.stat().st_size
    assert have < 1_000_000
    assert not (folder / "big.dat").exists()
    files().fetch(["big.dat"])
    assert (folder / "big.dat").read_bytes() == site.files[BIG]
    assert site.ranges(BIG) == [None, f"bytes={have}-"]
    assert not part.exists()


def test_connection_cut_once_is_resumed(site):
    serve_big(site)
    site.faults[BIG] = "cut once"
    (path,) = files().fetch(["big.dat"])
    assert path.read_bytes() == site.files[BIG]
    first, second = site.ranges(BIG)
    assert first is None
    assert 400_000 <= int(second.removeprefix("bytes=").rstrip("-")) <= 500_000


def test_connection_cut_again_and_again(site):
    site.faults[DAT] = "cut"  # within the first block, so nothing is gained
    found = files()
    with pytest.raises(DataMissing, match=r"100\.dat cannot be fetched .*try again"):
        found.fetch(["100.dat"])
    assert site.count(DAT) == 5
    assert not (found.folder / "100.dat").exists()


def test_server_that_ignores_ranges(site):
    part = files().folder / "100.dat.part"
    part.write_bytes(site.files[DAT][:100])
    site.faults[DAT] = "no range"
    (path,) = files().fetch(["100.dat"])
    assert path.read_bytes() == site.files[DAT]


@pytest.mark.parametrize("left_over", [b"x" * 100, b"x" * 100_000])
def test_part_of_another_file_is_replaced(site, left_over):
    part = files().folder / "100.dat.part"
    part.write_bytes(left_over)
    (path,) = files().fetch(["100.dat"])
    assert path.read_bytes() == site.files[DAT]


def test_part_that_is_whole_already(site):
    part = files().folder / "100.dat.part"
    part.write_bytes(site.files[DAT])
    (path,) = files().fetch(["100.dat"])
    assert path.read_bytes() == site.files[DAT]
    assert site.count(DAT) == 1  # answered 416


def test_range_that_is_refused_at_once(site):
    site.faults[DAT] = "416"
    with pytest.raises(DataMissing, match=r"100\.dat answers 416"):
        files().fetch(["100.dat"])
    assert_nothing_final()


def test_busy_server_is_asked_again(site):
    site.faults[DAT] = "busy once"
    (path,) = files().fetch(["100.dat"])
    assert path.read_bytes() == site.files[DAT]
    assert site.count(DAT) == 2


@pytest.mark.parametrize("content", [b"something else", b""])
def test_wrong_digest(site, content):
    site.files[DAT] = content
    with pytest.raises(DataCorrupt, match=r"mitdb: 100\.dat .*another digest.*ECGBOOK_MIRROR"):
        files().fetch(["100.dat"])
    assert not list(files().folder.glob("100.dat*[!k]"))


def test_truncated_on_the_server(site):
    site.files[DAT] = site.files[DAT][:-10]
    with pytest.raises(DataCorrupt, match=r"100\.dat"):
        files().fetch(["100.dat"])
    assert_nothing_final()


def test_not_found(site):
    del site.files[DAT]
    with pytest.raises(DataMissing, match=r"100\.dat answers 404"):
        files().fetch(["100.dat"])
    assert_nothing_final()


def test_server_gone(site):
    found = files()
    site.close()
    with pytest.raises(DataMissing, match=r"100\.dat cannot be fetched.*try again"):
        found.fetch(["100.dat"])
    assert not (found.folder / "100.dat").exists()


def test_one_failure_stops_the_rest(site):
    for name in ("100.hea", "101.hea"):
        del site.files[f"mitdb/1.0.0/{name}"]
    with pytest.raises(DataMissing, match=r"100\.hea"):
        fetch.get("mitdb", progress=False)
    assert site.count(DAT) == 0


def test_disk_full_before(site, monkeypatch):
    found = files()
    monkeypatch.setattr(download.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(EcgError, match=r"disk of .* is full.*ECGBOOK_CACHE"):
        found.fetch(["100.dat"])
    assert not (found.folder / "100.dat").exists()


def test_disk_full_while_writing(site):
    files()
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "from ecgbook.sources import fetch, catalog\n"
        "fetch.Files(catalog.CATALOG['mitdb']).fetch(['100.dat'])"
    )
    full = child(code)
    _, errors = full.communicate(timeout=60)
    assert "EcgError" in errors.decode()
    assert "100.dat.part cannot be written (File too large)" in errors.decode()
    assert_nothing_final()


def test_two_processes_fetch_once(site):
    code = "from ecgbook.sources import fetch; fetch.get('mitdb', progress=False)"
    site.faults[DAT] = "stuck"
    processes = [child(code), child(code)]
    wait_for(lambda: site.count(DAT) == 1)
    site.release.set()
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()
    assert {site.count(path) for path in site.files if "SHA256" not in path} == {1}
    assert {state for _, state in fetch.check("mitdb", progress=False)} == {"ok"}


def test_threads_fetch_once(site):
    found = [files() for _ in range(4)]
    threads = [threading.Thread(target=one.fetch, args=(["100.dat"],)) for one in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert site.count(DAT) == 1


def test_cache_that_cannot_be_a_folder(site, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ECGBOOK_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(EcgError, match=r"cannot be written.*ECGBOOK_CACHE"):
        fetch.get("mitdb", progress=False)


def refuse(*_, **__):
    raise PermissionError(13, "Permission denied")


def test_read_only_cache(site, monkeypatch):
    found = files()
    found.fetch(["100.dat"])
    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    assert found.fetch(["100.dat"])[0].is_file()  # what is there can be used
    assert files().digests == found.digests
    with pytest.raises(EcgError, match=r"101\.dat cannot be written \(Permission denied\)"):
        found.fetch(["101.dat"])


def test_damaged_file_in_a_read_only_cache(mirror, monkeypatch):
    folder = fetch.get("mitdb", ["100"], progress=False)
    (folder / "100.dat").write_bytes(b"damaged")
    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    with pytest.raises(EcgError, match=r"100\.dat cannot be written \(Permission denied\)"):
        fetch.get("mitdb", ["100"], progress=False)


def test_check_and_repair(mirror):
    folder = fetch.get("mitdb", ["100"], progress=False)
    (folder / "100.dat").write_bytes(b"damaged")
    (folder / "100.atr").unlink()
    states = dict(fetch.check("mitdb", progress=False))
    assert states["100.hea"] == "ok"
    assert states["100.dat"] == "damaged"
    assert states["100.atr"] == states["101.dat"] == "missing"
    fetch.get("mitdb", progress=False)
    assert {state for _, state in fetch.check("mitdb", progress=False)} == {"ok"}


def test_mirror_folder_is_copied(mirror):
    folder = fetch.get("mitdb", progress=False)
    source = mirror / "mitdb" / "1.0.0" / "100.dat"
    assert (folder / "100.dat").read_bytes() == source.read_bytes()


def test_damaged_file_on_a_mirror_folder(mirror):
    (mirror / "mitdb" / "1.0.0" / "100.dat").write_bytes(b"damaged")
    with pytest.raises(DataCorrupt, match=r"100\.dat"):
        fetch.get("mitdb", progress=False)


def test_second_mirror_helps_out(site, mirror, monkeypatch):
    (mirror / "mitdb" / "1.0.0" / "100.dat").write_bytes(b"damaged")
    monkeypatch.setenv("ECGBOOK_OFFLINE", "0")
    monkeypatch.setenv("ECGBOOK_MIRROR", f"{mirror}, {site.url}")
    folder = fetch.get("mitdb", progress=False)
    assert (folder / "100.dat").read_bytes() == site.files[DAT]


def test_no_password_of_a_mirror_is_shown_or_kept(site, tmp_path, monkeypatch):
    secret = site.url.replace("//", "//anna:Geheim123@")
    monkeypatch.setenv("ECGBOOK_MIRROR", secret)
    del site.files[DAT]
    with pytest.raises(DataMissing, match="answers 404") as missing:
        files().fetch(["100.dat"])
    kept = files().folder / "SHA256SUMS.txt"
    assert kept.read_text().startswith(f"# from {site.url}\n")
    site.close()
    with pytest.raises(DataMissing, match="cannot be fetched") as gone:
        files().fetch(["100.dat"])
    for text in (str(missing.value), str(gone.value)):
        assert site.url in text
        assert "Geheim123" not in text
        assert "anna" not in text
