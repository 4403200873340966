from dataclasses import replace

import numpy as np
import pytest
from matplotlib import pyplot

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_strips
from ecgbook.plotting.figure import png
from tests.plotting.examples import beats, recording


def _rows(figure):
    return [line for line in figure.axes[0].lines if len(line.get_xdata()) > 2]


def test_rows_share_the_time():
    rows = _rows(plot_strips(recording(seconds=75)))
    assert [len(row.get_xdata()) for row in rows] == [7500, 7500, 3750]
    for row in rows:
        assert row.get_xdata()[0] == pytest.approx(0, abs=1e-9)


def test_rows_hang_one_below_the_other():
    figure = plot_strips(recording(seconds=90))
    heights = [np.median(row.get_ydata()) for row in _rows(figure)]
    assert heights[0] > heights[1] > heights[2]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.02)


def test_rows_are_named_by_their_start():
    ax = plot_strips(recording(seconds=75)).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0:00", "0:30", "1:00"]


def test_lead_is_chosen_by_name():
    ecg = recording(("MLII", "V5"), seconds=10, database="mitdb", record="100")
    assert plot_strips(ecg).axes[0].get_title(loc="left") == "mitdb/100, lead MLII"
    assert plot_strips(ecg, "V5").axes[0].get_title(loc="left") == "mitdb/100, lead V5"


def test_only_beats_that_are_not_normal_are_named():
    marks = beats([250, 10_000, 10_250], "NVN")
    texts = plot_strips(recording(seconds=60, annotations=marks)).axes[0].texts
    (beat,) = (text for text in texts if text.get_text() in "NV")
    assert beat.get_text() == "V"
    assert beat.get_position()[0] == pytest.approx(10)


def test_simulated_recording_is_marked():
    ax = plot_strips(recording(seconds=10, database="synthetic")).axes[0]
    assert ax.get_title(loc="right") == "simulated"


def test_too_many_rows_are_refused_with_the_remedy():
    with pytest.raises(RecordInvalid, match=r"61 rows of 1 s.*row_s.*\.window"):
        plot_strips(recording(seconds=61), row_s=1)


def test_gaps_and_empty_leads_are_drawn():
    ecg = recording(seconds=40)
    signal = ecg.signal.copy()
    signal[:, :5000] = np.nan
    assert png(plot_strips(replace(ecg, signal=signal)))
    assert png(plot_strips(replace(ecg, signal=np.full_like(signal, np.nan))))


def test_no_figure_is_left_open():
    plot_strips(recording())
    assert pyplot.get_fignums() == []
