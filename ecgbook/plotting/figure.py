"""Figures that show themselves in a notebook, as small opaque PNGs."""

from io import BytesIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ecgbook.plotting.style import WIDTH_IN, style

__all__ = ["BookFigure", "png", "subplots"]

# Plenty for lines on paper, and a fraction of the size of a file in full colour.
_COLOURS_IN_FILE = 128

# Type of 10 points is then 17 px tall, as the text around it.
_PAGE_PIXELS_PER_INCH = 120


class BookFigure(Figure):
    """A figure that shows itself in a notebook when it is the value of a cell.

    ``pyplot`` does not know it: it is never shown twice and need not be closed.

    Parameters
    ----------
    width_in, height_in : float
    alt : str, optional
        What there is to be seen, for readers who do not see it.
    **options
        Handed on to `matplotlib.figure.Figure`, such as ``dpi`` or ``layout``.
    """

    def __init__(self, width_in=WIDTH_IN, height_in=3.0, *, alt="", **options):
        super().__init__(figsize=(width_in, height_in), **options)
        self.alt = alt

    def _ipython_display_(self):
        from IPython.display import display

        # No height: a page that narrows the picture would keep it and squash the squares.
        shown = {"width": round(_PAGE_PIXELS_PER_INCH * self.get_figwidth())}
        if self.alt:
            shown["alt"] = self.alt
        bundle = {"image/png": png(self), "text/plain": self.alt or repr(self)}
        display(bundle, metadata={"image/png": shown}, raw=True)


@style()
def subplots(rows=1, columns=1, *, height_in=None, alt="", **options):
    """Return a `BookFigure` and its axes, as ``pyplot.subplots`` does.

    Its height in inches is 1 and another 2 a row where it is not given; ``alt`` says what there is
    to be seen, and the options go to `matplotlib.figure.Figure.subplots`, such as ``sharex=True``.
    """
    height_in = 1.0 + 2.0 * rows if height_in is None else height_in
    figure = BookFigure(height_in=height_in, alt=alt, layout="constrained")
    return figure, figure.subplots(rows, columns, **options)


@style()
def png(figure):
    """Return a matplotlib figure as the bytes of an opaque PNG of 128 colours.

    The same figure gives the same bytes: no date and no program name is written.
    """
    own_canvas = figure.canvas
    agg = FigureCanvasAgg(figure)
    agg.draw()
    figure.set_canvas(own_canvas)
    pixels = np.ascontiguousarray(np.asarray(agg.buffer_rgba())[..., :3])
    few = Image.Quantize.FASTOCTREE
    image = Image.fromarray(pixels).quantize(_COLOURS_IN_FILE, few, dither=Image.Dither.NONE)
    palette = np.reshape(image.getpalette(), (-1, 3))
    # The few colours are averages, which leaves the white of the paper a shade too dark.
    palette[palette.min(axis=1) > 252] = 255
    image.putpalette(palette.ravel().tolist())
    file = BytesIO()
    image.save(file, "PNG", compress_level=9)
    return file.getvalue()
