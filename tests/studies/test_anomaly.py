from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from ecgbook import Annotations, models, open_database
from ecgbook.conventions import DS1
from ecgbook.studies import anomaly as study
from ecgbook.studies import runner
from ecgbook.studies.anomaly_flaws import FLAWS, Flaws, scores_in_train_mode
from ecgbook.studies.study import Training, Work
from tests.datasets.recordings import make_beats

RECORDS = tuple("106 119 208 209 114 203 223 100 213 233".split())
TINY = Training(
    examples=200, draws=600, batch_size=50, records=RECORDS, options={"feature_weight": 0.01}
)
FLAWED = {"method": "madegan", "protocol": "by_beat", "view": "beat", "seed": 0}


def thinned(database, case, training, *, every):
    return study.STUDY.data(database, case, training)[::every]


STUDY = replace(study.STUDY, trainings={"smoke": TINY}, data=partial(thinned, every=4))
compute = partial(runner.run, STUDY, profile="smoke", data="synthetic")


@pytest.fixture(scope="module")
def database():
    return open_database("mitdb", data="synthetic")


@pytest.fixture(scope="module")
def made(database):
    return study.beats_of(database, records=RECORDS)


@pytest.fixture(scope="module")
def split(made):
    return study.SPLITS["ds1_ds2"](made)


@pytest.fixture(scope="module")
def flawed():
    return compute(FLAWED)


def answer(computed, **fields):
    """Return the test scores of the answer with these fields alone."""
    (k,) = (k for k, about in enumerate(computed.answers) if about["fields"] == fields)
    return computed.arrays[f"test.{k}"]


@pytest.mark.parametrize("protocol", study.SPLITS)
def test_training_parts_hold_normal_beats_of_nobody_who_is_tested(made, protocol):
    splits = study.SPLITS[protocol](made)
    for split in splits if isinstance(splits, list) else [splits]:
        assert set(made.y[split.train]) == {0}
        shared = set(made.patient[split.train]) & set(made.patient[split.test])
        assert bool(shared) == (protocol == "by_beat") == bool(split.leaky)


def test_the_folds_within_ds1_test_each_patient_once_and_nobody_of_ds2(made):
    splits = study.SPLITS["within_ds1"](made)
    tested = [record for split in splits for record in set(made.record[split.test])]
    assert sorted(tested) == sorted(set(RECORDS) & set(DS1))
    for split in splits:
        sides = [set(made.record[i]) for i in (split.train, split.valid, split.test)]
        assert set.union(*sides) <= set(DS1)
        assert not sides[0] & sides[1]


def test_the_published_view_stretches_each_beat(made):
    assert made.x.shape[1:] == (1, 320)
    np.testing.assert_allclose(made.x.max(axis=2), 1, atol=1e-6)
    np.testing.assert_allclose(made.x.min(axis=2), -1, atol=1e-6)


def test_the_other_view_is_nearly_flat_for_normal_beats_only(database):
    beats = study.beats_of(database, view="template_difference", records=RECORDS)
    size = np.abs(beats.x).max(axis=(1, 2))
    normal, ventricular = (np.median(size[beats.y == k]) for k in (0, 2))
    assert normal < 0.3 < 0.5 < ventricular <= size.max() <= 1


def test_escape_beats_are_those_that_their_annotation_names():
    symbols = {"a": "NjNA", "b": "eNNj"}
    database = SimpleNamespace(read=lambda name: recording_of(symbols[name]))
    beats = make_beats("NSNSSNNS", "aaaabbbb")
    rows = beats.rows.assign(sample=[100, 200, 300, 400] * 2)
    escape = study.escape_beats(database, replace(beats, rows=rows)[1:])
    assert escape.tolist() == [True, False, False, True, False, False, True]


def recording_of(symbols):
    return SimpleNamespace(annotations=Annotations([100, 200, 300, 400], list(symbols)))


def test_a_case_gives_both_norms_alone_and_beside_prematurity_and_every_flaw(flawed):
    fields = [about["fields"] for about in flawed.answers]
    assert fields == [
        *({"norm": norm, "beside": b} for norm in (2, 1) for b in ("nothing", "prematurity")),
        *({"flaw": flaw} for flaw in FLAWS),
    ]
    tables = STUDY.report([flawed])
    scores = {name for _, rows in tables for name in rows["score"]}
    assert {"auroc", "auprc", "best_f1"} <= scores
    for _, rows in tables:
        assert set(rows["class"]) == {"all", "S", "V", "F"}


def test_without_a_flaw_the_score_is_the_usual_one(flawed):
    usual = answer(flawed, norm=2, beside="nothing")
    np.testing.assert_array_equal(answer(flawed, flaw="none"), usual)


def test_chosen_on_the_test_part_an_epoch_cannot_look_worse_there(flawed):
    abnormal = flawed.arrays["test.y"] > 0
    honest, chosen = (
        roc_auc_score(abnormal, answer(flawed, flaw=flaw)) for flaw in ("none", "best_test_epoch")
    )
    assert chosen >= honest


def test_each_flaw_changes_the_scores(flawed):
    scores = [answer(flawed, flaw=flaw) for flaw in ("none", "train_mode", "as_published")]
    assert not np.allclose(scores[0], scores[1])
    assert not np.allclose(scores[0], scores[2])


def test_only_the_case_of_the_flaws_looks_at_the_test_part_after_each_epoch(monkeypatch):
    class NoFlaws:
        def __init__(self, *_):
            raise AssertionError("the test part was looked at")

    monkeypatch.setattr(study, "Flaws", NoFlaws)
    with pytest.raises(AssertionError, match="the test part was looked at"):
        compute(FLAWED)
    monkeypatch.setattr(study, "train", lambda *a, **o: (models.create_model("autoencoder"), []))
    done = compute(FLAWED | {"protocol": "ds1_ds2"})
    assert not any("flaw" in about["fields"] for about in done.answers)


def test_the_column_of_confirmed_beats_is_what_cleaning_all_would_leave(database, made):
    cleaned = study.beats_of(database, confirmed="all", records=RECORDS)
    kept = STUDY.data.func(database, FLAWED, TINY, every=1).rows["confirmed"].to_numpy()
    assert kept[made.y == 0].all()  # they were cleaned by the same rule
    assert np.bincount(made.y[kept]).tolist() == np.bincount(cleaned.y).tolist()
    assert (~kept).sum() > 0


def test_a_shallow_score_is_judged_on_all_folds_together(made):
    case = {"method": "pca_10", "protocol": "within_ds1", "view": "beat", "seed": 0}
    done = compute(case)
    whole = STUDY.report([done])[0][1].set_index(["score", "class"]).loc["auroc", "all"]
    patients = set(RECORDS) & set(DS1)
    thin = made[::4]
    abnormal_in = set(thin.patient[(thin.y > 0) & np.isin(thin.record, list(patients))])
    assert whole["n_patients"] == len(abnormal_in)
    alone = answer(done, norm=2, beside="nothing")
    area = roc_auc_score(done.arrays["test.y"] > 0, alone)
    assert whole["low"] <= whole["value"] <= whole["high"]
    assert whole["value"] == pytest.approx(area, abs=1e-6)
    assert sorted(done.arrays["test.rows"]) == np.flatnonzero(np.isin(thin.record, DS1)).tolist()


@pytest.mark.parametrize(("norm", "size"), [(1, np.abs), (2, np.square)])
def test_without_components_the_score_is_the_distance_from_the_mean_beat(database, norm, size):
    case = {"method": "pca_0", "protocol": "ds1_ds2", "view": "template_difference", "seed": 5}
    done = compute(case)
    beats = study.beats_of(database, view=case["view"], records=RECORDS)[::4]
    split = study.SPLITS["ds1_ds2"](beats)
    learnt = np.random.default_rng(5).permutation(split.train)[: TINY.examples]
    far = size(beats.x[split.test] - beats.x[learnt].mean(axis=0)).mean(axis=(1, 2))
    np.testing.assert_allclose(answer(done, norm=norm, beside="nothing"), far, rtol=1e-4)


@pytest.mark.parametrize("method", ["pca_50", "neighbour", "isolation", "one_class_svm"])
def test_every_shallow_score_finds_simulated_ventricular_beats(method):
    case = {"method": method, "protocol": "ds1_ds2", "view": "template_difference", "seed": 0}
    rows = STUDY.report([compute(case)])[0][1].set_index(["score", "class"])
    assert rows.loc[("auroc", "V"), "value"] > 0.8


def test_a_network_is_judged_by_its_absolute_residual_too(made, split, monkeypatch):
    generator = models.create_model("autoencoder", seed=1).eval()
    monkeypatch.setattr(study, "train", lambda *a, **o: (generator, []))
    answers = STUDY.answers["autoencoder"](made, split, Work({}, TINY))
    x = torch.from_numpy(made.x[split.test[:100]])
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        residual = generator(x).float() - x
    expected = {2: residual.square(), 1: residual.abs()}
    for one in answers:
        if one.fields["beside"] == "nothing":
            error = expected[one.fields["norm"]].mean(dim=(1, 2))
            np.testing.assert_allclose(one.test[:100], error, rtol=0.02)


def test_a_score_and_prematurity_are_ranked_among_the_normal_beats_of_validation(made, split):
    work = Work({}, TINY)
    early = STUDY.answers["prematurity"](made, split, work)
    previous = made.features[:, made.feature_names.index("log_rr_previous_to_local")]
    np.testing.assert_array_equal(early.test, -previous[split.test])
    alone, both = STUDY.answers["neighbour"](made, split, work)
    normal, expected = made.y[split.valid] == 0, 0
    for one in (alone, early):
        usual = one.valid[normal]
        share = [(1 + (usual >= score).sum()) / (1 + len(usual)) for score in one.test[:50]]
        expected = expected - np.log(share)
    np.testing.assert_allclose(both.test[:50], expected, atol=1e-5)


def test_a_network_learns_from_normal_beats_as_often_as_it_may(made, split, monkeypatch):
    seen = {}

    def fit(generator, discriminator, x, valid, **options):
        seen.update(options, x=x, valid=valid, discriminator=discriminator)

    monkeypatch.setattr("ecgbook.training.fit_adversarial", fit)
    study.train(made, split, TINY, **study.NETWORKS["memae"])
    assert (seen["epochs"], seen["batch_size"], len(seen["x"])) == (3, 50, 200)
    assert seen["discriminator"] is None
    learnt = {beat.tobytes() for beat in seen["x"]}
    assert learnt <= {beat.tobytes() for beat in made.x[split.train]}
    np.testing.assert_array_equal(seen["valid"][1], made.y[split.valid] > 0)
    study.train(made, split, TINY, **study.NETWORKS["beatgan"])
    assert seen["discriminator"] is not None


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


def flaws_of(confirmed):
    """Return the flaws of eight beats, four to choose by and all to test on."""
    beats = make_beats("NNNNSSSS", "abababab")
    beats = replace(beats, rows=beats.rows.assign(confirmed=confirmed))
    return Flaws(beats, SimpleNamespace(valid=np.arange(2, 6), test=np.arange(8)))


def watched(flaws, monkeypatch):
    """Show three epochs: the first is best on validation, the second on the test part."""
    own = {"up": np.arange(8.0), "down": -np.arange(8.0)}
    # A stand-in for scoring: beats know their place by their first sample, 4 times the place.
    monkeypatch.setattr(
        "ecgbook.training.anomaly_scores",
        lambda g, x, **options: own[g.scores][(x[:, 0, 0] / 4).astype(int)],
    )
    epochs = [("down", 0.9, 1), ("up", 0.8, 2), ("down", 0.7, 3)]
    for scores, valid, epoch in epochs:
        flaws.watch(SimpleNamespace(scores=scores, epoch=epoch), {"valid_score": valid})


def test_each_part_keeps_the_epoch_that_it_likes_best(monkeypatch):
    flaws = flaws_of([True] * 8)
    watched(flaws, monkeypatch)
    (valid, chosen), (test, looked_at) = flaws.best["valid"], flaws.best["test"]
    assert (valid, chosen.epoch) == (0.9, 1)
    assert (test, looked_at.epoch) == (1.0, 2)  # all S beats score higher than all N beats


def test_beats_that_no_detector_confirms_are_left_out_when_all_are_cleaned(monkeypatch):
    flaws = flaws_of([True] * 4 + [False, True, False, False])
    watched(flaws, monkeypatch)
    monkeypatch.setattr(
        "ecgbook.studies.anomaly_flaws.scores_in_train_mode",
        lambda g, x: np.full(len(x), 100.0 * g.epoch),
    )
    valid, test = np.arange(4.0), np.arange(8.0)
    answers = {a.fields["flaw"]: a for a in flaws.answers((valid, test, {}, ""))}
    assert list(answers) == list(FLAWS)
    nan = np.nan
    np.testing.assert_array_equal(answers["cleaned_alike"].valid, [0, 1, nan, 3])
    np.testing.assert_array_equal(answers["cleaned_alike"].test, [0, 1, 2, 3, nan, 5, nan, nan])
    np.testing.assert_array_equal(answers["none"].test, test)
    np.testing.assert_array_equal(answers["best_test_epoch"].test, np.arange(8.0))
    assert set(answers["train_mode"].test) == {100}
    assert set(answers["as_published"].test) == {200}
