"""A rhythm in one picture: the trace, its usual beat, and each RR interval against the next."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style
from ecgbook.signals import r_peaks, rr_intervals_s

__all__ = ["plot_rhythms"]

_BEFORE_S, _AFTER_S = 0.3, 0.45
_FEWEST = 4  # beats, for two points


@style()
def plot_rhythms(recordings, *, seconds=6.0, alt=""):
    """Draw recordings row by row: the trace, its usual beat, and its Poincaré plot.

    Parameters
    ----------
    recordings : dict of str to Recording
        By what is written above the row; the first lead of each is drawn.
    seconds : float
        How much of the trace is drawn, from its begin. The usual beat, the median of all from 0.3 s
        before to 0.45 s after the R peak, and the intervals are those of the whole recording.
    alt : str
        What there is to be seen, beside what the figure says of itself.

    Returns
    -------
    BookFigure
        Dots mark the R peaks of `ecgbook.signals.r_peaks`. On the right each point is an RR
        interval and the one after it; equal ones lie on the dotted line.

    Raises
    ------
    RecordInvalid
        If there is no recording, or one with fewer than four beats.
    """
    if not recordings:
        raise RecordInvalid("name at least one recording to draw")
    rows = {name: _measured(recording) for name, recording in recordings.items()}
    longest_ms = max(rr_ms.max() for _, _, rr_ms in rows.values())
    about = ". ".join(_describe(name, rr_ms) for name, (_, _, rr_ms) in rows.items())
    options = {"squeeze": False, "width_ratios": (2.4, 1, 1), "alt": f"{about}. {alt}".strip()}
    figure, axes = subplots(len(rows), 3, height_in=0.4 + 2.0 * len(rows), **options)
    for (trace, usual, plane), (name, (recording, peaks, rr_ms)) in zip(
        axes, rows.items(), strict=True
    ):
        _draw_trace(trace, recording, peaks, seconds)
        _draw_usual_beat(usual, recording, peaks)
        _draw_plane(plane, rr_ms, longest_ms)
        trace.set_title(name)
    return figure


def _measured(recording):
    one = recording.select(recording.leads[0])
    peaks = r_peaks(one)
    if len(peaks) < _FEWEST:
        raise RecordInvalid(
            f"{recording.name} has {len(peaks)} beats: a Poincaré plot needs {_FEWEST} or more"
        )
    return one, peaks, 1000 * rr_intervals_s(peaks, one.fs)


def _draw_trace(ax, recording, peaks, seconds):
    signal = recording.signal[0, : round(seconds * recording.fs)]
    shown = peaks[peaks < len(signal)]
    ax.plot(np.arange(len(signal)) / recording.fs, signal, color=COLOURS["ink"], linewidth=0.9)
    ax.plot(shown / recording.fs, signal[shown], "o", color=COLOURS["vermilion"], markersize=3)
    ax.set(xlabel="time (s)", ylabel="mV", xlim=(0, seconds))


def _draw_usual_beat(ax, recording, peaks):
    before, after = round(_BEFORE_S * recording.fs), round(_AFTER_S * recording.fs)
    whole = peaks[(peaks >= before) & (peaks + after < recording.signal.shape[1])]
    time = np.arange(-before, after + 1)
    beat = np.median(recording.signal[0][whole[:, None] + time], axis=0)
    ax.plot(time / recording.fs, beat, color=COLOURS["ink"])
    ax.set(xlabel="from R peak (s)")
    ax.set_xticks([0, 0.3])
    ax.set_title("usual beat", fontsize="medium")


def _draw_plane(ax, rr_ms, longest_ms):
    ends = 0, 1.05 * longest_ms
    ax.plot(ends, ends, color=COLOURS["grey"], linestyle=":", linewidth=1)
    ax.plot(rr_ms[:-1], rr_ms[1:], "o", color=COLOURS["blue"], markersize=3, alpha=0.7)
    ax.set(xlabel="RR (ms)", ylabel="next RR (ms)", xlim=ends, ylim=ends, aspect="equal")
    ax.set_title("Poincaré plot", fontsize="medium")


def _describe(name, rr_ms):
    step = np.median(np.abs(np.diff(rr_ms)))
    return (
        f"{name}: {len(rr_ms)} RR intervals from {rr_ms.min():.0f} to {rr_ms.max():.0f} ms, and "
        f"half of them differ by more than {step:.0f} ms from the one before"
    )
