"""All of MIT-BIH cut into beats: from raw files, by the usual loop, and from the store.

    OMP_NUM_THREADS=1 ECGBOOK_MIRROR=... python benchmarks/cutting.py

44 records, lead MLII, band-pass 0.5 to 40 Hz, 0.75 s a beat, each beat stretched to [−1, 1].
The other way is the loop of most public ECG code: read a record, filter it, walk through its
annotations, slice, scale, append. Both give the same beats. "Cutting alone" is the walk without
reading, filtering and the stacking at the end, against the functions of ours in its place.
"""

import contextlib
import os
import tempfile
from functools import partial

import numpy as np
import wfdb
from _timing import paired, print_table
from scipy.signal import butter, filtfilt

from ecgbook import DataMissing, open_database
from ecgbook.conventions import AAMI_SYMBOLS, PACED
from ecgbook.datasets import aami_beats, scale_beats
from ecgbook.datasets.aami import aami_class
from ecgbook.datasets.cutting import cut

BEFORE, AFTER = 90, 180  # samples at 360 Hz
BAND_HZ, FS, RECORD_LENGTH = (0.5, 40.0), 360, 650_000
CLASS = {symbol: i for i, symbols in enumerate(AAMI_SYMBOLS.values()) for symbol in symbols}


@contextlib.contextmanager
def empty_store():
    """Let everything be computed anew; the raw files stay where the database found them."""
    before = os.environ.get("ECGBOOK_CACHE")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ECGBOOK_CACHE"] = folder
        try:
            yield
        finally:
            os.environ.pop("ECGBOOK_CACHE")
            if before is not None:
                os.environ["ECGBOOK_CACHE"] = before


def from_raw(database):
    with empty_store():
        return from_store(database)


def from_store(database):
    return aami_beats(database, scale="beat")


def by_loop(stems):
    beats, labels = [], []
    for stem in stems:
        signal, marks = read_and_filter(stem)
        walk(signal, marks, beats, labels)
    return np.array(beats), np.array(labels)


def read_and_filter(stem):
    signals, fields = wfdb.rdsamp(stem)
    b, a = butter(2, BAND_HZ, "bandpass", fs=FS)
    signal = filtfilt(b, a, signals[:, fields["sig_name"].index("MLII")])
    return signal, wfdb.rdann(stem, "atr")


def walk(signal, marks, beats, labels):
    for sample, symbol in zip(marks.sample, marks.symbol, strict=True):
        if symbol not in CLASS or sample < BEFORE or sample + AFTER > len(signal):
            continue
        beat = signal[sample - BEFORE : sample + AFTER]
        beat = 2 * (beat - np.min(beat)) / (np.max(beat) - np.min(beat)) - 1
        beats.append(beat)
        labels.append(CLASS[symbol])


def cut_by_loop(filtered):
    beats, labels = [], []
    for signal, marks in filtered:
        walk(signal, marks, beats, labels)
    return beats, labels


def cut_by_us(filtered):
    beats, labels = [], []
    for signal, sample, symbol in filtered:
        y = aami_class(symbol)
        x = cut(signal, sample[y >= 0] - BEFORE, BEFORE + AFTER)
        beats.append(scale_beats(x, out=x))
        labels.append(y[y >= 0])
    return beats, labels


def assert_same_beats(ours, theirs):
    """Compare the beats inside the recordings: the loop drops those that reach beyond."""
    x, y = theirs
    whole = (ours.sample >= BEFORE) & (ours.sample + AFTER <= RECORD_LENGTH)
    np.testing.assert_array_equal(ours.y[whole], y)
    # The filters settle differently at the two ends of a recording.
    settled = (ours.sample[whole] > 10 * FS) & (ours.sample[whole] < RECORD_LENGTH - 10 * FS)
    np.testing.assert_allclose(ours.x[whole, 0][settled], x[settled], atol=1e-4)


def main():
    try:
        database = open_database("mitdb")
    except DataMissing as error:
        raise SystemExit(f"this benchmark needs the real MIT-BIH records: {error}") from None
    paths = [database.files.path_of(r) for r in database.records if r not in PACED]
    database.files.fetch_records(paths)
    stems = [str(database.files.folder / path) for path in paths]
    assert_same_beats(from_store(database), by_loop(stems))

    theirs = [read_and_filter(stem) for stem in stems]
    ours = [
        (signal[None].astype(np.float32), marks.sample, np.array(marks.symbol))
        for signal, marks in theirs
    ]
    raw, stored = partial(from_raw, database), partial(from_store, database)
    rows = [
        ("raw files | loop", paired(raw, partial(by_loop, stems), rounds=5)),
        (
            "cutting alone | loop",
            paired(partial(cut_by_us, ours), partial(cut_by_loop, theirs), 15),
        ),
        ("from the store | raw files", paired(stored, raw, rounds=5)),
    ]
    print_table(f"Beats of {len(stems)} records. {database.origin}", rows)


if __name__ == "__main__":
    main()
