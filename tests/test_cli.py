import socket
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
