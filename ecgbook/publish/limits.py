"""Run a command under a limit of time and memory, and leave no process of it behind."""

import subprocess
import threading
import time
from dataclasses import dataclass

import psutil

__all__ = ["Usage", "watched"]

_POLL_S = 0.1


@dataclass(frozen=True)
class Usage:
    """What a command took, and how it ended.

    Parameters
    ----------
    seconds : float
    peak_mb : float
        Largest sum of the resident memory of the command's children, in MB.
    returncode : int
    stopped : {"", "time", "memory"}
        The limit that ended the command.
    stderr : str
    """

    seconds: float
    peak_mb: float
    returncode: int
    stopped: str
    stderr: str


def watched(command, *, minutes, memory_mb, cancel=None, **popen):
    """Run ``command`` until it ends, goes over a limit or ``cancel`` is set.

    Parameters
    ----------
    command : list of str
    minutes : float
        Longest wall-clock time.
    memory_mb : float
        Largest memory of the command's children (for a notebook: of the kernel and its own
        children), in MB.
    cancel : threading.Event, optional
        Set by another thread to end the command early.
    **popen
        Passed on to `subprocess.Popen`.

    Returns
    -------
    Usage
    """
    cancel = cancel or threading.Event()
    started, peak, stopped = time.monotonic(), 0.0, ""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True, **popen
    )
    # A thread of its own drains stderr, so that a talkative command never blocks on a full pipe.
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(process.stderr), daemon=True)
    reader.start()
    try:
        while process.poll() is None and not stopped and not cancel.wait(_POLL_S):
            peak = max(peak, _children_mb(process.pid))
            if peak > memory_mb:
                stopped = "memory"
            elif time.monotonic() - started > 60 * minutes:
                stopped = "time"
    finally:
        _end(process)
    reader.join(timeout=5)
    stderr = b"".join(lines).decode(errors="replace")
    return Usage(time.monotonic() - started, peak, process.returncode, stopped, stderr)


def _family(pid):
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _children_mb(pid):
    total = 0
    for child in _family(pid):
        try:
            total += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 1e6


def _end(process):
    """End the process and all that it started; a kernel lives in a session of its own."""
    family = _family(process.pid)
    if process.poll() is None:
        process.kill()
    for child in family:
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait()
    psutil.wait_procs(family, timeout=5)
