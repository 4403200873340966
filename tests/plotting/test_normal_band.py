import numpy as np
import pytest

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_in_band


def normal_beats(n=101, length=20):
    """Flat beats at 0, 0.01, …, 1: the 5 % and 95 % quantiles are 0.05 and 0.95, the mean 0.5."""
    return np.repeat(np.linspace(0, 1, n)[:, None], length, axis=1)


def test_each_beat_stands_over_the_mean_and_the_middle_nine_tenths():
    x = np.array([np.full(20, 0.5), np.full(20, 2.0)])
    figure = plot_in_band(x, normal_beats(), fs=10, titles=["N", "V"])
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["N", "V"]
    for ax, beat in zip(figure.axes, x, strict=True):
        mean, own = ax.lines
        np.testing.assert_allclose(mean.get_ydata(), 0.5)
        np.testing.assert_array_equal(own.get_ydata(), beat)
        np.testing.assert_allclose(own.get_xdata(), np.arange(20) / 10)
        heights = ax.collections[0].get_paths()[0].vertices[:, 1]
        assert (heights.min(), heights.max()) == pytest.approx((0.05, 0.95))


def test_the_alt_text_counts_the_samples_outside():
    x = np.full((1, 20), 0.5)
    x[0, :5] = 3.0
    figure = plot_in_band(x, normal_beats(), fs=10, titles=["odd"])
    assert figure.alt.endswith("Share of samples outside: odd 25%.")


@pytest.mark.parametrize(
    ("beats", "titles", "says"),
    [
        (np.zeros((2, 19)), ["a", "b"], r"of one length, got \(2, 19\) and \(101, 20\)"),
        (np.zeros(20), ["a"], "need shape"),
        (np.zeros((5, 20)), list("abcde"), "1 to 4 beats .* got 5"),
        (np.zeros((2, 20)), ["a"], "got 2 and 1 titles"),
    ],
)
def test_what_cannot_be_drawn_is_refused(beats, titles, says):
    with pytest.raises(RecordInvalid, match=says):
        plot_in_band(beats, normal_beats(), fs=10, titles=titles)
