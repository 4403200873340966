import math
import re

import numpy as np
import pytest

from ecgbook.classroom.judging import fault

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        (1.0, 1 + 1e-7),
        (2.0, 2),
        (NAN, NAN),
        (INF, INF),
        (None, None),
        ([1, [2.0]], [1, [2.0]]),
        ({"a": 1}, {"a": 1}),
        (np.array([1.0, NAN]), np.array([1.0, NAN])),
        (np.array([1.0, 2.0]), np.array([1, 2])),
    ],
)
def test_right_is_right(expected, answer):
    assert fault(expected, answer) == ""


@pytest.mark.parametrize(
    ("expected", "answer", "words"),
    [
        (1.0, 1.01, "value"),
        (1.0, NAN, "value"),
        (NAN, 1.0, "value"),
        (1.0, INF, "value"),
        (INF, -INF, "value"),
        (1.0, 10**400, "value"),
        (1, 1.0, "whole number"),
        (1, True, "truth value"),
        (True, 1, "truth value is expected"),
        (1.0, "1.0", "text"),
        (1.0, None, "None"),
        ([1, 2], [1], "2 entries"),
        ([1, 2], [1, 3], "entry 1"),
        ({"a": 1}, {"b": 1}, "keys must be a"),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, "b: "),
        (np.zeros(2), [0.0, 0.0], "array"),
        (np.zeros((2, 3)), np.zeros((3, 2)), r"\(2, 3\)"),
        (np.zeros(2), np.zeros(2, dtype=bool), "truth values"),
        (np.zeros(2, dtype=int), np.zeros(2), "whole numbers"),
        (np.zeros(4), np.array([0.0, 1, 0, NAN]), "2 of 4"),
    ],
)
def test_wrong_is_wrong_in_words(expected, answer, words):
    assert re.search(words, fault(expected, answer))


def test_the_tolerance_is_relative_and_absolute():
    assert fault(100.0, 100.9, rtol=0.01) == ""
    assert fault(0.0, 0.01, rtol=1.0, atol=1e-9) != ""
    assert fault(0.0, 0.01, atol=0.02) == ""


def test_the_expected_value_is_never_told():
    assert "1234" not in fault(1234.5, 1.0) + fault([1234], [1]) + fault("1234", "x")
