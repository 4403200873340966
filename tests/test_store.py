import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

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


def edit(folder, **changes):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["arrays"]["x"].update(changes)
    path.write_text(json.dumps(manifest))


DAMAGE = {
    "cut": cut,
    "longer": lengthen,
    "empty": lambda folder: (folder / "x.npy").write_bytes(b""),
    "no array": lambda folder: (folder / "x.npy").unlink(),
    "no manifest": lambda folder: (folder / "manifest.json").unlink(),
    "no json": lambda folder: (folder / "manifest.json").write_text('{"arrays": '),
    "other json": lambda folder: (folder / "manifest.json").write_text("[1, 2]"),
    "not utf-8": lambda folder: (folder / "manifest.json").write_bytes(b"\xff"),
    "other shape": lambda folder: edit(folder, shape=[99]),
    "other dtype": lambda folder: edit(folder, dtype="<f4"),
    "no dtype": lambda folder: edit(folder, dtype="nonsense"),
    "more": lambda folder: edit(folder, colour="red"),
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
        "save = np.save\n"
        "def slow(path, *args, **more):\n"
        "    save(path, *args, **more); print('saved', flush=True); time.sleep(60)\n"
        "store.np.save = slow\n"
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
