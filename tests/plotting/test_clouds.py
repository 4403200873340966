import numpy as np
import pytest

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_clouds

POINTS = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0]])
PLANES = {"code": (POINTS, "one", "two"), "rhythm": (-POINTS, "before", "after")}
Y = np.array([0, 1, 0, 0])


def places(ax):
    return [cloud.get_offsets().tolist() for cloud in ax.collections]


def test_each_class_stands_where_its_points_are_in_every_plane():
    code, rhythm = plot_clouds(PLANES, Y, "NV").axes
    assert places(code) == [[[0, 1], [4, 5], [6, 7]], [[2, 3]]]
    assert places(rhythm) == [[[0, -1], [-4, -5], [-6, -7]], [[-2, -3]]]
    assert (rhythm.get_title(loc="left"), rhythm.get_xlabel()) == ("rhythm", "before")
    assert code.get_ylabel() == "two"


def test_of_a_large_class_the_first_are_drawn():
    code, _ = plot_clouds(PLANES, Y, "NV", most=2).axes
    assert places(code) == [[[0, 1], [4, 5]], [[2, 3]]]


def test_classes_differ_in_colour_and_marker_and_have_one_legend():
    figure = plot_clouds(PLANES, Y, ["normal", "ventricular"])
    first, second = figure.axes[0].collections
    assert first.get_facecolor().tolist() != second.get_facecolor().tolist()
    assert len(first.get_paths()[0].vertices) != len(second.get_paths()[0].vertices)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["normal", "ventricular"]


def test_points_and_classes_that_do_not_fit_are_refused():
    with pytest.raises(RecordInvalid, match=r"'code' needs points of shape \(3, 2\)"):
        plot_clouds(PLANES, Y[:3], "NV")
    with pytest.raises(RecordInvalid, match="6 classes"):
        plot_clouds(PLANES, Y, "abcdef")
