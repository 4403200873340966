from types import SimpleNamespace

import pytest

import ecgbook
from ecgbook.errors import DataMissing
from ecgbook.sources import download


@pytest.mark.parametrize(
    ("header", "at_most"),
    [
        ("7", 7),
        ("100000", 60),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("soon", 0.5),
        ("", 0.5),
        ("²", 0.5),
    ],
)
def test_pause_obeys_the_server(header, at_most):
    response = SimpleNamespace(headers={"Retry-After": header})
    assert download._pause_s(1, response) <= at_most
    if header == "7":
        assert download._pause_s(1, response) == 7


def test_pause_doubles():
    longest = [max(download._pause_s(n, None) for _ in range(50)) for n in (1, 2, 3, 20)]
    assert longest[0] <= 0.5 < longest[1] <= 1 < longest[2] <= 2
    assert longest[3] <= 60


@pytest.mark.parametrize(
    "url", [f"http://{'a' * 64}.org/x", "http://[::1/x", "http://127.0.0.1:99999/x", "nothing"]
)
def test_addresses_that_are_none_end_in_one_error(tmp_path, monkeypatch, url):
    monkeypatch.setattr(download.time, "sleep", lambda _: None)
    with pytest.raises(DataMissing, match="cannot be fetched"):
        download.download(url, tmp_path / "x.part", attempts=2)


def test_a_certificate_bundle_that_is_not_there_is_one_error(tmp_path, monkeypatch):
    monkeypatch.setattr(download.time, "sleep", lambda _: None)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nothing.pem"))
    with pytest.raises(DataMissing, match="cannot be fetched"):
        download.download("https://127.0.0.1:9/x", tmp_path / "x.part", attempts=1)


def test_the_server_learns_the_version():
    assert download._session().headers["User-Agent"] == f"ecgbook/{ecgbook.__version__}"
