import sys
import threading
import time

import psutil
import pytest

from ecgbook.publish.limits import watched

HUNGRY = "x = b'x' * 200_000_000; import time; time.sleep(600)"

# A command whose child, in a session of its own as a kernel is, does the work.
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {child!r}], start_new_session=True)
print(child.pid, file=sys.stderr, flush=True)
sys.exit(child.wait())
"""
# A daemon: whoever started it has ended, and it leads a session of its own.
DAEMON = """
import os, subprocess, sys, time
if os.fork():
    os.wait()
    {parent}
else:
    daemon = subprocess.Popen([sys.executable, "-c", {child!r}], start_new_session=True)
    print(daemon.pid, file=sys.stderr, flush=True)
    os._exit(0)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="orphans are handed over on Linux alone")


def run(code, **limits):
    """Return the usage of a command and the process whose number it printed."""
    usage = watched([sys.executable, "-c", code], **{"minutes": 1, "memory_mb": 1000} | limits)
    return usage, int(usage.stderr.splitlines()[0])


def cancel_when(path):
    """Return an event that is set as soon as there is a file."""
    cancel = threading.Event()

    def wait():
        while not path.is_file():
            time.sleep(0.05)
        cancel.set()

    threading.Thread(target=wait, daemon=True).start()
    return cancel


def test_a_command_that_ends_by_itself():
    usage, _ = run(PARENT.format(child="import sys, time; time.sleep(0.5); sys.exit(3)"))
    assert (usage.stopped, usage.returncode) == ("", 3)
    assert usage.seconds > 0.5
    assert usage.peak_mb > 1


def test_the_limit_of_time_ends_the_whole_family():
    usage, child = run(PARENT.format(child="import time; time.sleep(600)"), minutes=0.05)
    assert usage.stopped == "time"
    assert not psutil.pid_exists(child)


def test_the_limit_of_memory_ends_the_whole_family():
    usage, child = run(PARENT.format(child=HUNGRY), memory_mb=100)
    assert usage.stopped == "memory"
    assert usage.peak_mb > 100
    assert not psutil.pid_exists(child)


def test_the_memory_of_the_command_itself_counts():
    usage = watched([sys.executable, "-c", HUNGRY], minutes=1, memory_mb=100)
    assert usage.stopped == "memory"


@linux
def test_a_daemon_does_not_escape_the_limit_of_memory():
    usage, daemon = run(DAEMON.format(parent="time.sleep(600)", child=HUNGRY), memory_mb=150)
    assert usage.stopped == "memory"
    assert not psutil.pid_exists(daemon)


@linux
@pytest.mark.parametrize(("parent", "ended_by"), [("time.sleep(600)", "runner"), ("pass", "")])
def test_a_daemon_ends_with_the_command(tmp_path, parent, ended_by):
    sleep = f"open({str(tmp_path / 'here')!r}, 'w'); import time; time.sleep(600)"
    code = DAEMON.format(parent=parent, child=sleep)
    usage, daemon = run(code, cancel=cancel_when(tmp_path / "here") if ended_by else None)
    assert usage.stopped == ended_by
    assert not psutil.pid_exists(daemon)


def test_another_thread_can_end_it(tmp_path):
    sleep = f"open({str(tmp_path / 'here')!r}, 'w'); import time; time.sleep(600)"
    usage, child = run(PARENT.format(child=sleep), cancel=cancel_when(tmp_path / "here"))
    assert usage.stopped == "runner"
    assert usage.returncode != 0
    assert not psutil.pid_exists(child)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_talkative_command_does_not_block(stream):
    talk = f"import sys; sys.{stream}.write('x' * 1_000_000)"
    usage = watched([sys.executable, "-c", talk], minutes=1, memory_mb=1000)
    assert usage.returncode == 0


def test_of_endless_words_the_last_are_kept():
    code = "import sys; sys.stderr.write('x' * 5_000_000 + 'last')"
    usage = watched([sys.executable, "-c", code], minutes=1, memory_mb=1000)
    assert len(usage.stderr) == 100_000
    assert usage.stderr.endswith("last")
