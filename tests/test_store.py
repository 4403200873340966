import doctest
import errno
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ecgbook import EcgError
from ecgbook import store as module
from ecgbook.store import Store, cache_dir


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@given(
    array=hnp.arrays(
        dtype=st.sampled_from(["f4", "f8", "i8", "u1", "?", "<U3", ">i2"]),
        shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    ),
    fortran=st.booleans(),
)
@settings(deadline=None)
def test_what_comes_back_is_what_was_put(tmp_path_factory, array, fortran):
    store = Store(tmp_path_factory.mktemp("store"))
    array = np.asfortranarray(array) if fortran else array
    store.put("key", {"a": array, "b": array[..., None]}, {"n": 1})
    entry = store.get("key")
    assert entry.meta == {"n": 1}
    np.testing.assert_array_equal(entry.arrays["a"], array)
    assert entry.arrays["a"].dtype == array.dtype
    assert entry.arrays["a"].shape == array.shape
    assert entry.arrays["b"].shape == (*array.shape, 1)


def test_arrays_are_mapped_and_read_only(store):
    entry = store.put("key", {"x": np.zeros(1000)})
    path = store.root / "key" / "x.npy"
    with path.open("r+b") as file:  # what is on disk shows through
        file.seek(-8, os.SEEK_END)
        file.write(np.float64(7).tobytes())
    assert entry.arrays["x"][-1] == 7
    with pytest.raises(ValueError, match="read-only"):
        entry.arrays["x"][0] = 1


def test_arrays_are_plain_npy_files(store):
    store.put("key", {"x": np.arange(6).reshape(2, 3)})
    np.testing.assert_array_equal(np.load(store.root / "key" / "x.npy"), [[0, 1, 2], [3, 4, 5]])


def test_nothing_under_an_unknown_key(store):
    assert store.get("key") is None


def cut(folder):
    path = folder / "x.npy"
    path.write_bytes(path.read_bytes()[:-1])


def lengthen(folder):
    with (folder / "x.npy").open("ab") as file:
        file.write(b"\0")


def edit(folder, size):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["arrays"]["x"] = size
    path.write_text(json.dumps(manifest))


def retype(folder):
    path = folder / "x.npy"
    path.write_bytes(path.read_bytes().replace(b"<i8", b"<q9"))


def rewrite(folder, old, new):
    path = folder / "manifest.json"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def reshape(folder):
    path = folder / "x.npy"
    path.write_bytes(path.read_bytes().replace(b"(5,)", b"(4,)"))


DAMAGE = {
    "cut": cut,
    "longer": lengthen,
    "empty": lambda folder: (folder / "x.npy").write_bytes(b""),
    "no array": lambda folder: (folder / "x.npy").unlink(),
    "no manifest": lambda folder: (folder / "manifest.json").unlink(),
    "no json": lambda folder: (folder / "manifest.json").write_text('{"arrays": '),
    "other json": lambda folder: (folder / "manifest.json").write_text("[1, 2]"),
    "not utf-8": lambda folder: (folder / "manifest.json").write_bytes(b"\xff"),
    "other size": lambda folder: edit(folder, size=99),
    "no size": lambda folder: edit(folder, size=None),
    "no dtype": retype,
    "another meta": lambda folder: rewrite(folder, '"old": true', '"old": false'),
    "a digest that is no longer there": lambda folder: rewrite(folder, '"digest"', '"digits"'),
    "no version": lambda folder: rewrite(folder, '"version": 2,', ""),
    "a file elsewhere": lambda folder: rewrite(folder, '"x"', '"../../x"'),
    "deep": lambda folder: (folder / "manifest.json").write_text("[" * 100_000),
    "a shorter array in a file of the same length": reshape,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_entry_is_absent_and_can_be_put_again(store, damage):
    store.put("key", {"x": np.arange(5)}, {"old": True})
    damage(store.root / "key")
    assert store.get("key") is None
    entry = store.put("key", {"x": np.arange(3)}, {"old": False})
    assert entry.meta == {"old": False}
    np.testing.assert_array_equal(store.get("key").arrays["x"], [0, 1, 2])
    assert [path.name for path in store.root.iterdir()] == ["key"]


def test_killed_while_writing_leaves_no_entry(store):
    code = (
        "import numpy as np, sys, time\n"
        "from ecgbook import store\n"
        "save = np.lib.format.write_array\n"
        "def slow(file, *args, **more):\n"
        "    save(file, *args, **more); print('saved', flush=True); time.sleep(60)\n"
        "np.lib.format.write_array = slow\n"
        "store.Store(sys.argv[1]).put('key', {'x': np.zeros(9), 'y': np.zeros(9)})\n"
    )
    arguments = [sys.executable, "-c", code, str(store.root)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"saved\n"
        process.send_signal(signal.SIGKILL)
    assert store.get("key") is None
    (left_over,) = store.root.iterdir()
    old = time.time() - 2 * 24 * 3600
    os.utime(left_over, (old, old))
    store.put("other", {"x": np.zeros(3)})
    assert [path.name for path in store.root.iterdir()] == ["other"]


def test_array_that_cannot_be_saved_leaves_nothing(store):
    with pytest.raises(ValueError, match="pickle"):
        store.put("key", {"x": np.array([{}])})
    assert list(store.root.iterdir()) == []


def test_entries_of_an_earlier_version_are_read(store):
    store.put("key", {"x": np.arange(5)}, {"old": True})
    path = store.root / "key" / "manifest.json"
    now = json.loads(path.read_text())
    path.write_text(json.dumps({name: now[name] for name in ("arrays", "meta")}))
    assert store.get("key").meta == {"old": True}


def test_first_writer_wins(store):
    store.put("key", {"x": np.arange(3)}, {"by": "first"})
    entry = store.put("key", {"x": np.arange(3)}, {"by": "second"})
    assert entry.meta == {"by": "first"}
    assert [path.name for path in store.root.iterdir()] == ["key"]


def test_root_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "store")
    with pytest.warns(UserWarning, match="cannot be written, nothing is kept"):
        entry = store.put("key", {"x": np.arange(3)}, {"n": 1})
    np.testing.assert_array_equal(entry.arrays["x"], [0, 1, 2])
    assert entry.meta == {"n": 1}
    assert not entry.arrays["x"].flags.writeable
    assert store.get("key") is None


def test_keys():
    key = Store.key("mitdb", "beats", fs=360, leads=("I", "II"))
    assert key.startswith("mitdb-beats-")
    assert key == Store.key("mitdb", "beats", leads=["I", "II"], fs=np.int64(360))
    others = [
        Store.key("mitdb", "beats", fs=361, leads=("I", "II")),
        Store.key("mitdb", "beats", fs=360),
        Store.key("mitdb-beats", fs=360, leads=("I", "II")),
        Store.key("mitdb", "beats", fs="360", leads=("I", "II")),
    ]
    assert len({key, *others}) == 5
    with pytest.raises(TypeError, match="plain values"):
        Store.key("a", value=object())


@given(st.text(max_size=300))
def test_any_key_is_one_folder_name(text):
    key = Store.key(text)
    assert "/" not in key
    assert "\\" not in key
    assert not key.startswith(".")
    assert len(key.encode()) < 255 or len(text.encode()) > len(text)


def test_default_root(monkeypatch, tmp_path):
    monkeypatch.setenv("ECGBOOK_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    assert Store().root == tmp_path / "store"
    monkeypatch.setenv("ECGBOOK_CACHE", "~/here")
    assert "~" not in str(cache_dir())
    monkeypatch.delenv("ECGBOOK_CACHE")
    assert cache_dir().name == "ecgbook"


def test_doctest():
    assert doctest.testmod(module).failed == 0


@given(
    pieces=st.lists(st.integers(0, 5), min_size=1, max_size=6),
    shape=hnp.array_shapes(min_dims=0, max_dims=2, max_side=3),
    dtype=st.sampled_from(["f4", "i8", "?", ">i2"]),
)
def test_pieces_become_one_array(tmp_path_factory, pieces, shape, dtype):
    store = Store(tmp_path_factory.mktemp("store"))
    whole = np.arange(sum(pieces) * int(np.prod(shape))).reshape(-1, *shape).astype(dtype)
    with store.create("key", {"n": 1}) as writer:
        for piece in np.split(whole, np.cumsum(pieces)[:-1]):
            writer.append("x", piece)
        writer.put("y", np.arange(2))
        writer.meta["late"] = True
    np.testing.assert_array_equal(writer.entry.arrays["x"], whole)
    np.testing.assert_array_equal(np.load(store.root / "key" / "x.npy"), whole)
    assert store.get("key").arrays["x"].dtype == dtype
    assert store.get("key").meta == {"n": 1, "late": True}


@pytest.mark.parametrize(
    "other", [np.zeros((1, 4), "f4"), np.zeros(3, "f4"), np.zeros((1, 3)), np.zeros((1, 3), "i8")]
)
def test_pieces_of_another_form_are_refused(store, other):
    with pytest.raises(ValueError, match="x has pieces"):
        write(store, np.zeros((2, 3), "f4"), other)
    assert list(store.root.iterdir()) == []


def write(store, *pieces, error=None):
    with store.create("key") as writer:
        for piece in pieces:
            writer.append("x", piece)
        if error is not None:
            raise error


def test_an_error_while_writing_leaves_nothing(store):
    with pytest.raises(KeyError, match="recording"):
        write(store, np.zeros(3), error=KeyError("a recording that cannot be read"))
    assert store.get("key") is None
    assert list(store.root.iterdir()) == []


def test_a_full_disk_is_said_in_one_sentence(store):
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(
        EcgError,
        match=r"key cannot be kept in .*store \(No space left on device\): free some .*ECGBOOK",
    ):
        write(store, np.zeros(3), error=full)
    with pytest.raises(PermissionError):
        write(store, error=PermissionError("of a file elsewhere"))
    assert list(store.root.iterdir()) == []


def test_pieces_find_a_place_where_the_root_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "store")
    with pytest.warns(UserWarning, match="nothing is kept"), store.create("key") as writer:
        writer.append("x", np.arange(3))
    np.testing.assert_array_equal(writer.entry.arrays["x"], [0, 1, 2])
    assert store.get("key") is None


DAY_S = 24 * 3600


@pytest.fixture
def fill(store, monkeypatch):
    """Return a function that puts entries of a megabyte, last read some days ago by others."""

    def put(**days):
        for name in days:
            stem, code = name.split("_")[:2]
            store.put(key(stem, name), {"x": np.zeros(125_000)}, {"code": code})
        for name, ago in days.items():
            folder = store.root / key(name.split("_")[0], name)
            then = time.time() - ago * DAY_S
            os.utime(folder / "manifest.json", (then, then))
            module._READ.discard(folder)

    monkeypatch.setenv("ECGBOOK_STORE_GB", "1")
    return put


def names(store):
    return {path.name for path in store.root.iterdir()}


def key(stem, name):
    return f"{stem}-{hash(name) & 0xFFFFFFFFFFFFFFFF:016x}"


def test_what_other_code_made_goes_when_nobody_read_it_for_two_weeks(store, fill):
    fill(aami_old=15, aami_old_2=13, aami_new=15, rhythm_old=15, aam_old=15, aami2_old=15)
    before = names(store)
    store.put(key("aami", "aami_new_2"), {"x": np.zeros(3)}, {"code": "new"})
    assert before - names(store) == {key("aami", "aami_old")}


def test_reading_an_entry_keeps_it(store, fill):
    fill(aami_old=15)
    store.get(key("aami", "aami_old"))
    module._READ.clear()  # as if another process had read it
    store.put(key("aami", "aami_new"), {"x": np.zeros(3)}, {"code": "new"})
    assert key("aami", "aami_old") in names(store)


def test_a_store_that_is_too_large_loses_what_was_not_read_for_longest(store, fill, monkeypatch):
    fill(a_1=2, b_1=5, c_1=1, d_1=4, e_1=3)
    monkeypatch.setenv("ECGBOOK_STORE_GB", "0.0035")
    store.put("new", {"x": np.zeros(125_000)})
    # Three and a half megabytes hold the new one and those read two days ago and less.
    assert names(store) == {"new", key("a", "a_1"), key("c", "c_1")}


def test_what_this_process_reads_stays_whatever_its_size(store, fill, monkeypatch):
    fill(a_1=30, b_1=20)
    entry = store.get(key("a", "a_1"))
    os.utime(store.root / key("a", "a_1") / "manifest.json", (0, 0))
    monkeypatch.setenv("ECGBOOK_STORE_GB", "0")
    store.put("new", {"x": np.ones(3)})
    assert names(store) == {key("a", "a_1"), "new"}
    assert entry.arrays["x"].sum() == 0


def test_a_bound_that_is_no_number_is_refused(store, monkeypatch):
    monkeypatch.setenv("ECGBOOK_STORE_GB", "20 GB")
    with pytest.raises(EcgError, match=r"ECGBOOK_STORE_GB is a number of gigabytes, got '20 GB'"):
        store.put("new", {"x": np.ones(3)})


def test_a_run_that_ends_meanwhile_does_not_stop_another_from_writing(tmp_path, monkeypatch):
    store = Store(tmp_path)
    gone = tmp_path / ".unfinished-moved"  # listed, and renamed before it is looked at
    monkeypatch.setattr(Path, "glob", lambda folder, pattern: [gone])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        folder = store._unfinished()
    assert folder.parent == tmp_path


def test_an_array_that_is_cut_by_a_full_disk_is_noticed(tmp_path):
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "import numpy as np; from ecgbook.store import Store\n"
        "Store(sys.argv[1]).put('key', {'x': np.zeros(200)})"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "store")]
    full = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "EcgError: key cannot be kept" in full.stderr
    assert list((tmp_path / "store").iterdir()) == []
