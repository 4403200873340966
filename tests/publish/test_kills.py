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


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGKILL, -9), (signal.SIGHUP, 1), (signal.SIGTERM, 130), (signal.SIGINT, 130)],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_killed_run_leaves_nothing(tmp_path, monkeypatch, number, status):
    monkeypatch.chdir(tmp_path)
    killed = Killed(tmp_path)
    killed.edit(pause_s=600)
    killed.start()
    deadline = time.monotonic() + 60
    while len(killed.family()) < 4:  # guard, worker, kernel and the kernel's daemon
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert killed.kill(number) == status
    assert list(killed.faults()) == []
    assert killed.survivors() == []
