import numpy as np
import pytest
from matplotlib import pyplot

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_pictures
from ecgbook.plotting.figure import png

BEAT = np.array([0.0, 1.0, 0.5, 0.0])
APART = np.abs(BEAT[:, None] - BEAT)


def test_a_signal_and_its_pictures_share_their_time_axis():
    figure = plot_pictures({"a beat": (BEAT, {"distance": APART})}, fs=2)
    left, right = figure.axes
    assert left.get_xlim() == right.get_xlim() == (0, 2)
    assert right.get_ylim() == (2, 0)  # the first sample on top
    np.testing.assert_allclose(left.lines[0].get_xdata(), [0.25, 0.75, 1.25, 1.75])
    np.testing.assert_array_equal(right.images[0].get_array(), APART)


def test_a_picture_may_have_fewer_pixels_than_the_signal_has_samples():
    figure = plot_pictures({"a beat": (BEAT, {"small": np.eye(2)})}, fs=2)
    assert figure.axes[1].images[0].get_extent() == [0, 2, 2, 0]


def test_pictures_of_one_name_share_a_scale_and_those_with_a_sign_are_even_about_0():
    rows = {
        "one": (BEAT, {"distance": APART, "signed": APART - 0.5}),
        "other": (2 * BEAT, {"distance": 2 * APART, "signed": -APART}),
    }
    figure = plot_pictures(rows, fs=2)
    limits = [ax.images[0].get_clim() for ax in figure.axes if ax.images]
    assert limits == [(0, 2), (-1, 1), (0, 2), (-1, 1)]
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    words = "distance\n0 to 2", "signed\n−1 to 1"
    assert titles == ["one", *words, "other", *words]
    assert figure.alt == "Rows of a signal and, at its right, pictures of it: distance, signed."


def test_rows_may_have_pictures_of_other_names():
    rows = {"one": (BEAT, {"a": APART}), "other": (BEAT, {"b": -3 * APART})}
    limits = [ax.images[0].get_clim() for ax in plot_pictures(rows, fs=2).axes if ax.images]
    assert limits == [(0, 1), (-3, 3)]


def test_a_picture_of_zeros_is_white():
    figure = plot_pictures({"flat": (0 * BEAT, {"distance": 0 * APART})}, fs=2, alt="Flat.")
    assert figure.axes[1].images[0].get_clim() == (0, 1)
    assert figure.alt.endswith(" Flat.")
    png(figure)
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ({}, "as many pictures, 1 to 4"),
        ({"a": (BEAT, {})}, "as many pictures, 1 to 4"),
        ({"a": (BEAT, {str(k): APART for k in range(5)})}, "as many pictures, 1 to 4"),
        ({"a": (BEAT, {"x": APART}), "b": (BEAT, {})}, "as many pictures, 1 to 4"),
        ({"a": (BEAT, {"x": APART[:2]})}, "x must be square, got"),
        ({"a": (BEAT, {"x": APART + np.inf})}, r"x must be finite numbers of shape \(size, size\)"),
        ({"a": (BEAT[:, None], {"x": APART})}, "the a must be one row"),
    ],
)
def test_pictures_that_cannot_be_drawn_are_refused(rows, reason):
    with pytest.raises(RecordInvalid, match=reason):
        plot_pictures(rows, fs=100)
