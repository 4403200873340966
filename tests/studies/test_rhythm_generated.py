"""Generated recordings: from training recordings only, kept once, and measured as real ones are."""

import numpy as np
import pandas as pd
import pytest

from ecgbook.datasets import standardised
from ecgbook.signals import mu_law_decode
from ecgbook.studies import rhythm_generated as study
from ecgbook.studies import rhythm_likeness
from ecgbook.studies.rhythm_methods import one_split
from ecgbook.studies.study import Training, Work
from tests.studies.rhythms import make_recordings

SMALL = {"wavenet_sizes": {"channels": 4, "skip": 4, "layers": 3, "blocks": 1}}
TINY = Training(
    examples=100, draws=40, options={"generated": 3, "real_or_generated_draws": 20, **SMALL}
)


@pytest.fixture(scope="module")
def records():
    return make_recordings(fs=100, seconds=31, seed=1)


@pytest.fixture
def given(records, monkeypatch, tmp_path):
    monkeypatch.setenv("ECGBOOK_CACHE", str(tmp_path))
    monkeypatch.setattr(study, "recordings", lambda *_: records)


def test_wavenets_continue_training_recordings_which_are_learnt(records, given):
    case = {"method": "rhythm_crnn_augmented", "protocol": "one_split"}
    both = study.extended(None, case, TINY)
    generated = both.rows["generated"].to_numpy()
    assert generated.sum() == 9
    assert both[generated].counts == {"N": 3, "A": 3, "O": 3, "~": 0}
    assert set(both.length[generated]) == {1900}
    split, before = one_split(both), one_split(records)
    assert set(both.patient[generated]) <= set(records.patient[before.train])
    assert set(np.flatnonzero(generated)) <= set(split.train)
    np.testing.assert_array_equal(split.test, before.test)
    np.testing.assert_array_equal(both[~generated].x[3], records.x[3])


def test_a_second_call_trains_nothing(records, given, monkeypatch):
    asked = []

    def drawn(*given):
        asked.append(given)
        return np.array([0, 1]), np.zeros((2, 1900), np.float32)

    monkeypatch.setattr(study, "_continue_all", drawn)
    scaled = standardised(records)
    first, second = (study.continuations(scaled, "wavenet", TINY) for _ in range(2))
    assert len(asked) == 1
    np.testing.assert_array_equal(first[0], second[0])
    study.continuations(scaled, "wavenet", TINY, seed=1)
    assert len(asked) == 2


def test_real_pieces_are_what_followed(records, given, monkeypatch):
    new = np.zeros((2, 1900), np.float32)
    monkeypatch.setattr(study, "continuations", lambda *_: (np.array([4, 0]), new))
    pieces = study.pieces(None, {"method": "wavenet"}, TINY)
    assert pieces.y.tolist() == [0, 0, 1, 1]
    source = standardised(records[one_split(records).train])
    assert pieces.record.tolist() == [*source.record[[4, 0]]] * 2
    expected = source.x[4][0, 1023 : 1023 + 1900]
    assert_nearest_level(pieces.x[0, 0], expected)


def test_levels_stand_for_samples(records):
    scaled = standardised(records[[0]])
    back = mu_law_decode(study.encoded(scaled)[0], full_scale=8.0, levels=256)
    assert_nearest_level(back, scaled.x[0][0])


def assert_nearest_level(level, sample):
    """Refuse levels that are further off than half a step, 2/255 of the curve ln(1 + 255 x / 8)."""
    sample = np.clip(sample, -8, 8)
    half_a_step = np.log(256) / 255 * (8 / 255 + np.abs(sample))
    assert (np.abs(level - sample) <= 1.05 * half_a_step).all()


def test_a_regular_piece_has_the_rhythm_that_it_was_made_with():
    fs, signal = 100, np.zeros(1900, np.float32)
    signal[40::80] = 1.0  # every 0.8 s
    signal[41::80] = 0.5
    measured = dict(
        zip(rhythm_likeness.MEASURES, rhythm_likeness.measured(signal, fs), strict=True)
    )
    assert measured["rr_mean_ms"] == pytest.approx(800, abs=2)
    assert measured["rmssd_to_mean"] == pytest.approx(0, abs=0.01)
    assert measured["levels_used"] == 3
    assert measured["spread"] == pytest.approx(signal.std())


def test_a_flat_piece_has_no_rhythm():
    values = dict(
        zip(
            rhythm_likeness.MEASURES,
            rhythm_likeness.measured(np.zeros(1900, np.float32), 100),
            strict=True,
        )
    )
    assert (values["n_beats"], values["spread"], values["levels_used"]) == (0, 0, 1)
    assert np.isnan(values["rr_mean_ms"])


def test_medians_leave_out_what_is_not_known():
    n = len(rhythm_likeness.MEASURES)
    kind = np.array([0, 0, 0, 1, 1])
    values = np.tile(np.array([1.0, 2.0, 9.0, 5.0, 0.0])[:, None], n)
    known = np.ones((5, n))
    known[4, 0] = 0
    output = np.column_stack([kind, values, known])[None]
    rows = rhythm_likeness.medians(np.zeros(5), output, np.array(list("abcde")))
    rows = rows.set_index(["score", "class"])
    assert rows["value"]["n_beats", "N"] == 2
    assert rows["n"]["n_beats", "N"] == 3
    assert rows["n"]["n_beats", "A"] == 1
    assert rows["value"]["spread", "A"] == 2.5


def test_pieces_are_told_apart_and_measured(records, given, monkeypatch):
    learnt = np.arange(len(one_split(records).train))
    flat = np.tile(np.linspace(-1, 1, 1900, dtype=np.float32), (len(learnt), 1))
    monkeypatch.setattr(study, "continuations", lambda *_: (learnt, flat))
    pieces = study.pieces(None, {"method": "wavenet"}, TINY)
    pieces = pieces[(pieces.rows["rhythm"] != "~").to_numpy()]
    split = rhythm_likeness.split_of(pieces)
    usual, real, generated, unlike = rhythm_likeness.answer(pieces, split, Work({}, TINY))
    assert usual.test.shape == (len(split.test), 2)
    own = pieces.y[split.test]
    judged = [np.isfinite(one.test).all(axis=1) for one in (real, generated, unlike)]
    for found, kind in zip(judged, (0, 1, 1), strict=True):
        np.testing.assert_array_equal(found, own == kind)
    n = len(rhythm_likeness.MEASURES)
    spread = 1 + rhythm_likeness.MEASURES.index("spread")
    expected = flat[0].std() - pieces.x[split.test][own == 0].std(axis=2)[:, 0]
    got = pd.Series(unlike.test[judged[2], spread], pieces.record[split.test][own == 1])
    want = pd.Series(expected, pieces.record[split.test][own == 0])
    np.testing.assert_allclose(got.sort_index(), want.sort_index(), atol=1e-5)
    assert real.test.shape[1] == 1 + 2 * n
