"""Windows of leads with the wave of each sample."""

import doctest

import numpy as np

from ecgbook import open_database
from ecgbook.datasets import wave_windows as module
from ecgbook.datasets.wave_windows import scaled_lead, wave_windows


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0


def test_windows_of_the_simulated_ludb_hold_the_marks_of_each_lead():
    database = open_database("ludb", data="synthetic")
    records = database.records[:2]
    windows = wave_windows(database, records=records, leads=["II", "V1"], fs=500)
    assert windows.x.shape == (8, 1, 2000)
    assert windows.y.shape == (8, 2000)
    assert set(np.unique(windows.y)) <= {0, 1, 2, 3}
    marks = database.waves(records[0])["II"]
    # The first window begins with the first mark, the second ends with the last.
    assert windows.y[0, 0] > 0
    begin = marks.sample[marks.symbol == "("]
    inside = begin[begin < begin[0] + 2000] - begin[0]
    assert (windows.y[0, inside] > 0).all()
    assert windows.patient[0] == str(database.metadata["patient"][records[0]])


def test_a_scaled_lead():
    np.testing.assert_allclose(scaled_lead(np.array([0.0, 0, 0, 2])), [0, 0, 0, 2 / 0.75**0.5])
    assert not scaled_lead(np.full(9, 3.0)).any()
