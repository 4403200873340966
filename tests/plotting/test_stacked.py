import numpy as np
import pytest

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_stacked
from ecgbook.plotting.figure import png

ROWS = {"before": np.arange(5.0), "after": np.zeros(3)}


def test_rows_share_time_and_scale_and_are_named():
    figure = plot_stacked(ROWS, fs=10, start_s=2.0, alt="Two rows.")
    above, below = figure.axes
    assert [ax.get_title(loc="left") for ax in (above, below)] == ["before", "after"]
    assert above.get_ylim() == below.get_ylim()
    np.testing.assert_allclose(above.lines[0].get_xdata(), [2.0, 2.1, 2.2, 2.3, 2.4])
    np.testing.assert_array_equal(below.lines[0].get_ydata(), [0, 0, 0])
    assert figure.alt == "Two rows."
    assert below.get_xlabel() == "time (s)"
    png(figure)


def test_a_border_is_marked_in_every_row():
    figure = plot_stacked(ROWS, fs=10, border_s=0.3)
    assert [ax.lines[1].get_xdata()[0] for ax in figure.axes] == [0.3, 0.3]


@pytest.mark.parametrize(
    ("signals", "reason"),
    [
        ({}, "1 to 8"),
        ({str(n): [0.0] for n in range(9)}, "1 to 8 signals below each other, got 9"),
        ({"gap": [0.0, np.nan]}, "gap must be one row of finite"),
    ],
)
def test_what_cannot_be_stacked_is_refused(signals, reason):
    with pytest.raises(RecordInvalid, match=reason):
        plot_stacked(signals, fs=10)
