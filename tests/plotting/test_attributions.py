import numpy as np
import pytest

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_attributions
from ecgbook.plotting.figure import png

SIGNAL = np.sin(np.arange(50.0))
FOR = np.r_[np.zeros(20), 3.0, np.zeros(29)]


def meshes(figure):
    return [ax.collections[0] for ax in figure.axes]


def test_each_row_has_its_own_scale_and_signs_their_own_colours():
    rows = {"for": (SIGNAL, FOR), "against": (SIGNAL, -2 * FOR)}
    figure = plot_attributions(rows, fs=100, start_s=-0.1)
    first, second = meshes(figure)
    assert first.get_clim() == (0, 3)
    assert second.get_clim() == (-6, 6)
    assert figure.alt.startswith("for: highest at 0.10 s")
    low, high = figure.axes[0].get_ylim()
    assert -1.5 < low < SIGNAL.min() < SIGNAL.max() < high < 1.5
    png(figure)


def test_a_sample_is_drawn_around_its_time():
    (mesh,) = meshes(plot_attributions({"a": (SIGNAL, FOR)}, fs=10))
    edges_s = mesh.get_coordinates()[0, :, 0]
    np.testing.assert_allclose(edges_s, (np.arange(51) - 0.5) / 10)


def test_the_truth_is_a_bar_and_nothing_is_said_to_be_nothing():
    mask = np.arange(50) < 10
    figure = plot_attributions({"a": (SIGNAL, np.zeros(50))}, fs=10, mask=mask, alt="More.")
    assert figure.alt == "a: nothing is pointed at. More."
    _, bar = figure.axes[0].collections
    assert bar.get_paths()[0].get_extents().x1 == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("rows", "mask", "reason"),
    [
        ({}, None, "1 to 8 attributions"),
        ({"a": (SIGNAL, FOR[1:])}, None, "a: signal, attribution and mask need one length"),
        ({"a": (SIGNAL, FOR)}, [True], "need one length"),
        ({"a": (SIGNAL, FOR * np.nan)}, None, "attribution of a must be one row of finite"),
    ],
)
def test_what_does_not_fit_is_refused(rows, mask, reason):
    with pytest.raises(RecordInvalid, match=reason):
        plot_attributions(rows, fs=100, mask=mask)
