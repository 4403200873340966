"""Preparation of many twelve-lead recordings: memory, one process against two, and going on.

    python benchmarks/preparing.py [RECORDINGS]

Simulated recordings of 10 s, 500 Hz, each computed when it is read, which costs about what decoding
a file does. All but the files that are mapped counts as memory. 20,000 recordings take 5 GB of disk
at a time, twice that while they are joined; 400 are prepared if no number is given.
"""

import os
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import joblib
import numpy as np

from ecgbook.conventions import TWELVE_LEADS
from ecgbook.datasets import challenge_records, shards
from ecgbook.simulator import CONDITIONS
from ecgbook.sources.catalog import CATALOG
from ecgbook.sources.synthetic import SimulatedDatabase
from ecgbook.sources.synthetic_plans import Plan


def many(n, stops_at=None):
    """Return a database of ``n`` recordings; reading one of them can be made to fail."""
    labels = {"source": "georgia", "age": 60.0, "sex": "F", "dx": ("426783006",)}
    conditions = list(CONDITIONS)
    plans = {
        f"E{i:05d}": Plan(conditions[i % len(conditions)], f"E{i:05d}", labels) for i in range(n)
    }
    database = SimulatedDatabase(CATALOG["challenge-2021"], plans)
    if stops_at is not None:
        read, record = database.read, f"E{stops_at:05d}"

        def stopping(name):
            if name == record:
                raise KeyboardInterrupt
            return read(name)

        database.read = stopping
    return database


class Memory:
    """The largest memory of this process, without mapped files, while the block runs, in MiB."""

    def __enter__(self):
        self.peak, self._over = 0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        self._thread.join()

    def _watch(self):
        while not self._over.wait(0.02):
            status = Path("/proc/self/status").read_text()
            anonymous = next(line for line in status.splitlines() if line.startswith("RssAnon"))
            self.peak = max(self.peak, int(anonymous.split()[1]) / 1024)


def timed(n, jobs, folder):
    """Prepare into a store of its own; return the examples, seconds, and peak memory in MiB."""
    os.environ["ECGBOOK_CACHE"] = tempfile.mkdtemp(dir=folder)
    options = {"backend": "loky", "n_jobs": jobs} if jobs > 1 else {"n_jobs": 1}
    begun = time.perf_counter()
    with joblib.parallel_config(**options), Memory() as memory:
        records = challenge_records(many(n), leads=TWELVE_LEADS)
    return records, time.perf_counter() - begun, memory.peak


def resumed(n, folder):
    """Return the share of the recordings that a run stopped at nine tenths need not read again."""
    os.environ["ECGBOOK_CACHE"] = tempfile.mkdtemp(dir=folder)
    at = 9 * n // 10
    with suppress(KeyboardInterrupt):
        challenge_records(many(n, stops_at=at))
    database, read = many(n), []
    whole = database.read
    database.read = lambda name: (read.append(name), whole(name))[1]
    challenge_records(database)
    return 1 - len(read) / n


def main(folder):
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    shards.SHARD = min(shards.SHARD, max(n // 10, 1))
    one, one_s, one_mib = timed(n, 1, folder)
    two, two_s, two_mib = timed(n, 2, folder)
    np.testing.assert_array_equal(one.x.samples[:, ::97], two.x.samples[:, ::97])
    print(f"{n:,} recordings of 12 leads, {one.x.samples.nbytes / 2**20:,.0f} MiB of samples")
    print(f"one process   {one_s:8.1f} s, at most {one_mib:,.0f} MiB of memory")
    print(
        f"two processes {two_s:8.1f} s, at most {two_mib:,.0f} MiB, {one_s / two_s:.2f} x as fast"
    )
    print(f"a run stopped at nine tenths begins with {100 * resumed(n, folder):.0f} % done")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        main(made)
