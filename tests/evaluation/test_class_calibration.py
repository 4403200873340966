"""Calibration of several labels, against the error of a single one."""

import numpy as np
import pytest

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import calibration_error
from ecgbook.evaluation.class_calibration import calibration_report


@pytest.mark.parametrize("n", [7, 100, 321])
def test_the_error_of_a_class_is_that_of_its_reliability_curve(n):
    rng = np.random.default_rng(n)
    probability = rng.random((n, 2)).round(2)  # with ties
    y = rng.random((n, 2)) < probability**2
    table = calibration_report("ab", y, probability, np.arange(n), n=2)
    expected = [calibration_error(y[:, k], probability[:, k]) for k in range(2)]
    np.testing.assert_allclose(table["value"], expected)


def test_runs_are_averaged_and_each_counts():
    y = np.array([[0], [0], [1], [1]])
    right, wrong = y.astype(float), 1.0 - y
    table = calibration_report("a", y, np.stack([right, wrong]), list("pqrs"), n=50)
    assert table["value"].tolist() == [0.5]  # 0 and 1
    assert table[["low", "high"]].to_numpy().ravel().tolist() == [0.5, 0.5]
    assert table[["n_patients", "n"]].to_numpy().tolist() == [[4, 4]]


def test_patients_are_drawn_and_not_recordings():
    """Two patients: with one drawn twice the error is 0 or 1, whatever its recordings."""
    y = np.repeat([[1], [0]], 5, axis=0)
    table = calibration_report("a", y, np.ones((10, 1)), np.repeat(["p", "q"], 5), n=400)
    assert table[["value", "low", "high"]].to_numpy().ravel().tolist() == [0.5, 0, 1]


def test_other_shapes_are_refused():
    with pytest.raises(ScoreInvalid, match="one shape"):
        calibration_report("ab", np.zeros((3, 2)), np.zeros((3, 1)), list("pqr"))
