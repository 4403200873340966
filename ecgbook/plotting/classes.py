"""What a data set is made of: how many examples of each class there are, and how long they are."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting._checks import checked_row
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_class_counts", "plot_lengths"]

_BINS = 40


@style()
def plot_class_counts(counts, *, words="beats", title="", alt=""):
    """Draw a bar a class with its number and share, and return the `BookFigure`.

    Parameters
    ----------
    counts : dict of str to int
        By the name of the class, such as `Examples.counts`; the first one stands on top.
    words : str
        What is counted, for the axis.
    title, alt : str
        The headline; what there is to be seen, beside what the figure says of itself.

    Raises
    ------
    RecordInvalid
        If there is no class, nothing was counted, or a number is negative.
    """
    names, numbers = list(counts), np.array(list(counts.values()), dtype=float)
    if not len(numbers) or not numbers.sum() > 0 or numbers.min() < 0:
        raise RecordInvalid(f"counts must be 0 or more, and some above 0, got {counts}")
    text = [f"{n:,.0f} ({100 * n / numbers.sum():.1f} %)" for n in numbers]
    about = ", ".join(f"{name} {share}" for name, share in zip(names, text, strict=True))
    alt = f"Number of {words} of each class: {about}. {alt}".strip()
    figure, ax = subplots(height_in=0.9 + 0.3 * len(names), alt=alt)
    bars = ax.barh(names, numbers, color=COLOURS["blue"])
    ax.bar_label(bars, text, padding=4)
    ax.set(xlabel=words, xlim=(0, 1.35 * numbers.max()), title=title)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.locator_params(axis="x", nbins=5)
    ax.grid(visible=False, axis="y")
    ax.invert_yaxis()
    return figure


@style()
def plot_lengths(length_by_class, *, fs, longest=None, title="", alt=""):
    """Draw how long the examples of each class are, a histogram a class over one axis.

    Parameters
    ----------
    length_by_class : dict of str to array, shape (example,)
        Samples before the padding at ``fs`` Hz, by the name of the class.
    longest : int, optional
        Samples that all examples are filled up to; a line marks them.
    title, alt : str
        The headline; what there is to be seen, beside what the figure says of itself.

    Returns
    -------
    BookFigure
        Bars are shares of the examples of their class, so that rare classes are seen as well as
        common ones; a dotted line marks the median.

    Raises
    ------
    RecordInvalid
        If there is no class, or one without examples.
    """
    lengths = {name: checked_row(n, f"lengths of {name}") for name, n in length_by_class.items()}
    if not lengths:
        raise RecordInvalid("there is no class to draw lengths of")
    every = np.concatenate(list(lengths.values()))
    edges = _edges(every.min(), max(every.max(), longest or 0))
    medians = [f"{name} {np.median(n) / fs:.2f} s" for name, n in lengths.items()]
    about = f"Histograms of length, one a class. Medians: {', '.join(medians)}. {alt}"
    options = {"sharex": True, "squeeze": False, "alt": about.strip()}
    figure, axes = subplots(len(lengths), height_in=1.0 + 0.8 * len(lengths), **options)
    for ax, (name, own) in zip(axes[:, 0], lengths.items(), strict=True):
        share = np.histogram(own, edges)[0] / len(own)
        ax.stairs(share, edges / fs, fill=True, color=COLOURS["blue"], alpha=0.7)
        ax.axvline(np.median(own) / fs, color=COLOURS["ink"], linestyle=":")
        if longest:
            ax.axvline(longest / fs, color=COLOURS["vermilion"], linestyle="--")
        ax.set_title(f"{name}: {len(own):,}", fontsize="medium")
        ax.locator_params(axis="y", nbins=3)
    axes[0, 0].set_xlim(edges[0] / fs, edges[-1] / fs)
    figure.supylabel("share of the class", fontsize="medium")
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    marks = "dotted: median" + (", dashed: what all are filled up to" if longest else "")
    axes[-1, 0].set_xlabel(f"length (s) ({marks})")
    return figure


def _edges(low, high):
    """Return borders of bins that hold equally many lengths each, between whole samples."""
    width = max(1, int(np.ceil((high - low + 1) / _BINS)))
    return np.arange(np.floor(low), high + 1 + width, width) - 0.5
