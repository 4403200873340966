"""The flaws of chapter 7 one by one: what is learnt, what is tested, and what is built."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ecgbook.studies import rhythm_flaws as study
from ecgbook.studies.study import Training, Work
from tests.studies.rhythms import make_recordings

TINY = Training(examples=150, draws=38)
CASE = {"method": "window_crann", "rhythms": "n_a", "modules": "built_once"}


@pytest.fixture
def windows(monkeypatch):
    records = make_recordings(n=10, seconds=14)
    monkeypatch.setattr(study, "recordings", lambda *_: records)
    return study.windows_of(None, CASE, TINY)


def test_windows_of_atrial_fibrillation_come_seven_times_as_often(windows):
    assert windows.classes == ("N", "A")
    assert set(windows.length) == {2048}
    long = windows.rows.groupby("record")["sample"]
    # 14 s are 4,200 samples: (4200 - 2048) // 512 + 1 and (4200 - 2048) // 73 + 1 windows.
    assert (len(long.get_group("N0")), len(long.get_group("A2"))) == (5, 30)
    assert study.EVERY == 7


def test_natural_windows_of_fibrillation_are_every_seventh(windows):
    kept = study.natural(windows, np.arange(len(windows)))
    rows = windows.rows.iloc[kept].groupby("record")["sample"]
    assert rows.get_group("A0").tolist() == [0, 511, 1022, 1533, 2044]
    assert rows.get_group("N0").tolist() == [0, 512, 1024, 1536, 2048]


def test_the_leak_alone_sets_two_splits_apart(windows):
    honest, leaky = (study.SPLITS[f"windows_{name}"](windows) for name in ("by_record", "seen"))
    np.testing.assert_array_equal(honest.test, leaky.test)
    np.testing.assert_array_equal(honest.valid, leaky.valid)
    assert len(honest.train) == len(leaky.train)
    assert leaky.leaky
    assert not honest.leaky
    shared = [
        set(windows.record[split.train]) & set(windows.record[split.test])
        for split in (honest, leaky)
    ]
    assert not shared[0]
    assert shared[1]
    assert not set(leaky.train) & set(leaky.test)


def test_each_side_has_its_share_of_the_recordings_of_each_rhythm(monkeypatch):
    """Long recordings, and those in fibrillation, have many windows more: they count as one."""
    random, records = np.random.default_rng(0), make_recordings(n=50, seconds=30)
    length = random.integers(2048, 9000, len(records))
    x = replace(records.x, length=length)
    few = (records.y == 1) & (np.cumsum(records.y == 1) > 15)  # 15 recordings in fibrillation
    records = replace(records, x=x, rows=records.rows.assign(length=length))[~few]
    monkeypatch.setattr(study, "recordings", lambda *_: records)
    windows = study.windows_of(None, CASE, TINY)
    split = study.SPLITS["windows_by_record"](windows)
    for rhythm, n in ((0, 50), (1, 15)):
        of_rhythm = windows.record[windows.y == rhythm]
        for side in (split.valid, split.test):
            there = len(set(of_rhythm) & set(windows.record[side]))
            assert abs(there - n / 5) <= 1


def test_shuffled_windows_say_that_they_leak(windows):
    split = study.SPLITS["windows_shuffled"](windows)
    assert "as published" in split.leaky
    assert set(windows.record[split.train]) & set(windows.record[split.test])


@pytest.fixture
def answers(windows):
    split = study.SPLITS["windows_by_record"](windows)
    return split, study.answer(windows, split, Work(CASE, TINY))


def test_an_oversampled_test_has_more_windows_of_fibrillation_and_the_same_others(windows, answers):
    split, (every, natural, whole) = answers
    fields = [dict(one.fields) for one in (every, natural, whole)]
    assert fields[0] == {"scored": "window", "tested": "oversampled"}
    assert fields[1:] == [{"scored": "window", "tested": "natural"}, {"scored": "recording"}]
    rare = windows.y[split.test] == 1
    judged = [np.isfinite(one.test).all(axis=1) for one in (every, natural)]
    assert judged[0].all()
    assert judged[1][~rare].all()
    assert 5 < judged[0][rare].sum() / judged[1][rare].sum() <= 7
    assert set(windows.patient[split.test]) == set(windows.patient[split.test][judged[1]])
    # Without modules in forward a window is answered alike, whoever is asked with it.
    np.testing.assert_allclose(every.test[judged[1]], natural.test[judged[1]], atol=1e-5)
    assert (every.test[:, 2] == 0).all()


def test_a_recording_is_answered_once_by_the_mean_of_its_natural_windows(windows, answers):
    split, (_, natural, whole) = answers
    record = windows.record[split.test]
    judged = np.isfinite(whole.test).all(axis=1)
    assert sorted(record[judged]) == sorted(set(record))
    for name in ("N", "A"):
        one = next(r for r in record if r.startswith(name))
        mean = np.nanmean(natural.test[record == one], axis=0)
        np.testing.assert_allclose(whole.test[judged & (record == one)][0], mean, atol=1e-6)


def test_modules_are_built_where_the_case_says(windows, monkeypatch):
    built = []
    monkeypatch.setattr(study, "_said", lambda model, *_: built.append(model) or np.ones((1, 3)))
    monkeypatch.setattr(study, "_of_recordings", lambda *_: None)
    monkeypatch.setattr(study, "_placed", lambda *_: (None, None))
    split = study.SPLITS["windows_by_record"](windows)
    for modules in ("built_once", "in_forward"):
        study.answer(windows, split, Work(CASE | {"modules": modules}, TINY))
    assert {model.modules_built for model in built} == {"built_once", "in_forward"}
    assert all(model.activation == "relu" for model in built)


def test_the_published_network_has_no_activation_and_builds_modules_in_forward():
    from ecgbook.studies.rhythm_recipes import made

    model = made("window_crann_published", TINY, classes=2)
    assert (model.modules_built, model.activation) == ("in_forward", None)


def test_three_rhythms_are_told_apart_by_three_scores(monkeypatch):
    records = make_recordings(n=10, seconds=14)
    monkeypatch.setattr(study, "recordings", lambda *_: records)
    windows = study.windows_of(None, CASE | {"rhythms": "n_a_o"}, TINY)
    assert windows.classes == ("N", "A", "O")
    split = study.SPLITS["windows_by_record"](windows)
    model = SimpleNamespace()
    said = np.random.default_rng(0).normal(size=(len(split.test), 3))
    monkeypatch.setattr(study, "logits_of", lambda *_: said)
    monkeypatch.setattr(study, "_whole", lambda *_: None)
    assert study._said(model, windows, split.test).shape == (len(split.test), 3)
    assert replace(study.TASK, classes=windows.classes).classes == study.CLASSES
