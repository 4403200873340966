"""Kill runs of a chapter at random moments and look for what survives them.

``python -m tests.soak.kills [COUNT [SEED]]`` starts COUNT runs, ends each with SIGKILL, SIGHUP or
SIGTERM, edits the chapter at once and runs it again. A page with the old text, or a process that
lives more than five seconds longer than its runner, is a fault.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from ecgbook import BookInvalid
from ecgbook.publish import build, execute
from tests.publish.conftest import PARAMETERS, TinyBook, code

GRACE_S = 5
SIGNALS = (signal.SIGKILL, signal.SIGHUP, signal.SIGTERM)

# The kernel starts a daemon that leads a session of its own and belongs to nobody.
DAEMON = """
import os, subprocess, sys
if os.fork() == 0:
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    subprocess.Popen(command, start_new_session=True)
    os._exit(0)
"""
RECORD = """
from ecgbook.results import Run
run = Run("01-tiny", profile, seed)
run.record({{"score": "rate", "value": {version}.0}})
"""


def _heed_signals():
    """Undo what the background of a shell and ``nohup`` tell their children to ignore."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Killed:
    """A tiny book whose runs are killed; each edit of its chapter has a version of its own."""

    def __init__(self, root):
        self.tiny, self.version, self.runner = TinyBook(root), 0, None
        self.tiny.chapter |= {"figures": 0, "contracts": []}
        self.tiny.profiles["smoke"]["minutes"] = 30  # others may be at work here
        self.tiny.load()

    def edit(self, pause_s=0.2):
        """Write the chapter anew: some work before and after its one number."""
        self.version += 1
        work = code(f"import time\ntime.sleep({pause_s})\nprint('version {self.version}')")
        record = code(RECORD.format(version=self.version))
        self.tiny.write(PARAMETERS, code(DAEMON), work, record, work)

    def start(self):
        """Run the chapter in a process of its own; all that it starts can be told by its mark."""
        command = [sys.executable, "-c", "from ecgbook.cli import main; raise SystemExit(main())"]
        self.mark = f"{os.getpid()}-{time.monotonic_ns()}"
        self.runner = subprocess.Popen(
            [*command, "run", "--profile", "smoke"],
            cwd=self.tiny.root,
            env=os.environ | {"ECGBOOK_SOAK": self.mark},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=_heed_signals,
        )

    def family(self):
        """Return the processes that the last run started and that still live."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("ECGBOOK_SOAK") == self.mark:
                    found.append(process)
            except psutil.Error:
                continue
        return [process for process in found if process.pid != self.runner.pid]

    def kill(self, number):
        """End the runner; return its exit status."""
        if number == signal.SIGHUP:  # the terminal is gone, and nobody reads any more
            self.runner.stderr.close()
        self.runner.send_signal(number)
        self.killed_at = time.monotonic()
        return self.runner.wait(timeout=30)

    def survivors(self):
        """Return what still lives when the time that it has is over."""
        while self.family() and time.monotonic() < self.killed_at + GRACE_S:
            time.sleep(0.1)
        return self.family()

    def published(self):
        """Return the files of pages, results and whole executions, of whatever run."""
        build = self.tiny.root / "_build"
        found = [
            build.glob(pattern) for pattern in ("executed/*", "results/*", "cache/*/*/run.json")
        ]
        return [path for paths in found for path in paths]

    def faults(self):
        """Edit the chapter, run it again and yield what is wrong with what is published then."""
        self.edit(pause_s=0.01)
        book = self.tiny.load()
        try:
            build.stage(book)
            yield "the old page can be built"
        except BookInvalid:
            pass
        (outcome,) = execute.run(book, book.chapters, profile="smoke")
        if outcome.problems:
            yield from outcome.problems
            return
        if outcome.cached:
            yield "an old execution was taken from the cache"
        page = (book.build / "executed" / "01-tiny.ipynb").read_text()
        if f"version {self.version - 1}" in page or f"version {self.version}" not in page:
            yield "the page is stale"
        results = json.loads((book.build / "results" / "01-tiny.smoke.json").read_text())
        if results["units"][0]["rows"][0][2] != self.version:
            yield "the results are stale"


def main(count=20, seed=0):
    """Kill ``count`` runs, print what came of each, and return the number of faults."""
    chance, total = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as folder:
        killed = Killed(Path(folder))
        os.chdir(folder)
        killed.edit()
        begun = time.monotonic()
        killed.start()
        killed.runner.communicate()
        whole_s = time.monotonic() - begun
        for number in range(count):
            killed.edit()
            killed.start()
            moment_s = chance.uniform(0, 1.1 * whole_s)
            time.sleep(moment_s)
            name = SIGNALS[number % len(SIGNALS)]
            killed.kill(name)
            faults = list(killed.faults())
            faults += [f"{process} lives on" for process in killed.survivors()]
            print(f"{number}: {name.name} after {moment_s:.2f} s: {faults or 'ok'}", flush=True)
            total += bool(faults)
    print(f"{total} of {count} kills left something behind (seed {seed})")
    return total


if __name__ == "__main__":
    sys.exit(bool(main(*map(int, sys.argv[1:]))))
