import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation.ranking import RANK_SCORES, Ranking, auroc
from tests.evaluation.oracles import rank_scores


def alone(positive, score, name):
    """Return one score of one class with every sample once."""
    positive, score = np.array(positive, bool)[:, None], np.array(score, float)[:, None]
    ranking = Ranking(positive, score, np.zeros(len(score), int))
    return ranking.scores(np.ones((1, 1), int), [name])[name][0, 0]


@st.composite
def ranked(draw):
    """Labels and scores; few distinct scores, so that many tie."""
    n = draw(st.integers(2, 40))
    positive = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    score = draw(st.lists(st.sampled_from([-2.0, 0.0, 0.1, 0.5, 3.0]), min_size=n, max_size=n))
    return np.array(positive), np.array(score)


@settings(deadline=None, max_examples=50)
@given(ranked())
def test_equal_to_scikit_learn_with_ties(case):
    positive, score = case
    assume(0 < positive.sum() < len(positive))
    assert np.isclose(auroc(positive, score), metrics.roc_auc_score(positive, score))
    for name, expected in rank_scores(positive, score).items():
        assert np.isclose(alone(positive, score, name), expected)


@settings(deadline=None, max_examples=50)
@given(ranked(), st.data())
def test_weights_equal_scikit_learns(case, data):
    positive, score = case
    n = len(positive)
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    assume(weights[positive].any() and weights[~positive].any())
    ranking = Ranking(positive[:, None], score[:, None], np.arange(n))
    found = ranking.scores(weights[None])
    copies = np.repeat(np.arange(n), weights)
    for name, expected in rank_scores(positive[copies], score[copies]).items():
        assert np.isclose(found[name][0, 0], expected)


def test_many_classes_and_replicates_equal_scikit_learn():
    rng = np.random.default_rng(2)
    y = rng.choice(4, 500, p=[0.9, 0.05, 0.03, 0.02])
    score = np.round(rng.normal(size=(500, 4)) + 2 * np.eye(4)[y], 1)
    patient = rng.integers(0, 9, 500)
    weights = rng.multinomial(9, [1 / 9] * 9, size=700)
    found = Ranking(np.eye(4, dtype=bool)[y], score, patient).scores(weights)
    for replicate in (0, 350, 699):
        copies = np.repeat(np.arange(500), weights[replicate][patient])
        for k in range(4):
            for name, expected in rank_scores(y[copies] == k, score[copies, k]).items():
                assert np.isclose(found[name][replicate, k], expected)


@settings(deadline=None, max_examples=50)
@given(ranked(), st.data())
def test_no_threshold_has_a_better_f1(case, data):
    positive, score = case
    n = len(positive)
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    assume(weights[positive].any())
    ranking = Ranking(positive[:, None], score[:, None], np.arange(n))
    f1 = ranking.scores(weights[None])["best_f1"]
    kind = {"sample_weight": weights, "zero_division": 0}
    expected = max(metrics.f1_score(positive, score >= t, **kind) for t in score)
    assert np.isclose(f1[0, 0], expected)


@settings(deadline=None, max_examples=50)
@given(ranked(), st.data())
def test_samples_that_do_not_count_might_as_well_not_be_there(case, data):
    positive, score = case
    n = len(positive)
    counted = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    assume(positive[counted].any() and not positive[counted].all())
    group, weights = np.arange(n), np.ones((1, n), int)
    columns = [np.tile(a[:, None], 2) for a in (positive, score)]
    both = np.column_stack([counted, np.ones(n, bool)])
    values = Ranking(*columns, group, both).scores(weights)
    left = Ranking(positive[counted, None], score[counted, None], group[counted])
    whole = Ranking(positive[:, None], score[:, None], group)
    kept, every = left.scores(weights), whole.scores(weights)
    for name, value in values.items():
        np.testing.assert_allclose(value, np.column_stack([kept[name], every[name]]))


def test_best_f1_by_hand():
    # Calling 1, 2, 3 or all 4 positive: 2·1/(1 + 2), 2·1/(2 + 2), 2·2/(3 + 2), 2·2/(4 + 2).
    assert alone([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6], "best_f1") == pytest.approx(4 / 5)


def test_sums_beyond_32_bits_stay_exact():
    weights = np.array([[2**32, 1, 5]])
    positive, score = np.array([[True], [False], [False]]), np.array([[2.0], [3.0], [1.0]])
    area = Ranking(positive, score, np.arange(3)).scores(weights)["auroc"]
    assert area[0, 0] == pytest.approx(5 / 6)


def test_equal_error_rate_by_hand():
    # Positive scores 4 and 2, negative 3, 1, 1: at 3 a half is missed and a third false; at 2
    # nothing is missed. Between them nothing but the found changes: a third it is.
    assert alone([1, 0, 1, 0, 0], [4, 3, 2, 1, 1], "equal_error_rate") == pytest.approx(1 / 3)
    # All equal: on the diagonal, a half. Worse than chance: all wrong.
    assert alone([1, 0, 0], [1, 1, 1], "equal_error_rate") == pytest.approx(1 / 2)
    assert alone([1, 0, 0], [0, 1, 2], "equal_error_rate") == 1
    assert alone([1, 0, 0], [3, 1, 2], "equal_error_rate") == 0


def test_constant_scores_rank_by_chance():
    positive = np.array([True, False, False, False])
    assert auroc(positive, np.ones(4)) == 0.5
    assert alone(positive, np.ones(4), "auprc") == 0.25


def test_a_missing_class_has_no_value():
    for name in RANK_SCORES:
        assert np.isnan(alone([0, 0], [0.2, 0.3], name))
    assert np.isnan(auroc([1, 1], [0.2, 0.3]))
    assert np.isnan(alone([1, 1], [0.2, 0.3], "equal_error_rate"))
    assert alone([1, 1], [0.2, 0.3], "auprc") == 1
    assert alone([1, 1], [0.2, 0.3], "best_f1") == 1


def test_classes_without_a_positive_do_not_disturb_the_others():
    positive = np.array([[False, True, False], [False, False, False], [False, True, False]])
    score = np.array([[0.0, 0.9, 0.0], [0.0, 0.5, 0.0], [0.0, 0.1, 0.0]])
    found = Ranking(positive, score, np.zeros(3, int)).scores(np.ones((1, 1), int))
    np.testing.assert_array_equal(found["auroc"], [[np.nan, 0.5, np.nan]])
    np.testing.assert_allclose(found["auprc"], [[np.nan, (1 + 2 / 3) / 2, np.nan]])


@pytest.mark.parametrize(
    ("positive", "score", "message"),
    [
        ([0, 1], [0.1, np.nan], "NaN"),
        ([0, 1], [0.1, np.inf], "infinite"),
        ([0, 1], [0.1], "shape"),
        ([0, 2], [0.1, 0.2], "unknown class 2"),
        ([], [], "with a sample"),
    ],
)
def test_bad_input_is_refused(positive, score, message):
    with pytest.raises(ScoreInvalid, match=message):
        auroc(positive, score)
