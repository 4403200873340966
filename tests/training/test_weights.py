"""Files of weights that do not fit; the round trip of every model is in tests/models."""

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from ecgbook.errors import DataCorrupt, EcgError, ModelInvalid
from ecgbook.models import create_model
from ecgbook.training import load_model, load_weights, save_weights
from ecgbook.training.tensorfile import read_tensors, write_tensors

CLASSES = list("NSVFQ")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "weights.safetensors"
    save_weights(path, create_model("beat_cnn", width=4), classes=CLASSES, fs=360)
    return path


def rewrite(path, tensors=None, card=None):
    """Write the file again, without digest, with some of its tensors or notes replaced."""
    before, notes = read_tensors(path)
    notes = {name: note for name, note in notes.items() if not name.startswith("digest")}
    before = {name: tensor.clone() for name, tensor in before.items()}
    write_tensors(path, before | (tensors or {}), notes | (card or {}))


def test_weights_of_other_sizes_are_refused(path):
    with pytest.raises(ModelInvalid, match=r"holds beat_cnn with config .*'width': 4.*beat\.0\.0"):
        load_weights(create_model("beat_cnn"), path)
    with pytest.raises(ModelInvalid, match="does not fit this Linear"):
        load_weights(nn.Linear(3, 2), path)


def test_a_network_of_ones_own_cannot_be_saved_as_one_of_the_book(tmp_path):
    with pytest.raises(ModelInvalid, match=r"made by models\.create_model"):
        save_weights(tmp_path / "weights.safetensors", nn.Linear(3, 2), classes="NV", fs=360)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "card",
    [
        {"fs": 0},
        {"fs": float("nan")},
        {"fs": float("inf")},
        {"fs": "360"},
        {"classes": []},
        {"classes": [1, 2]},
        {"seed": torch.tensor(3)},
    ],
)
def test_a_card_that_could_not_be_read_is_not_written(tmp_path, card):
    with pytest.raises(ModelInvalid, match=r"cannot note this in .*weights"):
        save_weights(
            tmp_path / "weights", create_model("beat_cnn"), **{"classes": CLASSES, "fs": 360} | card
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_weights_without_value_are_neither_saved_nor_loaded(path, value):
    broken = torch.zeros(5)
    broken[3] = value
    model = create_model("beat_cnn", width=4)
    model.load_state_dict(model.state_dict() | {"head.3.bias": broken})
    with pytest.raises(ModelInvalid, match=r"head\.3\.bias of the model for .* is not finite"):
        save_weights(path.with_name("other"), model, classes=CLASSES, fs=360)
    assert not path.with_name("other").exists()
    rewrite(path, {"head.3.bias": broken})
    with pytest.raises(ModelInvalid, match=r"head\.3\.bias of .*safetensors is not finite"):
        load_model(path)


@pytest.mark.parametrize("dtype", [torch.int64, torch.int8, torch.bool, torch.complex64])
def test_weights_of_another_kind_of_number_are_refused(path, dtype):
    try:
        rewrite(path, {"head.3.bias": torch.ones(5, dtype=dtype)})
    except KeyError:
        pytest.skip(f"this version of safetensors cannot write {dtype}")
    with pytest.raises(ModelInvalid, match=rf"head\.3\.bias .* is {dtype}, .* torch\.float32"):
        load_model(path)


def test_a_count_that_is_no_integer_is_refused(path):
    rewrite(path, {"beat.0.1.num_batches_tracked": torch.tensor(1.0)})
    with pytest.raises(ModelInvalid, match=r"num_batches_tracked .* is torch\.float32, .*int64"):
        load_model(path)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_another_precision_is_converted(path, dtype):
    exact = torch.tensor([0.5, -2.0, 0.0, 1.25, 3.0])  # in every precision
    rewrite(path, {"head.3.bias": exact.to(dtype)})
    model, _ = load_model(path)
    assert model.head[3].bias.dtype == torch.float32
    assert torch.equal(model.head[3].bias, exact)


def test_what_is_too_large_for_the_precision_of_the_model_is_refused(path):
    rewrite(path, {"head.3.bias": torch.full((5,), 1e300, dtype=torch.float64)})
    with pytest.raises(ModelInvalid, match="is not finite"):
        load_model(path)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ({"model": 3}, r"Expected `str`, got `int` - at `\$\.model`"),
        ({"config": [1]}, r"Expected `object`, got `array` - at `\$\.config`"),
        ({"config": "[" * 100_000}, "config"),
        ({"classes": []}, "length >= 1"),
        ({"classes": ["N", 2]}, r"\$\.classes\[1\]"),
        ({"fs": -360}, r"> 0\.0 - at `\$\.fs`"),
        ({"fs": float("nan")}, r"\$\.fs"),
        ({"fs": "360"}, r"\$\.fs"),
    ],
)
def test_a_wrong_card_is_refused_with_the_place(path, card, message):
    (name, value) = next(iter(card.items()))
    text = value if name == "config" and isinstance(value, str) else json.dumps(value)
    rewrite(path, card={name: text})
    for load in (load_model, lambda path: load_weights(create_model("beat_cnn", width=4), path)):
        with pytest.raises(DataCorrupt, match=rf"card of .*safetensors is wrong .*{message}"):
            load(path)


def test_a_card_that_lacks_something_is_refused(path):
    tensors, notes = read_tensors(path)
    tensors = {name: tensor.clone() for name, tensor in tensors.items()}
    notes = {name: note for name, note in notes.items() if not name.startswith("digest")}
    for name in ("model", "config", "classes", "fs"):
        write_tensors(path, tensors, {key: notes[key] for key in notes if key != name})
        with pytest.raises(DataCorrupt, match=f"missing required field `{name}`"):
            load_model(path)


def test_an_unknown_model_is_refused_with_close_names(path):
    rewrite(path, card={"model": '"beat_cmm"'})
    with pytest.raises(ModelInvalid, match="no model 'beat_cmm'; did you mean beat_cnn"):
        load_model(path)


@pytest.mark.parametrize(
    "config",
    [
        {"width": 10**9},  # 128 terabytes
        {"width": 10**40},
        {"width": "wide"},
        {"width": 4, "depth": 3},
        {"name": "beat_cnn"},
        {"leads": {}},
    ],
)
def test_a_card_that_promises_another_model_takes_no_memory(path, config):
    rewrite(path, card={"config": json.dumps(config)})
    with pytest.raises(ModelInvalid, match=r"does not fit|cannot be built"):
        load_model(path)


def test_weights_of_another_program_fill_a_model_that_they_fit(tmp_path):
    model = create_model("beat_cnn", seed=1)
    write_tensors(tmp_path / "file", model.state_dict(), {"format": "pt", "config": "plain text"})
    other = create_model("beat_cnn", seed=2)
    assert load_weights(other, tmp_path / "file") == {"format": "pt", "config": "plain text"}
    assert torch.equal(other.head[3].weight, model.head[3].weight)
    with pytest.raises(ModelInvalid, match="does not say of which model it is; use load_weights"):
        load_model(tmp_path / "file")


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "file"
    save_weights(path, create_model("beat_cnn", width=1), classes=CLASSES, fs=360, seed=3)
    return path, path.read_bytes()


@given(st.data())
def test_a_changed_file_loads_or_is_refused_in_words(content, data):
    path, whole = content
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.with_name("changed").write_bytes(changed)
    try:
        model, card = load_model(path.with_name("changed"))
    except EcgError:
        return
    assert card["fs"] > 0
    assert all(value.isfinite().all() for value in model.state_dict().values())


def test_any_changed_byte_is_noticed(path):
    good = path.read_bytes()
    load_model(path)
    for place in [*range(0, 1200, 7), *range(1200, len(good), 311)]:
        path.write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
        with pytest.raises((DataCorrupt, ModelInvalid)):
            load_model(path)


@pytest.mark.parametrize("lost", ["digest", "digest_of"])
def test_a_digest_does_not_get_lost_unseen(path, lost):
    tensors, notes = read_tensors(path)
    tensors = {name: tensor.clone() for name, tensor in tensors.items()}
    del notes[lost]
    write_tensors(path, tensors, notes)
    with pytest.raises(DataCorrupt, match="its digest is wrong"):
        load_weights(create_model("beat_cnn", width=4), path)
