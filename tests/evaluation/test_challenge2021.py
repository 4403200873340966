import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from ecgbook import open_database, tasks
from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import (
    CHALLENGE_CLASSES,
    challenge2021_score,
    challenge2021_weights,
    influence,
    paired_difference,
    report,
    score,
)
from tests.evaluation.oracles import challenge2021_by_loops

SCORE = "challenge2021_score"


def hot(*named):
    """Return which classes each recording has, from their names."""
    return np.array([[name in recording for name in CHALLENGE_CLASSES] for recording in named])


THREE = hot(["NSR"], ["AF"], ["SB"])


# Published vectors, computed with the software of the Challenge.
@pytest.mark.parametrize(
    ("true", "called", "expected"),
    [
        (hot(["AF"]), hot(["AFL"]), 0.142857),
        (hot(["AF", "PVC|VPB"]), hot(["AF"]), 0.410714),
        (THREE, hot([], [], []), -0.818182),
        (THREE, hot(["NSR"], ["AF"], ["NSR"]), 0.530303),
        (THREE, np.ones((3, 26), bool), -0.087704),
    ],
)
def test_answers_whose_score_is_known(true, called, expected):
    assert challenge2021_score(true, called) == pytest.approx(expected, abs=1e-6)


def test_one_recording_worked_by_hand():
    # Labels AF and PVC, called AF and sinus rhythm: L ∪ O has three. The labels earn
    # (1 + .375 + .375 + 1) / 2, sinus rhythm (.25 + .375) / 3, the answer
    # (1 + .25 + .375 + .375) / 3.
    labels, normal, answer = 2.75 / 2, 0.625 / 3, 2 / 3
    expected = (answer - normal) / (labels - normal)
    got = challenge2021_score(hot(["AF", "PVC|VPB"]), hot(["AF", "NSR"]))
    assert got == pytest.approx(expected)


@pytest.mark.real
def test_the_weights_are_the_published_ones():
    files = open_database("challenge-2021").files
    path = "evaluation/weights_abbreviations.csv"
    if path not in files.digests:
        pytest.skip("the mirror has the recordings without the tables of the evaluation")
    header, *rows = files.fetch([path])[0].read_text().split()
    assert tuple(header.split(",")[1:]) == CHALLENGE_CLASSES
    published = [[float(value) for value in row.split(",")[1:]] for row in rows]
    np.testing.assert_allclose(challenge2021_weights(), published, atol=1e-12)


def test_the_weights_are_those_that_the_paper_describes():
    weights = challenge2021_weights()
    assert weights.shape == (26, 26)
    np.testing.assert_array_equal(weights, weights.T)
    assert set(np.diagonal(weights)) == {1}
    others = weights[~np.eye(26, dtype=bool)]
    assert (others.min(), others.max()) == pytest.approx((0.15, 0.5))
    j, k = map(CHALLENGE_CLASSES.index, ("QAb", "NSR"))
    assert weights[j, k] == pytest.approx(0.15)
    # Of some classes they are a part of the whole table.
    some = ["LQRSV", "NSR", "PRWP"]
    rows = [CHALLENGE_CLASSES.index(name) for name in some]
    np.testing.assert_array_equal(challenge2021_weights(some), weights[np.ix_(rows, rows)])


multi_hot = st_numpy.arrays(bool, st.tuples(st.integers(1, 12), st.just(26)))


@given(multi_hot, st.data())
def test_any_answers_score_as_by_loops_over_the_definition(y, data):
    called = data.draw(st_numpy.arrays(bool, y.shape))
    expected = challenge2021_by_loops(y, called, challenge2021_weights(), normal=14)
    assert challenge2021_score(y, called) == pytest.approx(expected, abs=1e-9)


@given(multi_hot)
def test_the_ends_of_the_scale(y):
    normal = np.zeros_like(y)
    normal[:, CHALLENGE_CLASSES.index("NSR")] = True
    assert challenge2021_score(y, normal) == pytest.approx(0, abs=1e-9)
    if not (y == normal).all() and y.any():
        assert challenge2021_score(y, y) in (pytest.approx(1), 0)


def test_labels_that_are_sinus_rhythm_alone_have_no_scale():
    assert challenge2021_score(hot(["NSR"], ["NSR"]), hot(["AF"], ["NSR"])) == 0


def test_classes_that_nobody_has_or_calls_may_be_left_out():
    rng = np.random.default_rng(0)
    y, called = np.zeros((2, 50, 26), bool)
    some = [2, 5, 14, 17, 20]
    y[:, some], called[:, some] = rng.random((2, 50, 5)) < 0.3
    names = [CHALLENGE_CLASSES[k] for k in some]
    got = challenge2021_score(y[:, some], called[:, some], classes=names)
    assert got == pytest.approx(challenge2021_score(y, called))


@pytest.mark.parametrize("unknown", [-1.0, np.nan])
def test_a_label_that_is_not_known_costs_nothing(unknown):
    y, called = THREE.astype(float), hot(["NSR", "AFL"], ["AF"], ["SB"])
    assert challenge2021_score(y, called) < 1
    y[0, CHALLENGE_CLASSES.index("AFL")] = unknown
    assert challenge2021_score(y, called) == pytest.approx(1)


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(1)
    y = rng.random((60, 26)) < 0.1
    probability = np.clip(0.5 * rng.random((60, 26)) + 0.4 * y, 0, 1)
    return y, probability, np.repeat(np.arange(20), 3)


def test_a_report_has_it_with_an_interval_over_patients(answers):
    y, probability, patient = answers
    task = tasks.multi_label(CHALLENGE_CLASSES, scores=[SCORE])
    table = report(task, y, probability, patient, thresholds=0.45, n=400)
    assert table[["score", "class", "n", "n_patients"]].values.tolist() == [[SCORE, "all", 60, 20]]
    assert table["value"][0] == pytest.approx(challenge2021_score(y, probability >= 0.45))
    rng = np.random.default_rng(2)
    drawn = [np.flatnonzero(patient == p) for p in range(20)]
    drawn = [np.concatenate([drawn[p] for p in rng.integers(20, size=20)]) for _ in range(400)]
    values = [challenge2021_score(y[rows], probability[rows] >= 0.45) for rows in drawn]
    low, high = np.quantile(values, [0.025, 0.975])
    assert table["low"][0] == pytest.approx(low, abs=0.04)
    assert table["high"][0] == pytest.approx(high, abs=0.04)


def test_a_report_takes_the_classes_in_any_order(answers):
    y, probability, _ = answers
    order = np.random.default_rng(3).permutation(26)
    task = tasks.multi_label([CHALLENGE_CLASSES[k] for k in order], none=True)
    value = score(task, y[:, order], probability[:, order], SCORE)
    assert value == pytest.approx(challenge2021_score(y, probability >= 0.5))


def test_differences_influence_and_the_choice_of_an_epoch_use_it(answers):
    y, probability, patient = answers
    task = tasks.multi_label(CHALLENGE_CLASSES, select=SCORE, scores=[SCORE])
    better = np.where(y, 0.9, probability)
    table = paired_difference(task, y, better, probability, patient, n=20)
    expected = challenge2021_score(y, better >= 0.5) - challenge2021_score(y, probability >= 0.5)
    assert table["value"].tolist() == pytest.approx([expected])
    logits = np.where(y, 3.0, -3.0)
    assert task.selection(y, logits) == pytest.approx(1)
    alone = influence(task, y, probability, patient, score=SCORE).set_index("patient")["value"]
    without = patient != 7
    expected = challenge2021_score(y[without], probability[without] >= 0.5)
    assert alone[7] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("y", "called", "options", "message"),
    [
        (THREE, THREE[:2], {}, r"shape \(recording, 26\), got \(3, 26\) and \(2, 26\)"),
        (THREE[:, :5], THREE[:, :5], {}, r"shape \(recording, 26\)"),
        (THREE, 0.3 * THREE, {}, "output needs multi-hot labels"),
        (THREE, THREE.argmax(axis=1), {}, "output needs multi-hot labels"),
        (THREE[:, :2], THREE[:, :2], {"classes": ["AF", "VT"]}, "there is no VT among AF, AFL"),
        (THREE[:, :2], THREE[:, :2], {"classes": ["AF", "SB"]}, "the classes need NSR"),
        (THREE[:, :2], THREE[:, :2], {"classes": ["NSR", "NSR"]}, "each name once"),
    ],
)
def test_what_it_is_no_score_of_is_refused(y, called, options, message):
    with pytest.raises(ScoreInvalid, match=message):
        challenge2021_score(y, called, **options)


def test_a_report_of_other_classes_is_refused():
    y = np.eye(4, dtype=bool)
    with pytest.raises(ScoreInvalid, match="26 classes of that Challenge: there is no NORM"):
        report(tasks.multi_label(["NORM", "MI", "CD", "HYP"], scores=[SCORE]), y, y, range(4))
    with pytest.raises(ScoreInvalid, match="no score 'challenge2021_score' of a single_label"):
        tasks.single_label(CHALLENGE_CLASSES, scores=[SCORE])
