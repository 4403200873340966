"""Programs that are killed, that run side by side, and that find the disk full."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.programs import PROGRAMS
from tests.sources.records import write_mitdb

# A limit on the size of files stands for a full disk wherever nobody may mount a small one.
STARVED = (
    "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}));"
    "from pathlib import Path; from tests.soak.programs import PROGRAMS\n"
    "from ecgbook.errors import EcgError\n"
    "try: PROGRAMS[sys.argv[1]](Path(sys.argv[2]))\n"
    "except EcgError as error: print(type(error).__name__, error, file=sys.stderr); sys.exit(3)"
)


def prepare(folder, name):
    """Write what a program starts from."""
    folder.mkdir(parents=True, exist_ok=True)
    if name == "fetch":
        write_mitdb(folder / "mirror")
    if name == "pages":
        from ecgbook.publish import execute
        from tests.publish.conftest import TinyBook

        (folder / "book").mkdir()
        book = TinyBook(folder / "book").load()
        before = Path.cwd()
        os.chdir(folder / "book")
        (outcome,) = execute.run(book, book.chapters, profile="smoke")
        os.chdir(before)
        assert not outcome.problems, outcome.problems


def start(name, folder, code=None):
    how = ["-c", code] if code else ["-m", "tests.soak.programs"]
    command = [sys.executable, *how, name, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _last(errors):
    return errors.strip().rpartition("\n")[2][:300]


def ended(process, name):
    """Return what a program printed, or what went wrong."""
    out, errors = process.communicate(timeout=600)
    return out, f"{name} fails: {_last(errors)}" if process.returncode else ""


def kills(options):
    """Kill each program at random moments and run it again; return the failures."""
    chance, failures, tried = random.Random(options.seed), [], 0
    ends, count = time.monotonic() + options.seconds, options.count or 50
    for number in range(count):
        if time.monotonic() > ends:
            break
        name = list(PROGRAMS)[number % len(PROGRAMS)]
        with tempfile.TemporaryDirectory() as folder:
            failures += _killed(
                Path(folder), name, chance, f"kills --seed {options.seed}, kill {number}"
            )
            tried += 1
    print(f"kills: {tried} programs killed")
    return failures


_EXPECTED, _WHOLE_S, _PREPARED = {}, {}, {}


def _ready(folder, name):
    """Copy what a program starts from, and know what it prints if nobody kills it."""
    if name not in _PREPARED:
        _PREPARED[name] = Path(tempfile.mkdtemp(prefix="soak-"))
        prepare(_PREPARED[name] / "start", name)
        shutil.copytree(_PREPARED[name] / "start", _PREPARED[name] / "whole", symlinks=True)
        begun = time.monotonic()
        _EXPECTED[name], fault = ended(start(name, _PREPARED[name] / "whole"), name)
        assert not fault, fault
        _WHOLE_S[name] = time.monotonic() - begun
    shutil.copytree(_PREPARED[name] / "start", folder, symlinks=True, dirs_exist_ok=True)


def _killed(folder, name, chance, recipe):
    _ready(folder, name)
    for _ in range(chance.choice([1, 1, 2])):
        process = start(name, folder)
        time.sleep(chance.uniform(0, 1.1) * _WHOLE_S[name])
        process.send_signal(chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
        process.communicate()
    out, fault = ended(start(name, folder), name)
    if fault or out != _EXPECTED[name]:
        yield f"{recipe}: {fault or f'{name} ends with {out} instead of {_EXPECTED[name]}'}"


def crowds(options):
    """Run each program four times at once in one folder; return the failures."""
    failures, tried, ends = [], 0, time.monotonic() + options.seconds
    for name in list(PROGRAMS)[: options.count]:
        if time.monotonic() > ends or name in ("pages", "results"):
            continue  # of pages only one is laid out at a time, and rows have one writer
        with tempfile.TemporaryDirectory() as folder:
            _ready(Path(folder), name)
            crowd = [start(name, folder) for _ in range(4)]
            for process in crowd:
                out, fault = ended(process, name)
                if fault or out != _EXPECTED[name]:
                    failures.append(f"crowds: {fault or f'{name} ends with {out}'}")
            tried += 1
    print(f"crowds: {tried} programs, four of each at once")
    return failures


def disk(options):
    """Let the disk be full at random sizes, then run again; return the failures."""
    chance, failures, tried = random.Random(options.seed), [], 0
    ends = time.monotonic() + options.seconds
    for number in range(options.count or 30):
        if time.monotonic() > ends:
            break
        name = list(PROGRAMS)[number % len(PROGRAMS)]
        n_bytes = int(10 ** chance.uniform(1, 5))
        with tempfile.TemporaryDirectory() as folder:
            _ready(Path(folder), name)
            process = start(name, folder, STARVED.format(n_bytes))
            _, errors = process.communicate(timeout=600)
            recipe = f"disk --seed {options.seed}, try {number} ({name}, {n_bytes} bytes)"
            if process.returncode not in (0, 3):
                failures.append(f"{recipe}: raw: {_last(errors)}")
            out, fault = ended(start(name, folder), name)
            if fault or out != _EXPECTED[name]:
                failures.append(f"{recipe}: afterwards {fault or out}")
            tried += 1
    print(f"disk: {tried} programs without room")
    return failures
