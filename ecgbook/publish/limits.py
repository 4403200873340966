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

    Parameters
    ----------
    seconds : float
    peak_mb : float
        Largest sum of the resident memory of the command and all that it started, in MB.
    returncode : int
    stopped : {"", "time", "memory", "runner"}
        The limit that ended the command, or its runner.
    stderr : str
        The last of what it wrote there.
    """

    seconds: float
    peak_mb: float
    returncode: int
    stopped: str
    stderr: str


def watched(command, *, minutes, memory_mb, cancel=None, **popen):
    """Run ``command`` until it ends, goes over a limit or ``cancel`` is set.

    A guard process stands between the two, see `ecgbook.publish.guard`: it ends the command
    and all that it started, also when this process is killed.

    Parameters
    ----------
    command : list of str
    minutes : float
        Longest wall-clock time.
    memory_mb : float
        Largest memory of the command and all that it started, in MB.
    cancel : threading.Event, optional
        Set by another thread to end the command early.
    **popen
        Passed on to `subprocess.Popen`.

    Returns
    -------
    Usage
    """
    cancel = cancel or threading.Event()
    guard = [sys.executable, "-m", "ecgbook.publish.guard", str(minutes), str(memory_mb)]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [*guard, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            **popen,
        )
        with process:
            while process.poll() is None and not cancel.wait(_POLL_S):
                pass
            process.stdin.close()  # on this the guard ends whatever still runs
            report = process.stdout.read()
        errors.seek(max(0, errors.seek(0, 2) - _KEPT_BYTES))
        stderr = errors.read().decode(errors="replace")
    facts = {"seconds": 0, "peak_mb": 0, "returncode": process.returncode, "stopped": "runner"}
    return Usage(**(json.loads(report) if report else facts), stderr=stderr)
