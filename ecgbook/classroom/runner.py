"""Run a notebook's cells in this process, call its functions, and write what they return.

This is what runs inside the sandbox. It is no guard: the submission may change all of it. What it
writes is data, and is judged outside. It reads a job, one JSON object, from standard input.
"""

import contextlib
import ctypes
import io
import json
import os
import re
import signal
import sys
import types

from ecgbook.classroom.transport import decode, encode

__all__ = ["answers", "cells_of", "main", "texts_of"]

_MAGIC = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)
_LONGEST_ERROR = 300


def main():
    """Run the job on standard input and write one line a message to standard output."""
    job = json.load(sys.stdin)
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    _silence()
    if job["uid"]:
        _become(job["uid"])
    _limit(job["limits"])
    for message in answers(job["notebook"], job["calls"], job["call_s"]):
        channel.write(json.dumps(message) + "\n")
        channel.flush()
    os._exit(0)  # whatever the notebook has left behind is not waited for


def answers(text, calls, call_s):
    """Yield the messages of a run: ``[question, case, kind, content]``.

    The kind is ``value`` (a line of `ecgbook.classroom.transport`), ``error`` (a text; the
    question is empty and the case a cell's number where a cell failed), ``text`` (of a question
    that is marked by hand) or ``done``.

    Parameters
    ----------
    text : str
        The notebook.
    calls : list of (str, str, list of str)
        Question, function, and the arguments of each case as lines of `transport`.
    call_s : float
        What one call may take.
    """
    module = types.ModuleType("__main__")
    module.display = lambda *things, **options: None
    sys.modules["__main__"] = module
    found, error = _attempt(lambda: _parts(text), None)
    if error:
        yield ["", 0, "error", "this is no notebook"]
    sources, texts = found or ([], [])
    yield from ([question, 0, "text", content] for question, content in texts)
    for number, source in sources:
        if error := _attempt(lambda source=source: _run(source, module), None)[1]:
            yield ["", number, "error", error]
    for question, function, cases in calls:
        for number, inputs in enumerate(cases):
            value, error = _attempt(lambda f=function, i=inputs: _call(module, f, i), call_s)
            yield [question, number, *(("error", error) if error else ("value", value))]
    yield ["", 0, "done", ""]


def _parts(text):
    cells = json.loads(text)["cells"]
    return cells_of(cells), texts_of(cells)


def cells_of(cells):
    """Return number and source of the cells of a notebook that hold code.

    Lines that only Jupyter understands, such as ``%pip``, do nothing.
    """
    found = []
    for number, cell in enumerate(cells, 1):
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            found.append((number, "" if source.startswith("%%") else _MAGIC.sub(r"\1pass", source)))
    return found


def texts_of(cells):
    """Return question and text of the cells in which students write."""
    metadata = [(cell.get("metadata", {}), cell) for cell in cells]
    return [
        (str(about["ecgbook"]["question"]), "".join(cell["source"]))
        for about, cell in metadata
        if "text" in about.get("tags", []) and "ecgbook" in about
    ]


def _run(source, module):
    exec(compile(source, "<cell>", "exec"), module.__dict__)


def _call(module, function, inputs):
    if function not in module.__dict__:
        raise NameError(f"the notebook has no {function}")
    return encode(module.__dict__[function](**decode(inputs)))


def _attempt(action, seconds):
    """Return what an action returns, and what stopped it in words."""
    try:
        with _quiet(), _at_most(seconds):
            return action(), ""
    except BaseException as error:  # SystemExit as well: a notebook must not end the others
        return None, f"it stops with {type(error).__name__}{_words(error)}"[:_LONGEST_ERROR]


def _words(error):
    try:
        return f": {error}"
    except Exception:  # an error of the notebook's own may fail to say what it is
        return ""


@contextlib.contextmanager
def _quiet():
    with contextlib.redirect_stdout(_Nowhere()), contextlib.redirect_stderr(_Nowhere()):
        yield


class _Nowhere(io.TextIOBase):
    """Takes any text and keeps nothing."""

    def writable(self):
        return True

    def write(self, text):
        return len(text)


@contextlib.contextmanager
def _at_most(seconds):
    """Stop politely after some time, so that one slow answer does not cost the others."""
    if seconds is None:
        yield
        return

    def stop(*_):
        raise TimeoutError(f"it takes longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _silence():
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)


def _become(uid):
    """Give up being root, for good: the number of root's processes is not limited."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: its memory is its own


def _limit(limits):
    """Set limits that the notebook cannot raise: soft and hard alike."""
    import resource  # not everywhere to be had, and only needed in a sandbox

    for name, value in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


if __name__ == "__main__":
    main()
