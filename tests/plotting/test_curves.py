import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from ecgbook import RecordInvalid
from ecgbook.plotting import (
    COLOURS,
    plot_panels,
    plot_signals,
    plot_tachogram,
)

FS = 250


def _sine(hz, seconds=20.0):
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * FS)) / FS)


def _line(figure, index=0):
    return figure.axes[0].lines[index]


def _labels(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_signals_lie_at_their_time():
    figure = plot_signals({"raw": np.arange(5.0)}, fs=2, start_s=10)
    np.testing.assert_allclose(_line(figure).get_xdata(), [10, 10.5, 11, 11.5, 12])
    np.testing.assert_allclose(_line(figure).get_ydata(), np.arange(5.0))
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("time (s)", "mV")


def test_several_signals_have_a_legend_and_differ_in_colour_and_dashes():
    figure = plot_signals({"raw": _sine(1), "filtered": _sine(2)}, FS, title="Two")
    assert _labels(figure) == ["raw", "filtered"]
    first, second = figure.axes[0].lines
    assert first.get_color() == COLOURS["blue"]
    assert second.get_color() == COLOURS["vermilion"]
    assert first.get_linestyle() != second.get_linestyle()
    assert figure.axes[0].get_title(loc="left") == "Two"


def test_one_signal_needs_no_legend():
    figure = plot_signals({"raw": _sine(1)}, FS)
    assert (figure.legends, figure.axes[0].get_legend()) == ([], None)


def test_the_legend_runs_into_neither_title_nor_curves():
    figure = plot_signals({name: _sine(1) for name in ("one", "two", "three")}, FS, title="Three")
    figure.draw_without_rendering()
    legend = figure.legends[0].get_window_extent()
    assert not legend.overlaps(figure.axes[0].get_tightbbox())


def test_too_many_signals_are_refused():
    with pytest.raises(RecordInvalid, match="6 curves on one axis"):
        plot_signals({str(n): _sine(1) for n in range(6)}, FS)


def test_tachogram_puts_each_interval_at_the_beat_that_ends_it():
    x, y = _line(plot_tachogram([0, 250, 450], FS)).get_data()
    np.testing.assert_allclose(x, [1.0, 1.8])
    np.testing.assert_allclose(y, [1000, 800])


@pytest.mark.parametrize("peaks", [[], [100]])
def test_tachogram_without_an_interval_is_empty(peaks):
    assert len(_line(plot_tachogram(peaks, FS)).get_xdata()) == 0


def test_tachogram_of_seconds_is_refused():
    with pytest.raises(RecordInvalid, match="peaks stand at whole samples, got float64"):
        plot_tachogram([0.0, 0.8], FS)


def test_no_figure_is_left_open():
    plot_signals({"raw": _sine(1)}, FS)
    assert pyplot.get_fignums() == []


def test_panels_share_the_look_of_a_column_and_name_it_once():
    epochs = pd.Index([1, 2, 4], name="epoch")
    loss = pd.DataFrame({"a": [3.0, 2.0, 1.0], "b": [0.3, 0.2, 0.1]}, index=epochs)
    area = pd.DataFrame({"b": [0.5, 0.6, 0.7]}, index=epochs)
    figure = plot_panels({"loss": loss, "AUROC": area}, xlabel="epoch", log=["loss"])
    left, right = figure.axes
    np.testing.assert_array_equal(left.lines[1].get_xydata(), [[1, 0.3], [2, 0.2], [4, 0.1]])
    np.testing.assert_array_equal(right.lines[0].get_ydata(), [0.5, 0.6, 0.7])
    assert left.lines[1].get_color() == right.lines[0].get_color() != left.lines[0].get_color()
    assert (left.get_yscale(), right.get_yscale(), left.get_xscale()) == ("log", "linear", "linear")
    assert [tick.get_text() for tick in right.get_xticklabels()] == ["1", "2", "4"]
    assert _labels(figure) == ["a", "b"]


def test_a_line_is_marked_in_its_panel_alone():
    table = pd.DataFrame({"a": [3.0, 1.0]})
    figure = plot_panels(
        {"loss": table, "AUROC": table / 4}, xlabel="epoch", line=("loss", 1.39, "guessing")
    )
    left, right = figure.axes
    assert list(left.lines[1].get_ydata()) == [1.39, 1.39]
    assert len(right.lines) == 1
    assert _labels(figure) == ["guessing"]  # the axis names the only curve
