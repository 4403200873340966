import errno
import os
import signal
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from ecgbook import __version__, cli
from ecgbook.publish import manifest
from ecgbook.sources import fetch


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["bake"],
        ["run", "--profile", "huge"],
        ["run", "--data", "invented"],
        ["study"],
        ["study", "1", "--budget", "long"],
        ["data"],
    ],
)
def test_wrong_arguments_end_with_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as error:
        cli.main(arguments)
    assert error.value.code == 2


@pytest.mark.parametrize(("text", "minutes"), [("90m", 90), ("2h", 120), ("1.5h", 90), ("7", 7)])
def test_a_budget_is_read_in_minutes(text, minutes):
    assert cli._parser().parse_args(["study", "1", "--budget", text]).budget == minutes


def test_version(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out.strip() == __version__


def test_an_error_is_one_line_and_status_1(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["lint"]) == 1
    assert capsys.readouterr().err.startswith("BookInvalid: no chapters.yml")


def test_a_port_in_use_is_an_error_with_the_remedy(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(manifest, "load", lambda: SimpleNamespace(build=tmp_path))
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "index.html").touch()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert cli.main(["serve", "--port", str(port)]) == 1
    assert f"port {port} cannot be used" in capsys.readouterr().err


def test_a_network_is_exported_as_a_script(tmp_path, capsys):
    assert cli.main(["export-model", "course_cnn-heartbeats", str(tmp_path)]) == 0
    path = tmp_path / "course_cnn-heartbeats.js"
    assert capsys.readouterr().out.strip() == str(path)
    assert path.read_text(encoding="utf-8").startswith("ecglive.addModel({")


def test_the_catalog_is_listed(capsys):
    assert cli.main(["data", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("mitdb") and "ODC-BY" in line for line in lines)


@pytest.mark.parametrize(("states", "status"), [(["ok", "missing"], 0), (["ok", "damaged"], 1)])
def test_a_damaged_file_is_a_failure_and_an_absent_one_is_not(states, status, monkeypatch, capsys):
    found = [(f"{number}.dat", state) for number, state in enumerate(states)]
    monkeypatch.setattr(fetch, "check", lambda name: found)
    assert cli.main(["data", "check", "mitdb"]) == status
    assert "2 files: 1 whole" in capsys.readouterr().out


def test_get_passes_the_records_on(monkeypatch):
    asked = []
    monkeypatch.setattr(fetch, "get", lambda name, records: asked.append((name, records)))
    cli.main(["data", "get", "mitdb"])
    cli.main(["data", "get", "mitdb", "100", "101"])
    assert asked == [("mitdb", None), ("mitdb", ["100", "101"])]


def test_a_full_disk_is_one_line(monkeypatch, capsys):
    def get(name, records):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "mitdb/100.dat")

    monkeypatch.setattr(fetch, "get", get)
    assert cli.main(["data", "get", "mitdb"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "mitdb/100.dat" in line
    assert "is there room" in line


def test_a_reader_that_has_seen_enough_is_no_error():
    code = "from ecgbook.cli import main; raise SystemExit(main(['data', 'list']))"
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as nobody:
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, stdout=nobody, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_terminal_without_a_letter_shows_its_number():
    code = (
        "from ecgbook import cli; from ecgbook.sources import fetch; import sys\n"
        "fetch.check = lambda name: [('r\u00e9.dat', 'damaged')]\n"
        "sys.exit(cli.main(['data', 'check', 'mitdb']))"
    )
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, env=environment, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("r\\xe9.dat: damaged")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGHUP")
def test_a_signal_that_was_to_be_ignored_still_is(monkeypatch):
    # `nohup ecgbook run` must go on when the terminal hangs up.
    monkeypatch.setattr(fetch, "get", lambda name, records: signal.getsignal(signal.SIGHUP))
    before = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGTERM)}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        cli.main(["data", "get", "mitdb"])
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) == signal.default_int_handler
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
