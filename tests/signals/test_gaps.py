"""Gaps and runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook import Recording, RecordInvalid
from ecgbook.signals import fill_gaps
from ecgbook.signals.gaps import runs

NAN = np.nan


def recording(*rows):
    return Recording(rows, fs=100, leads=[f"V{i + 1}" for i in range(len(rows))], record="x")


def test_gaps_get_a_straight_line_and_ends_their_neighbour():
    ecg = recording([NAN, 1, NAN, NAN, 4, NAN], [0, 0, 0, 0, 0, 0])
    filled = fill_gaps(ecg, longest_s=0.02)
    np.testing.assert_allclose(filled.signal, [[1, 1, 2, 3, 4, 4], [0] * 6], atol=1e-6)
    assert np.isnan(ecg.signal[0, 0])


def test_a_long_gap_is_refused_by_lead_place_and_length():
    ecg = recording([0.0] * 10, [0, NAN, 0, NAN, NAN, NAN, 0, 0, 0, 0])
    with pytest.raises(RecordInvalid, match=r"lead V2 has no value from 0\.030 s for 0\.030 s"):
        fill_gaps(ecg, longest_s=0.02)


def test_a_lead_without_any_value_is_refused():
    with pytest.raises(RecordInvalid, match="lead V1 has no value"):
        fill_gaps(recording([NAN, NAN]), longest_s=10)


@given(st.lists(st.booleans(), max_size=60))
def test_runs_rebuild_their_mask(mask):
    start, stop = runs(mask)
    rebuilt = np.zeros(len(mask), bool)
    for first, last in zip(start, stop, strict=True):
        assert first < last
        rebuilt[first:last] = True
    assert rebuilt.tolist() == mask
    assert (start[1:] > stop[:-1]).all()
