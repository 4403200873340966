import numpy as np
import pytest
from matplotlib import pyplot
from sklearn.metrics import roc_curve

from ecgbook import RecordInvalid
from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import score
from ecgbook.plotting import COLOURS, plot_precision_recall, plot_roc
from ecgbook.plotting.figure import png
from ecgbook.tasks import single_label


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


def test_no_figure_is_left_open():
    plot_roc({"toy": ([1, 0], [2.0, 1.0])})
    assert pyplot.get_fignums() == []


def test_precision_and_recall_by_hand():
    # From the highest score down: abnormal, normal, abnormal, normal. Found, of alarms right:
    # 1/2 and 1/1; 1/2 and 1/2; 2/2 and 2/3; 2/2 and 2/4. Area: (1 + 2/3) / 2.
    figure = plot_precision_recall({"toy": ([1, 0, 1, 0], [4.0, 3.0, 2.0, 1.0])}, title="One")
    curve, chance = figure.axes[0].lines
    points = [(0, 1), (0.5, 1), (0.5, 0.5), (1, 2 / 3), (1, 0.5)]
    np.testing.assert_allclose(curve.get_xydata(), points)
    assert [*chance.get_ydata()] == [0.5, 0.5]
    assert legend(figure) == ["toy: 0.83", "chance: 0.50"]
    assert figure.alt == "Curves of precision and recall. Area under each: toy: 0.83."


@pytest.mark.parametrize("seed", range(3))
def test_the_area_is_that_of_the_report(seed):
    rng = np.random.default_rng(seed)
    abnormal, found = rng.random(80) < 0.3, rng.integers(0, 9, 80) / 10
    figure = plot_precision_recall({"ties": (abnormal, found)})
    task = single_label("NV")
    probability = np.column_stack([1 - found, found])
    expected = score(task, abnormal.astype(int), probability, "auprc", "V")
    assert legend(figure)[0] == f"ties: {expected:.2f}"
    # The area below the steps: each lies at the height of its right end.
    x, y = figure.axes[0].lines[0].get_data()
    assert np.sum(np.diff(x) * y[1:]) == pytest.approx(expected)


def test_precision_and_recall_can_be_looked_at_closely():
    figure = plot_precision_recall({"toy": ([1, 0], [2.0, 1.0])}, abnormal="infarction", zoom=0.9)
    assert figure.axes[0].get_xlim() == figure.axes[0].get_ylim() == (0.9, 1.02)
    assert figure.axes[0].get_xlabel() == "found, share of infarction beats"


def test_curves_of_different_beats_are_refused():
    curves = {"a": ([1, 0], [2.0, 1.0]), "b": ([0, 1], [2.0, 1.0])}
    with pytest.raises(ScoreInvalid, match="curve 'b' is of other beats"):
        plot_precision_recall(curves)
    with pytest.raises(ScoreInvalid, match="'a': score is NaN"):
        plot_precision_recall({"a": ([1, 0], [np.nan, 1.0])})
