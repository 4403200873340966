"""Servers that break, lie, stall or never end: a fetch gets the right file, or one clear error."""

import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

from ecgbook.errors import EcgError
from ecgbook.sources import catalog, checksums, download, fetch, mirrors
from tests.soak.campaign import LONGEST_S, limited
from tests.sources.records import write_mitdb
from tests.sources.site import ANSWERS, Site, answer

FOLDER = "mitdb/1.0.0"
FAULTS = ["no range", "cut", "cut once", "busy once", "416", "flip once", *ANSWERS]


def status(code, **headers):
    """Return an answer of this status without a body."""

    def handle(handler, content):
        handler.send_response(code)
        for name, value in {"Content-Length": "0", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    handle.__name__ = f"status {code} {headers}"
    return handle


def headers(**given):
    """Return an answer with the whole body under odd headers."""

    def handle(handler, content):
        answer(
            handler, content, **{name: value.format(len(content)) for name, value in given.items()}
        )

    handle.__name__ = f"headers {given}"
    return handle


def raw(reply):
    """Return an answer of these bytes, whatever they are."""

    def handle(handler, content):
        handler.wfile.write(reply)
        handler.close_connection = True

    handle.__name__ = f"raw {reply[:40]!r}"
    return handle


FAULTS += [status(code) for code in (204, 304, 401, 403, 404, 410, 429, 451, 500, 502, 503, 504)]
FAULTS += [
    status(code, Location=to)
    for code in (301, 302, 307)
    for to in (
        "",
        "//",
        "http://",
        "ftp://h/x",
        "/same",
        "http://[",
        "javascript:1",
        "http://" + "a" * 70 + ".com/",
    )
]
FAULTS += [
    status(503, Retry_After=x) for x in ("-1", "soon", "1e9", "Wed, 21 Oct 1900 07:28:00 GMT")
]
FAULTS += [headers(Content_Length=x) for x in ("²", "-5", "{}0", "1", "nan", "0x10", "")]
FAULTS += [headers(Content_Length="{}", Content_Encoding=x) for x in ("gzip", "br", "deflate", "x")]
FAULTS += [
    headers(Transfer_Encoding="chunked"),
    headers(Content_Length="{}", Transfer_Encoding="x"),
]
FAULTS += [headers(Content_Length="{}", Content_Range=x) for x in ("bytes 5-9/10", "²")]
FAULTS += [
    raw(x)
    for x in (
        b"",
        b"\0" * 100,
        b"HTTP/1.1 200\r\n\r\n",
        b"HTTP/9.9 999 x\r\n\r\n",
        b"HTTP/1.1 206 x\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 10**5 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    )
]


def servers(options):
    """Try each fault on a file and on the index, with and without a part; return the failures."""
    ends, failures, tried = time.monotonic() + options.seconds, [], 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site, served = Site(), write_mitdb(folder / "served")
        stack.callback(site.close)
        site.files = {f"{FOLDER}/{path.name}": path.read_bytes() for path in served.iterdir()}
        for module in (mirrors, checksums):
            stack.enter_context(mock.patch.object(module, "PHYSIONET", "http://127.0.0.1:9"))
        stack.enter_context(mock.patch.object(download.time, "sleep"))
        stack.enter_context(mock.patch.dict(download.download.__kwdefaults__, most=10**6))
        stack.enter_context(mock.patch.object(mirrors, "LARGEST_INDEX", 10**6))
        given = {"ECGBOOK_MIRROR": site.url, "ECGBOOK_OFFLINE": "0"}
        stack.enter_context(mock.patch.dict(os.environ, given))
        for number, fault in enumerate(FAULTS[: options.count]):
            for path in ("100.dat", "SHA256SUMS.txt"):
                if time.monotonic() > ends:
                    break
                tried += 1
                os.environ["ECGBOOK_CACHE"] = str(folder / f"{number} {path}")
                site.faults = {f"{FOLDER}/{path}": fault}
                if came := _try(site, partial=number % 2):
                    name = fault if isinstance(fault, str) else fault.__name__
                    failures.append(f"servers: {name} on {path}: {came}")
    print(f"servers: {tried} behaviours")
    return failures


def _try(site, partial):
    try:
        with limited(LONGEST_S):
            files = fetch.Files(catalog.CATALOG["mitdb"])
            if partial:
                (files.folder / "100.dat.part").write_bytes(site.files[f"{FOLDER}/100.dat"][:50])
            (path,) = files.fetch(["100.dat"])
    except EcgError:
        folder = Path(os.environ["ECGBOOK_CACHE"]) / "files" / FOLDER
        left = [
            path
            for path in folder.glob("100.dat")
            if path.read_bytes() != site.files[f"{FOLDER}/100.dat"]
        ]
        return f"a wrong file is kept: {left}" if left else ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    right = path.read_bytes() == site.files[f"{FOLDER}/100.dat"]
    return "" if right and len(files.digests) == 6 else "a wrong file is taken"
