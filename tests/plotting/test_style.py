from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest

from ecgbook.plotting import COLOURS, style, use_style

# Linear sRGB to CIE XYZ (IEC 61966-2-1), white point D65.
_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)

# Dichromatic vision in linear sRGB: Machado, Oliveira and Fernandes 2009, severity 1.
_VISION = {
    "full": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def _linear(colour):
    channel = np.array(mpl.colors.to_rgb(colour))
    return np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)


def _contrast(one, other):
    light, dark = sorted((0.2126, 0.7152, 0.0722) @ _linear(c) for c in (other, one))[::-1]
    return (light + 0.05) / (dark + 0.05)


def _lab(linear):
    share = _XYZ @ np.clip(linear, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    x, y, z = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_contrast_formula_on_the_known_pair():
    assert _contrast("black", "white") == pytest.approx(21)


@pytest.mark.parametrize("name", COLOURS)
def test_colours_stand_out_from_white(name):
    assert _contrast(COLOURS[name], "white") >= 3


@pytest.mark.parametrize("vision", _VISION)
def test_colours_stay_apart_without_full_colour_vision(vision):
    matrix = np.array(_VISION[vision])
    seen = {name: _lab(matrix @ _linear(colour)) for name, colour in COLOURS.items()}
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 15, (one, other)


def test_style_leaves_the_readers_settings_alone():
    with mpl.rc_context({"lines.linewidth": 7.0, "font.size": 20.0}):
        with style():
            assert mpl.rcParams["font.size"] == 10
        assert mpl.rcParams["font.size"] == 20
        assert mpl.rcParams["lines.linewidth"] == 7


def test_style_starts_from_the_defaults():
    with mpl.rc_context({"axes.xmargin": 0.4}), style():
        assert mpl.rcParams["axes.xmargin"] == mpl.rcParamsDefault["axes.xmargin"]


def test_use_style_reaches_figures_of_pyplot():
    from matplotlib import pyplot

    with mpl.rc_context():
        use_style()
        figure, ax = pyplot.subplots()
        (line,) = ax.plot([0, 1])
        pyplot.close(figure)
    assert figure.get_facecolor() == (1, 1, 1, 1)
    assert line.get_color() == COLOURS["blue"]
