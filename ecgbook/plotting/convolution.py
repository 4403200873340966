"""How a network looks at a beat: a kernel that slides, and layers that see ever more of it."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting._checks import checked_row
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_convolution", "plot_receptive_field"]

_KERNEL_HEIGHT = 0.6  # of the beat's
_MOST_DOTS = 64


@style()
def plot_convolution(
    beat, kernel, *, fs, at=None, stride=1, padding=0, start_s=0.0, unit="mV", title=""
):
    """Draw a kernel over a beat, their products at one place, and the sums of all places.

    Three rows over one time axis: the beat with the kernel on it, drawn to a height that can be
    seen; beat times kernel, sample by sample; and the output of the convolution, each value below
    the middle of its kernel. As in networks, the kernel is not turned round.

    Parameters
    ----------
    beat, kernel : arrays, shape (time,)
        The signal at ``fs`` Hz and the weights, at most as many as there are samples.
    at : int, optional
        Which value of the output is worked out in the middle row; the largest if left out.
    stride, padding : int
        Samples from one place to the next, and zeros before and after the beat.
    start_s : float
        Time of the first sample of the beat, in seconds.
    unit, title : str
        Unit of the beat; the headline.

    Returns
    -------
    BookFigure

    Raises
    ------
    RecordInvalid
        If a shape is another one, a sample is missing, the kernel does not fit, or there is no
        value ``at``.
    """
    beat, kernel = checked_row(beat, "beat"), checked_row(kernel, "kernel")
    places = _places(len(beat), len(kernel), stride, padding)
    padded = np.pad(beat, padding)
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(kernel))[::stride]
    output = windows @ kernel
    at = int(np.argmax(output)) if at is None else at
    if not 0 <= at < len(output):
        raise RecordInvalid(f"there is no value {at}: the output has {len(output)}, from 0 on")
    time_s = start_s + (np.arange(len(padded)) - padding) / fs
    places_s = start_s + places / fs
    under = slice(at * stride, at * stride + len(kernel))
    figure, axes = subplots(3, height_in=5.0, sharex=True, alt=_describe(output, at, places_s))
    _draw_kernel(axes[0], time_s, padded, time_s[under], kernel)
    products = padded[under] * kernel
    axes[1].bar(time_s[under], products, width=0.8 / fs, color=COLOURS["vermilion"])
    total = f"beat × kernel at this place: the sum is {_signed(products.sum())}"
    axes[1].set_title(total, fontsize="medium")
    look = {"marker": ".", "markersize": 4} if stride > 1 else {}
    axes[2].plot(places_s, output, color=COLOURS["green"], **look)
    axes[2].plot(places_s[at], output[at], "o", color=COLOURS["vermilion"])
    axes[2].set_title("output: the sum at every place of the kernel", fontsize="medium")
    for ax, label in zip(axes, (f"beat ({unit})", "product", "output"), strict=True):
        ax.set_ylabel(label)
        ax.axvspan(time_s[under][0], time_s[under][-1], color=COLOURS["grey"], alpha=0.12)
    axes[2].set_xlabel("time (s)")
    axes[0].set_title(title)
    return figure


def _draw_kernel(ax, time_s, beat, at_s, kernel):
    ax.plot(time_s, beat, color=COLOURS["ink"], label="beat")
    height = _KERNEL_HEIGHT * (np.ptp(beat) or 1.0) / (np.ptp(kernel) or 1.0)
    shown = height * (kernel - kernel.mean()) + (beat.max() + beat.min()) / 2
    ax.plot(at_s, shown, color=COLOURS["vermilion"], linestyle="--", label="kernel, not to scale")
    ax.legend(loc="upper right", fontsize="small")


def _places(length, kernel, stride, padding):
    """Return the middle of the kernel at each of its places, in samples of the signal."""
    if stride < 1 or padding < 0:
        raise RecordInvalid(f"stride {stride} must be at least 1, padding {padding} at least 0")
    last = length + 2 * padding - kernel
    if last < 0:
        raise RecordInvalid(
            f"a kernel of {kernel} does not fit {length} samples with {2 * padding} zeros; "
            f"take a shorter one or more padding"
        )
    return np.arange(0, last + 1, stride) + (kernel - 1) / 2 - padding


def _describe(output, at, places_s):
    return (
        f"Three rows over time: a beat with a kernel of weights drawn on it; the products of the "
        f"two at {places_s[at]:.2f} s; the output of the convolution, {_signed(output[at])} there, "
        f"largest at {places_s[np.argmax(output)]:.2f} s."
    )


def _signed(value):
    return f"{value:.2f}".replace("-", "−")


@style()
def plot_receptive_field(layers, *, length=24, title=""):
    """Draw layers as rows of dots, and which samples one number of the last layer depends on.

    Parameters
    ----------
    layers : dict of str to tuple ``(kernel, stride, padding)``
        Convolutions and poolings from the input on, by the name for the row.
    length : int
        Samples of the input, up to 64.
    title : str
        The headline.

    Returns
    -------
    BookFigure
        Below, the input; each row names its length and how many samples one of its numbers sees.
        Hollow dots are the zeros of the padding. Lines lead from the middle number of the last
        layer to all that it depends on.

    Raises
    ------
    RecordInvalid
        If there is no layer, or a kernel does not fit.
    """
    if not layers or not 1 <= length <= _MOST_DOTS:
        raise RecordInvalid(f"draw at least one layer over 1 to {_MOST_DOTS} samples")
    rows = _rows(layers, length)
    figure, ax = subplots(height_in=1.0 + 0.75 * len(rows), alt=_describe_rows(rows))
    for level, row in enumerate(rows):
        ax.plot(row["at"], [level] * len(row["at"]), ".", color=COLOURS["grey"], markersize=7)
    seen = {len(rows[-1]["at"]) // 2}
    for level in range(len(rows) - 1, 0, -1):
        seen = _draw_links(ax, rows[level - 1], rows[level], level, seen)
    _draw_seen(ax, rows[0]["at"], 0, seen)
    words = [f"{r['name']}\n{len(r['at'])} numbers, each sees {r['sees']}" for r in rows[1:]]
    ax.set_yticks(range(len(rows)), [f"input\n{length} samples", *words])
    ax.set(xlabel="sample of the input", ylim=(-0.4, len(rows) - 0.6), title=title)
    ax.grid(visible=False)
    return figure


def _rows(layers, length):
    """Return name, places in samples of the input, spacing, reach and padding of each layer."""
    rows = [{"name": "input", "at": np.arange(length) * 1.0, "step": 1, "sees": 1, "layer": None}]
    for name, (kernel, stride, padding) in layers.items():
        below = rows[-1]
        middle = _places(len(below["at"]), kernel, stride, padding)
        at = below["at"][0] + middle * below["step"]
        sees = below["sees"] + (kernel - 1) * below["step"]
        layer = kernel, stride, padding
        step = below["step"] * stride
        rows.append({"name": name, "at": at, "step": step, "sees": sees, "layer": layer})
    return rows


def _draw_links(ax, below, row, level, seen):
    """Draw the lines from the dots ``seen`` to those that they depend on; return the latter."""
    kernel, stride, padding = row["layer"]
    _draw_seen(ax, row["at"], level, seen)
    reached = set()
    for number in seen:
        for index in range(number * stride - padding, number * stride - padding + kernel):
            place = below["at"][0] + index * below["step"]
            line = {"color": COLOURS["blue"], "linewidth": 0.7, "zorder": 1}
            ax.plot([row["at"][number], place], [level, level - 1], **line)
            reached.add(index)
    inside = range(len(below["at"]))
    zeros = [*range(-padding, 0), *range(len(inside), len(inside) + padding)]
    places = [below["at"][0] + index * below["step"] for index in zeros]
    hollow = {"color": COLOURS["vermilion"], "markerfacecolor": "white", "markersize": 5}
    ax.plot(places, [level - 1] * len(places), "o", **hollow)
    return reached & set(inside)


def _draw_seen(ax, at, level, seen):
    chosen = at[sorted(seen)]
    ax.plot(chosen, [level] * len(chosen), "o", color=COLOURS["blue"], markersize=6)


def _describe_rows(rows):
    parts = [f"{r['name']}, {len(r['at'])} numbers that see {r['sees']} each" for r in rows[1:]]
    return (
        f"Rows of dots, the {len(rows[0]['at'])} samples of the input lowest; above it "
        f"{'; '.join(parts)}. Lines lead from one dot of the top row to all that it depends on."
    )
