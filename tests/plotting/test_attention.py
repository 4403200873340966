import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.patches import Rectangle

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_attention
from ecgbook.plotting.figure import png

BEAT = np.hanning(10)
# Patch 2 looks at patch 0 with all its might; the others look around evenly.
WEIGHTS = np.array([[0.2] * 5, [0.2] * 5, [1.0, 0, 0, 0, 0], [0.2] * 5, [0.2] * 5])


def frame(ax):
    (found,) = (patch for patch in ax.patches if isinstance(patch, Rectangle))
    return found


def band(figure):
    return figure.axes[1].collections[0]


def test_the_row_of_the_largest_weight_lies_over_the_beat():
    figure = plot_attention(BEAT, WEIGHTS, fs=100)
    left, right = figure.axes[:2]
    np.testing.assert_array_equal(left.images[0].get_array(), WEIGHTS)
    np.testing.assert_array_equal(np.ravel(band(figure).get_array()), [1, 0, 0, 0, 0])
    assert frame(left).get_xy() == (-0.5, 1.5)
    assert right.get_title(loc="left") == "what patch 2 looks at"
    assert figure.alt.endswith(
        "Patch 2 looks most at patch 0, which begins at 0.00 s, with weight 1.00."
    )


def test_borders_lie_between_the_samples_of_neighbouring_patches():
    figure = plot_attention(BEAT, WEIGHTS, fs=100, row=3, start_s=1.0)
    edges_s = band(figure).get_coordinates()[0, :, 0]
    np.testing.assert_allclose(edges_s, 1 + np.array([-0.5, 1.5, 3.5, 5.5, 7.5, 9.5]) / 100)
    assert frame(figure.axes[1]).get_x() == pytest.approx(1.055)
    np.testing.assert_allclose(figure.axes[1].lines[-1].get_xdata()[[0, -1]], [1.0, 1.09])


def test_the_last_patch_may_reach_beyond_the_beat():
    edges_s = band(plot_attention(BEAT, np.eye(4), fs=100, patch=3)).get_coordinates()[0, :, 0]
    np.testing.assert_allclose(edges_s, np.array([-0.5, 2.5, 5.5, 8.5, 11.5]) / 100)


def test_a_beat_of_five_samples_can_be_looked_at_one_by_one():
    figure = plot_attention(np.arange(5.0), np.eye(5), fs=5, row=4, title="alone")
    edges_s = band(figure).get_coordinates()[0, :, 0]
    np.testing.assert_allclose(edges_s, (np.arange(6) - 0.5) / 5)
    png(figure)


def test_both_panels_have_one_scale():
    figure = plot_attention(BEAT, WEIGHTS / 4, fs=100)
    limits = [figure.axes[0].images[0].get_clim(), band(figure).get_clim()]
    assert limits == [(0, 0.25), (0, 0.25)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"beat": [0.0, np.nan]}, "beat must be one row of finite"),
        ({"weights": np.ones(5)}, r"attention must be finite numbers of shape \(patch, patch\)"),
        ({"weights": np.ones((2, 5))}, "as many rows as columns"),
        ({"weights": -WEIGHTS}, "0 or more"),
        ({"weights": np.eye(11)}, "11 patches of .* do not cover a beat of 10"),
        ({"patch": 1}, "5 patches of 1 samples do not cover"),
        ({"patch": 3}, "leave out the rows and columns of a class token"),
        ({"row": 5}, "no row 5: the attention has 5"),
    ],
)
def test_attention_that_does_not_fit_is_refused(change, reason):
    with pytest.raises(RecordInvalid, match=reason):
        plot_attention(**{"beat": BEAT, "weights": WEIGHTS, "fs": 100} | change)


def test_no_figure_is_left_open():
    png(plot_attention(BEAT, np.zeros((5, 5)), fs=100))
    assert pyplot.get_fignums() == []
