import numpy as np
import pytest

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_gaze
from ecgbook.plotting.figure import png

SIGNAL = np.sin(np.arange(100.0))
# Steps of 32 samples, centred on samples 0, 32, 64 and 96; all the weight lies on the third.
ONE = np.array([0.0, 0.0, 1.0, 0.0])


def meshes(figure):
    return [ax.collections[0] for ax in figure.axes[:-1]]


def test_a_step_is_drawn_around_the_sample_on_which_it_is_centred():
    (mesh,) = meshes(plot_gaze({"a": (SIGNAL, ONE)}, fs=100, step=32))
    edges_s = mesh.get_coordinates()[0, :, 0]
    np.testing.assert_allclose(edges_s, [-0.16, 0.16, 0.48, 0.80, 1.12])
    np.testing.assert_array_equal(np.ravel(mesh.get_array()), [0, 0, 4, 0])


def test_rows_have_one_scale_of_multiples_of_the_even_weight():
    figure = plot_gaze({"a": (SIGNAL, ONE), "b": (SIGNAL, np.full(4, 0.25))}, fs=100, step=32)
    first, second = meshes(figure)
    assert first.get_clim() == second.get_clim() == (0, 4)
    np.testing.assert_array_equal(np.ravel(second.get_array()), [1, 1, 1, 1])
    assert figure.alt.startswith("a: looked at most is 0.6 s, 4.0 times the mean")
    png(figure)


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ([0.5, 0.4], "a sum of 0.9"),
        ([1.5, -0.5], "must be 0 or more"),
        ([0.2] * 5, "5 steps of 32 samples reach beyond the 100 samples of a"),
        ([np.nan, 1.0], "attention must be one row of finite"),
    ],
)
def test_attention_that_does_not_fit_is_refused(weights, reason):
    with pytest.raises(RecordInvalid, match=reason):
        plot_gaze({"a": (SIGNAL, weights)}, fs=100, step=32)


def test_nothing_to_look_at_is_refused():
    with pytest.raises(RecordInvalid, match="at least one trace"):
        plot_gaze({}, fs=100, step=32)
