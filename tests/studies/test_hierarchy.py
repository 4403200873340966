from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from ecgbook import models, open_database, training
from ecgbook.datasets import Split, few_labels
from ecgbook.studies import hierarchy as study
from ecgbook.studies import runner
from ecgbook.studies.study import Training, Work

RECORDS = tuple("106 119 208 209 114 203 223 100 213 233".split())
TINY = Training(examples=100, draws=200, records=RECORDS)
STUDY = replace(study.STUDY, trainings={"smoke": TINY})
HEADED = {"multi_branch"}


@pytest.fixture(scope="module")
def made():
    return study.beats_of(open_database("mitdb", data="synthetic"), records=RECORDS)


@pytest.fixture(scope="module")
def split(made):
    return Split.de_chazal(made)


@pytest.fixture(scope="module")
def thin(made):
    """Every eighth beat, for what is computed by a network."""
    return made[::8]


@pytest.fixture(scope="module")
def compute(thin):
    thinned = replace(STUDY, data=lambda *_: thin)
    return partial(runner.run, thinned, profile="smoke", data="synthetic")


@pytest.fixture(scope="module")
def fine_tuned(compute):
    return compute({"method": "fine_tuned", "protocol": "ds1_ds2", "n_labels": "all", "seed": 0})


@pytest.fixture(scope="module")
def level1():
    return models.create_model("memory_autoencoder", seed=3)


def first_layer(model):
    return model.encoder.features[0].weight.detach().cpu().numpy()


def test_no_detector_vets_the_beats(made):
    assert made.recipe["confirmed"] == "none"
    assert made.classes == study.TASK.classes


def test_a_unit_of_the_rhythm_is_a_fifth_of_a_logarithm(made):
    shown = study.anomaly.beats_of(
        open_database("mitdb", "synthetic"),
        view="template_difference",
        confirmed="none",
        records=RECORDS,
    )
    expected = np.clip(shown.features / 0.2, -5, 5)
    np.testing.assert_allclose(made.features, expected, atol=1e-5)
    np.testing.assert_array_equal(made.x, shown.x)


@pytest.mark.parametrize("method", study.METHODS)
def test_every_method_gives_probabilities_and_trains_what_it_should(thin, level1, method):
    split = Split.de_chazal(thin)
    rows = few_labels(thin, split, 30, normal=50)
    options = {"level1": level1, "training": TINY, "progress": False}
    model = study.train(thin, split, rows, method, **options)
    probability = study.probabilities(model, *study.inputs(thin, split.test[:50]))
    assert probability.shape == (50, 4)
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-5)
    same = np.array_equal(first_layer(level1), first_layer(model.body))
    assert same == (method == "frozen")


@pytest.mark.parametrize("method", study.METHODS)
def test_only_from_scratch_the_trunk_is_not_that_of_level_1(made, level1, method):
    start, _ = study.METHODS[method]
    model = start(made, level1, method in HEADED, 5)
    same = np.array_equal(first_layer(level1), first_layer(model.body))
    assert same == (method != "scratch")


def test_methods_differ_in_how_classes_of_unlike_size_are_weighed(thin, level1, monkeypatch):
    options = {}

    def fit(model, train, valid, **how):
        options[method] = how | {"target": train[-1]}

    monkeypatch.setattr("ecgbook.training.fit", fit)
    split = Split.de_chazal(thin)
    rows = few_labels(thin, split, "all", normal=50)
    for method in study.METHODS:
        study.train(thin, split, rows, method, level1=level1, training=TINY)
    y = thin.y[rows]
    for method in ("scratch", "frozen", "fine_tuned"):
        total = np.bincount(y, options[method]["sample_weights"])
        np.testing.assert_allclose(total, np.sqrt(np.bincount(y)), rtol=1e-6)
    for method in ("as_they_come", "class_weights", "focal", "multi_branch"):
        assert "sample_weights" not in options[method]
    weight = np.asarray(options["class_weights"]["loss"].keywords["weight"])
    # Inverse to the root of how often a class comes, up to one factor for all.
    scaled = weight * np.sqrt(np.bincount(y))
    np.testing.assert_allclose(scaled, scaled[0], rtol=1e-5)
    label, head = options["multi_branch"]["target"].T
    assert set(head) == set(range(study.HEADS))
    assert set(label) == set(y)


def test_the_threshold_comes_from_validation_and_the_rest_of_the_normals_is_spared(
    made, split, monkeypatch
):
    def loud(_, x, **options):
        return np.sqrt(np.square(x).mean(axis=(1, 2)))

    monkeypatch.setattr("ecgbook.training.anomaly_scores", loud)
    chosen = study.cascade(made, split, None, None).threshold
    score = loud(None, made.x[split.valid]).astype(float)
    abnormal = made.y[split.valid] > 0
    assert (score[abnormal] >= chosen).mean() >= study.SENSITIVITY
    passing = (score[~abnormal] >= chosen).sum()
    for stricter in np.unique(score[score >= chosen])[1:]:
        spares_more = (score[~abnormal] >= stricter).sum() < passing
        assert not spares_more or (score[abnormal] >= stricter).mean() < study.SENSITIVITY


def test_all_labels_are_judged_alone_and_behind_level_1(fine_tuned):
    assert fine_tuned.answers == [
        {"fields": {}, "report": ""},
        {"fields": {"method": "cascade"}, "report": ""},
        {"fields": {"method": "cascade"}, "report": "rejected"},
    ]
    for part in ("valid", "test"):
        alone, both, forwarded = (fine_tuned.arrays[f"{part}.{k}"] for k in range(3))
        np.testing.assert_array_equal(both[forwarded], alone[forwarded])
        np.testing.assert_array_equal(both[~forwarded], [[1, 0, 0, 0]] * (~forwarded).sum())
    abnormal = fine_tuned.arrays["valid.y"] > 0
    assert fine_tuned.arrays["valid.2"][abnormal].mean() >= study.SENSITIVITY


def test_what_level_1_stops_is_reported_by_class_and_level_2_cannot_name(fine_tuned):
    (_, alone), (fields, both), (same, stopped) = STUDY.report([fine_tuned])
    assert fields == same == {"method": "cascade", "protocol": "ds1_ds2", "n_labels": "all"}
    y, forwarded = fine_tuned.arrays["test.y"], fine_tuned.arrays["test.2"]
    share = stopped.set_index("class")["value"]
    assert set(stopped["score"]) == {"rejected"}
    for k, name in enumerate("NSVF"):
        assert share[name] == pytest.approx(1 - forwarded[y == k].mean())
    found = both[both["score"] == "ec57_sensitivity"].set_index("class")["value"]
    for name in "SV":
        assert found[name] <= 1 - share[name] + 1e-9
    assert list(alone["score"]) == list(both["score"])


def test_few_labels_are_judged_alone(compute):
    done = compute({"method": "fine_tuned", "protocol": "ds1_ds2", "n_labels": 10, "seed": 1})
    assert done.answers == [{"fields": {}, "report": ""}]


def test_the_regression_learns_from_the_beats_that_the_networks_had(made, split):
    case = {"method": "logistic_rr", "protocol": "ds1_ds2", "n_labels": 30, "seed": 2}
    done = runner.run(STUDY, case, profile="smoke", data="synthetic")
    # The regression that sees nothing but the rhythm, worked out anew from scikit-learn's own.
    rows = few_labels(made, split, 30, normal=TINY.examples, seed=2)
    scaler = StandardScaler().fit(made.features[rows])
    oracle = LogisticRegression(class_weight="balanced", max_iter=1000)
    oracle.fit(scaler.transform(made.features[rows]), made.y[rows])
    for part in ("valid", "test"):
        expected = oracle.predict_proba(scaler.transform(made.features[getattr(split, part)]))
        np.testing.assert_allclose(done.arrays[f"{part}.0"], expected, atol=1e-5)


def test_the_code_stands_before_the_rhythm(made):
    few, encoder = made[:20], models.create_model("autoencoder", seed=1).encoder
    own = training.predict(encoder, few.x, progress=False)
    np.testing.assert_array_equal(study.beside_code(few, encoder), np.hstack([own, few.features]))
    np.testing.assert_array_equal(study.beside_code(few), few.features)


def test_codes_are_those_of_level_1_or_of_its_untrained_twin(thin, level1, monkeypatch):
    seen = []
    monkeypatch.setattr("ecgbook.training.load_released", lambda name: (level1, {}))
    monkeypatch.setattr(
        study, "beside_code", lambda examples, encoder: seen.append(encoder) or examples.features
    )
    work = Work({"n_labels": "all"}, TINY, seed=4)
    for method in ("logistic_rr", "logistic_code", "logistic_untrained"):
        STUDY.answers[method](thin, Split.de_chazal(thin), work)
    rhythm, trained, untrained = seen
    assert rhythm is None
    assert trained is level1.encoder
    expected = first_layer(models.create_model("autoencoder", seed=4))
    np.testing.assert_array_equal(untrained.features[0].weight.detach(), expected)
