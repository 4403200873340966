"""Where a network looks: the attention between the patches of a beat."""

import numpy as np
from matplotlib.patches import Rectangle

from ecgbook.errors import RecordInvalid
from ecgbook.plotting._checks import checked_row, checked_table
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, HEAT, style

__all__ = ["plot_attention"]


@style()
def plot_attention(
    beat, weights, *, fs, patch=None, row=None, start_s=0.0, unit="a.u.", title="", alt=""
):
    """Draw which patches look at which, and one row of it over the beat.

    Parameters
    ----------
    beat : array, shape (time,)
        The signal at ``fs`` Hz.
    weights : array, shape (patch, patch)
        How much each patch (row) looks at each other (column), 0 or more: of one layer and head,
        or a mean over them, and without a class token.
    patch : int, optional
        Samples of a patch; the last one may reach beyond the beat. If left out, the patches share
        the beat evenly.
    row : int, optional
        The patch whose row is shown over the beat; the one with the largest weight if left out.
    start_s, unit, title, alt
        As for `plot_unrolled`.

    Returns
    -------
    BookFigure
        The matrix on the left, with a frame around the row; on the right the beat with the
        borders of the patches. The darker a patch, the more is it looked at by the framed one.

    Raises
    ------
    RecordInvalid
        If a shape is another one, a weight is negative or missing, the patches are more than the
        samples or do not cover them, or there is no such row.
    """
    beat = checked_row(beat, "beat")
    weights = checked_table(weights, ("patch", "patch"), "attention")
    edges, row = _patches(len(beat), weights, patch, row)
    edges_s = start_s + (edges - 0.5) / fs
    about = _describe_row(weights[row], row, start_s + edges / fs)
    options = {"height_in": 3.0, "width_ratios": (1, 1.5), "alt": f"{about} {alt}".strip()}
    figure, (left, right) = subplots(1, 2, **options)
    colours = {"cmap": HEAT, "vmin": 0, "vmax": weights.max() or 1.0, "rasterized": True}
    image = left.imshow(weights, **colours)
    frame = {"fill": False, "edgecolor": COLOURS["blue"], "linewidth": 2.0}
    left.add_patch(Rectangle((-0.5, row - 0.5), len(weights), 1, **frame))
    left.set(xlabel="patch looked at", ylabel="patch that looks", title=title)
    left.locator_params(integer=True)
    left.grid(visible=False)
    place = {"transform": right.get_xaxis_transform(), "zorder": 0}
    right.pcolormesh(edges_s, [0, 1], weights[row][None], alpha=0.6, **colours, **place)
    for edge_s in edges_s:
        right.axvline(edge_s, color=COLOURS["grey"], linewidth=0.5)
    wide = edges_s[row + 1] - edges_s[row]
    right.add_patch(Rectangle((edges_s[row], 0), wide, 1, transform=place["transform"], **frame))
    right.plot(start_s + np.arange(len(beat)) / fs, beat, color=COLOURS["ink"])
    right.set(xlabel="time (s)", ylabel=f"beat ({unit})", xlim=edges_s[[0, -1]])
    right.set_title(f"what patch {row} looks at", fontsize="medium")
    right.grid(visible=False)
    figure.colorbar(image, ax=[left, right], label="weight", location="bottom", aspect=40)
    return figure


def _patches(time, weights, patch, row):
    """Return the borders of the patches in samples, and the row that is shown."""
    patches = len(weights)
    if weights.shape != (patches, patches) or weights.min() < 0:
        raise RecordInvalid(
            f"attention must be 0 or more, as many rows as columns, got {weights.shape}"
        )
    size = time / patches if patch is None else patch
    if patches > time or not (patches - 1) * size < time <= patches * size:
        raise RecordInvalid(
            f"{patches} patches of {size:g} samples do not cover a beat of {time} samples; leave "
            f"out the rows and columns of a class token"
        )
    row = int(weights.max(axis=1).argmax()) if row is None else row
    if not 0 <= row < patches:
        raise RecordInvalid(f"there is no row {row}: the attention has {patches}, from 0 on")
    return np.arange(patches + 1) * size, row


def _describe_row(weights, row, begin_s):
    most = int(weights.argmax())
    return (
        f"On the left, how much each of {len(weights)} patches looks at each other; on the right "
        f"the beat. Patch {row} looks most at patch {most}, which begins at "
        f"{begin_s[most]:.2f} s, with weight {weights[most]:.2f}."
    )
