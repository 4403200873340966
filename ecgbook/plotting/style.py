"""One look for every figure of the book: colours and type.

Figures are opaque and white, so that they read in light and in dark pages alike.
"""

from contextlib import contextmanager

import matplotlib as mpl
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap

from ecgbook.errors import RecordInvalid

__all__ = ["COLOURS", "DIVERGING", "HEAT", "WIDTH_IN", "line_styles", "style", "use_style"]

# Each has a contrast of at least 3:1 on white (WCAG 2.2, success criterion 1.4.11) and stays
# apart from the others for readers with any kind of colour blindness.
COLOURS = {
    "ink": "#1b1b1f",
    "blue": "#0a4c86",
    "vermilion": "#e8640c",
    "green": "#3aa06a",
    "purple": "#d94fc4",
    "brown": "#66420c",
    "grey": "#6e6e76",
}

# Ever darker from white on, so that it reads in grey as well.
HEAT = LinearSegmentedColormap.from_list("heat", ["white", COLOURS["vermilion"], "#3a1402"])
# For numbers below and above 0, which is white.
DIVERGING = LinearSegmentedColormap.from_list(
    "diverging", [COLOURS["blue"], "white", COLOURS["vermilion"]]
)

# A figure of this width fills the column of a page, and its type of 10 points can still be read
# on a telephone (8 px).
WIDTH_IN = 6.0

_DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
_LINE_COLOURS = [COLOURS[name] for name in ("blue", "vermilion", "green", "purple", "brown")]

_STYLE = {
    "figure.figsize": (WIDTH_IN, 3.0),
    "figure.dpi": 200,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "axes.labelcolor": COLOURS["ink"],
    "axes.edgecolor": COLOURS["grey"],
    "axes.facecolor": "white",
    "axes.prop_cycle": cycler(color=_LINE_COLOURS),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e8",
    "grid.linewidth": 0.8,
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["grey"],
    "xtick.labelcolor": COLOURS["ink"],
    "ytick.color": COLOURS["grey"],
    "ytick.labelcolor": COLOURS["ink"],
    "lines.linewidth": 1.4,
    "legend.frameon": False,
    "svg.hashsalt": "ecgbook",
}


def use_style():
    """Give every later figure, also one made with ``pyplot``, the look of the book."""
    mpl.rcParams.update(_STYLE)


@contextmanager
def style():
    """Give the figures made within the ``with`` block the look of the book.

    Starts from the defaults of matplotlib, so a figure never depends on what a reader has set.
    """
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def line_styles(curves):
    """Return a dash pattern a curve, as colour alone would not do; RecordInvalid over five."""
    if len(curves) > len(_DASHES):
        raise RecordInvalid(
            f"{len(curves)} curves on one axis cannot be told apart; "
            f"draw up to {len(_DASHES)} in a figure"
        )
    return [{"linestyle": dashes} for dashes in _DASHES[: len(curves)]]
