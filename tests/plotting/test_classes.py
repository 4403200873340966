import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_class_counts, plot_lengths
from ecgbook.plotting.figure import png


def test_bars_are_counts_with_their_shares_the_first_on_top():
    figure = plot_class_counts({"N": 1500, "V": 500, "F": 0}, words="windows", alt="Few are V.")
    (ax,) = figure.axes
    assert [bar.get_width() for bar in ax.patches] == [1500, 500, 0]
    words = [text.get_text() for text in ax.texts]
    assert words == ["1,500 (75.0 %)", "500 (25.0 %)", "0 (0.0 %)"]
    assert ax.yaxis_inverted()
    assert "windows of each class: N 1,500 (75.0 %), V 500 (25.0 %)" in figure.alt
    assert figure.alt.endswith("Few are V.")


@pytest.mark.parametrize("counts", [{}, {"N": 0}, {"N": 3, "V": -1}])
def test_counts_of_nothing_are_refused(counts):
    with pytest.raises(RecordInvalid, match="0 or more, and some above 0"):
        plot_class_counts(counts)


def shares(ax):
    return ax.patches[0].get_data().values


def test_each_histogram_is_of_its_own_class():
    figure = plot_lengths({"N": [10, 10, 10, 12], "V": [11]}, fs=10, longest=12, title="Length")
    normal, ventricular = figure.axes
    np.testing.assert_allclose(shares(normal), [0.75, 0, 0.25])  # a bin for each length
    np.testing.assert_allclose(shares(ventricular), [0, 1, 0])
    np.testing.assert_allclose(normal.patches[0].get_data().edges, [0.95, 1.05, 1.15, 1.25])
    assert [line.get_xdata()[0] for line in normal.lines] == [1.0, 1.2]  # median, longest
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["N: 4", "V: 1"]
    assert "N 1.00 s, V 1.10 s" in figure.alt


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=30))
def test_every_example_is_in_a_bar_and_bins_are_equally_wide(lengths):
    (ax,) = plot_lengths({"N": lengths}, fs=100).axes
    assert shares(ax).sum() == pytest.approx(1)
    widths = np.diff(ax.patches[0].get_data().edges) * 100
    np.testing.assert_allclose(widths, round(widths[0]))  # whole samples: no bin has more of them


@pytest.mark.parametrize(
    ("lengths", "reason"), [({}, "no class"), ({"V": []}, "lengths of V must be one row")]
)
def test_classes_without_examples_are_refused(lengths, reason):
    with pytest.raises(RecordInvalid, match=reason):
        plot_lengths(lengths, fs=125)


def test_figures_can_be_laid_out_and_leave_no_trace():
    png(plot_class_counts({"N": 90589, "S": 2779}, title="Beats"))
    png(plot_lengths({"N": [100, 187]}, fs=125))
    assert pyplot.get_fignums() == []
