import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.svm import OneClassSVM

from ecgbook.classical import outliers
from ecgbook.classical.outliers import (
    isolation_score,
    negative_log_p,
    neighbour_distance,
    one_class_svm,
    pca_error,
)
from ecgbook.errors import ModelInvalid, RecordInvalid

every_score = pytest.mark.parametrize(
    "score", [pca_error, neighbour_distance, isolation_score, one_class_svm]
)
drawn_scores = pytest.mark.parametrize("score", [neighbour_distance, one_class_svm])


def beats(n, leads=2, length=12, seed=0):
    return np.random.default_rng(seed).normal(size=(n, leads, length)).astype(np.float32)


def points(*rows):
    """Return points of a plane as beats of one lead and two samples."""
    return np.array(rows, dtype=np.float32)[:, None]


def humps(n, height, seed):
    """Beats of one hump each, with a little noise."""
    noise = np.random.default_rng(seed).normal(scale=0.1, size=(n, 1, 40))
    return (height * np.hanning(40) + noise).astype(np.float32)


def test_examples_in_docstrings_hold():
    assert doctest.testmod(outliers).failed == 0


@every_score
def test_abnormal_beats_score_higher(score):
    test = np.concatenate([humps(30, 1.0, 1), humps(30, -1.0, 2)])
    values = score(humps(400, 1.0, 0), test)
    assert values.shape == (60,)
    assert values.dtype == np.float32
    assert roc_auc_score(np.repeat([0, 1], 30), values) > 0.99


@every_score
def test_a_beat_is_scored_by_itself(score):
    train, test = beats(300), beats(9, seed=1)
    together = score(train, test)
    alone = np.concatenate([score(train, test[i : i + 1]) for i in range(9)])
    np.testing.assert_allclose(alone, together, rtol=1e-4, atol=1e-6)


@every_score
def test_the_same_seed_gives_the_same_score(score):
    train, test = beats(100), beats(9, seed=1)
    np.testing.assert_array_equal(score(train, test, seed=3), score(train, test, seed=3))


@every_score
def test_the_callers_beats_stay_as_they_are(score):
    train, test = beats(100), beats(9, seed=1)
    score(train, test)
    np.testing.assert_array_equal(train, beats(100))
    np.testing.assert_array_equal(test, beats(9, seed=1))


@pytest.mark.parametrize("n", [30, 1000])  # scikit-learn solves few and many beats differently
@pytest.mark.parametrize("components", [0, 1, 10, 24])
def test_pca_error_is_that_of_the_singular_vectors(n, components):
    train, test = beats(n), beats(20, seed=1)
    centre = train.reshape(n, -1).mean(axis=0, dtype=float)
    _, _, axes = np.linalg.svd(train.reshape(n, -1) - centre, full_matrices=False)
    away = test.reshape(20, -1) - centre
    lost = away - away @ axes[:components].T @ axes[:components]
    values = pca_error(train, test, components=components)
    np.testing.assert_allclose(values, (lost**2).mean(axis=1), rtol=1e-3, atol=1e-6)


def test_pca_error_by_hand():
    # Normal points lie on the diagonal. (2, 0) falls on (1, 1): (1² + 1²) / 2.
    train = points((-1, -1), (0, 0), (1, 1))
    values = pca_error(train, points((2, 0), (5, 5), (0, 1)), components=1)
    np.testing.assert_allclose(values, [1, 0, 0.25], atol=1e-6)
    values = pca_error(train, points((2, 0), (5, 5), (0, 1)), components=1, norm=1)
    np.testing.assert_allclose(values, [1, 0, 0.5], atol=1e-6)


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 12), st.integers(1, 3), st.integers(2, 9), st.data())
def test_more_components_lose_less(n, leads, length, data):
    train, test = beats(n, leads, length), beats(4, leads, length, seed=1)
    most = min(n, leads * length)
    components = data.draw(st.integers(0, most))
    lost = pca_error(train, test, components=components)
    assert (pca_error(train, test, components=most) <= lost + 1e-5).all()
    # As many components as beats hold all that was trained on.
    assert pca_error(train, train, components=most).max() < 1e-6


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 15), st.integers(1, 3), st.data())
def test_neighbour_distance_equals_the_loop(n, leads, data):
    k = data.draw(st.integers(1, n))
    train, test = beats(n, leads), beats(5, leads, seed=1)
    expected = [
        np.mean(sorted(np.sqrt(((beat - other) ** 2).sum()) for other in train)[:k])
        for beat in test.astype(float)
    ]
    np.testing.assert_allclose(neighbour_distance(train, test, k=k), expected, rtol=1e-5)


def test_neighbour_distance_by_hand():
    train, test = points((0, 0), (3, 4), (30, 40)), points((0, 0), (3, 0))
    np.testing.assert_allclose(neighbour_distance(train, test), [0, 3], atol=1e-6)
    np.testing.assert_allclose(neighbour_distance(train, test, k=2), [2.5, 3.5], atol=1e-6)


def test_as_many_beats_are_stored_as_told():
    train = np.eye(20, dtype=np.float32)[:, None]  # any two are √2 apart
    values = neighbour_distance(train, train, stored=6)
    assert (values < 1e-3).sum() == 6
    assert np.isclose(values, np.sqrt(2)).sum() == 14


@drawn_scores
def test_another_seed_stores_other_beats(score):
    train, test = beats(60), beats(9, seed=1)
    first, second = (score(train, test, stored=20, seed=seed) for seed in (0, 1))
    assert not np.allclose(first, second)


@drawn_scores
def test_all_beats_are_stored_where_there_are_few(score):
    train, test = beats(60), beats(9, seed=1)
    np.testing.assert_array_equal(score(train, test, stored=60), score(train, test, seed=1))


def test_isolation_score_is_that_of_scikit_learn():
    train, test = beats(300), beats(20, seed=1)
    forest = IsolationForest(n_estimators=30, random_state=4).fit(train.reshape(300, -1))
    expected = -forest.score_samples(test.reshape(20, -1))
    np.testing.assert_allclose(isolation_score(train, test, trees=30, seed=4), expected, rtol=1e-6)


def test_isolation_score_of_what_cannot_be_cut_is_a_half():
    # No cut parts equal beats, so every depth is its expectation: 2 to the power of −1.
    values = isolation_score(np.ones((300, 1, 4), np.float32), beats(5, 1, 4), trees=5)
    np.testing.assert_allclose(values, 0.5)


def test_svm_is_that_of_scikit_learn_on_all_samples():
    # 24 samples are fewer than 50 components: the components only turn the axes.
    train, test = beats(200), beats(20, seed=1)
    flat = train.reshape(200, -1).astype(float)
    machine = OneClassSVM(nu=0.1, gamma=1 / flat.var(axis=0).sum()).fit(flat)
    expected = -machine.decision_function(test.reshape(20, -1))
    np.testing.assert_allclose(one_class_svm(train, test), expected, rtol=1e-3, atol=1e-3)


def test_svm_leaves_a_tenth_of_the_normal_beats_outside():
    train = beats(1000, 1, 5)
    assert (one_class_svm(train, train) > 0).mean() == pytest.approx(0.1, abs=0.01)


def test_svm_knows_no_unit():
    train, test = beats(200), beats(20, seed=1)
    values = one_class_svm(train, test)
    np.testing.assert_allclose(one_class_svm(4 * train + 2, 4 * test + 2), values, atol=2e-3)


@every_score
@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        (beats(30), beats(3, leads=1), r"alike but for the beats.*\(30, 2, 12\) and \(3, 1, 12\)"),
        (beats(30), beats(3, length=11), "alike"),
        (beats(30)[:, 0], beats(3)[:, 0], r"shape \(beat, lead, time\)"),
        (beats(30), beats(3)[0], "alike"),
        (beats(1), beats(3), "two or more"),
        (beats(30), beats(0), "two or more"),
    ],
)
def test_beats_that_do_not_fit_are_refused(score, train, test, message):
    with pytest.raises(RecordInvalid, match=message):
        score(train, test)


@every_score
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_missing_values_are_refused(score, value):
    broken = beats(30)
    broken[7, 1, 3] = value
    with pytest.raises(RecordInvalid, match=r"1 beats of train have .* the first is beat 7"):
        score(broken, beats(3))
    with pytest.raises(RecordInvalid, match=r"1 beats of test have .* the first is beat 7"):
        score(beats(30), broken)


@pytest.mark.parametrize(
    ("score", "setting", "message"),
    [
        (pca_error, {"norm": 3}, "norm must be 1 or 2, got 3"),
        (pca_error, {"components": 21}, "components must be 0 to 20, the smaller.*; got 21"),
        (pca_error, {"components": -1}, "components must be 0 to 20"),
        (neighbour_distance, {"k": 21}, "k must be 1 to 20, the number of stored beats; got 21"),
        (neighbour_distance, {"k": 6, "stored": 5}, "k must be 1 to 5"),
        (neighbour_distance, {"stored": 0}, "stored must be at least 2; got 0"),
        (one_class_svm, {"stored": 1}, "stored must be at least 2; got 1"),
        (isolation_score, {"trees": 0}, "trees must be at least 1; got 0"),
    ],
)
def test_settings_that_cannot_work_are_refused(score, setting, message):
    with pytest.raises(ModelInvalid, match=message):
        score(beats(20), beats(3), **setting)


def test_negative_log_p_of_uniform_scores_is_exponential_and_two_add_up_to_fishers_statistic():
    # Twice the sum of two is chi-squared with four degrees of freedom: mean 4, variance 8.
    rng = np.random.default_rng(0)
    normal, score = rng.uniform(size=(2, 20_000)), rng.uniform(size=(2, 20_000))
    one, other = (negative_log_p(n, s) for n, s in zip(normal, score, strict=True))
    assert one.mean() == pytest.approx(1, abs=0.03)
    assert kstest(2 * (one + other), "chi2", args=(4,)).statistic < 0.02


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.floats(-9, 9), min_size=1, max_size=20),
    st.lists(st.floats(-9, 9), min_size=1, max_size=20),
)
def test_negative_log_p_equals_the_loop_and_keeps_the_order(normal, score):
    values = negative_log_p(normal, score)
    shares = [(1 + sum(n >= s for n in normal)) / (1 + len(normal)) for s in score]
    np.testing.assert_allclose(values, -np.log(shares), atol=1e-6)
    assert (np.diff(values[np.argsort(score)]) >= 0).all()


@pytest.mark.parametrize(
    ("normal", "score", "message"),
    [
        ([], [1.0], "at least one normal beat, got 0"),
        ([1.0, np.nan], [1.0], "and 1 NaN"),
        ([1.0], [np.nan], "and 1 NaN"),
    ],
)
def test_negative_log_p_refuses_what_has_no_rank(normal, score, message):
    with pytest.raises(RecordInvalid, match=message):
        negative_log_p(normal, score)
