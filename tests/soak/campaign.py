"""Mutate files and look at what reading them gives: a value that is true, or one clear error."""

import random
import shutil
import signal
import tempfile
import time
import tracemalloc
import warnings
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from ecgbook.errors import EcgError
from tests.soak.mutate import change

LONGEST_S = 20
LARGEST_BYTES = 50_000_000  # of memory, for files of some thousand bytes


class TooLong(Exception):
    """Reading took longer than anybody waits."""


@contextmanager
def limited(seconds):
    def stop(*_):
        raise TooLong(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def campaign(kind, *, count, seed=0, first=0, seconds=float("inf"), memory=True):
    """Try ``count`` mutations of a `Kind`; return what came of them, and the failures as recipes.

    The mutation of a number depends on seed and number alone:
    ``python -m tests.soak mutations KIND --seed SEED --first NUMBER --count 1``.
    """
    ends, tally, failures = time.monotonic() + seconds, Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        originals = kind.make(Path(folder) / "original")
        for number in range(first, first + count):
            if time.monotonic() > ends:
                break
            chance = random.Random(f"{kind.name} {seed} {number}")
            place = Path(folder) / "tried"
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(Path(folder) / "original", place, symlinks=True)
            file = place / chance.choice(originals)
            deeds, content = [], file.read_bytes()
            for _ in range(chance.choice([1, 1, 1, 2, 3])):
                deed, content = change(chance, content)
                deeds.append(deed)
            file.write_bytes(content)
            came, detail = judge(kind, file, memory and number % 5 == 0)
            tally[came] += 1
            if came not in ("refused", "true", "told"):
                recipe = f"{kind.name} --seed {seed} --first {number} --count 1"
                failures.append(f"{came}: {recipe} ({file.name}: {', '.join(deeds)}): {detail}")
    return tally, failures


def judge(kind, file, memory=False):
    """Read a mutated file; return in a word what came of it, and more of what is wrong."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        if memory:
            tracemalloc.start()
        try:
            with limited(LONGEST_S):
                value = kind.read(file)
            came = "told" if any(w.category is UserWarning for w in said) else "true"
        except EcgError as error:
            return ("refused", "") if len(str(error)) < 2000 else ("wordy", str(error)[:200])
        except (Exception, RecursionError) as error:
            return "raw", f"{type(error).__name__}: {str(error)[:200]}"
        finally:
            peak = tracemalloc.get_traced_memory()[1] if memory else 0
            tracemalloc.stop()
        if peak > LARGEST_BYTES:
            return "hungry", f"{peak / 1e6:.0f} MB"
        if came == "true" and (fault := _fault(kind, file, value)):
            return "accepted", fault
        return came, ""


def _fault(kind, file, value):
    try:
        return kind.fault(file, value)
    except Exception as error:  # the other way of reading refuses what ours has taken
        return f"not to be read in another way: {type(error).__name__}: {error}"
