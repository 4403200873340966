import numpy as np
import pytest

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_beat_panel, plot_typical_beats
from tests.datasets.recordings import make_beats


def typical(**changes):
    """Two patients: five N beats of height 1 and 3 and an outlier each; six V beats of one."""
    heights = [1] * 5 + [9] + [3] * 5 + [9] + [5] * 6 + [7] * 4
    x = np.array(heights, np.float32)[:, None, None] * np.ones((1, 1, 4), np.float32)
    labels = "N" * 12 + "V" * 6 + "S" * 4
    patients = "a" * 6 + "b" * 6 + "b" * 6 + "a" * 4
    return make_beats(labels, patients, **{"x": x, "recipe": {"before_s": 0.01}, **changes})


def heights(ax):
    return [(line.get_linestyle(), float(line.get_ydata()[0])) for line in ax.lines]


def test_the_patient_with_most_of_a_class_stands_beside_the_own_normal_beats():
    normal, ventricular = plot_typical_beats(typical(), words={"V": "broad"}).axes
    assert heights(normal) == [("-", 3), ("-", 1)]  # as many of a as of b: a, drawn last, is thick
    assert heights(ventricular) == [("--", 3), ("-", 5)]
    assert normal.lines[-1].get_linewidth() > normal.lines[0].get_linewidth()
    assert [ax.get_title(loc="left") for ax in (normal, ventricular)] == ["N", "V: broad"]


def test_waves_in_reach_are_named_on_the_first_panel_only():
    long = typical(x=np.ones((22, 1, 75), np.float32), recipe={"before_s": 0.25})
    first, second = plot_typical_beats(long).axes
    assert [text.get_text() for text in first.texts] == ["P", "QRS", "T"]
    assert not second.texts


def test_time_is_counted_from_the_annotation():
    line = plot_typical_beats(typical()).axes[0].lines[0]
    np.testing.assert_allclose(line.get_xdata(), [-0.01, 0, 0.01, 0.02])


def test_classes_of_a_few_beats_are_not_drawn():
    titles = [ax.get_title(loc="left") for ax in plot_typical_beats(typical(), words={}).axes]
    assert titles == ["N", "V"]


def test_beats_without_the_place_of_their_peak_are_refused():
    with pytest.raises(RecordInvalid, match="take aami_beats"):
        plot_typical_beats(typical(recipe={}))


def numbered(labels, patients, **changes):
    """Beats of which every sample is the number of the beat."""
    x = np.arange(len(labels), dtype=np.float32)[:, None, None] * np.ones((1, 1, 4), np.float32)
    return make_beats(labels, patients, x=x, **changes)


def drawn(figure):
    """Return the numbers of the beats, a list a row."""
    rows = {}
    for ax in figure.axes:
        row = rows.setdefault(ax.get_subplotspec().rowspan.start, [])
        row += [int(ax.lines[0].get_ydata()[0])] if ax.lines else []
    return list(rows.values())


def test_a_panel_has_a_row_a_class_and_no_beat_twice():
    labels = "NNNNNNVVVVSS"
    figure = plot_beat_panel(numbered(labels, "abcdef" * 2), columns=3, words={"V": "ventricular"})
    normal, early, ventricular = drawn(figure)
    assert [len(set(row)) for row in (normal, early, ventricular)] == [3, 2, 3]
    assert {labels[k] for k in normal + early + ventricular} == set("NSV")
    assert {labels[k] for k in early} == {"S"}
    assert [figure.axes[k].get_ylabel() for k in (0, 3, 6)] == ["N", "S", "ventricular"]
    assert not figure.axes[5].axison  # the third of two S beats


@pytest.mark.parametrize("seed", range(5))
def test_no_patient_comes_twice_before_all_have_come(seed):
    patients = "aaaaaaaab" + "c"
    (row,) = drawn(plot_beat_panel(numbered("N" * 10, patients), columns=3, seed=seed))
    assert sorted(patients[k] for k in row) == ["a", "b", "c"]


def test_the_padding_is_pale():
    figure = plot_beat_panel(numbered("NN", "ab", rows={"length": [2, 2]}), columns=1)
    whole, beat = figure.axes[0].lines
    assert [len(line.get_xdata()) for line in (whole, beat)] == [4, 2]
    assert whole.get_alpha() < 1
