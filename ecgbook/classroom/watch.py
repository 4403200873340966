"""Watch a sandbox from outside: read what it writes, and end it at a limit."""

import contextlib
import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass

import psutil

__all__ = ["Ended", "watch"]

_POLL_S, _PATIENCE_S, _CHUNK = 0.1, 10, 1 << 16


@dataclass(frozen=True)
class Ended:
    """How a run ended: its output, what stopped it in words (or nothing), and its seconds."""

    output: bytes
    stopped: str
    seconds: float
    errors: str = ""


def watch(command, given, rules, limits, errors):
    """Run a command until it ends or breaks a limit, and return `Ended`. Nothing of it lives on.

    Parameters
    ----------
    command : list of str
    given : file
        Becomes its standard input.
    rules : int
        A file descriptor that it may read too.
    limits : ecgbook.classroom.sandbox.Limits
    errors
        Where its standard error goes.
    """
    begun = time.monotonic()
    how = {"stdin": given, "stdout": subprocess.PIPE, "stderr": errors, "pass_fds": [rules]}
    # No variable of this process reaches the sandbox, not even by way of /proc.
    minimal = {"PATH": os.environ.get("PATH", os.defpath)}
    process = subprocess.Popen(command, **how, env=minimal, start_new_session=True)
    try:
        output, stopped = _read(process, begun, limits)
    finally:
        _end(process)
    told = process.stderr.read().decode(errors="replace") if process.stderr else ""
    for pipe in filter(None, (process.stdout, process.stderr)):
        pipe.close()
    return Ended(output, stopped, time.monotonic() - begun, told)


def _read(process, begun, limits):
    pipe, output = process.stdout.fileno(), bytearray()
    os.set_blocking(pipe, False)
    polled = 0.0
    while True:
        now = time.monotonic()
        if now - begun > limits.seconds:
            return bytes(output), f"stopped after {limits.seconds:g} seconds"
        if now - polled > _POLL_S:
            polled = now
            if _memory_mb(process.pid) > limits.memory_mb:
                return bytes(output), f"stopped above {limits.memory_mb} MB of memory"
        ready, _, _ = select.select([pipe], [], [], _POLL_S)
        if ready:
            chunk = os.read(pipe, _CHUNK)
            if not chunk:
                return bytes(output), ""
            output += chunk
            if len(output) > limits.output_mb * 1_000_000:
                return bytes(output), f"stopped above {limits.output_mb} MB of answers"
        elif process.poll() is not None:
            return bytes(output), ""


def _memory_mb(pid):
    """Return the memory of a process and all below it; what is shared counts for each."""
    total = 0
    with contextlib.suppress(psutil.Error):
        for process in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
    return total / 1e6


def _end(process):
    """End bubblewrap and wait until all in its sandbox have gone, as they do with its first."""
    below = []
    with contextlib.suppress(psutil.Error):
        below = psutil.Process(process.pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    psutil.wait_procs(below, timeout=_PATIENCE_S)
