"""Curves: signals over time, spectra, detection jitter, RR intervals."""

import numpy as np
from scipy.signal import welch

from ecgbook.errors import RecordInvalid
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, style

__all__ = ["plot_jitter", "plot_signals", "plot_spectrum", "plot_tachogram"]

_LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))

# Lower densities are the rounding of the filter's arithmetic, not ECG.
_DECADES = 8

_WINDOW_S = 4.0
_JITTER_BIN_MS = 4.0


@style()
def plot_signals(signals, fs, *, start_s=0.0, unit="mV", title=""):
    """Draw several signals over time on one axis.

    Parameters
    ----------
    signals : dict of str to array, shape (time,)
        Each signal by the name for the legend; missing samples (NaN) are gaps.
    fs : float
        Sampling rate in Hz.
    start_s : float, default 0
        Time of the first sample in seconds.
    unit : str, default "mV"
        Unit of the values.
    title : str, optional
        The headline.

    Returns
    -------
    BookFigure
    """
    figure, ax = subplots()
    for (name, signal), line in zip(signals.items(), _styles(signals), strict=True):
        ax.plot(start_s + np.arange(len(signal)) / fs, signal, label=name, **line)
    ax.set(xlabel="time (s)", ylabel=unit, title=title)
    ax.margins(x=0.01)
    _add_legend(ax, signals)
    return figure


@style()
def plot_spectrum(signals, fs, *, highest_hz=None, title=""):
    """Draw the power spectral density of several signals in mV²/Hz.

    Welch's method (1967) with Hann windows of 4 s, half overlapping: 0.25 Hz between points.

    Parameters
    ----------
    signals : dict of str to array, shape (time,)
        Each signal in mV by the name for the legend.
    fs : float
        Sampling rate in Hz.
    highest_hz : float, optional
        Right end of the axis; half the sampling rate where it is not given.
    title : str, optional
        The headline.

    Returns
    -------
    BookFigure

    Raises
    ------
    RecordInvalid
        If a signal has missing samples.
    """
    figure, ax = subplots()
    highest = 0.0
    for (name, signal), line in zip(signals.items(), _styles(signals), strict=True):
        if not np.isfinite(signal).all():
            raise RecordInvalid(
                f"spectrum of {name!r}: missing samples have no spectrum; "
                "fill the gaps or choose a part without"
            )
        frequency_hz, density = welch(signal, fs, nperseg=min(round(_WINDOW_S * fs), len(signal)))
        ax.plot(frequency_hz[1:], density[1:], label=name, **line)
        highest = max(highest, density[1:].max())
    if highest > 0:
        ax.set_yscale("log")
        ax.set_ylim(highest * 10.0**-_DECADES, highest * 3)
    ax.set(xlabel="frequency (Hz)", ylabel="power density (mV²/Hz)", title=title)
    ax.set_xlim(0, fs / 2 if highest_hz is None else highest_hz)
    _add_legend(ax, signals)
    return figure


@style()
def plot_jitter(jitter_ms, *, title=""):
    """Draw how far detected R peaks lie from the annotated ones.

    Parameters
    ----------
    jitter_ms : dict of str to array, shape (beat,)
        Detected minus annotated time in ms, by the name of the detector.
    title : str, optional
        The headline.

    Returns
    -------
    BookFigure
        The legend gives the median of each detector.
    """
    figure, ax = subplots()
    furthest = max((np.abs(values).max(initial=0.0) for values in jitter_ms.values()), default=0.0)
    bins = np.ceil(furthest / _JITTER_BIN_MS + 0.5)
    edges = _JITTER_BIN_MS * (np.arange(-bins, bins + 1) + 0.5)
    for (name, values), line in zip(jitter_ms.items(), _styles(jitter_ms), strict=True):
        counts, _ = np.histogram(values, edges)
        label = f"{name}: median {np.median(values):+.0f} ms" if len(values) else f"{name}: none"
        ax.stairs(100 * counts / max(len(values), 1), edges, label=label, **line)
    ax.axvline(0, color=COLOURS["grey"], linewidth=0.8)
    ax.set(xlabel="detected − annotated (ms)", title=title)
    ax.set_ylabel(f"% of beats in {_JITTER_BIN_MS:g} ms")
    ax.legend()
    return figure


@style()
def plot_tachogram(peaks, fs, *, title=""):
    """Draw each RR interval over the time of the beat that ends it.

    Parameters
    ----------
    peaks : array of int, shape (peak,)
        R peaks in samples, in the order of time.
    fs : float
        Sampling rate in Hz.
    title : str, optional
        The headline.

    Returns
    -------
    BookFigure
    """
    seconds = np.asarray(peaks) / fs
    figure, ax = subplots()
    ax.plot(seconds[1:], 1000 * np.diff(seconds), ".-", linewidth=0.7, markersize=4)
    ax.set(xlabel="time (s)", ylabel="RR interval (ms)", title=title)
    ax.margins(x=0.01)
    return figure


def _styles(curves):
    """One dash pattern a curve, so that colour is not all that tells them apart."""
    if len(curves) > len(_LINE_STYLES):
        raise RecordInvalid(
            f"{len(curves)} curves on one axis cannot be told apart; "
            f"draw up to {len(_LINE_STYLES)} in a figure"
        )
    return [{"linestyle": dashes} for dashes in _LINE_STYLES[: len(curves)]]


def _add_legend(ax, curves):
    if len(curves) > 1:
        # Outside of the axes, where neither a curve nor the title can run into it.
        columns = 2 if len(curves) > 3 else len(curves)
        ax.figure.legend(loc="outside lower center", ncols=columns)
