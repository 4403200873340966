from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from ecgbook import open_database
from ecgbook.datasets import BeatSet
from ecgbook.studies import anomaly as study
from ecgbook.studies.anomaly_flaws import FLAWS, Flaws, scores_in_train_mode

TINY = study.Budget(300, 3, 50, 1e-3, 0.01, study.BUDGETS["smoke"].records)


@pytest.fixture(scope="module")
def database():
    return open_database("mitdb", data="synthetic")


@pytest.fixture(scope="module")
def made(database):
    return study.beats_of(database, records=TINY.records)


@pytest.mark.parametrize("protocol", study.PROTOCOLS)
def test_training_parts_hold_normal_beats_of_nobody_who_is_tested(made, protocol):
    for split in study.PROTOCOLS[protocol](made):
        assert set(made.y[split.train]) == {0}
        shared = set(made.patient[split.train]) & set(made.patient[split.test])
        assert bool(shared) == (protocol == "by_beat") == bool(split.leaky)


def test_the_folds_within_ds1_test_each_patient_once_and_nobody_of_ds2(made):
    splits = study.PROTOCOLS["within_ds1"](made)
    tested = [patient for split in splits for patient in set(made.patient[split.test])]
    assert len(tested) == len(set(tested))
    assert not {"100", "200", "233"} & set(tested)
    assert {"106", "119", "208"} <= set(tested)


def test_the_published_view_stretches_each_beat(made):
    assert made.x.shape[1:] == (1, 320)
    np.testing.assert_allclose(made.x.max(axis=2), 1, atol=1e-6)
    np.testing.assert_allclose(made.x.min(axis=2), -1, atol=1e-6)


def test_the_other_view_is_nearly_flat_for_usual_beats_only(database):
    beats = study.beats_of(database, view="usual", records=TINY.records)
    size = np.abs(beats.x).max(axis=(1, 2))
    normal, ventricular = (np.median(size[beats.y == k]) for k in (0, 2))
    assert normal < 0.3 < 0.5 < ventricular <= 1


def test_a_unit_of_the_study_gives_every_score_and_the_flaws(monkeypatch):
    monkeypatch.setitem(study.BUDGETS, "smoke", TINY)
    monkeypatch.setattr(study, "_SEEDS", (0, 1))
    unit = {"method": "madegan", "protocol": "by_beat", "view": "beat"}
    metrics = study.run(**unit, profile="smoke", data="synthetic")
    cases = ["madegan_by_beat_beat", *(f"flaw_{flaw}" for flaw in FLAWS)]
    parts = [f"{s}_{k}" for s in ("auroc", "auprc", "best_f1") for k in ("", "s_", "v_", "f_")]
    wanted = {part + case for part in parts for case in cases}
    wanted |= {f"{part}madegan_by_beat_beat_clock" for part in parts[:4]}
    assert {m["name"] for m in metrics} == wanted
    assert all(m["simulated"] and m["split"].startswith("as published") for m in metrics)
    value = {m["name"]: m["value"] for m in metrics}
    assert value["auroc_flaw_none"] == value["auroc_madegan_by_beat_beat"]
    # Chosen on the test part, an epoch cannot look worse there than the one chosen elsewhere.
    assert value["auroc_flaw_best_test_epoch"] >= value["auroc_flaw_none"]


def test_a_shallow_score_is_judged_fold_by_fold(monkeypatch):
    monkeypatch.setitem(study.BUDGETS, "smoke", TINY)
    unit = {"method": "pca_10", "protocol": "within_ds1", "view": "usual"}
    metrics = {m["name"]: m for m in study.run(**unit, profile="smoke", data="synthetic")}
    whole = metrics["auroc_pca_10_within_ds1_usual"]
    assert whole["low"] <= whole["value"] <= whole["high"]
    assert whole["split"] == "nobody on two sides"


def test_an_absolute_unit_has_the_mean_size_of_the_difference_from_the_mean(monkeypatch, database):
    monkeypatch.setitem(study.BUDGETS, "smoke", TINY)
    monkeypatch.setattr(study, "_SEEDS", (0,))
    unit = {"method": "mean", "protocol": "ds1_ds2", "view": "absolute"}
    metrics = {m["name"]: m for m in study.run(**unit, profile="smoke", data="synthetic")}
    beats = study.beats_of(database, view="usual", records=TINY.records)
    (split,) = study.PROTOCOLS["ds1_ds2"](beats)
    learnt = np.random.default_rng(0).permutation(split.train)[: TINY.beats]
    far = np.abs(beats.x[split.test] - beats.x[learnt].mean(axis=0)).mean(axis=(1, 2))
    area = roc_auc_score(beats.y[split.test] > 0, far)
    assert metrics["auroc_mean_ds1_ds2_absolute"]["value"] == pytest.approx(area, abs=1e-6)


def test_a_network_may_be_judged_by_its_absolute_residual(made):
    (split,) = study.PROTOCOLS["ds1_ds2"](made)
    generator, _ = study.train(made, split, "autoencoder", budget=TINY)
    _, alone, _ = study.score_test(made, "ds1_ds2", "autoencoder", budget=TINY, power=1)
    x = torch.from_numpy(made.x[split.test[:100]])
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        away = (generator(x).float() - x).abs().mean(dim=(1, 2))
    np.testing.assert_allclose(alone[:100], away, atol=2e-3)
    squares = study.score_test(made, "ds1_ds2", "autoencoder", budget=TINY)[1]
    assert not np.allclose(alone, squares, atol=2e-3)


def test_the_clock_is_ranked_among_the_normal_beats_of_the_validation_part(made):
    rows, alone, both = study.score_test(made, "ds1_ds2", "clock", budget=TINY)
    (split,) = study.PROTOCOLS["ds1_ds2"](made)
    early = -made.features[:, made.feature_names.index("log_rr_previous_to_local")]
    np.testing.assert_array_equal(rows, split.test)
    np.testing.assert_array_equal(alone, early[split.test])
    usual = early[split.valid[made.y[split.valid] == 0]]
    share = np.array([(1 + (usual >= e).sum()) / (1 + len(usual)) for e in alone[:50]])
    np.testing.assert_allclose(both[:50], -2 * np.log(share), atol=1e-5)


class Centred(nn.Module):
    """Gives back a beat less the mean of its batch in train mode, as batch statistics do."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(1)

    def forward(self, x):
        return self.norm(x)


def test_in_train_mode_a_score_depends_on_the_neighbours():
    x = np.random.default_rng(0).normal(size=(128, 1, 320)).astype(np.float32)
    generator = Centred().eval()
    # In eval mode nothing was learnt, so each beat is given back as it is (but for bfloat16).
    with torch.inference_mode():
        assert torch.allclose(generator(torch.from_numpy(x)), torch.from_numpy(x), atol=1e-4)
    scores = scores_in_train_mode(generator, x + 2)
    assert scores.min() > 1  # the mean of 2 is taken away
    other = scores_in_train_mode(generator, np.concatenate([x[:64] + 2, x[64:] * 3]))
    assert not np.allclose(scores[:64], other[:64])
    assert generator.norm.num_batches_tracked == 0  # the generator itself is left alone


def flaws_of(kept):
    """Flaws of eight beats, of which those at ``kept`` are left when all are cleaned."""
    n = 8
    beats = BeatSet(
        x=np.zeros((n, 1, 320), np.float32),
        y=np.array([0, 0, 0, 0, 1, 1, 1, 1]),
        classes=("N", "S", "V", "F"),
        patient=np.array(list("abab" * 2)),
        record=np.array(list("abab" * 2)),
        sample=np.arange(n),
        fs=360.0,
        leads=("MLII",),
    )
    return Flaws(beats, beats[kept], SimpleNamespace(test=np.arange(n)))


def test_beats_that_no_detector_confirms_are_left_out_when_all_are_cleaned():
    flaws = flaws_of([0, 1, 2, 3, 5])
    assert flaws.kept.tolist() == [True] * 4 + [False, True, False, False]


def test_each_part_keeps_the_epoch_that_it_likes_best(monkeypatch):
    monkeypatch.setattr("ecgbook.training.anomaly_scores", lambda g, x, **options: g.score)
    flaws, up = flaws_of([0]), np.arange(8.0)
    for epoch, (score, valid) in enumerate([(-up, 0.9), (up, 0.8), (-up, 0.7)], 1):
        flaws.watch(SimpleNamespace(score=score), {"epoch": epoch, "valid_score": valid})
    ((valid, chosen),), ((test, looked_at),) = flaws.best["valid"], flaws.best["test"]
    assert (valid, test) == (0.9, 1.0)
    assert np.array_equal(chosen.score, -up)
    assert np.array_equal(looked_at.score, up)
