import sys
import threading

import psutil
import pytest

from ecgbook.publish.limits import watched

# A command whose child, in a session of its own as a kernel is, does the work.
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {child!r}], start_new_session=True)
print(child.pid, file=sys.stderr, flush=True)
sys.exit(child.wait())
"""


def run(child, **limits):
    limits = {"minutes": 1, "memory_mb": 1000} | limits
    usage = watched([sys.executable, "-c", PARENT.format(child=child)], **limits)
    return usage, int(usage.stderr.splitlines()[0])


def test_a_command_that_ends_by_itself():
    usage, _ = run("import sys, time; time.sleep(0.5); sys.exit(3)")
    assert (usage.stopped, usage.returncode) == ("", 3)
    assert usage.seconds > 0.5
    assert usage.peak_mb > 1


def test_the_limit_of_time_ends_the_whole_family():
    usage, child = run("import time; time.sleep(600)", minutes=0.01)
    assert usage.stopped == "time"
    assert not psutil.pid_exists(child)


def test_the_limit_of_memory_ends_the_whole_family():
    usage, child = run("x = b'x' * 200_000_000; import time; time.sleep(600)", memory_mb=100)
    assert usage.stopped == "memory"
    assert usage.peak_mb > 100
    assert not psutil.pid_exists(child)


def test_another_thread_can_end_it():
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    usage, child = run("import time; time.sleep(600)", cancel=cancel)
    assert usage.returncode != 0
    assert not psutil.pid_exists(child)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_talkative_command_does_not_block(stream):
    usage, _ = run(f"import sys; sys.{stream}.write('x' * 1_000_000)")
    assert usage.returncode == 0
