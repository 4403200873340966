import numpy as np

from ecgbook.plotting import plot_augmented, plot_epochs, plot_gradient


def test_the_gradient_touches_the_loss_at_the_weight():
    places = np.linspace(-2, 2, 401)
    figure = plot_gradient(places, places**2, 1.0, 2.0, name="bias")
    one, many = figure.axes
    p, loss = one.lines[0].get_data()
    np.testing.assert_allclose(np.exp(-loss), p)
    tangent = many.lines[1].get_xydata()
    np.testing.assert_allclose(tangent[:, 1], 1 + 2 * (tangent[:, 0] - 1), atol=1e-6)
    np.testing.assert_allclose(many.lines[2].get_xydata(), [[1, 1]], atol=1e-6)
    assert many.get_xlabel() == "bias"


def test_others_stand_at_the_ends_of_their_epochs():
    (ax,) = plot_epochs([3.0, 2.0, 1.5, 1.0], [2.5, 2.6]).axes
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[1, 3], [2, 2], [3, 1.5], [4, 1]])
    np.testing.assert_allclose(ax.lines[1].get_xydata(), [[2, 2.5], [4, 2.6]])
    assert [line.get_xdata()[0] for line in ax.lines[2:]] == [2, 4]


def test_variations_lie_behind_their_beat():
    (ax,) = plot_augmented(np.arange(3), np.ones((2, 3)), fs=10, before_s=0.1).axes
    assert len(ax.lines) == 3
    np.testing.assert_allclose(ax.lines[-1].get_xydata(), [[-0.1, 0], [0, 1], [0.1, 2]])
