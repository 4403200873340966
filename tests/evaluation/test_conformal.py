import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation.conformal import (
    conformal_limit,
    conformal_limits,
    prediction_sets,
    sets_that_hold,
)


def draws(rng, n, classes=4):
    """Return labels and probabilities of a network that is wrong about how sure it is."""
    y = rng.random((n, classes)) < 0.4
    y[np.arange(n), rng.integers(classes, size=n)] = True
    return y, rng.random((n, classes)) ** np.where(y, 0.7, 3)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_the_promise_is_kept_on_average_and_hardly_more(level):
    rng, n, kept = np.random.default_rng(0), 59, []
    for _ in range(400):
        y, p = draws(rng, n + 40)
        limit = conformal_limit(y[:n], p[:n], level=level)
        kept.append(sets_that_hold(y[n:], prediction_sets(p[n:], limit)).mean())
    # Theory: the mean lies between the level and the level + 1 / (n + 1); here n + 1 is 60.
    off = 3 * np.std(kept) / len(kept) ** 0.5
    assert level - off <= np.mean(kept) <= level + 1 / 60 + off


def test_each_class_has_a_promise_of_its_own():
    rng, kept = np.random.default_rng(1), []
    for _ in range(300):
        y, p = draws(rng, 300)
        p[:, 3] **= 4  # a class of which the network is never sure
        limits = conformal_limits(y[:200], p[:200], level=0.9)
        named = prediction_sets(p[200:], limits)
        kept.append([named[y[200:, k], k].mean() for k in range(4)])
    assert np.mean(kept, axis=0) == pytest.approx([0.9] * 4, abs=0.02)


def test_too_few_recordings_name_every_class():
    y, p = np.eye(3), np.full((3, 3), 0.5)
    assert conformal_limit(y, p, level=0.9) == 0
    assert conformal_limits(y, p, level=0.9).tolist() == [0, 0, 0]
    assert prediction_sets(p, 0.0).all()
    # Three recordings allow a promise of 3/4: then the least value is the limit.
    assert conformal_limit(y, p, level=0.75) == 0.5


@given(st.integers(1, 40), st.sampled_from([0.5, 0.75, 0.9, 0.95]))
def test_the_sets_of_the_calibration_recordings_hold_as_often(n, level):
    y, p = draws(np.random.default_rng(n), n)
    kept = sets_that_hold(y, prediction_sets(p, conformal_limit(y, p, level=level)))
    assert kept.mean() >= level


def test_recordings_without_a_class_say_nothing():
    y, p = draws(np.random.default_rng(2), 30)
    more = np.vstack([y, np.zeros((5, 4))]), np.vstack([p, np.zeros((5, 4))])
    assert conformal_limit(*more, level=0.9) == conformal_limit(y, p, level=0.9)


@pytest.mark.parametrize(
    ("y", "p", "level", "said"),
    [
        ([[1, -1]], [[0.5, 0.5]], 0.9, "all known"),
        ([[0, 0]], [[0.5, 0.5]], 0.9, "no recording has a true class"),
        ([[1, 0]], [[1.5, 0.5]], 0.9, "between 0 and 1"),
        ([[1, 0]], [[0.5, np.nan]], 0.9, "NaN"),
        ([[1, 0]], [[0.5, 0.5]], 90, "level"),
        ([[1, 0]], [[0.5]], 0.9, "shape"),
    ],
)
def test_what_allows_no_promise_is_refused(y, p, level, said):
    with pytest.raises(ScoreInvalid, match=said):
        conformal_limit(y, p, level=level)
