import numpy as np
import pytest
import torch
from matplotlib import pyplot
from torch.nn import functional

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_convolution, plot_receptive_field
from ecgbook.plotting.figure import png

FS = 100


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 3), (2, 3), (3, 0)])
def test_the_output_is_that_of_a_convolutional_layer(stride, padding):
    draw = np.random.default_rng(0)
    beat, kernel = draw.standard_normal(50), draw.standard_normal(7)
    figure = plot_convolution(beat, kernel, fs=FS, stride=stride, padding=padding)
    tensors = (torch.from_numpy(values)[None, None] for values in (beat, kernel))
    expected = functional.conv1d(*tensors, stride=stride, padding=padding)[0, 0]
    line = figure.axes[2].lines[0]
    np.testing.assert_allclose(line.get_ydata(), expected)
    first_s = ((7 - 1) / 2 - padding) / FS  # the middle of the kernel at its first place
    np.testing.assert_allclose(line.get_xdata(), first_s + stride * np.arange(len(expected)) / FS)


def test_products_are_worked_out_at_the_place_that_is_asked_for():
    beat, kernel = np.array([0.0, 1, 4, 2, 0]), np.array([1.0, 0.5, -1])
    ax = plot_convolution(beat, kernel, fs=FS, at=1).axes[1]
    assert [bar.get_height() for bar in ax.patches[:3]] == [1, 2, -2]
    np.testing.assert_allclose(
        [b.get_x() + b.get_width() / 2 for b in ax.patches[:3]], [0.01, 0.02, 0.03]
    )
    assert ax.get_title(loc="left").endswith("the sum is 1.00")


def test_the_largest_value_is_shown_where_none_is_asked_for():
    # The outputs are 1 − 2, 4 − 1 and 2: the middle one is the largest.
    figure = plot_convolution([0.0, 1, 4, 2, 0], [0.0, 1, -0.5], fs=FS)
    ((x,), (y,)) = figure.axes[2].lines[1].get_data()
    assert (x, y) == (0.02, 3.0)


def test_a_sum_below_zero_is_written_with_a_minus_sign():
    figure = plot_convolution([0.0, 1, 0], [0.0, -2, 0], fs=FS)
    assert "the sum is −2.00" in figure.axes[1].get_title(loc="left")
    assert "−2.00 there" in figure.alt


def test_time_starts_where_the_beat_does():
    figure = plot_convolution([0.0, 1, 4, 2, 0], [0.0, 1, -0.5], fs=FS, start_s=-0.25)
    assert figure.axes[0].lines[0].get_xdata()[0] == -0.25
    assert figure.axes[2].lines[0].get_xdata()[0] == -0.24


def test_padding_is_drawn_as_zeros_before_and_after():
    line = plot_convolution([1.0, 1, 1], [1.0, 1, 1], fs=FS, padding=1).axes[0].lines[0]
    assert [*line.get_ydata()] == [0, 1, 1, 1, 0]
    np.testing.assert_allclose(line.get_xdata(), [-0.01, 0, 0.01, 0.02, 0.03])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"beat": np.zeros((2, 9))}, "beat must be one row"),
        ({"beat": [0.0, np.nan, 0.0]}, "finite"),
        ({"kernel": np.zeros(10)}, "kernel of 10 does not fit 9 samples"),
        ({"stride": 0}, "stride 0 must be at least 1"),
        ({"at": 7}, "there is no value 7: the output has 7"),
    ],
)
def test_what_cannot_be_drawn_is_refused(change, reason):
    usual = {"beat": np.arange(9.0), "kernel": np.ones(3), "fs": FS}
    with pytest.raises(RecordInvalid, match=reason):
        plot_convolution(**usual | change)


LAYERS = {"first": (5, 1, 2), "halved": (2, 2, 0), "last": (3, 2, 1)}


def dots(figure):
    """Return how many filled dots of those that matter each row has, from the input up."""
    ax = figure.axes[0]
    chosen = [line for line in ax.lines if line.get_marker() == "o" and not hollow(line)]
    return {int(line.get_ydata()[0]): len(line.get_xdata()) for line in chosen}


def hollow(line):
    return line.get_markerfacecolor() == "white"


def test_rows_say_their_length_and_what_they_see():
    # 16 samples; (16 + 4 − 5) + 1 = 16; 8; (8 + 2 − 3) // 2 + 1 = 4. Reach: 5, 5 + 1, 6 + 2 · 2.
    labels = plot_receptive_field(LAYERS, length=16).axes[0].get_yticklabels()
    assert [label.get_text() for label in labels] == [
        "input\n16 samples",
        "first\n16 numbers, each sees 5",
        "halved\n8 numbers, each sees 6",
        "last\n4 numbers, each sees 10",
    ]


def test_the_dots_reached_are_those_that_decide():
    # One number of the last layer stands on 3 of the row below, these on 6, those on 10 samples.
    figure = plot_receptive_field(LAYERS, length=16)
    assert dots(figure) == {3: 1, 2: 3, 1: 6, 0: 10}


def test_the_reach_is_the_stretch_of_the_gradient():
    torch.manual_seed(0)
    stages = [torch.nn.Conv1d(1, 1, k, stride=s, padding=p) for k, s, p in LAYERS.values()]
    x = torch.randn(1, 1, 40, requires_grad=True)
    torch.nn.Sequential(*stages)(x)[0, 0, 5].backward()
    assert dots(plot_receptive_field(LAYERS, length=40))[0] == x.grad.count_nonzero()


def test_zeros_of_the_padding_are_hollow_and_stand_outside():
    figure = plot_receptive_field({"only": (3, 1, 1)}, length=5)
    (zeros,) = (line for line in figure.axes[0].lines if hollow(line))
    assert [*zeros.get_xdata()] == [-1, 5]


def test_no_layer_and_too_long_an_input_are_refused():
    with pytest.raises(RecordInvalid, match="at least one layer"):
        plot_receptive_field({})
    with pytest.raises(RecordInvalid, match="1 to 64 samples"):
        plot_receptive_field(LAYERS, length=65)


def test_figures_can_be_laid_out_and_leave_no_trace():
    png(plot_convolution(np.hanning(50), np.hanning(9), fs=FS, title="A beat"))
    png(plot_receptive_field(LAYERS, title="Three layers"))
    assert pyplot.get_fignums() == []
