"""One beat and the names of its waves."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_waves"]

_MARGIN_S = 0.1
# Height of a name and colour of a span; two neighbours never share a row.
_LOOKS = {
    "P wave": (1.02, "green"),
    "QRS complex": (1.02, "blue"),
    "ST segment": (0.91, "vermilion"),
    "T wave": (1.02, "purple"),
}


@style()
def plot_waves(recording, truth, *, beat=1):
    """Return a `BookFigure` of one simulated beat whose waves are shaded and named.

    Parameters
    ----------
    recording : Recording
        Its first lead is drawn.
    truth : ecgbook.simulator.Truth
        Where the waves of the recording are.
    beat : int
        Number of the beat, which must have a P wave, a QRS complex and a T wave.

    Raises
    ------
    RecordInvalid
        If there is no such beat, or a wave of it is missing.
    """
    if not 0 <= beat < len(truth.r_peak):
        raise RecordInvalid(f"there are {len(truth.r_peak)} beats, beat {beat} is none of them")
    spans = _spans(truth, beat)
    peak, fs, signal = truth.r_peak[beat], recording.fs, recording.signal[0]
    first = max(0, spans["P wave"][0] - round(_MARGIN_S * fs))
    last = min(len(signal), spans["T wave"][1] + round(_MARGIN_S * fs))
    part = np.arange(first, last)
    figure, ax = subplots(height_in=2.8)
    ax.plot((part - peak) / fs, signal[part], color=COLOURS["ink"])
    for name, span in spans.items():
        height, colour = _LOOKS[name]
        start_s, stop_s = (np.array(span) - peak) / fs
        ax.axvspan(start_s, stop_s, color=COLOURS[colour], alpha=0.18, linewidth=0)
        middle = (start_s + stop_s) / 2
        where = {"transform": ax.get_xaxis_transform(), "ha": "center", "va": "bottom"}
        ax.text(middle, height, name, color=COLOURS["ink"], **where)
    for name, sample, shift in (("R peak", peak, -7), ("J point", spans["ST segment"][0], 7)):
        ax.plot((sample - peak) / fs, signal[sample], "o", color=COLOURS["ink"], markersize=4)
        side = {"ha": "right" if shift < 0 else "left", "va": "top", "textcoords": "offset points"}
        ax.annotate(name, ((sample - peak) / fs, signal[sample]), (shift, -2 * (shift > 0)), **side)
    ax.set(xlabel="time after the R peak (s)", ylabel=f"lead {recording.leads[0]} (mV)")
    figure.alt = (
        "One beat with its parts shaded, in the order of time: P wave, QRS complex with the R peak "
        "at its top, ST segment from the J point on, T wave."
    )
    return figure


def _spans(truth, beat):
    """Return first sample, and the one after the last, of each part by its name."""
    qrs, t = truth.qrs[beat], truth.t[beat]
    before = truth.p[(truth.p[:, 0] >= 0) & (truth.p[:, 1] <= qrs[0]) & ~truth.p_blocked]
    since = truth.r_peak[beat - 1] if beat else 0
    before = before[before[:, 0] >= since]
    if not len(before) or min(qrs[0], t[0]) < 0:
        raise RecordInvalid(f"beat {beat} lacks a P wave, a QRS complex or a T wave")
    parts = {"P wave": before[-1], "QRS complex": qrs, "ST segment": (qrs[1], t[0]), "T wave": t}
    return {name: tuple(map(int, part)) for name, part in parts.items()}
