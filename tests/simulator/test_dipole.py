import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook.simulator.dipole import Wave, edges_s, superpose


def test_one_wave_by_hand():
    # Apex at sample 4; it rises within 1 sample and falls within 2.
    found = superpose(
        np.array([0.02]), np.array([0.005]), np.array([0.01]), np.array([[2.0, 0, -1]]), 9, 200
    )
    expected = np.exp([-8.0, -4.5, -2.0, -0.5, 0.0, -0.125, -0.5, -1.125, -2.0])
    np.testing.assert_allclose(found, np.outer([2, 0, -1], expected), atol=1e-12)


@given(
    st.lists(
        st.tuples(st.floats(-2, 4), st.floats(0.001, 0.2), st.floats(0.001, 0.2), st.floats(-2, 2)),
        max_size=12,
    ),
    st.integers(1, 700),
    st.sampled_from([100.0, 250.0, 360.0, 1000.0]),
)
def test_sparse_sum_equals_the_dense_one(waves, n_time, fs):
    at, rise, fall, size = np.array(waves, float).reshape(-1, 4).T
    time = np.arange(n_time)[:, None] / fs - at
    dense = (np.exp(-0.5 * (time / np.where(time < 0, rise, fall)) ** 2) * size).sum(axis=1)
    found = superpose(at, rise, fall, size[:, None], n_time, fs)
    assert found.shape == (1, n_time)
    # What is left out is below exp(-4.5² / 2) of each wave.
    np.testing.assert_allclose(found[0], dense, atol=4.1e-5 * np.abs(size).sum() + 1e-12)


def test_where_no_wave_reaches_the_dipole_is_zero_millivolts():
    nothing = superpose(
        np.array([9.0]), np.array([0.01]), np.array([0.01]), np.ones((1, 3)), 5, 100
    )
    assert nothing.dtype == float
    assert nothing.tolist() == [[0.0] * 5] * 3


def test_edges_are_those_of_the_outermost_waves():
    waves = (Wave("a", 20, 8, 30, 1, 0, 0), Wave("b", 60, 4, 10, 1, 0, 0))
    assert edges_s(waves) == pytest.approx((0.0, 0.095))
    assert edges_s(waves, widths=1) == pytest.approx((0.012, 0.070))


def test_a_wave_times_a_gain_keeps_its_time_and_direction():
    wave = Wave("a", 20, 8, 30, 1, -2, 0.5)
    larger = wave.times(2)
    assert larger.vector.tolist() == [2, -4, 1]
    assert (larger.name, larger.at_ms, larger.rise_ms, larger.fall_ms) == ("a", 20, 8, 30)
