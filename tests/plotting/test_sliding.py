import numpy as np
import pytest
import torch
from matplotlib import pyplot
from matplotlib.patches import Rectangle

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_sliding
from ecgbook.plotting.figure import png

# A bright column at 3 in a dark picture, and a kernel that asks for brightness on the right.
PICTURE = np.zeros((5, 6))
PICTURE[:, 3:] = 1.0
EDGE = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def panels(figure):
    return [np.asarray(ax.images[0].get_array()) for ax in figure.axes]


def place(figure):
    (frame,) = (p for p in figure.axes[0].patches if isinstance(p, Rectangle))
    return frame


def test_the_sums_are_those_of_a_convolution_layer():
    for stride in (1, 2):
        output = panels(plot_sliding(PICTURE, EDGE, stride=stride))[3]
        x, weight = torch.tensor(PICTURE)[None, None], torch.tensor(EDGE)[None, None]
        layer = torch.nn.functional.conv2d(x, weight, stride=stride)[0, 0]
        np.testing.assert_allclose(output, layer)


def test_the_place_of_the_largest_sum_is_worked_out():
    figure = plot_sliding(PICTURE, EDGE)
    _, kernel, products, output = panels(figure)
    np.testing.assert_array_equal(kernel, EDGE)
    # Columns 1 to 3 are 0, 0 and 1: what is left of the kernel is its last column.
    np.testing.assert_array_equal(products, [[0, 0, 1], [0, 0, 2], [0, 0, 1]])
    np.testing.assert_array_equal(output, [[0, 4, 4, 0]] * 3)
    assert place(figure).get_xy() == (0.5, -0.5)
    assert figure.axes[2].get_title(loc="left") == "pixels × kernel there: sum 4"
    assert figure.alt == (
        "A picture of 5 × 6 pixels, a kernel of 3 × 3 weights, their products at row 0 and column "
        "1 with the sum 4, and the 3 × 4 sums at all places."
    )


def test_a_place_and_a_stride_may_be_chosen():
    figure = plot_sliding(-PICTURE, EDGE, at=(1, 1), stride=2, alt="An edge.")
    assert place(figure).get_xy() == (1.5, 1.5)
    assert figure.axes[3].lines[0].get_xydata().tolist() == [[1, 1]]
    assert [text.get_text() for text in figure.axes[2].texts] == [
        "0",
        "0",
        "−1",
        "0",
        "0",
        "−2",
        "0",
        "0",
        "−1",
    ]
    assert figure.alt.endswith(" An edge.")


def test_zeros_can_be_drawn_and_no_figure_is_left_open():
    png(plot_sliding(np.zeros((3, 3)), np.zeros((3, 3))))
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"picture": np.ones(5)}, r"picture must be finite numbers of shape \(row, column\)"),
        ({"kernel": np.full((3, 3), np.nan)}, "kernel must be finite"),
        ({"kernel": np.ones((6, 3))}, "kernel of 6 × 3 does not fit 5 × 6"),
        ({"kernel": np.ones((8, 3))}, "up to 7 × 7 weights"),
        ({"stride": 0}, "a stride of 1 or more"),
        ({"at": (0, 4)}, r"no place \(0, 4\): the output has \(3, 4\)"),
        ({"at": (-1, 0)}, "no place"),
    ],
)
def test_what_does_not_fit_is_refused(change, reason):
    with pytest.raises(RecordInvalid, match=reason):
        plot_sliding(**{"picture": PICTURE, "kernel": EDGE} | change)
