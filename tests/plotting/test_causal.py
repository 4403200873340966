import numpy as np
import pytest

from ecgbook import RecordInvalid
from ecgbook.models.wavenet import receptive_field
from ecgbook.plotting import plot_causal
from ecgbook.plotting.figure import png
from ecgbook.plotting.style import COLOURS


def rows_of(figure):
    """The places of the blue dots of each row, from the input up."""
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    blue = [line for line in dots if line.get_color() == COLOURS["blue"]]
    return {int(line.get_ydata()[0]): list(line.get_xdata()) for line in blue}


def test_the_last_answer_sees_all_samples_up_to_the_present():
    # By hand: 0 and -4; 0, -2, -4, -6; then every sample from -7 to 0.
    rows = rows_of(plot_causal([1, 2, 4]))
    assert rows == {3: [0], 2: [-4, 0], 1: [-6, -4, -2, 0], 0: list(range(-7, 1))}


def test_it_sees_as_many_samples_as_a_wavenet_of_these_layers():
    figure = plot_causal([1, 2, 4] * 2)
    assert len(rows_of(figure)[0]) == receptive_field(2, 3) == 15
    assert "see 15 samples" in figure.alt
    png(figure)


def test_the_ring_is_the_next_sample():
    ring = plot_causal([1]).axes[0].lines[-1]
    np.testing.assert_array_equal(ring.get_xydata(), [[1, 0]])


@pytest.mark.parametrize("dilations", [[], [0], [1.5], [32, 32]])
def test_what_cannot_be_drawn_is_refused(dilations):
    with pytest.raises(RecordInvalid, match="up to 64 samples"):
        plot_causal(dilations)
