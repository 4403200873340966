import numpy as np
import pytest
from matplotlib import pyplot

from ecgbook import Recording, RecordInvalid, simulator
from ecgbook.plotting import plot_rhythms
from ecgbook.plotting.figure import png

FS = 250
# R peaks as narrow triangles of 1 mV, far enough from both ends for the usual beat.
PEAKS = np.array([250, 450, 650, 900, 1100, 1350])


def spikes(peaks=PEAKS, samples=1600):
    time = np.arange(samples)
    away = np.abs(time[:, None] - peaks).min(axis=1) if len(peaks) else np.full(samples, 99)
    return Recording(np.clip(1 - away / 6, 0, None)[None], FS, ["I"], record="spikes")


def test_each_interval_is_drawn_against_the_next():
    (plane,) = (ax for ax in plot_rhythms({"a": spikes()}).axes if "RR" in ax.get_xlabel())
    points = plane.lines[-1].get_xydata()
    # 200, 200, 250, 200 and 250 samples at 250 Hz
    expected = [[800, 800], [800, 1000], [1000, 800], [800, 1000]]
    np.testing.assert_allclose(points, expected, atol=8)


def test_the_trace_ends_where_it_is_told_and_dots_sit_on_its_peaks():
    trace = plot_rhythms({"a": spikes()}, seconds=3.0).axes[0]
    line, dots = trace.lines
    assert len(line.get_xdata()) == 3 * FS
    np.testing.assert_allclose(dots.get_xdata(), [1.0, 1.8, 2.6], atol=0.01)
    np.testing.assert_allclose(dots.get_ydata(), 1.0, atol=0.4)


def test_the_usual_beat_has_its_peak_at_zero():
    (beat,) = plot_rhythms({"a": spikes()}).axes[1].lines
    seconds, height = beat.get_data()
    assert (seconds[0], seconds[-1]) == pytest.approx((-0.3, 0.45), abs=1 / FS)
    assert abs(seconds[height.argmax()]) <= 2 / FS


def test_rows_have_one_scale_and_the_words_say_what_differs():
    both = "normal", "atrial_fibrillation"
    hearts = {name: simulator.simulate(name, seed=1).recording() for name in both}
    figure = plot_rhythms(hearts, alt="Two rhythms.")
    planes = [ax for ax in figure.axes if "RR" in ax.get_xlabel()]
    assert planes[0].get_xlim() == planes[1].get_xlim() == planes[0].get_ylim()
    assert [ax.get_title(loc="left") for ax in figure.axes[::3]] == list(hearts)
    assert figure.alt.startswith("normal: ")
    assert figure.alt.endswith("Two rhythms.")
    png(figure)


@pytest.mark.parametrize(
    ("recordings", "reason"),
    [({}, "at least one"), ({"a": spikes(PEAKS[:0])}, "0 beats: a Poincaré plot needs 4")],
)
def test_what_has_no_rhythm_is_refused(recordings, reason):
    with pytest.raises(RecordInvalid, match=reason):
        plot_rhythms(recordings)


def test_no_figure_is_left_open():
    png(plot_rhythms({"a": spikes()}))
    assert pyplot.get_fignums() == []
