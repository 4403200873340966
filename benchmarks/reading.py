"""Reading all of MIT-BIH: the second time, from the store, against wfdb.

    ECGBOOK_MIRROR=... python benchmarks/reading.py

Both read the signals and annotations of all records and touch every sample.
"""

import sys
from pathlib import Path

import numpy as np
import wfdb

sys.path.insert(0, str(Path(__file__).parent))

from _timing import paired, print_table

from ecgbook import open_database


def main():
    database = open_database("mitdb")
    database.read_all()
    stems = [str(database.files.folder / database.files.path_of(r)) for r in database.records]

    def ours():
        return [_touch(database.read(record)) for record in database.records]

    def theirs():
        return [_touch_wfdb(stem) for stem in stems]

    assert np.allclose(ours(), theirs(), rtol=1e-6)
    rows = [("48 records of MIT-BIH, from the store | wfdb", paired(ours, theirs))]
    print_table("Reading, every sample touched, one thread", rows)


def _touch(recording):
    return recording.signal.max(), len(recording.annotations)


def _touch_wfdb(stem):
    record, marks = wfdb.rdrecord(stem), wfdb.rdann(stem, "atr")
    return record.p_signal.max(), len(marks.sample)


if __name__ == "__main__":
    main()
