import numpy as np
import pytest
from matplotlib import colors, pyplot

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_residual
from ecgbook.plotting.figure import png

FS = 100


def panels(figure):
    """Return the axes that hold a beat, without the colour bar."""
    return [ax for ax in figure.axes if ax.lines]


def bands(figure):
    return [ax.collections[0] for ax in panels(figure)]


def humps(n=4, length=50):
    """Beats, and reconstructions that miss all beats by 0.5 at sample 10 and the last at 20."""
    x = np.tile(np.hanning(length), (n, 1))
    made = x.copy()
    made[:, 10] += 0.5
    made[-1, 20] -= 2.0
    return x, made


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_each_panel_shows_beat_and_reconstruction_over_time():
    x, made = humps()
    figure = plot_residual(x, made, fs=FS, titles=list("NSVF"))
    assert [ax.get_title(loc="left") for ax in panels(figure)] == list("NSVF")
    for ax, beat, other in zip(panels(figure), x, made, strict=True):
        first, second = ax.lines
        np.testing.assert_allclose(first.get_xdata(), np.arange(50) / 100)
        np.testing.assert_array_equal(first.get_ydata(), beat)
        np.testing.assert_array_equal(second.get_ydata(), other)
        assert first.get_linestyle() != second.get_linestyle()
    assert legend(figure) == ["beat", "reconstruction"]
    assert figure.get_supxlabel() == "time (s)"


def test_bands_are_squared_differences_on_one_scale():
    figure = plot_residual(*humps(), fs=FS, scale=3.0)
    for number, band in enumerate(bands(figure)):
        expected = np.zeros(50)
        expected[10] = 0.25
        expected[20] = 4.0 if number == 3 else 0.0
        np.testing.assert_allclose(np.ravel(band.get_array()), expected, atol=1e-12)
        assert band.get_clim() == (0, 3)


def test_bands_lie_under_their_samples():
    figure = plot_residual(*humps(), fs=FS)
    edges_s = bands(figure)[0].get_coordinates()[0, :, 0]
    np.testing.assert_allclose(edges_s, (np.arange(51) - 0.5) / 100)


def test_no_curve_reaches_into_a_band():
    x, made = humps()
    figure = plot_residual(x, made, fs=FS)
    ax = panels(figure)[0]
    lowest = ax.transAxes.inverted().transform(ax.transData.transform([0, made.min()]))[1]
    top = bands(figure)[0].get_coordinates()[..., 1].max()
    assert 0 < top < lowest


def test_the_scale_of_its_own_leaves_out_the_farthest_hundredth():
    # Samples 0.1, 0.2, …, 10.0: the 99th percentile of their squares lies at rank 98.01.
    made = np.arange(1, 101)[None] / 10
    figure = plot_residual(np.zeros((1, 100)), made, fs=FS)
    assert bands(figure)[0].get_clim()[1] == pytest.approx(9.9**2 + 0.01 * (10**2 - 9.9**2))


def test_the_colour_bar_says_where_colours_end():
    # The last axes are the colour bar's; its label has the unit squared.
    clipped, whole = (plot_residual(*humps(), fs=FS, scale=s, unit="mV") for s in (1.0, 5.0))
    assert clipped.axes[-1].get_ylabel() == "squared difference (mV²)"
    assert clipped.get_supylabel() == "amplitude (mV)"
    ends = [figure.axes[-1]._colorbar.extend for figure in (clipped, whole)]
    assert ends == ["max", "neither"]


def test_colours_of_the_band_grow_darker():
    colour_map = bands(plot_residual(*humps(), fs=FS))[0].get_cmap()
    grey = colour_map(np.linspace(0, 1, 20))[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert colour_map(0.0)[:3] == colors.to_rgb("white")
    assert (np.diff(grey) < 0).all()


@pytest.mark.parametrize(("n", "shown"), [(1, 1), (3, 3), (4, 4), (7, 7), (12, 12)])
def test_there_are_as_many_panels_as_beats(n, shown):
    figure = plot_residual(*humps(n), fs=FS)
    assert len(panels(figure)) == shown
    png(figure)  # can be laid out


def test_the_lowest_panel_of_each_column_has_its_time():
    figure = plot_residual(*humps(4), fs=FS)
    figure.draw_without_rendering()
    has_time = [ax.xaxis.get_tick_params()["labelbottom"] for ax in panels(figure)]
    assert has_time == [False, True, True, True]


def test_perfect_reconstructions_are_drawn():
    x, _ = humps()
    assert bands(plot_residual(x, x, fs=FS))[0].get_clim() == (0, 1)
    assert len(panels(plot_residual(0 * x, 0 * x, fs=FS))) == 4


def test_alt_text_gives_the_mean_squared_difference():
    # 0.25 / 50 in all beats, and (0.25 + 4) / 50 in the last.
    figure = plot_residual(*humps(2), fs=FS, titles=["N", "V"])
    assert "N 0.005, V 0.085." in figure.alt
    assert "beat 1 0.005, beat 2 0.085." in plot_residual(*humps(2), fs=FS).alt


@pytest.mark.parametrize(
    ("x", "made", "message"),
    [
        (np.zeros((2, 9)), np.zeros((2, 8)), r"\(2, 9\) and \(2, 8\)"),
        (np.zeros(9), np.zeros(9), "same shape"),
        (np.zeros((0, 9)), np.zeros((0, 9)), "1 to 12 beats"),
        (np.zeros((13, 9)), np.zeros((13, 9)), "1 to 12 beats"),
        (np.full((1, 9), np.nan), np.zeros((1, 9)), "missing samples"),
    ],
)
def test_residuals_of_beats_that_do_not_fit_are_refused(x, made, message):
    with pytest.raises(RecordInvalid, match=message):
        plot_residual(x, made, fs=FS)


def test_too_few_titles_are_refused():
    with pytest.raises(RecordInvalid, match="2 titles for 4 beats"):
        plot_residual(*humps(), fs=FS, titles=["N", "V"])


def test_no_figure_is_left_open():
    plot_residual(*humps(), fs=FS)
    assert pyplot.get_fignums() == []
