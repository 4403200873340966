"""Weights that came with the book; the round trip of every model is in tests/models."""

import pytest
import torch

from ecgbook import DataMissing, models
from ecgbook.training import load_released, save_weights, weights


@pytest.fixture
def released(tmp_path, monkeypatch):
    model = models.create_model("beat_discriminator", seed=3)
    save_weights(tmp_path / "judge.safetensors", model, classes=["real"], fs=360, seed=3)
    (tmp_path / "01-signals.cpu.json").write_text("{}")
    monkeypatch.setattr(weights, "reference_files", lambda: sorted(tmp_path.iterdir()))
    return model


def test_released_weights_are_found_by_name(released):
    model, card = load_released("judge")
    assert card["seed"] == 3
    assert all(map(torch.equal, model.parameters(), released.parameters()))


def test_unknown_weights_are_refused_with_the_names_of_those_there(released):
    with pytest.raises(DataMissing, match=r"no released weights 'jury'; there are judge:"):
        load_released("jury")


def test_the_book_brings_level_1_of_chapter_4_in_under_6_mb():
    model, card = load_released("madegan-usual")
    assert type(model).__name__ == "MemoryAutoencoder"
    assert sum(p.numel() for p in model.parameters()) == 1_225_408  # as in the public code
    (path,) = (p for p in weights.reference_files() if p.name == "madegan-usual.safetensors")
    assert path.stat().st_size < 6e6
    assert path.with_suffix(".md").is_file()  # its model card
    assert card["fs"] == 360
