import pandas as pd
import pytest

from ecgbook import RecordInvalid
from ecgbook.plotting import plot_floors

SCORES = pd.DataFrame({"trained": [0.9, 0.4], "reset": [0.2, 0.4]}, ["gradient", "grad_cam"])


def test_networks_are_marks_and_floors_are_lines():
    figure = plot_floors(SCORES, {"signal": 0.3, "random": 0.1}, xlabel="score", alt="Marks.")
    (ax,) = figure.axes
    signal, random, trained, reset = ax.lines
    assert [line.get_xdata()[0] for line in (signal, random)] == [0.3, 0.1]
    assert list(trained.get_xdata()) == [0.9, 0.4]
    assert list(reset.get_ydata()) == [0, 1]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["gradient", "Grad-CAM"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first method stands at the top
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names[:2] == ["size of the signal", "random numbers"]


@pytest.mark.parametrize("scores", [SCORES[:0], SCORES[[]], pd.concat([SCORES, SCORES], axis=1)])
def test_what_cannot_be_told_apart_is_refused(scores):
    with pytest.raises(RecordInvalid, match="up to 3 networks"):
        plot_floors(scores, {}, xlabel="")
