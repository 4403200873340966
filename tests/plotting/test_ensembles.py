import numpy as np
import pytest
from matplotlib import pyplot

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_ensemble_weights
from ecgbook.plotting.figure import png

WEIGHTS = np.arange(18.0).reshape(3, 2, 3) - 4
MODELS, CLASSES = ["beat_cnn", "trees"], "NSV"


def panels(figure):
    return [ax for ax in figure.axes if ax.images]


def test_each_class_has_a_panel_of_models_and_the_classes_that_they_name():
    figure = plot_ensemble_weights(WEIGHTS, MODELS, CLASSES, title="Trust")
    assert [ax.get_title(loc="left") for ax in panels(figure)] == ["for N", "for S", "for V"]
    for ax, own in zip(panels(figure), WEIGHTS, strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), own)
        assert ax.images[0].get_clim() == (-13, 13)
    words = [text.get_text() for text in panels(figure)[0].get_yticklabels()]
    assert words == ["small CNN", "boosted trees"]
    assert [text.get_text() for text in panels(figure)[2].get_xticklabels()] == list("NSV")


def test_alt_text_names_the_largest_weight_and_the_model_that_counts_most():
    weights = np.zeros((2, 2, 2))
    weights[1, 0, 1] = 3.0
    weights[:, 1, 0] = -2.0
    about = plot_ensemble_weights(weights, ["one", "other"], "ab").alt
    assert "largest is that of one's b for b" in about
    assert about.endswith("added up, other counts most.")


def test_more_classes_than_fit_a_line_go_on_below():
    figure = plot_ensemble_weights(np.zeros((7, 2, 7)), MODELS, "abcdefg")
    assert len(panels(figure)) == 7
    png(figure)
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        (WEIGHTS[0], r"shape \(class, model, class\), got \(2, 3\)"),
        (WEIGHTS * np.nan, "finite"),
        (WEIGHTS[:2], r"2 models and 3 classes do not fit weights of shape \(2, 2, 3\)"),
    ],
)
def test_weights_that_do_not_fit_their_names_are_refused(weights, reason):
    with pytest.raises(RecordInvalid, match=reason):
        plot_ensemble_weights(weights, MODELS, CLASSES)
