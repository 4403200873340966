"""Transfer of chapter 6: from arrhythmias to infarctions."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from ecgbook import RecordInvalid, models, open_database
from ecgbook.datasets import Examples, Split
from ecgbook.models import count_parameters
from ecgbook.studies import infarction as study
from ecgbook.studies.study import Training, Work


@pytest.fixture(scope="module")
def beats():
    """Return 40 recordings of five beats each; the ill ones have a taller end."""
    n = 40
    record = np.repeat([f"r{k}" for k in range(n)], 5)
    ill = np.repeat(np.arange(n) % 2 == 1, 5)
    fold = np.repeat(1 + np.arange(n) // 2 % 10, 5)
    x = np.random.default_rng(0).random((5 * n, 1, 187), np.float32) * 0.1
    x[ill, 0, 100:] += 0.5
    rows = {"patient": record, "record": record, "sample": np.arange(5 * n), "fold": fold}
    return Examples(x, ill[:, None], study.CLASSES, pd.DataFrame(rows), fs=125, leads=["II"])


@pytest.fixture
def base(monkeypatch):
    made = models.create_model("course_cnn", seed=5)
    monkeypatch.setattr("ecgbook.training.load_released", lambda name: (made, {}))
    return made


def weights(model):
    return torch.cat([weight.flatten() for weight in model.trunk.parameters()])


def test_sizes_are_the_published_ones(base):
    assert count_parameters(study.start("frozen"), "keras") == 332_785
    assert count_parameters(study.start("frozen")) == 98_817
    assert count_parameters(study.start("fine_tuned")) == 332_785


def test_only_scratch_starts_from_fresh_weights(base):
    assert torch.equal(weights(study.start("frozen")), weights(base))
    assert torch.equal(weights(study.start("fine_tuned")), weights(base))
    assert not torch.equal(weights(study.start("scratch")), weights(base))


def test_training_moves_the_trunk_unless_it_is_frozen(base, beats):
    split = Split.by_fold(beats, valid=9, test=10)
    budget = Training(examples=100, draws=2_000)
    options = {"progress": False, "device": "cpu"}
    rows = study.some_records(beats, split, "all")
    frozen, tuned = (
        study.train(beats, split, rows, method, budget, **options)
        for method in ("frozen", "fine_tuned")
    )
    assert torch.equal(weights(frozen), weights(base))
    assert not torch.equal(weights(tuned), weights(base))


def test_few_recordings_are_half_of_each_kind_and_part_of_more(beats):
    split = Split.by_fold(beats, valid=9, test=10)
    few, more = (study.some_records(beats, split, n, seed=3) for n in (4, 8))
    assert set(few) <= set(more) <= set(split.train)
    kinds = pd.Series(beats.y[few, 0], beats.record[few]).groupby(level=0).first()
    assert sorted(kinds) == [False, False, True, True]
    with pytest.raises(RecordInvalid, match="of each kind"):
        study.some_records(beats, split, 1)


def test_a_recording_is_answered_once_by_the_mean_of_its_beats():
    probability = np.array([[0.2], [0.4], [0.9], [0.6]])
    whole = study.of_recordings(probability, np.array(["a", "b", "a", "b"]))
    np.testing.assert_allclose(whole[:2, 0], [0.55, 0.5])
    assert np.isnan(whole[2:]).all()


def test_answers_are_by_beat_and_by_recording(base, beats):
    split = Split.by_fold(beats, valid=9, test=10)
    work = Work({"method": "scratch", "n_labels": 4}, Training(examples=1, draws=400))
    by_beat, whole = study.answer(beats, split, work)
    assert (by_beat.fields, whole.fields) == ({"scored": "beat"}, {"scored": "recording"})
    assert np.isfinite(whole.test).sum() == len(set(beats.record[split.test]))


def test_without_folds_patients_are_parted(beats):
    unfolded = replace(beats, rows=beats.rows.drop(columns="fold"))
    split = study.by_fold(unfolded)
    assert split.name == "by patient"


@pytest.mark.real
def test_a_quick_look_has_both_kinds_in_every_fold():
    database = open_database("ptb-xl")
    beats = study.beats_of(database, study.few_records(database, n=2))
    kinds = beats.rows.assign(ill=beats.y[:, 0]).groupby("fold")["ill"].nunique()
    assert len(kinds) == 10
    assert (kinds == 2).all()
