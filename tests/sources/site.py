"""A web server in the test process, with the faults that servers have."""

import gzip
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat


def answer(handler, body, **headers):
    """Send a body with these headers alone, and close the connection."""
    handler.send_response(200)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    with suppress(OSError):  # whoever has enough hangs up
        for block in [body] if isinstance(body, bytes) else body:
            handler.wfile.write(block)
    handler.close_connection = True


ANSWERS = {
    "no length": answer,
    "endless": lambda handler, content: answer(handler, repeat(bytes(1 << 16))),
    "gzip bomb": lambda handler, content: answer(
        handler, gzip.compress(bytes(10**8)), Content_Encoding="gzip"
    ),
}


class Site:
    """Serves ``files`` (path to bytes) and remembers every request.

    ``faults[path]`` is one of: ``no range`` (sends everything whatever is asked), ``cut`` (closes
    half-way), ``cut once``, ``busy once`` (503 first), ``416``, ``stuck`` (sends half, then
    waits for `release`), ``flip once`` (one bit is another), ``no length``, ``endless``, ``gzip
    bomb``, or a function of the handler and the content that answers by itself.
    """

    def __init__(self):
        self.files = {}
        self.faults = {}
        self.requests = []
        self.release = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def count(self, path):
        return sum(1 for asked, _ in self.requests if asked == path)

    def ranges(self, path):
        return [ranged for asked, ranged in self.requests if asked == path]

    def close(self):
        self.release.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(site):  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                path = self.path.lstrip("/")
                ranged = self.headers.get("Range")
                site.requests.append((path, ranged))
                fault = site.faults.get(path)
                if path not in site.files:
                    return self.send_error(404)
                if fault == "416":
                    return self.send_error(416)
                if callable(fault):
                    return fault(self, site.files[path])
                if fault in ANSWERS:
                    return ANSWERS[fault](self, site.files[path])
                if fault == "flip once":
                    del site.faults[path]
                    content = site.files[path]
                    return self._send(bytes([content[0] ^ 1]) + content[1:], ranged, None, path)
                if fault == "busy once":
                    del site.faults[path]
                    return self._busy()
                return self._send(site.files[path], ranged, fault, path)

            def _busy(self):
                self.send_response(503)
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _send(self, content, ranged, fault, path):
                start = int(ranged.removeprefix("bytes=").rstrip("-")) if ranged else 0
                start = 0 if fault == "no range" else start
                if start and start >= len(content):
                    self.send_error(416)
                    return
                body = content[start:]
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if fault in ("cut", "cut once", "stuck"):
                    self.wfile.write(body[: len(body) // 2])
                    self.wfile.flush()
                    if fault == "cut once":
                        del site.faults[path]
                    if fault == "stuck":
                        site.release.wait(30)
                        body = body[len(body) // 2 :]
                    else:
                        self.close_connection = True
                        return
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler
