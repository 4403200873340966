"""The score of the Challenge of 2017 by hand, by scikit-learn, and as a score of reports."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from ecgbook import tasks
from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import challenge2017_f1, paired_difference, report, score

# Rows true, columns answered: N, A, O, ~. By the formula of the Challenge, 2 · hits over the sum of
# row and column: N 2·8/(11+10), A 2·3/(4+5), O 2·5/(8+8), ~ 2·1/(2+2).
TABLE = np.array([[8, 1, 1, 1], [0, 3, 1, 0], [2, 1, 5, 0], [0, 0, 1, 1]])
F1 = np.array([16 / 21, 6 / 9, 10 / 16, 2 / 4])


def spelled_out(table):
    """Return true and answered class numbers with the counts of a table."""
    y, called = (np.repeat(index.ravel(), table.ravel()) for index in np.indices(table.shape))
    return y, called


def test_a_table_worked_by_hand():
    y, called = spelled_out(TABLE)
    assert challenge2017_f1(y, called) == pytest.approx(F1[:3].mean())
    assert challenge2017_f1(y, called, with_noise=True) == pytest.approx(F1.mean())
    # Probabilities are answered by the likeliest class.
    assert challenge2017_f1(y, 0.7 * np.eye(4)[called] + 0.075) == pytest.approx(F1[:3].mean())


pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)


@given(pairs)
def test_any_answers_score_as_in_scikit_learn(answers):
    y, called = np.array([*answers, (0, 0), (1, 1), (2, 2), (3, 3)]).T
    for noise, labels in ((False, [0, 1, 2]), (True, [0, 1, 2, 3])):
        expected = metrics.f1_score(y, called, average="macro", labels=labels)
        assert challenge2017_f1(y, called, with_noise=noise) == pytest.approx(expected)


@pytest.mark.parametrize("order", ["NAO~", "~OAN", "ANO"])
def test_a_report_has_it_whatever_the_order_of_classes(order):
    y, called = spelled_out(TABLE if "~" in order else TABLE[:3, :3])
    number = np.array([order.index(name) for name in "NAO~" if name in order])
    task = tasks.single_label(order, scores=["challenge2017_f1"])
    table = report(task, number[y], number[called], np.arange(len(y)), n=50)
    expected = metrics.f1_score(y, called, average="macro", labels=[0, 1, 2])
    assert table["class"].tolist() == ["all"]
    assert table["value"].tolist() == pytest.approx([expected])
    assert table["low"][0] < expected < table["high"][0]
    assert table["n"].tolist() == [len(y)]


def test_replicates_are_those_of_drawn_recordings():
    y, called = spelled_out(TABLE)
    task = tasks.single_label("NAO~")
    whole = report(task, y, called, np.arange(len(y)), scores=["challenge2017_f1"], n=300, seed=1)
    drawn = np.random.default_rng(5).integers(len(y), size=(300, len(y)))
    values = [challenge2017_f1(y[rows], called[rows]) for rows in drawn]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    assert whole["low"][0] == pytest.approx(low, abs=0.06)
    assert whole["high"][0] == pytest.approx(high, abs=0.06)


def test_differences_and_the_choice_of_an_epoch_use_it():
    y, called = spelled_out(TABLE)
    task = tasks.single_label("NAO~", select="challenge2017_f1", scores=["challenge2017_f1"])
    better = np.where(y == 1, y, called)
    table = paired_difference(task, y, better, called, np.arange(len(y)), n=20)
    expected = challenge2017_f1(y, better) - challenge2017_f1(y, called)
    assert table["value"].tolist() == pytest.approx([expected])
    logits = 5.0 * np.eye(4)[called]
    assert task.selection(y, logits) == pytest.approx(F1[:3].mean())
    # The mean over all four is macro F1.
    assert score(task, y, called, "macro_f1") == pytest.approx(F1.mean())


def test_what_it_is_no_score_of_is_refused():
    y, called = spelled_out(TABLE[:2, :2])
    with pytest.raises(ScoreInvalid, match="there is no O among N, A; take macro_f1"):
        report(tasks.single_label("NA", scores=["challenge2017_f1"]), y, called, np.arange(len(y)))
    with pytest.raises(ScoreInvalid, match="no score 'challenge2017_f1' of a multi_label task"):
        tasks.multi_label("NAO", scores=["challenge2017_f1"])
    with pytest.raises(ScoreInvalid, match="unknown class 4"):
        challenge2017_f1([0, 4], [0, 1])
    with pytest.raises(ScoreInvalid, match="unknown class 7"):
        challenge2017_f1([0, 1], [0, 7])
    with pytest.raises(ScoreInvalid, match="2 labels in y_true but 3 in y_pred"):
        challenge2017_f1([0, 1], [0, 1, 2])
    with pytest.raises(ScoreInvalid, match="output"):
        challenge2017_f1([0, 1], np.eye(3)[:2])
    with pytest.raises(ScoreInvalid, match="NaN"):
        challenge2017_f1([0, 1], np.full((2, 4), np.nan))


def test_a_class_that_nobody_has_or_calls_has_no_score():
    assert np.isnan(challenge2017_f1([0, 1], [0, 1]))
