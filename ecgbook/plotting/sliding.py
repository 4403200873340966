"""A kernel that slides over a picture: the products at one place, and the sums at all."""

import numpy as np
from matplotlib.patches import Rectangle

from ecgbook.errors import RecordInvalid
from ecgbook.plotting._checks import checked_table
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, DIVERGING, style

__all__ = ["plot_sliding"]

_MOST = 7  # rows and columns of a kernel whose numbers can still be read


@style()
def plot_sliding(picture, kernel, *, at=None, stride=1, alt=""):
    """Draw a picture, a kernel, their products at one place, and the sums at all places.

    As in networks, the kernel is not turned round, and nothing is added around the picture.

    Parameters
    ----------
    picture, kernel : arrays, shape (row, column)
        Pixels, and weights: at most as many as there are pixels, and 7 rows and columns.
    at : tuple of two int, optional
        Row and column of the output whose sum is worked out; the largest sum if left out.
    stride : int
        Pixels from one place to the next.
    alt : str
        What there is to be seen, beside what the figure says of itself.

    Returns
    -------
    BookFigure
        A frame in the picture and a ring in the output mark the place.

    Raises
    ------
    RecordInvalid
        If a shape is another one, a number is missing, the kernel does not fit or is too large to
        be read, or there is no place ``at``.
    """
    picture = checked_table(picture, ("row", "column"), "picture")
    kernel = checked_table(kernel, ("row", "column"), "kernel")
    output = _sums(picture, kernel, stride)
    at = np.unravel_index(np.argmax(output), output.shape) if at is None else at
    if not all(0 <= place < size for place, size in zip(at, output.shape, strict=True)):
        raise RecordInvalid(f"there is no place {tuple(at)}: the output has {output.shape}")
    (row, column), (high, wide) = (int(stride * place) for place in at), kernel.shape
    products = picture[row : row + high, column : column + wide] * kernel
    total = _signed(products.sum())
    about = (
        f"A picture of {_size(picture)} pixels, a kernel of {_size(kernel)} weights, their "
        f"products at row {row} and column {column} with the sum {total}, and the "
        f"{_size(output)} sums at all places."
    )
    options = {"height_in": 6.2, "alt": f"{about} {alt}".strip()}
    figure, ((first, second), (third, fourth)) = subplots(2, 2, **options)
    _draw(first, picture, "picture, and the place of the kernel")
    frame = {"fill": False, "edgecolor": COLOURS["ink"], "linewidth": 2.0}
    first.add_patch(Rectangle((column - 0.5, row - 0.5), wide, high, **frame))
    _draw(second, kernel, "kernel", numbers=True)
    _draw(third, products, f"pixels × kernel there: sum {total}", numbers=True)
    _draw(fourth, output, "output: the sum at every place")
    ring = {"markerfacecolor": "none", "markeredgewidth": 2.0, "markersize": 9}
    fourth.plot(at[1], at[0], "o", color=COLOURS["ink"], **ring)
    return figure


def _sums(picture, kernel, stride):
    if max(kernel.shape) > _MOST or stride < 1:
        raise RecordInvalid(
            f"draw a kernel of up to {_MOST} × {_MOST} weights and a stride of 1 or more, got "
            f"{_size(kernel)} and {stride}"
        )
    if any(np.greater(kernel.shape, picture.shape)):
        raise RecordInvalid(f"a kernel of {_size(kernel)} does not fit {_size(picture)} pixels")
    windows = np.lib.stride_tricks.sliding_window_view(picture, kernel.shape)
    return np.einsum("rcij,ij->rc", windows[::stride, ::stride], kernel)


def _draw(ax, table, title, *, numbers=False):
    top = np.abs(table).max() or 1.0
    ax.imshow(table, cmap=DIVERGING, vmin=-top, vmax=top, interpolation="nearest")
    ax.set_title(title, fontsize="medium")
    ax.grid(visible=False)
    ax.locator_params(integer=True)
    if numbers:
        ax.set(xticks=[], yticks=[])
        for (row, column), value in np.ndenumerate(table):
            dark = "white" if value < -0.6 * top else COLOURS["ink"]
            ax.text(column, row, _signed(value), ha="center", va="center", color=dark)


def _size(table):
    return " × ".join(map(str, table.shape))


def _signed(value):
    text = f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−")
    return "0" if text == "−0" else text
