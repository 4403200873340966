import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook import RecordInvalid
from ecgbook.datasets import Ragged, ragged


def test_doctest():
    assert doctest.testmod(ragged).failed == 0


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=8),
    leads=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_what_comes_out_is_what_went_in(lengths, leads, seed):
    rng = np.random.default_rng(seed)
    signals = [rng.normal(size=(leads, n)).astype(np.float32) for n in lengths]
    x = Ragged.of(signals)
    assert x.shape == (len(lengths), leads, max(lengths))
    order = rng.permutation(len(lengths))
    for own, again in zip(order, x[order], strict=True):
        np.testing.assert_array_equal(again, signals[own])
    padded = x.padded(max(lengths) + 2, value=-7)
    for signal, row in zip(signals, padded, strict=True):
        np.testing.assert_array_equal(row[:, : signal.shape[1]], signal)
        assert (row[:, signal.shape[1] :] == -7).all()


def test_no_sample_is_copied():
    x = Ragged.of([np.zeros((2, 3)), np.ones((2, 4))])
    assert np.shares_memory(x[1], x.samples)
    assert x[[1, 0]].samples is x.samples
    assert x[x.length > 3].samples is x.samples


def test_signals_that_do_not_fit_are_refused():
    x = Ragged.of([np.zeros((1, 3)), np.zeros((1, 5))])
    with pytest.raises(RecordInvalid, match="up to 5 samples do not fit in 4"):
        x.padded(4)
    assert x[:1].padded(4).shape == (1, 1, 4)


@pytest.mark.parametrize(
    ("start", "length", "message"),
    [
        ([0, 4], [4, 3], "signal 1 covers samples 4 to 7"),
        ([0, -1], [4, 2], "signal 1 covers samples -1 to 1"),
        ([0, 4], [4, 0], "signal 1 covers samples 4 to 4"),
        ([0], [4, 2], "1 starts and 2 lengths"),
    ],
)
def test_signals_beyond_the_samples_are_refused(start, length, message):
    with pytest.raises(RecordInvalid, match=message):
        Ragged(np.zeros((1, 6), np.float32), start, length)
