import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from sklearn.metrics import roc_curve

from ecgbook import RecordInvalid
from ecgbook.errors import ScoreInvalid
from ecgbook.plotting import COLOURS, plot_budgets, plot_roc
from ecgbook.plotting.figure import png


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_roc_goes_through_its_operating_points():
    # From the highest score down: abnormal, normal, abnormal, normal.
    figure = plot_roc({"toy": ([1, 0, 1, 0], [4.0, 3.0, 2.0, 1.0])}, title="One")
    curve, chance = figure.axes[0].lines
    points = np.column_stack(curve.get_data())
    np.testing.assert_allclose(points, [(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)])
    np.testing.assert_allclose(chance.get_xydata(), [(0, 0), (1, 1)])
    assert legend(figure) == ["toy: 0.75", "chance: 0.50"]
    assert figure.axes[0].get_title(loc="left") == "One"
    assert figure.alt == "ROC curves. Area under each: toy: 0.75."


def test_roc_is_that_of_scikit_learn_with_ties():
    rng = np.random.default_rng(3)
    abnormal, score = rng.random(80) < 0.3, rng.integers(0, 9, 80)
    false_alarms, found, _ = roc_curve(abnormal, score, drop_intermediate=False)
    curve = plot_roc({"ties": (abnormal, score)}).axes[0].lines[0]
    np.testing.assert_allclose(curve.get_xydata(), np.column_stack([false_alarms, found]))


def test_roc_curves_differ_in_colour_and_dashes():
    case = (np.array([False, True]), [0.1, 0.2])
    first, second, _ = plot_roc({"a": case, "b": case}).axes[0].lines
    assert first.get_color() == COLOURS["blue"]
    assert second.get_color() == COLOURS["vermilion"]
    assert first.get_linestyle() != second.get_linestyle()


def test_roc_labels_are_inside_the_figure():
    rng = np.random.default_rng(0)
    case = rng.integers(0, 2, 200), rng.normal(size=200)
    figure = plot_roc({"memory autoencoder": case, "nearest neighbour": case})
    png(figure)
    box = figure.axes[0].yaxis.label.get_window_extent()
    assert box.x0 >= 0
    assert figure.legends[0].get_window_extent().x1 <= figure.bbox.x1


@pytest.mark.parametrize(
    ("abnormal", "score", "message"),
    [
        ([0, 0], [0.1, 0.2], "'toy' needs normal and abnormal beats, got one kind only"),
        ([0, 1], [0.1, np.nan], "'toy': score is NaN"),
        ([0, 1], [0.1], "'toy': score needs shape"),
    ],
)
def test_roc_of_bad_scores_is_refused(abnormal, score, message):
    with pytest.raises(ScoreInvalid, match=message):
        plot_roc({"toy": (abnormal, score)})


def test_too_many_roc_curves_are_refused():
    with pytest.raises(RecordInvalid, match="6 curves on one axis"):
        plot_roc({str(k): ([0, 1], [0.1, 0.2]) for k in range(6)})


@pytest.fixture
def table():
    """Two methods at 1,000, 100 and all beats, in no order."""
    rows = [("new", 1000, 0.8), ("new", np.inf, 0.9), ("new", 100, 0.7)]
    rows += [("old", 100, 0.5), ("old", 1000, 0.6), ("old", np.inf, 0.95)]
    table = pd.DataFrame(rows, columns=["method", "beats", "value"])
    return table.assign(low=table["value"] - 0.1, high=table["value"] + 0.05)


def test_budgets_stand_on_a_log_axis_with_all_beats_last(table):
    ax = plot_budgets(table, score="macro F1", title="Few labels").axes[0]
    assert ax.get_xscale() == "log"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["100", "1,000", "all"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("labelled beats", "macro F1")
    new, old = ax.lines
    # One step from 100 to 1,000 is ten times; all beats stand another one further.
    np.testing.assert_allclose(new.get_xydata(), [(100, 0.7), (1000, 0.8), (10_000, 0.9)])
    np.testing.assert_allclose(old.get_ydata(), [0.5, 0.6, 0.95])


def test_bands_of_budgets_are_the_intervals(table):
    figure = plot_budgets(table)
    band = figure.axes[0].collections[0]
    corners = band.get_paths()[0].vertices
    for at, low, high in [(100, 0.6, 0.75), (1000, 0.7, 0.85), (10_000, 0.8, 0.95)]:
        heights = corners[np.isclose(corners[:, 0], at), 1]
        assert (heights.min(), heights.max()) == pytest.approx((low, high))
    assert legend(figure) == ["new", "old"]


def test_methods_differ_in_colour_dashes_and_marker(table):
    new, old = plot_budgets(table).axes[0].lines
    assert new.get_color() != old.get_color()
    assert new.get_linestyle() != old.get_linestyle()
    assert new.get_marker() != old.get_marker()


def test_alt_text_says_where_the_learning_curves_start_and_end(table):
    expected = "AUROC against the number of labelled beats: new from 0.70 to 0.90, old"
    assert plot_budgets(table).alt.startswith(expected)


def test_a_method_may_lack_a_budget(table):
    new, old = plot_budgets(table.drop(index=4)).axes[0].lines
    np.testing.assert_allclose(new.get_xdata(), [100, 1000, 10_000])
    np.testing.assert_allclose(old.get_xdata(), [100, 10_000])


def test_one_budget_is_drawn(table):
    for beats in (np.inf, 100):
        ax = plot_budgets(table[table["beats"] == beats]).axes[0]
        assert [len(line.get_xdata()) for line in ax.lines] == [1, 1]


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
