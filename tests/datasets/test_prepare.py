import tracemalloc
from types import SimpleNamespace

import joblib
import numpy as np
import pytest

from ecgbook import Recording, RecordInvalid
from ecgbook.datasets import Examples, Ragged, aami_beats, beatgan_beats, kachuee_beats
from ecgbook.datasets import prepare as module
from ecgbook.datasets.prepare import opened, prepare, rows_of
from ecgbook.store import Store
from tests.datasets.recordings import MadeDatabase, ramp

FS = 100


class Endless(MadeDatabase):
    """Records of two leads that are made when they are read, each a sample longer if told to."""

    def __init__(self, n, samples=400, longer=0):
        super().__init__([ramp()])
        self.records = tuple(f"r{i}" for i in range(n))
        self.samples, self.longer = samples, longer

    def read(self, record):
        i = self.records.index(record)
        signal = np.full((2, self.samples + self.longer * i), i % 200, np.float32)
        signal[1] += 0.5
        return Recording(signal, fs=FS, leads=("I", "II"), record=record, patient=f"p{i // 2}")


def whole(recording):
    rows = rows_of(recording, [0], sex=["F" if recording.record == "r1" else None], age=[40.5])
    return Examples(recording.signal[None], [0], ["all"], rows, recording.fs, recording.leads)


def ragged(recording):
    rows = rows_of(recording, [0, 1])
    x = Ragged.of([recording.signal, recording.signal[:, 1:]])
    y = np.array([[True, False], [False, False]])
    return Examples(x, y, ["one", "two"], rows, recording.fs, recording.leads)


def every_other(recording):
    return whole(recording) if int(recording.record[1:]) % 2 else None


def files_of(records, **digests):
    """Return the interface of `Files` for records that stand in one folder."""
    known = {f"data/{record}.hea": f"head of {record}" for record in records} | digests
    return SimpleNamespace(digests=known, path_of=lambda record: f"data/{record}")


def test_records_stand_one_after_another_in_the_order_asked():
    examples = prepare(Endless(5), {"recipe": "t"}, whole, records=["r3", "r0", "r4"])
    assert examples.record.tolist() == ["r3", "r0", "r4"]
    assert examples.patient.tolist() == ["p1", "p0", "p2"]
    assert examples.x[:, :, 7].tolist() == [[3, 3.5], [0, 0.5], [4, 4.5]]
    assert (examples.fs, examples.leads, examples.classes) == (FS, ("I", "II"), ("all",))


def test_ragged_records_keep_their_lengths_and_leads():
    examples = prepare(Endless(4, longer=3), {"recipe": "t"}, ragged)
    assert examples.length.tolist() == [400, 399, 403, 402, 406, 405, 409, 408]
    for i, signal in enumerate(examples.x):
        assert signal.tolist() == [[i // 2] * len(signal[0]), [i // 2 + 0.5] * len(signal[0])]
    assert examples.y.tolist() == [[True, False], [False, False]] * 4
    assert not examples.x.samples.flags.writeable  # from the store


def test_columns_of_the_rows_come_back():
    examples = prepare(Endless(3), {"recipe": "t"}, whole)
    assert examples.rows.sex.tolist() == ["", "F", ""]
    assert examples.rows.age.tolist() == [40.5] * 3
    assert examples.recipe["recipe"] == "t"
    assert examples.recipe["simulated"] is True


def test_records_without_examples_are_passed_over():
    assert prepare(Endless(5), {"recipe": "t"}, every_other).record.tolist() == ["r1", "r3"]


def test_no_example_at_all_is_refused_and_nothing_is_kept():
    database = Endless(1)
    with pytest.raises(RecordInvalid, match=r"made-\d+: no example in any of the records"):
        prepare(database, {"recipe": "t"}, every_other)
    assert not list(Store().root.glob(f"{database.name}*"))
    assert not list(Store().root.glob(".unfinished*"))


@pytest.mark.parametrize("made", [whole, ragged])
def test_records_of_other_kinds_are_refused(made):
    database = Endless(3, longer=1)
    if made is ragged:
        other = Recording(np.zeros((1, 50)), fs=FS, leads=["I"], record="r1")
        database.read = {"r0": database.read("r0"), "r1": other}.get
    message = {
        whole: "leads of 400 samples, record r1 .* 401 samples",
        ragged: "2 leads, .* 1 leads;",
    }
    with pytest.raises(RecordInvalid, match=message[made]):
        prepare(database, {"recipe": "t"}, made, records=["r0", "r1"])


def peak_bytes(database, make):
    """Return the largest memory that Python and NumPy held at a time."""
    tracemalloc.start()
    try:
        prepare(database, {"recipe": "t"}, make)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", [whole, ragged])
def test_memory_does_not_grow_with_the_number_of_records(monkeypatch, make):
    monkeypatch.setattr(module, "_WAITING", 1 << 21)
    window, record = 4 << 21, 2 * 4 * 30_000  # bytes
    some, many = (peak_bytes(Endless(n, samples=30_000), make) for n in (100, 200))
    # What waits to be written and copies of what is just being read; never all of them.
    assert many < window + 12 * record < 100 * record
    assert many < some + 5 * record


def counted(n_jobs, seen):
    """Return a joblib backend that notes how many jobs it was asked for."""

    class Counting(joblib.parallel.ThreadingBackend):
        def configure(self, n_jobs=1, parallel=None, **kwargs):
            seen.append(n_jobs)
            return super().configure(n_jobs, parallel, **kwargs)

    joblib.register_parallel_backend("counting", Counting)
    return joblib.parallel_config(backend="counting", n_jobs=n_jobs)


def test_the_caller_decides_who_reads():
    seen = []
    with counted(3, seen):
        examples = prepare(Endless(7), {"recipe": "t"}, whole)
    assert seen == [3]
    assert examples.record.tolist() == [f"r{i}" for i in range(7)]


def test_processes_read_the_same():
    database = Endless(5, longer=2)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        other = prepare(database, {"recipe": "t"}, ragged)
    own = prepare(Endless(5, longer=2), {"recipe": "t"}, ragged)
    np.testing.assert_array_equal(own.x.samples, other.x.samples)
    assert own.record.tolist() == other.record.tolist()


def test_a_changed_file_of_a_record_makes_another_set():
    database = MadeDatabase([ramp("100"), ramp("101")])
    database.info.tables = ("labels.csv",)
    database.files = files_of(database.records, **{"labels.csv": "v1"})
    aami_beats(database, records=["100"])
    database.files.digests["data/101.hea"] = "of a record that is not asked for"
    database.files.digests["other.txt"] = "new"
    aami_beats(database, records=["100"])
    assert database.read_records == ["100"]
    for path in ("data/100.hea", "data/100.dat", "data/100b.dat", "labels.csv"):
        database.files.digests[path] = "changed"
        read = len(database.read_records)
        aami_beats(database, records=["100"])
        assert len(database.read_records) == read + 1, path


def test_a_database_is_opened_by_its_name(monkeypatch):
    database = MadeDatabase([ramp()])
    monkeypatch.setattr("ecgbook.sources.open_database", {"mitdb": database}.get)
    assert opened("mitdb") is opened(database) is database
    beats = [make("mitdb") for make in (aami_beats, kachuee_beats)]
    assert [own.recipe["database"] for own in beats] == [database.name] * 2
    assert len(beatgan_beats("mitdb", confirmed="none")) == 5


def test_files_of_a_record_are_those_that_begin_with_its_name():
    database = SimpleNamespace(info=SimpleNamespace(tables=()), files=files_of(["1", "2", "10"]))
    assert module._digests(database, ["2", "1"]) == ["head of 2", "head of 1", "head of 10"]
    assert module._digests(SimpleNamespace(), ["2"]) == []
