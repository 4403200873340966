import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot

from ecgbook import RecordInvalid
from ecgbook.plotting import COLOURS, plot_reach, receptive_field
from ecgbook.plotting.figure import png

FS = 125
BEAT = np.hanning(101)
LAYERS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 2)), min_size=1, max_size=4
)


def touched(layers, number, length):
    """Return the samples with a gradient: those that a number of the output depends on."""
    stages = [torch.nn.Conv1d(1, 1, k, dilation=d, stride=s) for k, d, s in layers]
    for stage in stages:
        torch.nn.init.constant_(stage.weight, 1.0)
    x = torch.zeros(1, 1, length, requires_grad=True)
    torch.nn.Sequential(*stages)(x)[0, 0, number].backward()
    return np.flatnonzero(x.grad[0, 0].numpy())


@given(LAYERS)
@settings(max_examples=30, deadline=None)
def test_the_field_is_the_stretch_of_the_gradient(layers):
    size, stride = receptive_field(layers)
    first, second = (touched(layers, number, size + stride) for number in (0, 1))
    assert (first.min(), first.max()) == (0, size - 1)
    assert second.min() == stride


def test_the_field_of_four_dilated_and_pooled_layers():
    # Each convolution adds 4 steps, each pooling 1, of 1, 2, 4 and 8 samples: 1 + 5 · 15.
    assert receptive_field([(3, 2, 1), (2, 1, 2)] * 4) == (76, 16)
    assert receptive_field([]) == (1, 1)


@pytest.mark.parametrize("layer", [(3, 1), (0, 1, 1), (3, 0, 1), (3, 1, 1.5)])
def test_layers_that_are_none_are_refused(layer):
    with pytest.raises(RecordInvalid, match="each 1 or more"):
        receptive_field([layer])


def rows(ax):
    """Return the places of the filled dots in seconds, by level."""
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    filled = [line for line in dots if line.get_markerfacecolor() != "white"]
    return {int(line.get_ydata()[0]): line.get_xdata() for line in filled if len(line.get_xdata())}


@pytest.mark.parametrize("layers", [[(3, 1, 1), (3, 2, 1)], [(2, 1, 2), (3, 2, 1)], [(3, 3, 1)]])
def test_dots_below_are_the_samples_with_a_gradient(layers):
    size, _ = receptive_field(layers)
    left = round(50 - (size - 1) / 2)
    ax = plot_reach(BEAT, {"stack": layers}, fs=FS).axes[1]
    np.testing.assert_allclose(rows(ax)[0] * FS, left + touched(layers, 0, size))


def test_a_number_stands_above_the_middle_of_what_it_sees():
    # Kernels of 3, the second with a gap: it looks at the numbers around samples 48, 50 and 52.
    figure = plot_reach(BEAT, {"gaps": [(3, 1, 1), (3, 2, 1)]}, fs=FS)
    places = {level: at * FS for level, at in rows(figure.axes[1]).items()}
    np.testing.assert_allclose(places[2], [50])
    np.testing.assert_allclose(places[1], [48, 50, 52])
    np.testing.assert_allclose(places[0], np.arange(47, 54))


def test_bands_hold_the_samples_seen_around_the_time_asked_for():
    stacks = {"even": [(3, 1, 1)] * 3, "doubling": [(3, 1, 1), (3, 2, 1), (3, 4, 1)]}
    figure = plot_reach(BEAT, stacks, fs=100, at_s=0.3, start_s=-0.1)
    borders = [line.get_xdata()[0] for line in figure.axes[0].lines[1:]]
    np.testing.assert_allclose(borders, [0.265, 0.335, 0.225, 0.375])  # 7 and 15 samples
    titles = [ax.get_title(loc="left") for ax in figure.axes[1:]]
    assert titles == ["even: sees 7 samples", "doubling: sees 15 samples"]
    assert "even 7 samples (0.07 s), doubling 15 samples (0.15 s)" in figure.alt


def test_what_lies_outside_of_the_beat_is_hollow():
    ax = plot_reach(BEAT, {"wide": [(5, 1, 1)]}, fs=100, at_s=0.0).axes[1]
    np.testing.assert_allclose(rows(ax)[0], [0, 0.01, 0.02])
    hollow = [line for line in ax.lines if line.get_markerfacecolor() == "white"]
    np.testing.assert_allclose(hollow[0].get_xdata(), [-0.02, -0.01])


def test_stacks_differ_in_colour():
    figure = plot_reach(BEAT, {"a": [(3, 1, 1)], "b": [(3, 2, 1)]}, fs=FS)
    assert [ax.lines[0].get_color() for ax in figure.axes[1:]] == [
        COLOURS["blue"],
        COLOURS["vermilion"],
    ]


@pytest.mark.parametrize(
    ("stacks", "reason"),
    [
        ({}, "at least one stack"),
        ({"a": []}, "at least one layer"),
        ({str(k): [(3, 1, 1)] for k in range(6)}, "6 curves"),
    ],
)
def test_what_sees_nothing_is_refused(stacks, reason):
    with pytest.raises(RecordInvalid, match=reason):
        plot_reach(BEAT, stacks, fs=FS)


def test_the_figure_can_be_laid_out_and_leaves_no_trace():
    png(plot_reach(BEAT, {"deep": [(3, 2, 1), (2, 1, 2)] * 4}, fs=FS, title="Reach"))
    assert pyplot.get_fignums() == []
