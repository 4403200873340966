"""The password of a mirror's address is nowhere to be read: no message, file, page or traceback."""

import logging
import traceback

import pytest

from ecgbook import cli
from ecgbook.errors import EcgError
from ecgbook.publish import build, execute
from ecgbook.sources import available, catalog, fetch, mirrors, open_database
from tests.publish.conftest import PARAMETERS, TinyBook, code
from tests.sources.conftest import alone, site  # noqa: F401 - fixtures

SECRETS = ("Geheim123", "anna")
COMMANDS = [
    ["data", "list"],
    ["data", "get", "mitdb"],
    ["data", "get", "mitdb", "100", "999"],
    ["data", "check", "mitdb"],
    ["data", "add", "."],
    ["data", "add", ".", "mitdb"],
    ["data", "add", "nowhere"],
    ["run", "1"],
    ["run", "--data", "real"],
    ["run", "--data", "auto"],
    ["build"],
    ["lint"],
    ["sync"],
    ["study", "1", "--profile", "smoke"],
    ["results"],
    ["results", "--save-reference", "1", "--why", "so"],
]


@pytest.fixture
def secret(site, monkeypatch):  # noqa: F811
    """The address of a mirror with user and password, all of whose answers fail."""
    monkeypatch.setenv("ECGBOOK_MIRROR", site.url.replace("//", "//anna:Geheim123@"))
    return site


ADDRESSES = {
    "good": lambda url: url,
    "refused": lambda url: "http://anna:Geheim123@127.0.0.1:9",
    "no host": lambda url: "http://anna:Geheim123@",
    "a label that is too long": lambda url: f"http://anna:Geheim123@{'a' * 70}.com",
    "a slash in it": lambda url: "http://anna:Geheim123/@127.0.0.1",
    "no port": lambda url: "http://anna:Geheim123@127.0.0.1:port",
    "another scheme": lambda url: "ftp://anna:Geheim123@127.0.0.1",
    "large letters": lambda url: "HTTP://anna:Geheim123@127.0.0.1:9",
    "no scheme": lambda url: "anna:Geheim123@127.0.0.1/data",
    "two": lambda url: f"{url}, https://anna:Geheim123@127.0.0.1:9",
}


def assert_nothing_told(text, where):
    for word in SECRETS:
        assert word not in text, (
            f"{word} in {where}: {text[max(0, text.index(word) - 200) :][:400]}"
        )


def assert_nothing_kept(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            assert_nothing_told(path.read_bytes().decode("latin-1"), path)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("gone", [(), ("100.dat",), ("SHA256SUMS.txt",)], ids=str)
def test_errors_tracebacks_and_texts(secret, tmp_path, monkeypatch, caplog, capfd, address, gone):
    if gone and address not in ("good", "two"):
        pytest.skip("nothing is there in any case")
    caplog.set_level(logging.DEBUG)
    good = secret.url.replace("//", "//anna:Geheim123@")
    monkeypatch.setenv("ECGBOOK_MIRROR", ADDRESSES[address](good))
    for name in gone:
        del secret.files[f"mitdb/1.0.0/{name}"]
    calls = (
        lambda: open_database("mitdb").read("100"),
        lambda: open_database("mitdb", "auto"),
        lambda: available("mitdb"),
        lambda: fetch.get("mitdb", progress=True),
        lambda: fetch.check("mitdb"),
        lambda: mirrors.roots(),
        lambda: fetch.Files(catalog.CATALOG["mitdb"]).path_of("999"),
    )
    for call in calls:
        try:
            found = call()
            assert_nothing_told(f"{found!r} {found}", "what is returned")
        except EcgError as error:
            assert_nothing_told("".join(traceback.format_exception(error)), "a traceback")
    assert_nothing_told(caplog.text, "the log")
    assert_nothing_told("".join(capfd.readouterr()), "the terminal")
    assert_nothing_kept(tmp_path / "cache")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_line(secret, tmp_path, monkeypatch, capfd, command):
    (tmp_path / "book").mkdir()
    monkeypatch.chdir(tmp_path / "book")
    tiny = TinyBook(tmp_path / "book")
    tiny.chapter["databases"] = {"mitdb": "all"}
    tiny.chapter["contracts"] = []
    tiny.load()
    if command[0] == "run":  # the chapter itself is the subject of the next test
        monkeypatch.setattr(execute, "_execute", lambda *_: 1 / 0)
    if command[0] == "build":
        monkeypatch.setattr(build, "watched", lambda *_, **__: 1 / 0)
    secret.faults["mitdb/1.0.0/100.dat"] = "416"
    try:
        cli.main(command)
    except (Exception, SystemExit) as error:
        assert_nothing_told("".join(traceback.format_exception(error)), "a traceback")
    assert_nothing_told("".join(capfd.readouterr()), "the terminal")
    assert_nothing_kept(tmp_path)


@pytest.mark.notebook
def test_a_chapter_that_fails_while_it_fetches(secret, tmp_path, monkeypatch, capfd):
    (tmp_path / "book").mkdir()
    monkeypatch.chdir(tmp_path / "book")
    tiny = TinyBook(tmp_path / "book")
    tiny.chapter |= {"figures": 0, "contracts": []}
    ask = code("from ecgbook.sources import open_database\nopen_database('mitdb').read('100')")
    tiny.write(PARAMETERS, ask)
    tiny.load()
    secret.faults["mitdb/1.0.0/100.dat"] = "416"
    assert cli.main(["run", "--profile", "smoke"]) == 1
    shown = "".join(capfd.readouterr())
    assert "100.dat answers 416" in shown
    assert_nothing_told(shown, "the terminal")
    assert_nothing_kept(tmp_path)
