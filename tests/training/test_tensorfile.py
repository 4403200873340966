import os

import pytest
import torch

from ecgbook.errors import DataCorrupt, DataMissing, TrainingFailed
from ecgbook.training.tensorfile import read_tensors, write_tensors


def test_round_trip(tmp_path):
    tied = torch.arange(6.0).reshape(2, 3)
    written = {"a": tied, "b": tied.T, "mask": torch.tensor([True, False]), "n": torch.tensor(7)}
    write_tensors(tmp_path / "new" / "file", written, {"note": "ü"})
    tensors, notes = read_tensors(tmp_path / "new" / "file")
    assert notes == {"note": "ü"}
    assert tensors.keys() == written.keys()
    assert all(torch.equal(tensors[name], written[name]) for name in written)
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["file"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_tensors(path, {"a": torch.zeros(2)}, {})

    def full(descriptor):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TrainingFailed, match=r"file cannot be written .*No space.*another place"):
        write_tensors(path, {"a": torch.ones(2)}, {})
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert torch.equal(read_tensors(path)[0]["a"], torch.zeros(2))


@pytest.mark.parametrize("keep", [0, 4, 20, 100])
def test_a_damaged_file_is_named(tmp_path, keep):
    path = tmp_path / "weights.safetensors"
    write_tensors(path, {"a": torch.zeros(100)}, {})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataCorrupt, match=r"weights\.safetensors is damaged"):
        read_tensors(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataMissing, match=r"no file .*nowhere"):
        read_tensors(tmp_path / "nowhere")
