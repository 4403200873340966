"""Marks on an ECG: annotated beats, detected peaks, shaded spans of time."""

from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from ecgbook.conventions import AAMI_SYMBOLS, BEAT_SYMBOLS
from ecgbook.errors import RecordInvalid
from ecgbook.plotting.sheet import BEATS_MM, MARKS_MM, MM_PER_S, START_MM
from ecgbook.plotting.style import COLOURS
from ecgbook.recording import whole_samples

__all__ = ["beat_colour", "draw_peaks", "draw_spans", "write", "write_annotations"]

# The classes of de Chazal et al. (2004); here with the rare codes, so that every beat has a colour.
_RARE = {"N": "B", "S": "n", "V": "r", "Q": "?"}

_CLASS_COLOURS = {"N": "ink", "S": "blue", "V": "vermilion", "F": "purple", "Q": "brown"}

_COLOUR_OF_SYMBOL = {
    symbol: _CLASS_COLOURS[name]
    for name, symbols in AAMI_SYMBOLS.items()
    for symbol in symbols + _RARE.get(name, "")
}

_PEAK_LOOKS = (("blue", "v"), ("vermilion", "D"), ("green", "s"), ("purple", "o"))


def beat_colour(symbol):
    """Return the name of the colour of a WFDB code: one for each EC57 class, grey for others.

    >>> beat_colour("L"), beat_colour("N"), beat_colour("V"), beat_colour("+")
    ('ink', 'ink', 'vermilion', 'grey')
    """
    return _COLOUR_OF_SYMBOL.get(symbol, "grey")


def write(ax, x_mm, y_mm, text, *, color="ink", **options):
    """Write on the paper, with a rim of white that sets the letters off the grid."""
    rim = [withStroke(linewidth=2.5, foreground="white", alpha=0.8)]
    options = {"color": COLOURS[color], "path_effects": rim, "zorder": 6, **options}
    return ax.text(x_mm, y_mm, text, **options)


def write_annotations(ax, row, recording):
    """Write beats above the row in the colour of their class, and other marks above them."""
    marks = recording.annotations
    beats_mm = row.baseline_mm + row.above_mm + BEATS_MM
    for sample, symbol, aux in zip(marks.sample, marks.symbol, marks.aux, strict=True):
        x_mm = START_MM + MM_PER_S * sample / recording.fs
        if symbol in BEAT_SYMBOLS:
            write(ax, x_mm, beats_mm, symbol, color=beat_colour(symbol), ha="center")
        else:
            text = aux.strip("\x00 ") or symbol
            write(ax, x_mm, beats_mm + MARKS_MM, text, color="grey", size="small")


def draw_peaks(ax, row, recording, peaks):
    """Set a marker above the trace at each peak; every entry of ``peaks`` in its own shape."""
    if peaks is None:
        return
    peaks = peaks if isinstance(peaks, dict) else {"R peaks": peaks}
    if len(peaks) > len(_PEAK_LOOKS):
        raise RecordInvalid(f"{len(peaks)} sets of peaks on one ECG; draw up to {len(_PEAK_LOOKS)}")
    (trace,) = row.traces
    for order, ((name, samples), look) in enumerate(zip(peaks.items(), _PEAK_LOOKS, strict=False)):
        samples = whole_samples(samples, f"peaks {name!r}")
        last = recording.signal.shape[1] - 1
        if len(samples) and not 0 <= samples.min() <= samples.max() <= last:
            raise RecordInvalid(
                f"{recording.name}: peaks {name!r} lie outside samples 0–{last}; "
                "count them from the start of this recording or window"
            )
        height_mm = row.baseline_mm + trace.y_mm[samples] + 1.8 + 2.2 * order
        colour, marker = look
        style = {"color": COLOURS[colour], "marker": marker, "markersize": 5, "linestyle": "none"}
        ax.plot(trace.x_mm[samples], height_mm, label=name, zorder=5, **style)
    if peaks:
        place = {"loc": "lower right", "ncols": len(peaks), "borderaxespad": 0.2}
        ax.legend(fontsize="small", handletextpad=0.2, **place)


def draw_spans(ax, sheet, recording, spans):
    """Shade spans of time over all rows and write their labels at the foot."""
    for start_s, stop_s, label in spans:
        if not 0 <= start_s < stop_s <= recording.duration_s:
            raise RecordInvalid(
                f"{recording.name}: span {start_s:g}–{stop_s:g} s is not inside "
                f"the recording of {recording.duration_s:g} s; count from its start"
            )
        start_mm = START_MM + MM_PER_S * start_s
        width_mm = MM_PER_S * (stop_s - start_s)
        shade = {"color": COLOURS["blue"], "alpha": 0.13, "linewidth": 0, "zorder": 2}
        ax.add_patch(Rectangle((start_mm, 7.0), width_mm, sheet.height_mm - 15.0, **shade))
        write(ax, start_mm + 1.0, 8.0, label, color="blue", size="small")
