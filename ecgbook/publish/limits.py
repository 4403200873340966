"""Run a command under limits of time and memory, and leave no process of it behind."""

import json
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass

__all__ = ["Usage", "watched"]

_POLL_S = 0.1
_KEPT_BYTES = 100_000


@dataclass(frozen=True)
class Usage:
    """What a command took, and how it ended.

    ``peak_mb`` is the largest sum of the resident memory of the command and all that it started,
    ``stopped`` is what ended it (``time``, ``memory``, ``runner`` or nothing), and ``stderr`` the
    last of what it wrote there.
    """

    seconds: float
    peak_mb: float
    returncode: int
    stopped: str
    stderr: str


def watched(command, *, minutes, memory_mb, cancel=None, **popen):
    """Run ``command``, a list of str, until it ends, and return its `Usage`.

    A guard process, see `ecgbook.publish.guard`, ends the command and all that it started when
    ``minutes`` of wall-clock time or ``memory_mb`` of them all are exceeded, when another thread
    sets the event ``cancel``, and when this process is killed. ``popen`` goes to
    `subprocess.Popen`.
    """
    cancel = cancel or threading.Event()
    guard = [sys.executable, "-m", "ecgbook.publish.guard", str(minutes), str(memory_mb)]
    popen |= dict.fromkeys(["stdin", "stdout"], subprocess.PIPE) | {"start_new_session": True}
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([*guard, *command], stderr=errors, **popen)
        with process:
            while process.poll() is None and not cancel.wait(_POLL_S):
                pass
            process.stdin.close()  # on this the guard ends whatever still runs
            report = process.stdout.read()
        errors.seek(max(0, errors.seek(0, 2) - _KEPT_BYTES))
        stderr = errors.read().decode(errors="replace")
    facts = {"seconds": 0, "peak_mb": 0, "returncode": process.returncode, "stopped": "runner"}
    return Usage(**(json.loads(report) if report else facts), stderr=stderr)
