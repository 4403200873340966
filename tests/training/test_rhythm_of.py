"""What a released network says of one recording of somebody's own."""

import numpy as np
import pytest
import torch

from ecgbook import ModelInvalid, Recording, RecordInvalid, released
from ecgbook.models import create_model
from ecgbook.training import rhythm_of, save_weights

CLASSES = ["N", "A", "O", "~"]


def recording(seconds=30, fs=100, leads=("ECG",), scale=1.0):
    x = np.random.default_rng(0).standard_normal((len(leads), int(seconds * fs)))
    return Recording(scale * np.cumsum(x, axis=1) / 50, fs=fs, leads=leads)


@pytest.fixture(autouse=True)
def save(tmp_path, monkeypatch):
    """Write a small network with a card; what is named replaces what the card says."""
    monkeypatch.setattr(released, "path", lambda name: tmp_path / name)
    model = create_model("rhythm_crnn", widths=(4, 8), units=4, seed=1)

    def save(**notes):
        card = {"temperature": 2.0, "limit": 0.0, "duration_s": [9, 61], **notes}
        path = tmp_path / "mine.safetensors"
        save_weights(path, model, classes=CLASSES, fs=100, **card)
        return model.eval()

    save()
    return save


def test_the_answer_is_the_softmax_of_the_logits_over_the_temperature(save):
    model, one = save(temperature=2.0), recording()
    x = (one.signal - one.signal.mean()) / one.signal.std()
    with torch.no_grad():
        expected = (model(torch.from_numpy(x)[None]) / 2).softmax(dim=1)[0]
    said = rhythm_of(one, "mine")
    np.testing.assert_allclose([*said.probability.values()], expected, rtol=1e-4)
    assert said.name == CLASSES[int(expected.argmax())]


def test_it_is_sure_where_the_likeliest_class_reaches_the_limit(save):
    likeliest = max(rhythm_of(recording(), "mine").probability.values())
    for limit, sure in ((likeliest - 1e-3, True), (likeliest + 1e-3, False)):
        save(limit=limit)
        said = rhythm_of(recording(), "mine")
        assert said.sure is sure
        assert str(said).startswith("not sure (") is not sure


def test_the_height_of_a_recording_does_not_matter():
    one, tenfold = (rhythm_of(recording(scale=k), "mine").probability for k in (1, 10))
    assert one == pytest.approx(tenfold, abs=1e-5)


def test_the_lead_is_i_or_the_first_or_the_one_asked_for():
    twelve = recording(leads=("II", "I", "V1"))
    assert rhythm_of(twelve, "mine").lead == "I"
    assert rhythm_of(twelve.select("V1", "II"), "mine").lead == "V1"
    assert rhythm_of(twelve, "mine", lead="II").lead == "II"
    alone = rhythm_of(twelve.select("II"), "mine")
    assert rhythm_of(twelve, "mine", lead="II").probability == pytest.approx(alone.probability)
    with pytest.raises(RecordInvalid, match="no lead 'V6'"):
        rhythm_of(twelve, "mine", lead="V6")


@pytest.mark.parametrize("fs", [50, 257, 300, 1000])
def test_another_rate_is_brought_to_that_of_the_card(fs):
    slow = np.sin(2 * np.pi * 1.2 * np.arange(30 * fs) / fs)
    at_100 = np.sin(2 * np.pi * 1.2 * np.arange(3000) / 100)
    said, expected = (
        rhythm_of(Recording(x[None], fs=rate, leads=["I"]), "mine").probability
        for x, rate in ((slow, fs), (at_100, 100))
    )
    assert said == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("seconds", [5, 90])
def test_what_is_too_short_or_too_long_is_refused_with_the_remedy(seconds):
    with pytest.raises(RecordInvalid, match=rf"lasts {seconds}\.0 s.*9 to 61 s.*window"):
        rhythm_of(recording(seconds), "mine")


def test_short_gaps_are_bridged_and_long_ones_refused():
    signal = recording().signal.copy()
    signal[0, 500:504] = np.nan
    assert sum(rhythm_of(Recording(signal, 100, ["I"]), "mine").probability.values()) == (
        pytest.approx(1)
    )
    signal[0, 500:600] = np.nan
    with pytest.raises(RecordInvalid, match="lead I has no value from 5"):
        rhythm_of(Recording(signal, 100, ["I"]), "mine")


def test_a_flat_recording_has_no_rhythm():
    with pytest.raises(RecordInvalid, match="lead I is flat"):
        rhythm_of(Recording(np.full((1, 3000), 0.3), 100, ["I"]), "mine")


def test_a_network_without_a_limit_is_refused(tmp_path):
    model = create_model("rhythm_crnn", widths=(4, 8), units=4)
    save_weights(tmp_path / "mine.safetensors", model, classes=CLASSES, fs=100)
    with pytest.raises(ModelInvalid, match="card lacks temperature"):
        rhythm_of(recording(), "mine")
