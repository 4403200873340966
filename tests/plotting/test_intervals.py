import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from ecgbook import RecordInvalid
from ecgbook.plotting import COLOURS, plot_differences, plot_intervals, plot_pairs


@pytest.fixture
def table():
    """Three methods under one protocol, two of them under another, in no order of values."""
    rows = [("madegan", "ds1_ds2", 0.7, 0.6, 0.75), ("pca_10", "ds1_ds2", 0.9, 0.85, 1.0)]
    rows += [("memae", "ds1_ds2", 0.5, 0.3, 0.8)]
    rows += [("memae", "by_beat", 0.4, 0.2, 0.45), ("madegan", "by_beat", 0.95, 0.9, 0.96)]
    return pd.DataFrame(rows, columns=["method", "protocol", "value", "low", "high"])


def marks(ax):
    """Return (line, value, low, high, colour) of each row drawn."""
    found = []
    for points, lines in zip(ax.lines, ax.collections, strict=True):
        colour = to_hex(points.get_color())
        assert {to_hex(c) for c in lines.get_colors()} <= {colour}
        for (value, place), ((low, one), (high, other)) in zip(
            points.get_xydata(), lines.get_segments(), strict=True
        ):
            assert one == other == place
            found.append((place, value, low, high, colour))
    return sorted(found)


def test_values_and_ends_stand_on_the_line_of_their_row(table):
    ds1_ds2, by_beat = plot_intervals(table, "method", "protocol").axes
    blue = COLOURS["blue"]
    assert marks(ds1_ds2) == [
        (0, 0.7, 0.6, 0.75, blue),
        (1, 0.9, 0.85, 1.0, blue),
        (2, 0.5, 0.3, 0.8, blue),
    ]
    assert marks(by_beat) == [(0, 0.95, 0.9, 0.96, blue), (2, 0.4, 0.2, 0.45, blue)]


def test_lines_and_panels_come_in_the_order_of_the_table_from_the_top(table):
    first, second = plot_intervals(table, "method", "protocol").axes
    assert [text.get_text() for text in first.get_yticklabels()] == [
        "MadeGAN",
        "PCA, 10 components",
        "MemAE",
    ]
    bottom, top = first.get_ylim()
    assert top < 0 < 2 < bottom
    assert second.get_ylim() == (bottom, top)
    assert [ax.get_title(loc="left") for ax in (first, second)] == ["DS1 to DS2", "by beat"]


def test_marked_lines_have_a_colour_of_their_own(table):
    axes = plot_intervals(table, "method", "protocol", marked=["pca_10", "memae"]).axes
    colours = [{place: colour for place, *_, colour in marks(ax)} for ax in axes]
    blue, vermilion = COLOURS["blue"], COLOURS["vermilion"]
    assert colours == [{0: blue, 1: vermilion, 2: vermilion}, {0: blue, 2: vermilion}]


def test_titles_and_limits_can_be_given(table):
    options = {"xlim": (0, 2), "titles": {"by_beat": "patients mixed"}}
    axes = plot_intervals(table, "method", "protocol", **options).axes
    assert [ax.get_title(loc="left") for ax in axes] == ["DS1 to DS2", "patients mixed"]
    np.testing.assert_allclose([ax.get_xlim() for ax in axes], [(0, 2)] * 2)


def test_two_rows_at_one_place_are_refused(table):
    twice = pd.concat([table, table.iloc[:1]])
    with pytest.raises(RecordInvalid, match="several rows have one method and one protocol"):
        plot_intervals(twice, "method", "protocol")


def pair():
    """Two methods under two conditions, in two orders, and what the second is ahead."""
    columns = ["method", "value", "low", "high"]
    left = pd.DataFrame([("trees", 0.6, 0.5, 0.7), ("beat_cnn", 0.7, 0.5, 0.8)], columns=columns)
    right = pd.DataFrame([("beat_cnn", 0.9, 0.8, 1.0), ("trees", 0.8, 0.7, 0.9)], columns=columns)
    gain = pd.DataFrame([("trees", 0.2, 0.1, 0.3), ("beat_cnn", 0.2, -0.1, 0.4)], columns=columns)
    return left, right, gain


def test_a_pair_stands_on_one_line_beside_its_difference():
    figure = plot_pairs(*pair(), "method", words=("before", "after"), score="F1")
    scores, difference = figure.axes
    assert [text.get_text() for text in scores.get_yticklabels()] == ["boosted trees", "small CNN"]
    before, after = (line.get_xdata().tolist() for line in scores.lines)
    assert (before, after) == ([0.6, 0.7], [0.8, 0.9])
    assert difference.lines[0].get_xdata().tolist() == [0.2, 0.2]
    ends = [segment[:, 0].tolist() for segment in difference.collections[0].get_segments()]
    assert ends == [[0.1, 0.3], [-0.1, 0.4]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["before", "after"]


def test_pairs_of_other_methods_are_refused():
    left, right, gain = pair()
    with pytest.raises(RecordInvalid, match="the same methods"):
        plot_pairs(left, right[:1], gain, "method")


def test_a_line_is_drawn_across_every_panel(table):
    for ax in plot_intervals(table, "method", "protocol", line=0).axes:
        assert next(list(line.get_xdata()) for line in ax.lines if len(line.get_xdata())) == [0, 0]
    axes = plot_intervals(table, "method", "protocol").axes
    assert not any(list(line.get_xdata()) == [0, 0] for ax in axes for line in ax.lines)


def test_differences_share_limits_around_all_intervals_and_0(table):
    table = table.assign(minus="method=beatgan", value=table.value - 0.5)
    table = table.assign(low=table.value - 0.1, high=table.value + 0.1)
    axes = plot_differences(table, "protocol").axes
    assert {ax.get_xlim() for ax in axes} == {axes[0].get_xlim()}
    # The ends are −0.2 and 0.55, and a twentieth of the 0.75 between is added at each.
    assert axes[0].get_xlim() == pytest.approx((-0.2375, 0.5875))
    assert list(axes[0].lines[0].get_xdata()) == [0, 0]


def test_a_method_compared_with_two_others_has_a_line_for_each(table):
    twice = pd.concat([table.assign(minus=f"method={other}") for other in ("beatgan", "pca_0")])
    names = [
        text.get_text() for text in plot_differences(twice, "protocol").axes[0].get_yticklabels()
    ]
    assert names[0] == "MadeGAN, minus BeatGAN"
    assert "MadeGAN, minus distance from the mean beat" in names
    assert len(names) == 6
