"""Keep a command within its limits and let nothing of it outlive its runner.

Called by `ecgbook.publish.limits` as ``python -m ecgbook.publish.guard MINUTES MEMORY_MB
COMMAND…``. The runner holds the other end of standard input: when that closes, in whatever way,
the command and all that it started are ended. The same happens at a limit, and to what the
command leaves behind. What it took is printed as JSON.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time

import psutil

_POLL_S = 0.2
_LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None) if _LINUX else None
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main():
    """Run the command that the command line names."""
    minutes, memory_mb, *command = sys.argv[1:]
    if _LINUX:  # daemons, whose parents have ended, become children of this process
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    begun, family = time.monotonic(), _Family()
    how = {"preexec_fn": _die_with_parent if _LINUX else None}
    how |= dict.fromkeys(["stdin", "stdout"], subprocess.DEVNULL)
    process = subprocess.Popen(command, **how)
    peak, stopped = 0.0, ""
    try:
        alone = _runner_ended()
        while process.poll() is None and not stopped:
            peak = max(peak, family.memory_mb())
            if peak > float(memory_mb):
                stopped = "memory"
            elif time.monotonic() - begun > 60 * float(minutes):
                stopped = "time"
            elif alone.wait(_POLL_S):
                stopped = "runner"
    finally:
        process.kill()
        process.wait()
        family.end()
    report = {"seconds": time.monotonic() - begun, "peak_mb": peak}
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(report | {"returncode": process.returncode, "stopped": stopped}))


class _Family:
    """The processes below this one; those once seen count where orphans are not handed over."""

    def __init__(self):
        self._seen = set()

    def members(self):
        found = set(psutil.Process().children(recursive=True))
        for process in self._seen - found:
            with contextlib.suppress(psutil.Error):
                if process.is_running():
                    found |= {process, *process.children(recursive=True)}
        self._seen = found
        return found

    def memory_mb(self):
        total = 0
        for process in self.members():
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
        return total / 1e6

    def end(self, patience_s=5):
        deadline = time.monotonic() + patience_s
        # Again and again: one of them may have started another in the meantime.
        while (members := self.members()) and time.monotonic() < deadline:
            for process in members:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(members, timeout=_POLL_S)


def _runner_ended():
    """Return an event that is set when standard input closes."""
    ended = threading.Event()

    def wait():
        while os.read(0, 1024):
            pass
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    return ended


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    main()
