import numpy as np
import pytest

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_by_patient


def scores():
    """Two patients with scores 1 to 101 and 10 times that; five abnormal beats of the second."""
    score = np.concatenate([np.arange(1.0, 102), 10 * np.arange(1.0, 102), np.full(5, 3.0)])
    patient = np.array(["a"] * 101 + ["b"] * 106)
    abnormal = np.arange(len(score)) >= 202
    return score, patient, {"N": ~abnormal, "V": abnormal}


def test_each_patient_has_the_median_and_the_middle_nine_tenths():
    figure = plot_by_patient(*scores())
    (ax,) = figure.axes
    normal, abnormal = ax.lines
    np.testing.assert_allclose(normal.get_xydata(), [[0, 51], [1, 510]])
    np.testing.assert_allclose(abnormal.get_ydata(), [3])  # patient a has none
    ends = [segment[:, 1] for segment in ax.collections[0].get_segments()]
    np.testing.assert_allclose(ends, [[6, 96], [60, 960]])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b"]
    assert ax.get_yscale() == "log"


def test_too_few_beats_of_a_patient_make_no_range():
    score, patient, groups = scores()
    groups["V"][-1] = False
    figure = plot_by_patient(score, patient, groups)
    assert len(figure.axes[0].lines[1].get_xdata()) == 0
    assert figure.alt.endswith("N of 2 patients, V of 0 patients.")


def test_a_threshold_is_drawn_across():
    figure = plot_by_patient(*scores(), threshold=42.0)
    assert set(figure.axes[0].lines[-1].get_ydata()) == {42.0}


def test_what_cannot_be_drawn_is_refused():
    score, patient, groups = scores()
    with pytest.raises(RecordInvalid, match="above 0"):
        plot_by_patient(score - 1, patient, groups)
    with pytest.raises(RecordInvalid, match="one shape"):
        plot_by_patient(score[:-1], patient, groups)
    with pytest.raises(RecordInvalid, match="got 0"):
        plot_by_patient(score, patient, {})
