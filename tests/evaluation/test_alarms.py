import doctest

import numpy as np
import pytest

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import alarms, per_hour


def test_examples_in_docstrings_hold():
    assert doctest.testmod(alarms).failed == 0


def test_hours_are_those_of_the_recordings_of_a_patient():
    patient, record = np.repeat(["p", "q"], 6), np.repeat(["1", "2", "3", "3"], 3)
    counted = np.array([True, True, False, True, False, False, True] + [False] * 5)
    # Three beats in two recordings of 15 minutes, and one in one.
    assert per_hour(counted, patient, record, record_hours=0.25).to_dict() == {"p": 6, "q": 4}


def test_a_patient_without_such_beats_has_none_an_hour():
    assert per_hour(np.zeros(3, bool), list("aab"), list("112")).tolist() == [0, 0]


@pytest.mark.parametrize("counted", [np.ones(3), np.ones(2, bool)])
def test_what_cannot_be_counted_is_refused(counted):
    with pytest.raises(ScoreInvalid, match="counted must be bool, with a patient and a record"):
        per_hour(counted, list("aab"), list("112"))
