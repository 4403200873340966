import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from ecgbook import RecordInvalid, models, open_database, training
from ecgbook.datasets import Split
from ecgbook.studies import chain, hierarchy_shallow
from ecgbook.studies import hierarchy as study

TINY = study.Budget(200, 600, study.BUDGETS["smoke"].records)


@pytest.fixture(scope="module")
def made():
    return study.beats_of(open_database("mitdb", data="synthetic"), records=TINY.records)


@pytest.fixture(scope="module")
def split(made):
    return Split.de_chazal(made)


@pytest.fixture(scope="module")
def level1():
    return models.create_model("memory_autoencoder")


def test_no_detector_vets_the_beats(made):
    assert made.recipe["confirmed"] == "none"


@pytest.mark.parametrize("labels", [10, 30, 100])
def test_so_many_abnormal_beats_are_labelled_and_every_class_is_there(made, split, labels):
    rows = study.labelled_rows(made, split, labels, normal=50)
    count = np.bincount(made.y[rows], minlength=4)
    assert count[0] == 50
    assert count[1:].sum() == labels
    assert count.min() >= 1
    assert set(rows) <= set(split.train)


def test_fewer_labels_than_classes_are_refused(made, split):
    with pytest.raises(RecordInvalid, match="2 labels are too few for 3 classes"):
        study.labelled_rows(made, split, 2, normal=50)


def test_more_labels_than_there_are_are_all(made, split):
    rows = study.labelled_rows(made, split, 10**6, normal=50)
    assert (made.y[rows] > 0).sum() == (made.y[split.train] > 0).sum()


def test_all_labels_are_all_of_them_once(made, split):
    rows = study.labelled_rows(made, split, "all", normal=10**6)
    assert sorted(rows) == sorted(split.train)


def test_labelled_beats_come_from_the_seed(made, split):
    first, again, other = (
        study.labelled_rows(made, split, 30, normal=50, seed=seed) for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("method", study.METHODS)
def test_every_method_gives_probabilities(made, split, level1, method):
    rows = study.labelled_rows(made, split, 30, normal=100)
    options = {"level1": level1, "budget": TINY, "progress": False}
    model = study.train(made, split, rows, method, **options)
    probability = study.probabilities(model, *study.inputs(made, split.test[:50]))
    assert probability.shape == (50, 4)
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-5)
    taken = level1.encoder.features[0].weight
    same = np.array_equal(taken.detach(), model.body.encoder.features[0].weight.detach())
    assert same == (method == "frozen")


@pytest.mark.parametrize("method", study.METHODS)
def test_only_from_scratch_the_trunk_is_not_that_of_level_1(made, level1, method):
    model = study._first_weights(method, made, level1, seed=5)
    taken, own = (e.features[0].weight for e in (level1.encoder, model.body.encoder))
    assert np.array_equal(taken.detach(), own.detach()) == (method != "scratch")


def test_the_threshold_comes_from_validation_and_the_rest_of_the_normals_is_spared(
    made, split, monkeypatch
):
    def loud(_, x, **options):
        return np.sqrt(np.square(x).mean(axis=(1, 2)))

    monkeypatch.setattr("ecgbook.training.anomaly_scores", loud)
    chosen = chain.hierarchy(made, split, None, None).threshold
    score = loud(None, made.x[split.valid]).astype(float)
    abnormal = made.y[split.valid] > 0
    assert (score[abnormal] >= chosen).mean() >= chain.SENSITIVITY
    passing = (score[~abnormal] >= chosen).sum()
    for stricter in np.unique(score[score >= chosen])[1:]:
        spares_more = (score[~abnormal] >= stricter).sum() < passing
        assert not spares_more or (score[abnormal] >= stricter).mean() < chain.SENSITIVITY


def test_stopped_share_counts_beats_and_its_interval_patients():
    y = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    passed = np.array([False, False, True, False, True, True, True, False])
    patient = np.array(list("aabbaabb"))
    share = chain.stopped_share(y, passed, patient, 3)
    # Normal: 3 of 4 stopped, patient a 2 of 2, patient b 1 of 2; abnormal: 0 of 2 and 1 of 2.
    np.testing.assert_allclose(share[:2], [[0.75, 0.5, 1.0], [0.25, 0.0, 0.5]])
    assert np.isnan(share[2]).all()


def test_the_fine_tuned_unit_is_judged_alone_and_behind_level_1(monkeypatch, level1):
    monkeypatch.setitem(study.BUDGETS, "smoke", TINY)
    monkeypatch.setattr(study, "_SEEDS", (0, 1))
    monkeypatch.setattr("ecgbook.training.load_released", lambda name: (level1, {}))
    metrics = study.run(method="fine_tuned", labels="all", profile="smoke", data="synthetic")
    value = {metric["name"]: metric["value"] for metric in metrics}
    assert {f"j_kappa_{case}" for case in ("fine_tuned_all", "chain_all")} <= set(value)
    # What level 1 stops, level 2 cannot name.
    for kind in "sv":
        share = value[f"stopped_{kind}_chain_all"]
        assert value[f"{kind}_sensitivity_chain_all"] <= 1 - share + 1e-9


def test_the_shallow_unit_learns_from_the_beats_that_the_networks_had(
    made, split, monkeypatch, level1
):
    monkeypatch.setitem(study.BUDGETS, "smoke", TINY)
    monkeypatch.setattr(hierarchy_shallow, "_SEEDS", (0,))
    monkeypatch.setattr("ecgbook.training.load_released", lambda name: (level1, {}))
    metrics = hierarchy_shallow.run(labels=30, profile="smoke", data="synthetic")
    value = {metric["name"]: metric["value"] for metric in metrics}
    assert {f"j_kappa_logistic_{case}_30" for case in ("rr", "code", "untrained")} <= set(value)
    # The regression that sees nothing but the rhythm, worked out anew from scikit-learn's own.
    rows = study.labelled_rows(made, split, 30, normal=TINY.normal, seed=0)
    scaler = StandardScaler().fit(made.features[rows])
    oracle = LogisticRegression(class_weight="balanced", max_iter=1000)
    oracle.fit(scaler.transform(made.features[rows]), made.y[rows])
    right = oracle.predict(scaler.transform(made.features[split.test])) == made.y[split.test]
    assert value["accuracy_logistic_rr_30"] == pytest.approx(right.mean())


def test_the_code_stands_before_the_rhythm(made):
    encoder = models.create_model("autoencoder", seed=1).encoder
    seen = hierarchy_shallow.numbers(made[:20], {"code": encoder})
    own = training.predict(encoder, made.x[:20], progress=False)
    np.testing.assert_array_equal(seen["code"], np.hstack([own, made.features[:20]]))
    np.testing.assert_array_equal(seen["rr"], made.features[:20])
