import tracemalloc
from functools import partial

import joblib
import numpy as np
import pytest

from ecgbook import Recording, RecordInvalid
from ecgbook.datasets import Examples, Ragged
from ecgbook.datasets import prepare as module
from ecgbook.datasets.prepare import prepare, rows_of
from ecgbook.datasets.shards import prepare_in_shards
from ecgbook.store import Store
from tests.datasets.recordings import MadeDatabase, ramp

RECIPE = {"recipe": "t"}


class Many(MadeDatabase):
    """Records of two leads, each a sample longer, that are made when they are read."""

    def __init__(self, n, power_fails_at=None, length=40):
        super().__init__([ramp()])
        self.records = tuple(f"r{i}" for i in range(n))
        self.power_fails_at, self.length = power_fails_at, length

    def read(self, record):
        if record == self.power_fails_at:
            raise KeyboardInterrupt
        self.read_records.append(record)
        i = self.records.index(record)
        signal = np.full((2, self.length + i), i, np.float32)
        return Recording(signal, fs=100, leads=("I", "II"), record=record, patient=f"p{i}")


def make(recording):
    x = Ragged.of([recording.signal])
    rows = rows_of(recording, [0], sex=["F"])
    return Examples(x, [0], ["all"], rows, recording.fs, recording.leads)


def make_for(records):
    return make


def kept(database):
    return sorted(folder.name for folder in Store().root.glob(f"{database.name}*"))


def in_shards(database, shard=3, how=make_for):
    return prepare_in_shards(database, RECIPE, how, records=database.records, shard=shard)


def test_shards_joined_are_the_set_made_at_once():
    database = Many(10)
    joined, whole = in_shards(database), prepare(database, RECIPE, make)
    np.testing.assert_array_equal(joined.x.samples, whole.x.samples)
    np.testing.assert_array_equal(joined.x.start, whole.x.start)
    assert joined.rows.equals(whole.rows)
    assert (joined.fs, joined.leads, joined.classes) == (whole.fs, whole.leads, whole.classes)
    assert joined.recipe == whole.recipe
    assert not joined.x.samples.flags.writeable  # from the store


def test_shards_go_when_they_are_joined_and_the_set_stays():
    database = Many(10)
    in_shards(database)
    assert len(kept(database)) == 1
    read = len(database.read_records)
    assert read == 10
    in_shards(database)
    assert len(database.read_records) == read


def test_few_records_are_no_shards():
    database = Many(3)
    in_shards(database)
    prepare(database, RECIPE, make)  # is there already
    assert len(database.read_records) == 3


def test_a_run_that_was_stopped_goes_on_after_its_last_whole_shard():
    database = Many(10, power_fails_at="r7")
    with pytest.raises(KeyboardInterrupt):
        in_shards(database)
    assert len(kept(database)) == 2  # r0 to r5
    database.power_fails_at = None
    database.read_records.clear()
    joined = in_shards(database)
    assert sorted(database.read_records) == ["r6", "r7", "r8", "r9"]
    assert joined.record.tolist() == [f"r{i}" for i in range(10)]
    assert joined.x[8].tolist() == [[8.0] * 48] * 2
    assert len(kept(database)) == 1


def test_other_labels_make_another_set():
    database = Many(4)
    in_shards(database, shard=2)

    def other(records):
        return partial(_named, words=dict.fromkeys(records, "new"))

    again = in_shards(database, shard=2, how=other)
    assert again.rows["word"].tolist() == ["new"] * 4
    assert len(kept(database)) == 2


def _named(recording, words):
    own = make(recording)
    rows = own.rows.assign(word=words[recording.record])
    return Examples(own.x, own.y, own.classes, rows, own.fs, own.leads)


def test_shards_of_different_kinds_are_refused_by_name():
    def some_flat(records):
        return _flat if "r4" in records else make

    with pytest.raises(RecordInvalid, match="record r0 gives 100 Hz, 2 leads, record r3"):
        in_shards(Many(6), how=some_flat)


def _flat(recording):
    own = make(recording)
    x = recording.signal[:1, None, :30]
    return Examples(x, own.y, own.classes, rows_of(recording, [0]), own.fs, ["I"])


def test_memory_does_not_grow_with_the_number_of_records(monkeypatch):
    monkeypatch.setattr(module, "_WAITING", 1 << 18)
    peaks = []
    for n in (40, 160):
        database = Many(n, length=20_000)
        tracemalloc.start()
        in_shards(database, shard=20)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    record = 2 * 4 * 20_000  # bytes
    assert max(peaks) < 40 * record
    assert peaks[1] < peaks[0] + 5 * record


def test_a_cluster_of_dask_makes_the_same():
    distributed = pytest.importorskip("distributed")
    own = in_shards(Many(10))
    database = Many(10)
    local = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.Client(**local), joblib.parallel_config(backend="dask"):
        theirs = in_shards(database)
    assert database.read_records == []  # read elsewhere
    np.testing.assert_array_equal(own.x.samples, theirs.x.samples)
    assert own.rows.equals(theirs.rows)
