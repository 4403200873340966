import io

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from PIL import Image

from ecgbook.plotting import COLOURS, BookFigure, subplots
from ecgbook.plotting.figure import png


def _pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def _bars():
    figure, ax = subplots()
    for place, name in enumerate(COLOURS):
        ax.bar(place, 1, color=COLOURS[name])
    return figure


def test_png_is_opaque_and_white_at_the_edge():
    pixels = _pixels(png(_bars()))
    assert (pixels[..., 3] == 255).all()
    assert (pixels[0] == 255).all()


def test_png_has_the_size_of_the_figure():
    assert _pixels(png(BookFigure(2.0, 1.0, dpi=100))).shape == (100, 200, 4)


def test_png_keeps_the_colours():
    pixels = _pixels(png(_bars()))[..., :3].reshape(-1, 3).astype(int)
    for name, colour in COLOURS.items():
        wanted = np.array(mpl.colors.to_rgb(colour)) * 255
        assert np.abs(pixels - wanted).max(axis=1).min() <= 8, name


def test_png_is_the_same_each_time():
    assert png(_bars()) == png(_bars())


def test_figures_are_not_left_open():
    subplots(2, 2)
    assert pyplot.get_fignums() == []


def test_notebook_shows_image_size_and_alt_text(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **how: shown.append((data, how)))
    figure, _ = subplots(height_in=2.0, alt="A flat line.")
    figure._ipython_display_()
    ((data, how),) = shown
    assert _pixels(data["image/png"]).shape[:2] == (400, 1200)
    assert data["text/plain"] == "A flat line."
    assert how["metadata"]["image/png"] == {"width": 720, "alt": "A flat line."}


@pytest.mark.parametrize("shape", [(1, 1), (2, 3)])
def test_subplots_gives_the_grid_asked_for(shape):
    _, axes = subplots(*shape)
    assert np.size(axes) == np.prod(shape)
