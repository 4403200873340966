"""A run that is killed publishes nothing, and nothing of it lives on.

Kills at random moments, and many of them: ``python -m tests.soak.kills``.
"""

import signal
import sys
import time

import pytest

from tests.soak.kills import Killed

pytestmark = [
    pytest.mark.notebook,
    pytest.mark.skipif(sys.platform != "linux", reason="orphans are handed over on Linux alone"),
]


# Signals, and the exit status that the runner has then.
ENDS = {signal.SIGKILL: -9, signal.SIGHUP: 1, signal.SIGTERM: 130, signal.SIGINT: 130}


def test_a_killed_run_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    killed = Killed(tmp_path)
    for number, status in ENDS.items():
        killed.edit(pause_s=3600)
        killed.start()
        wait_for_family(killed)
        assert killed.kill(number) == status, number
        assert killed.survivors() == [], number
        assert killed.published() == [], number
    assert list(killed.faults()) == []


def wait_for_family(killed, patience_s=600):
    """Wait until guard, worker, kernel and the kernel's daemon are there."""
    deadline = time.monotonic() + patience_s
    while len(killed.family()) < 4:
        assert killed.runner.poll() is None, killed.runner.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.1)
