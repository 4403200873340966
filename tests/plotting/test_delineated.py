import numpy as np
import pytest

from ecgbook import Annotations, Recording, RecordInvalid
from ecgbook.plotting import plot_delineated
from ecgbook.signals import Wave, Waves

RECORDING = Recording(np.zeros((2, 1000), np.float32), fs=100, leads=("I", "II"))


def wave(begin, end):
    begin, end = np.array(begin), np.array(end)
    return Wave(begin, (begin + end) // 2, end)


# The second P wave is not there, the second QRS complex lies after what is drawn.
P_WAVE, QRS, T_WAVE = ([100, -1], [120, -1]), ([150, 700], [170, 720]), ([200, 400], [250, 440])
WAVES = Waves(wave(*P_WAVE), wave(*QRS), wave(*T_WAVE))
MARKS = Annotations([90, 110, 130, 900], ["(", "p", ")", "t"])


def test_waves_that_lie_within_are_shaded():
    figure = plot_delineated(RECORDING, WAVES, lead="II", start_s=0.5, stop_s=6)
    (ax,) = figure.axes
    spans = [(p.get_x(), p.get_x() + p.get_width()) for p in ax.patches]
    np.testing.assert_allclose(spans, [(1, 1.2), (1.5, 1.7), (2, 2.5), (4, 4.4)])
    assert ax.get_ylabel() == "lead II (mV)"
    assert [t.get_text() for t in figure.legends[0].get_texts()] == [
        "P wave",
        "QRS complex",
        "T wave",
    ]


def test_marks_are_ticks_and_dots():
    (ax,) = plot_delineated(RECORDING, WAVES, MARKS, stop_s=6).axes
    (ticks,) = ax.collections
    np.testing.assert_allclose([s[0, 0] for s in ticks.get_segments()], [0.9, 1.3])
    np.testing.assert_allclose(ax.lines[-1].get_xdata(), [1.1])


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(RecordInvalid, match="between 7 and 6 s"):
        plot_delineated(RECORDING, WAVES, start_s=7, stop_s=6)
    several = Waves(*(wave([[1, 2]], [[3, 4]]) for _ in range(3)))
    with pytest.raises(RecordInvalid, match="of several leads"):
        plot_delineated(RECORDING, several)
