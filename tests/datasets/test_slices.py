import numpy as np
import pandas as pd
import pytest

from ecgbook import RecordInvalid
from ecgbook.datasets import Examples, Ragged, random_slices

# Two leads; the samples count up from 0 in one and down from 0 in the other.
LENGTHS = (4, 9, 6)
SIGNALS = [np.stack([np.arange(n), -np.arange(n)]) for n in LENGTHS]
ROWS = pd.DataFrame({"patient": [*"pqr"], "record": [*"abc"], "sample": 0})
RAGGED = Examples(Ragged.of(SIGNALS), [0, 1, 0], ["N", "A"], ROWS, fs=100, leads=["I", "II"])


def slices(rows, size, examples=RAGGED):
    return random_slices(examples, rows, size, np.random.default_rng(0))


def test_a_slice_is_a_piece_of_its_recording_in_all_leads():
    x, length = slices([1, 2, 1], 5)
    assert x.shape == (3, 2, 5)
    assert x.dtype == np.float32
    np.testing.assert_array_equal(length, [5, 5, 5])
    np.testing.assert_array_equal(np.diff(x[:, 0]), 1)
    np.testing.assert_array_equal(x[:, 1], -x[:, 0])


def test_every_place_is_as_likely_as_the_others():
    x, _ = slices(np.ones(3000, int), 7)
    # Of 9 samples 7 are cut: begins 0, 1 and 2, a thousand each but for chance (3 sigma: 77).
    count = np.bincount(x[:, 0, 0].astype(int))
    assert len(count) == 3
    np.testing.assert_allclose(count, 1000, atol=78)


def test_a_short_recording_is_taken_whole_with_zeros_after_it():
    x, length = slices([0, 2], 6)
    np.testing.assert_array_equal(length, [4, 6])
    np.testing.assert_array_equal(x[0, 0], [0, 1, 2, 3, 0, 0])
    np.testing.assert_array_equal(x[1, 0], np.arange(6))


def test_padding_is_no_part_of_a_recording():
    rows = ROWS.assign(length=LENGTHS)
    filled = Examples(RAGGED.x.padded(value=99), RAGGED.y, ("N", "A"), rows, 100, ("I", "II"))
    for ours, theirs in zip(slices([0, 1, 2], 5, filled), slices([0, 1, 2], 5), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_slice_without_samples_is_refused():
    with pytest.raises(RecordInvalid, match="one sample or more, got 0"):
        slices([0], 0)
