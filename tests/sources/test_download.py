from types import SimpleNamespace

import pytest

from ecgbook.sources import download


@pytest.mark.parametrize(
    ("header", "at_most"),
    [("7", 7), ("100000", 60), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("soon", 0.5), ("", 0.5)],
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
