"""Pages in a real Chromium, for tests: what a script in them says comes back."""

import json
import re
import shutil
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open pages in")

_OPTIONS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync --hide-scrollbars"
).split()
_ASK = """
const answer = (value) => {{
  const place = document.createElement("pre");
  place.id = "answer";
  place.textContent = JSON.stringify(value);
  document.body.append(place);
}};
addEventListener("error", (event) => answer({{ error: event.message }}));
addEventListener("load", async () => {{
  try {{ answer(await (async () => {{ {code} }})()); }}
  catch (error) {{ answer({{ error: String(error) }}); }}
}});
"""


def opened(address, *, budget_ms=20_000, clock="virtual-time-budget", timeout_s=120):
    """Return the document at an address as it stands after so many ms.

    They are of the page's own time, which runs ahead where nothing is to do, or, with the ``clock``
    ``"timeout"``, those of a wall clock.
    """
    with tempfile.TemporaryDirectory() as profile:
        options = [f"--user-data-dir={profile}", f"--{clock}={budget_ms}"]
        options += ["--window-size=1280,2000", "--dump-dom"]
        command = [CHROMIUM, *_OPTIONS, *options, address]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s)
    return done.stdout


def asked(folder, scripts, code, *, body="", served=False, **how):
    """Return what some JavaScript returns in a page of ``folder`` that has loaded the scripts.

    The page, with ``body`` in it, is opened from the disk or, with ``served``, over http.
    """
    loads = "".join(f'<script src="{name}"></script>' for name in scripts)
    ask = f"<script>{_ASK.format(code=code)}</script>"
    page = f'<!doctype html><meta charset="utf-8"><title>x</title><body>{body}{ask}{loads}'
    (folder / "asked.html").write_text(page, encoding="utf-8")
    if served:
        with server(folder) as address:
            text = opened(f"{address}/asked.html", **how)
    else:
        text = opened((folder / "asked.html").as_uri(), **how)
    found = re.search(r'<pre id="answer">(.*?)</pre>', text, re.DOTALL)
    assert found, f"the page never answered: {text[-2000:]}"
    answer = json.loads(unescape(found[1]))
    assert not (isinstance(answer, dict) and "error" in answer), answer
    return answer


@contextmanager
def server(folder):
    """Serve a folder on this machine; give the address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    class Patient(ThreadingHTTPServer):
        def handle_error(self, *_):  # a browser that has seen enough goes away at once
            pass

    with Patient(("127.0.0.1", 0), partial(Quiet, directory=folder)) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
