"""How far a stack of convolutions sees: the samples of a beat that one number depends on."""

from functools import partial

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting._checks import checked_row
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, line_styles, style

__all__ = ["plot_reach", "receptive_field"]

_BANDS = ("blue", "vermilion", "green", "purple", "brown")


def receptive_field(layers):
    """Count the samples that one number of the last layer depends on, and its stride.

    A layer with kernel k and dilation d adds (k − 1)·d steps of the row below it, each as long as
    the strides of the layers below multiplied.

    Parameters
    ----------
    layers : sequence of tuple ``(kernel, dilation, stride)``
        Convolutions and poolings from the input on.

    Returns
    -------
    size, stride : int
        Both in samples of the input; the stride leads from one number to the next.

    Raises
    ------
    RecordInvalid
        If a number is not a whole one of at least 1.

    Examples
    --------
    Three kernels of 3; and the same with gaps that double:

    >>> receptive_field([(3, 1, 1)] * 3), receptive_field([(3, 1, 1), (3, 2, 1), (3, 4, 1)])
    ((7, 1), (15, 1))
    """
    size, stride = 1, 1
    for layer in layers:
        if len(layer) != 3 or any(n != int(n) or n < 1 for n in layer):
            raise RecordInvalid(f"a layer is (kernel, dilation, stride), each 1 or more: {layer}")
        kernel, dilation, step = layer
        size += (kernel - 1) * dilation * stride
        stride *= step
    return size, stride


@style()
def plot_reach(beat, stacks, *, fs, at_s=None, start_s=0.0, unit="a.u.", title="", alt=""):
    """Draw a beat and, stack by stack, which samples one number of the last layer depends on.

    Parameters
    ----------
    beat : array, shape (time,)
        The signal at ``fs`` Hz.
    stacks : dict of str to sequence of tuple ``(kernel, dilation, stride)``
        Up to five stacks by the name for their panel; layers as for `receptive_field`.
    at_s : float, optional
        Time in the middle of what the number sees; the middle of the beat if left out. Dots that
        stand outside of the beat are zeros of the padding, and hollow.
    start_s, unit, title, alt
        As for `plot_unrolled`.

    Returns
    -------
    BookFigure
        The beat with a band for each stack; below it a panel a stack, the samples seen as the
        lowest row of dots, and above them the numbers of each layer that lead to the last one.

    Raises
    ------
    RecordInvalid
        If there is no stack or no layer, or more than five stacks.
    """
    beat, looks = checked_row(beat, "beat"), line_styles(stacks)
    if not stacks or not all(map(len, stacks.values())):
        raise RecordInvalid("name at least one stack, each of at least one layer")
    sizes = {name: receptive_field(layers)[0] for name, layers in stacks.items()}
    seconds = partial(_seconds, fs=fs, start_s=start_s)
    middle = (len(beat) - 1) / 2 if at_s is None else (at_s - start_s) * fs
    about = ", ".join(f"{name} {n} samples ({n / fs:.2g} s)" for name, n in sizes.items())
    about = f"A beat, and what one number at the end of a stack of layers sees of it: {about}."
    heights = [1.6, *(0.35 + 0.35 * len(layers) for layers in stacks.values())]
    options = {"sharex": True, "height_ratios": heights, "alt": f"{about} {alt}".strip()}
    figure, (above, *axes) = subplots(len(heights), height_in=0.8 + sum(heights), **options)
    above.plot(seconds(np.arange(len(beat))), beat, color=COLOURS["ink"])
    for ax, name, colour, look in zip(axes, stacks, _BANDS, looks, strict=False):
        left = round(middle - (sizes[name] - 1) / 2)
        ends_s = seconds(left + np.array([-0.5, sizes[name] - 0.5]))
        above.axvspan(*ends_s, color=COLOURS[colour], alpha=0.13, linewidth=0)
        for end_s in ends_s:
            above.axvline(end_s, color=COLOURS[colour], linewidth=1.2, **look)
        _draw_tree(ax, stacks[name], left, len(beat), seconds, COLOURS[colour])
        ax.set_title(f"{name}: sees {sizes[name]} samples", fontsize="medium")
    above.set(ylabel=f"beat ({unit})", title=title)
    axes[-1].set_xlabel("time (s)")
    return figure


def _draw_tree(ax, layers, left, time, seconds, colour):
    """Draw what the number sees whose first sample is ``left``, from the last layer down."""
    seen = {0}
    for level in range(len(layers), 0, -1):
        kernel, dilation, step = layers[level - 1]
        links = np.array([(i, i * step + j * dilation) for i in seen for j in range(kernel)])
        above = seconds(left + _middles(layers[:level], links[:, 0]))
        below = seconds(left + _middles(layers[: level - 1], links[:, 1]))
        ends_s = np.stack([above, below])
        ax.plot(ends_s, [level, level - 1], color=colour, linewidth=0.5, alpha=0.5, zorder=1)
        _draw_dots(ax, np.unique(above), level, colour)
        seen = set(links[:, 1].tolist())
    samples = left + np.array(sorted(seen))
    outside = (samples < 0) | (samples >= time)
    for part, fill in ((samples[~outside], colour), (samples[outside], "white")):
        _draw_dots(ax, seconds(part), 0, colour, markerfacecolor=fill)
    ax.set_ylim(-0.5, len(layers) + 0.5)
    ax.set_yticks([0, len(layers)], ["samples", f"layer {len(layers)}"])
    ax.grid(visible=False)


def _draw_dots(ax, at_s, level, colour, **options):
    look = {"color": colour, "marker": "o", "markersize": 3, "linestyle": "none"}
    ax.plot(at_s, np.full(len(at_s), level), **look | options)


def _middles(layers, numbers):
    """Return the middle of what some numbers of the last layer see, from the first sample on."""
    size, stride = receptive_field(layers)
    return numbers * stride + (size - 1) / 2


def _seconds(samples, *, fs, start_s):
    return start_s + samples / fs
