"""Chapter 8: pretraining without labels, and what few labels are worth after it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from ecgbook.datasets import Examples
from ecgbook.errors import PatientLeak
from ecgbook.models import count_parameters
from ecgbook.studies import lead_pretraining as study
from ecgbook.studies import lead_records
from ecgbook.studies.study import Training, Work
from tests.studies.twelve_leads import make_recordings

TINY = Training(examples=1000, draws=60, options={"unlabelled": 4, "few": 2, "cpc_draws": 60})


@pytest.fixture(scope="module")
def records():
    return make_recordings(elsewhere=0)


@pytest.fixture(scope="module")
def split(records):
    return lead_records.by_fold(records)


@pytest.fixture(autouse=True)
def windows(monkeypatch):
    """Have six windows of noise in each of the other databases."""

    def taken(database, records=None):
        x = np.random.default_rng(len(database.name)).normal(size=(6, 1, 1000))
        rows = {"patient": list("abcdef"), "record": list("abcdef"), "sample": 0, "named": "ECG"}
        return Examples(x, np.zeros(6, int), ("unlabelled",), pd.DataFrame(rows), 100, ["ECG"])

    monkeypatch.setattr(study, "unlabelled_windows", taken)
    database = SimpleNamespace(records=("a", "b"))
    named = lambda name, kind: SimpleNamespace(name=name, **vars(database))  # noqa: E731
    monkeypatch.setattr(study, "open_database", named)


def test_the_corpus_is_the_training_part_and_some_windows_of_others(records, split):
    x, table = study.corpus(records, split, TINY)
    count = table["source"].value_counts().to_dict()
    assert count == {"ptb-xl": len(split.train), **dict.fromkeys(study.ELSEWHERE, 4)}
    assert len(x) == len(table)
    np.testing.assert_array_equal(x[: len(split.train)], records.x[split.train])
    assert not set(table["record"]) & set(records.record[np.r_[split.valid, split.test]])


def test_a_test_recording_under_another_name_is_refused(records, split):
    x = records.x.copy()
    x[split.train[0]] = x[split.test[0]]
    with pytest.raises(PatientLeak, match="1 of"):
        study.corpus(replace(records, x=x), split, TINY)


def test_few_recordings_are_a_part_of_more(records, split):
    some = [set(study.few_rows(records, split, p, TINY, seed=2)) for p in study.PERCENTS]
    assert some[0] < some[1] < some[2]
    assert some[2] == {r for r in split.train if records.y[r, :5].any()}
    assert len(some[1]) == round(len(some[2]) / 10)


def weights(model):
    return torch.cat([weight.flatten() for weight in model.trunk.parameters()])


def test_each_way_starts_from_its_trunk():
    encoder = study.made("cpc", seed=5)
    probe, tuned, scratch = (study.started(way, encoder, seed=1) for way in study.WAYS)
    assert torch.equal(weights(probe), weights(encoder))
    assert torch.equal(weights(tuned), weights(encoder))
    assert not torch.equal(weights(scratch), weights(encoder))
    assert count_parameters(probe) == 5 * (2 * 192 + 1)  # mean and largest of 192 contexts
    assert count_parameters(tuned) == count_parameters(scratch) > 400_000


def test_a_hundredth_of_the_labels_is_seen_about_three_times_as_often():
    training = Training(examples=1, draws=46_000)
    seen = {p: study._for_few(training, p).draws / (23 * p) for p in study.PERCENTS}
    assert seen[100] == 20
    assert seen[1] / seen[100] == pytest.approx(100**0.25, rel=1e-3)


def test_every_way_answers_after_every_share_of_the_labels(records, split, tmp_path):
    work = Work({"method": "cpc", "labels": "superclasses"}, TINY, checkpoint=tmp_path / "k.0")
    answers = study.answer(records, split, work)
    told = [(one.fields["labels_percent"], one.fields["way"]) for one in answers]
    assert told == [(p, way) for p in study.PERCENTS for way in study.WAYS]
    for one in answers:
        assert one.test.shape == (len(split.test), 31)
        judged = records.y[split.test, :5].any(axis=1)
        np.testing.assert_array_equal(np.isfinite(one.test[:, :5]).all(axis=1), judged)
    again = study.answer(records, split, work)  # from its checkpoints
    np.testing.assert_array_equal(again[0].test, answers[0].test)
    assert {path.name.split(".")[0] for path in tmp_path.iterdir()} == {"k"}
