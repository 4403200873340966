import numpy as np
import pytest
import torch
from matplotlib import pyplot

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_gradients, plot_unrolled
from ecgbook.plotting.figure import png

FS = 100
BEAT = np.hanning(6)


def image(figure):
    return figure.axes[1].collections[0]


def test_states_lie_under_the_samples_that_they_have_read():
    states = np.arange(12.0).reshape(2, 6)
    figure = plot_unrolled(BEAT, states, fs=FS, start_s=-0.02)
    time_s = figure.axes[0].lines[0].get_xdata()
    edges_s = image(figure).get_coordinates()[0, :, 0]
    np.testing.assert_allclose((edges_s[1:] + edges_s[:-1]) / 2, time_s)
    assert time_s[0] == -0.02


def test_fewer_steps_share_the_beat_evenly():
    edges_s = image(plot_unrolled(BEAT, np.ones((1, 3)), fs=FS)).get_coordinates()[0, :, 0]
    np.testing.assert_allclose(edges_s, [-0.005, 0.015, 0.035, 0.055])


@pytest.mark.parametrize(("length", "top"), [(None, [0, 3]), (4, [2, 0]), (3, [2, 0])])
def test_the_highest_state_at_the_end_of_the_beat_is_on_top(length, top):
    # Three steps of two samples: sample 3, the last of 3 or 4, is read by the second step.
    states = [[0.0, 2.0, 0.0], [0.0, 0.0, 3.0]]
    drawn = np.asarray(image(plot_unrolled(BEAT, states, fs=FS, length=length)).get_array())
    assert drawn.reshape(2, 3)[-1, 1:].tolist() == top  # rows are drawn from below


def test_no_state_is_white_and_the_scale_is_even():
    low, high = image(plot_unrolled(BEAT, [[-3.0, 1.0]], fs=FS)).get_clim()
    assert (low, high) == (-3, 3)
    png(plot_unrolled(BEAT, np.zeros((2, 6)), fs=FS))


def test_the_end_of_the_beat_is_marked_after_its_last_sample():
    figure = plot_unrolled(BEAT, np.ones((2, 6)), fs=FS, length=4)
    marks = [figure.axes[0].lines[1], figure.axes[1].lines[0]]
    assert [mark.get_xdata()[0] for mark in marks] == [0.035, 0.035]
    assert "dashed" in figure.axes[1].get_xlabel()


def test_alt_text_counts_what_is_remembered_and_goes_on_with_the_authors():
    figure = plot_unrolled(BEAT, [[1.0, -1], [2, 2]], fs=FS, alt="Units wake at the R peak.")
    assert "2 units over 2 steps" in figure.alt
    assert figure.alt.endswith("1 units are above 0. Units wake at the R peak.")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"beat": np.zeros((2, 6))}, "beat must be one row"),
        ({"states": np.ones(6)}, r"states must be finite numbers of shape \(unit, step\)"),
        ({"states": [[np.nan]]}, "finite"),
        ({"states": np.ones((2, 7))}, "7 steps and a beat of 6 samples do not fit"),
        ({"length": 0}, "a beat of 0 samples"),
        ({"length": 7}, "a beat of 7 samples"),
    ],
)
def test_states_that_do_not_fit_are_refused(change, reason):
    with pytest.raises(RecordInvalid, match=reason):
        plot_unrolled(**{"beat": BEAT, "states": np.ones((2, 6)), "fs": FS} | change)


def test_gradients_of_a_linear_cell_are_a_straight_line():
    # h = 0.5 h + x: what came k steps before the last counts 0.5 ** k.
    x = torch.zeros(8, requires_grad=True)
    state = torch.zeros(())
    for step in x:
        state = 0.5 * state + step
    state.backward()
    (ax,) = plot_gradients({"halving": x.grad.abs().numpy()}, fs=FS).axes
    time_s, drawn = ax.lines[0].get_data()
    np.testing.assert_allclose(np.log2(drawn), np.arange(8) - 7)
    np.testing.assert_allclose(time_s, np.arange(8) / 100)
    assert ax.get_yscale() == "log"


def test_a_gradient_of_0_is_a_gap():
    figure = plot_gradients({"a": [0.0, 0.5, 1.0], "b": [1.0, 2.0, 5.0]}, fs=FS, end_s=0.015)
    first, second, end = figure.axes[0].lines
    np.testing.assert_array_equal(first.get_ydata(), [np.nan, 0.5, 1.0])
    assert first.get_linestyle() != second.get_linestyle()
    assert end.get_xdata()[0] == 0.015
    assert "a 0, b 0.2." in figure.alt


@pytest.mark.parametrize(
    ("norms", "reason"),
    [
        ({}, "one row a cell"),
        ({"a": [0.0, 0.0]}, "above 0 at some step"),
        ({"a": [1.0, -1.0]}, "norms must be 0 or more"),
        ({"a": [1.0, np.inf]}, "norms of a must be one row of finite numbers"),
        ({str(k): [1.0] for k in range(6)}, "6 curves"),
    ],
)
def test_norms_that_are_none_are_refused(norms, reason):
    with pytest.raises(RecordInvalid, match=reason):
        plot_gradients(norms, fs=FS)


def test_figures_can_be_laid_out_and_leave_no_trace():
    png(plot_unrolled(BEAT, np.eye(6), fs=FS, length=5, title="A beat is read"))
    png(plot_gradients({"RNN": [1e-9, 1e-3, 1.0]}, fs=FS, title="Vanishing"))
    assert pyplot.get_fignums() == []
