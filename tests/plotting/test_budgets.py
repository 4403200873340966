import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex

from ecgbook.errors import ScoreInvalid
from ecgbook.plotting import COLOURS, plot_budgets
from ecgbook.plotting.figure import png


@pytest.fixture
def table():
    """Two methods at 1,000, 100 and all beats, in no order."""
    rows = [("new", 1000, 0.8), ("new", np.inf, 0.9), ("new", 100, 0.7)]
    rows += [("old", 100, 0.5), ("old", 1000, 0.6), ("old", np.inf, 0.95)]
    table = pd.DataFrame(rows, columns=["method", "beats", "value"])
    return table.assign(low=table["value"] - 0.1, high=table["value"] + 0.05)


def own(ax):
    """Return the curve that the panel is about."""
    (line,) = [line for line in ax.lines if to_hex(line.get_color()) == COLOURS["blue"]]
    return line


def panels(figure):
    return [ax for ax in figure.axes if ax.get_visible()]


def test_budgets_stand_on_a_log_axis_with_all_beats_last(table):
    new, old = panels(plot_budgets(table))
    assert [ax.get_title(loc="left") for ax in (new, old)] == ["new", "old"]
    assert new.get_xscale() == "log"
    assert [text.get_text() for text in new.get_xticklabels()] == ["100", "1,000", "all"]
    # One step from 100 to 1,000 is ten times; all beats stand another one further.
    np.testing.assert_allclose(own(new).get_xydata(), [(100, 0.7), (1000, 0.8), (10_000, 0.9)])
    np.testing.assert_allclose(own(old).get_ydata(), [0.5, 0.6, 0.95])


def test_each_panel_has_the_other_curves_behind_its_own_and_one_band(table):
    new, _ = panels(plot_budgets(table))
    other, _ = new.lines
    np.testing.assert_allclose(other.get_ydata(), [0.5, 0.6, 0.95])
    (band,) = new.collections
    corners = band.get_paths()[0].vertices
    for at, low, high in [(100, 0.6, 0.75), (1000, 0.7, 0.85), (10_000, 0.8, 0.95)]:
        heights = corners[np.isclose(corners[:, 0], at), 1]
        assert (heights.min(), heights.max()) == pytest.approx((low, high))


def test_a_marked_value_takes_the_place_of_the_other_curves(table):
    for ax in panels(plot_budgets(table, line=0)):
        marked, curve = ax.lines
        np.testing.assert_allclose(marked.get_ydata(), [0, 0])
        assert curve is own(ax)


def test_all_panels_have_one_scale_and_say_what_is_drawn(table):
    figure = plot_budgets(table, score="macro F1")
    assert (figure.get_supxlabel(), figure.get_supylabel()) == ("labelled beats", "macro F1")
    new, old = panels(figure)
    assert new.get_ylim() == old.get_ylim()
    assert new.get_xlim() == old.get_xlim()


def test_five_methods_take_two_rows_and_no_empty_panel_is_seen(table):
    many = pd.concat([table[table.method == "new"].assign(method=name) for name in "abcde"])
    figure = plot_budgets(many)
    png(figure)
    assert [ax.get_title(loc="left") for ax in panels(figure)] == list("abcde")
    below = [ax for ax in panels(figure) if ax.xaxis.get_tick_params()["labelbottom"]]
    assert [ax.get_title(loc="left") for ax in below] == list("cde")


def test_alt_text_says_where_the_learning_curves_start_and_end(table):
    expected = "AUROC against the number of labelled beats: new from 0.70 to 0.90, old"
    assert plot_budgets(table).alt.startswith(expected)


def test_a_method_may_lack_a_budget(table):
    new, old = panels(plot_budgets(table.drop(index=4)))
    np.testing.assert_allclose(own(new).get_xdata(), [100, 1000, 10_000])
    np.testing.assert_allclose(own(old).get_xdata(), [100, 10_000])


def test_one_budget_is_drawn(table):
    for beats in (np.inf, 100):
        for ax in panels(plot_budgets(table[table["beats"] == beats])):
            assert len(own(ax).get_xdata()) == 1


def test_tables_without_budgets_are_refused(table):
    with pytest.raises(ScoreInvalid, match="high, low is not there"):
        plot_budgets(table.drop(columns=["low", "high"]))
    with pytest.raises(ScoreInvalid, match="every row is not there"):
        plot_budgets(table[:0])
    with pytest.raises(ScoreInvalid, match="above 0"):
        plot_budgets(table.assign(beats=0))


def test_no_figure_is_left_open(table):
    plot_budgets(table)
    assert pyplot.get_fignums() == []


def test_the_axis_says_what_was_labelled(table):
    figure = plot_budgets(table, words="recordings")
    assert figure.get_supxlabel() == "labelled recordings"
    assert "number of labelled recordings" in figure.alt
