import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from ecgbook import tasks
from ecgbook.classical import ensembles as module
from ecgbook.classical.ensembles import Stacked, hard_vote, ranked, soft_vote, top_k
from ecgbook.errors import ModelInvalid, ScoreInvalid

ACCURACY = tasks.single_label("NSV", select="accuracy")


def noisy(n=240, models=3, classes=3, patients=12, seed=0):
    """Labels, what models of falling quality make of them, and patients."""
    draw = np.random.default_rng(seed)
    y = draw.integers(0, classes, n)
    logits = [np.eye(classes)[y] * (3 - m) + draw.normal(size=(n, classes)) for m in range(models)]
    return y, softmax(np.array(logits), axis=2), draw.integers(0, patients, n)


def answers(*numbers):
    """Probabilities of one model that is sure of these classes of three."""
    return np.eye(3)[list(numbers)] * 0.7 + 0.1


def as_scikit_learn(probability, **options):
    """The columns that a stacked model sees, and a regression that takes them."""
    x = np.concatenate(np.log(probability), axis=1)
    return x, make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000, **options))


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(("kind", "vote"), [("soft", soft_vote), ("hard", hard_vote)])
def test_votes_are_those_of_scikit_learn(kind, vote):
    draw = np.random.default_rng(0)
    x = draw.normal(size=(150, 4))
    y = (x[:, 0] + draw.normal(size=150) > 0) + (x[:, 1] > 1).astype(int)
    models = [GaussianNB(), DecisionTreeClassifier(max_depth=2), LogisticRegression()]
    both = VotingClassifier([(str(k), m) for k, m in enumerate(models)], voting=kind).fit(x, y)
    probability = [model.predict_proba(x) for model in both.estimators_]
    np.testing.assert_array_equal(vote(probability).argmax(axis=1), both.predict(x))
    if kind == "soft":
        np.testing.assert_allclose(vote(probability), both.predict_proba(x))


def test_hard_votes_are_shares_and_the_first_of_equals_is_the_answer():
    flat = [[1 / 3, 1 / 3, 1 / 3]]
    shares = hard_vote([flat, answers(2), answers(1), answers(2)])
    np.testing.assert_allclose(shares, [[0.25, 0.25, 0.5]])


@given(st.lists(st.lists(st.integers(0, 2), min_size=4, max_size=4), min_size=1, max_size=5))
def test_sure_models_vote_softly_as_they_do_hard(given_answers):
    probability = np.eye(3)[given_answers]
    np.testing.assert_allclose(soft_vote(probability), hard_vote(probability))
    np.testing.assert_allclose(hard_vote(probability).sum(axis=1), 1)


def test_models_are_ranked_best_first_and_equals_keep_their_order():
    y = [0, 1, 2, 0]
    # Two, four, three and again two of four right.
    models = [answers(0, 1, 0, 1), answers(0, 1, 2, 0), answers(0, 1, 2, 1), answers(1, 1, 1, 0)]
    assert ranked(ACCURACY, y, models).tolist() == [1, 2, 0, 3]


def test_errors_rank_from_below_and_another_score_may_decide():
    y, close, far = [0, 1], answers(0, 1), np.full((2, 3), 1 / 3)
    assert ranked(ACCURACY, y, [far, close], select="brier").tolist() == [1, 0]
    multi = tasks.multi_label("ab", select="hamming_loss")
    right, wrong = np.eye(2), 1 - np.eye(2)
    assert ranked(multi, np.eye(2, dtype=bool), [wrong, right]).tolist() == [1, 0]


def test_a_model_without_a_score_comes_last():
    never_v = answers(0, 0, 0)  # V is never called, so its PPV has no value
    task = tasks.single_label("NSV", select="pooled_ppv")
    assert ranked(task, [0, 1, 2], [never_v, answers(0, 1, 2)]).tolist() == [1, 0]


def test_the_smallest_of_equally_good_ensembles_is_chosen():
    y = [0, 1, 2, 0]
    assert top_k(ACCURACY, y, [answers(0, 1, 2, 0)] * 3).tolist() == [0]


def test_k_is_chosen_by_the_vote_that_will_be_taken():
    # Each model errs once, elsewhere. Two hard votes tie, three have a majority of right ones.
    y = [2, 2, 2, 0]
    models = [answers(0, 2, 2, 0), answers(2, 0, 2, 0), answers(2, 2, 0, 0)]
    assert top_k(ACCURACY, y, models, combine=hard_vote).tolist() == [0, 1, 2]


@given(st.integers(0, 50))
@settings(max_examples=20, deadline=None)
def test_no_ensemble_of_the_best_is_better_on_validation(seed):
    y, probability, _ = noisy(n=30, models=4, seed=seed)
    order = ranked(ACCURACY, y, probability)
    right = [(soft_vote(probability[order[:k]]).argmax(axis=1) == y).mean() for k in (1, 2, 3, 4)]
    assert len(top_k(ACCURACY, y, probability)) == 1 + right.index(max(right))


@pytest.mark.parametrize("classes", [2, 3])
def test_the_stacked_model_is_the_regression_of_scikit_learn(classes):
    y, probability, _ = noisy(classes=classes)
    x, oracle = as_scikit_learn(probability, C=0.3)
    expected = oracle.fit(x, y).predict_proba(x)
    made = Stacked(C=0.3).fit(y, probability).predict_proba(probability)
    np.testing.assert_allclose(made, expected, atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_weights_add_up_to_nothing_and_follow_the_better_model(classes):
    y, probability, _ = noisy(classes=classes)
    weights = Stacked().fit(y, probability).weights
    assert weights.shape == (classes, 3, classes)
    np.testing.assert_allclose(weights.sum(axis=0), 0, atol=1e-5)
    own = np.einsum("kmk->m", weights)
    assert own[0] > own[1] > own[2]


def test_out_of_fold_probabilities_are_those_of_scikit_learn():
    y, probability, patient = noisy()
    x, oracle = as_scikit_learn(probability)
    folds = GroupKFold(4, shuffle=True, random_state=3)
    options = {"groups": patient, "cv": folds, "method": "predict_proba"}
    expected = cross_val_predict(oracle, x, y, **options)
    made = Stacked().cross_fitted(y, probability, patient, k=4, seed=3)
    np.testing.assert_allclose(made, expected, atol=1e-6)


def test_answers_for_a_patient_do_not_rest_on_the_own_labels():
    y, probability, patient = noisy()
    first = Stacked().cross_fitted(y, probability, patient)
    lied = np.where(patient == 4, (y + 1) % 3, y)
    second = Stacked().cross_fitted(lied, probability, patient)
    np.testing.assert_array_equal(first[patient == 4], second[patient == 4])
    assert np.abs(first - second).max() > 0.01


def test_a_class_that_others_do_not_have_gets_nothing():
    y, probability, patient = noisy()
    y = np.where(patient == 0, 2, y % 2)  # only patient 0 has class 2
    made = Stacked().cross_fitted(y, probability, patient)
    assert (made[patient == 0, 2] == 0).all()
    assert (made[patient != 0, 2] > 0).any()
    np.testing.assert_allclose(made.sum(axis=1), 1)


def test_others_with_one_class_alone_leave_that_one():
    _, probability, _ = noisy(n=10)
    patient = np.arange(10) // 5
    made = Stacked().cross_fitted(patient, probability, patient)
    np.testing.assert_array_equal(made, np.eye(3)[1 - patient])


def test_more_parts_than_patients_leave_one_out():
    y, probability, patient = noisy(patients=3)
    few = Stacked().cross_fitted(y, probability, patient, k=3)
    np.testing.assert_array_equal(few, Stacked().cross_fitted(y, probability, patient, k=50))


def test_cross_fitting_leaves_the_ensemble_as_it_is():
    y, probability, patient = noisy()
    stacked = Stacked().fit(y, probability)
    before = stacked.predict_proba(probability)
    stacked.cross_fitted(y, probability, patient)
    np.testing.assert_array_equal(stacked.predict_proba(probability), before)


def test_certainty_counts_as_the_floor():
    y, probability, _ = noisy()
    sure = np.eye(3)[probability.argmax(axis=2)]
    low = np.where(sure == 0, 1e-3, 1.0)
    made = Stacked(floor=1e-3).fit(y, sure).predict_proba(sure)
    assert np.isfinite(made).all()
    np.testing.assert_allclose(made, Stacked().fit(y, low).predict_proba(low))


MODELS = [answers(0, 1, 2), answers(0, 1, 1)]
Y = [0, 1, 2]


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: soft_vote([]), "got no model"),
        (lambda: soft_vote(answers(0, 1)), r"one shape \(example, class\), got \(3,\)"),
        (lambda: hard_vote([MODELS[0], MODELS[0][:2]]), r"got \(3, 3\), \(2, 3\)"),
        (lambda: soft_vote([MODELS[0], MODELS[0] * np.nan]), "model 1 gives NaN"),
        (lambda: soft_vote([MODELS[0] * 9]), "model 0 gives .* pass logits through"),
        (lambda: ranked(ACCURACY, Y, MODELS[:1]), "one model alone"),
        (lambda: top_k(ACCURACY, Y, MODELS[:1]), "one model alone"),
        (lambda: top_k(ACCURACY, Y, MODELS, select="loss"), "not by the loss"),
        (lambda: ranked(ACCURACY, Y, MODELS, select="speed"), "unknown score 'speed'"),
        (lambda: Stacked().fit(Y, MODELS[:1]), "one model alone"),
        (lambda: Stacked().fit([0, 1], MODELS), "2 labels in y but 3 examples"),
        (lambda: Stacked().fit([0, 1, 3], MODELS), "unknown class 3"),
        (lambda: Stacked().fit([1, 1, 1], MODELS), "all 3 examples are of class 1"),
        (lambda: Stacked().fit(np.eye(3, dtype=bool), MODELS), "y needs shape"),
        (lambda: Stacked().cross_fitted(Y, MODELS, ["a"] * 3), "1 patients, 5 parts"),
        (lambda: Stacked().cross_fitted(Y, MODELS, ["a", "b", ""]), "patient is missing"),
        (lambda: Stacked().fit(Y, MODELS).predict_proba(MODELS * 2), "learnt from 2 models and 3"),
    ],
)
def test_what_cannot_be_combined_is_refused(call, reason):
    with pytest.raises(ScoreInvalid, match=reason):
        call()


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: Stacked().predict_proba(MODELS), "call fit first"),
        (lambda: Stacked(C=0), "C must be above 0"),
        (lambda: Stacked(floor=1), "floor between 0 and 1"),
    ],
)
def test_settings_that_do_not_work_are_refused(call, reason):
    with pytest.raises(ModelInvalid, match=reason):
        call()
