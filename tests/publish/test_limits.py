import sys
import threading
import time

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


def test_the_memory_of_the_command_itself_counts():
    hungry = "x = b'x' * 200_000_000; import time; time.sleep(600)"
    usage = watched([sys.executable, "-c", hungry], minutes=1, memory_mb=100)
    assert usage.stopped == "memory"


# A daemon: its parent ends at once, and it leads a session of its own.
DAEMON = """
import os, subprocess, sys, time
hungry = "x = b'x' * 200_000_000; import time; time.sleep(600)"
if os.fork():
    time.sleep(600)
os.setsid()
daemon = subprocess.Popen([sys.executable, "-c", hungry], start_new_session=True)
print(daemon.pid, file=sys.stderr, flush=True)
os._exit(0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are handed over on Linux alone")
@pytest.mark.parametrize(
    ("memory_mb", "minutes", "limit"), [(150, 1, "memory"), (900, 0.03, "time")]
)
def test_a_daemon_does_not_escape(memory_mb, minutes, limit):
    usage = watched([sys.executable, "-c", DAEMON], minutes=minutes, memory_mb=memory_mb)
    assert usage.stopped == limit
    assert not psutil.pid_exists(int(usage.stderr))


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are handed over on Linux alone")
def test_what_a_command_leaves_behind_is_ended():
    leave = DAEMON.replace("    time.sleep(600)", "    sys.exit(os.wait()[1])", 1)
    usage = watched([sys.executable, "-c", leave], minutes=1, memory_mb=1000)
    assert (usage.stopped, usage.returncode) == ("", 0)
    assert not psutil.pid_exists(int(usage.stderr))


def test_another_thread_can_end_it(tmp_path):
    begun, cancel = tmp_path / "begun", threading.Event()

    def end_it():
        while not begun.exists():
            time.sleep(0.05)
        cancel.set()

    threading.Thread(target=end_it, daemon=True).start()
    child = f"import time; open({str(begun)!r}, 'w').close(); time.sleep(600)"
    usage, child = run(child, cancel=cancel)
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
