"""Filters: a recording in, the same recording with less of what is not heart out."""

from dataclasses import replace

import numpy as np
from scipy import signal as dsp

from ecgbook.errors import RecordInvalid
from ecgbook.signals.checks import require_duration, require_whole

__all__ = ["bandpass", "highpass", "lowpass", "notch", "remove_baseline"]


def bandpass(recording, low_hz, high_hz, order=2, zero_phase=True):
    """Return a recording with what lies between two frequencies, by a Butterworth filter.

    Parameters
    ----------
    recording : Recording
    low_hz, high_hz, order : float, float and int
        Cut-off frequencies in Hz, where the gain of one pass is 0.71, and the order of each edge.
    zero_phase : bool, default True
        Filter forward and backward: no wave moves and the gain is squared. False filters once,
        forward, as a monitor at the bedside must: waves come late and the ST segment bends.

    Raises
    ------
    RecordInvalid
        If a sample is missing, a cut-off is not inside (0, fs/2), the two are in the wrong
        order, or the recording is shorter than one period of the lower cut-off.

    Examples
    --------
    >>> import numpy as np
    >>> from ecgbook import Recording
    >>> t = np.arange(5000) / 500
    >>> wander, beat = np.sin(2 * np.pi * 0.1 * t), np.sin(2 * np.pi * 10 * t)
    >>> ecg = bandpass(Recording([wander + beat], 500, ["II"]), 1, 40)
    >>> bool(np.abs(ecg.signal[0] - beat)[1000:4000].max() < 0.02)
    True
    """
    if low_hz >= high_hz:
        raise RecordInvalid(
            f"band-pass needs low_hz < high_hz, got {low_hz:g} Hz and {high_hz:g} Hz"
        )
    return _butterworth(recording, "bandpass", (low_hz, high_hz), order, zero_phase)


def highpass(recording, cutoff_hz, order=2, zero_phase=True):
    """Keep what lies above ``cutoff_hz``; parameters and errors as in `bandpass`."""
    return _butterworth(recording, "highpass", (cutoff_hz,), order, zero_phase)


def lowpass(recording, cutoff_hz, order=2, zero_phase=True):
    """Keep what lies below ``cutoff_hz``; parameters and errors as in `bandpass`."""
    return _butterworth(recording, "lowpass", (cutoff_hz,), order, zero_phase)


def notch(recording, mains_hz, width_hz=2.0, zero_phase=True):
    """Return a recording without the hum of the mains; errors as in `bandpass`.

    The shortest recording lasts ``1 / width_hz``.

    Parameters
    ----------
    recording : Recording
    mains_hz : float
        50 Hz in most of the world, 60 Hz in the Americas and parts of Asia.
    width_hz : float, default 2.0
        Width of the notch between its half-power points. A narrower notch spares more of
        the QRS complex but rings longer after it: about ``1 / width_hz`` seconds.
    zero_phase : bool, default True
        As in `bandpass`.
    """
    _check_cutoffs(recording, (mains_hz,))
    if not 0 < width_hz < mains_hz:
        raise RecordInvalid(f"a notch at {mains_hz:g} Hz cannot be {width_hz:g} Hz wide")
    b, a = dsp.iirnotch(mains_hz, mains_hz / width_hz, fs=recording.fs)
    return _apply(recording, dsp.tf2sos(b, a), 1 / width_hz, zero_phase)


def remove_baseline(recording, cutoff_hz=0.5):
    """Return a recording without the slow wander below ``cutoff_hz``; errors as in `bandpass`.

    A zero-phase high-pass filter of order 4, which keeps the ST segment. The cut-off stays below
    the slowest heart rate (0.5 Hz is 30 beats a minute), where recommendations allow up to 0.67 Hz
    for filters without phase distortion (Kligfield et al., Circulation 2007; 115:1306).

    The popular pair of median filters (200 ms, then 600 ms) is no alternative: where the ST
    segment is raised it takes most of the elevation for baseline.
    """
    return highpass(recording, cutoff_hz, order=4)


def _butterworth(recording, kind, cutoffs_hz, order, zero_phase):
    _check_cutoffs(recording, cutoffs_hz)
    sections = dsp.butter(order, np.squeeze(cutoffs_hz), kind, fs=recording.fs, output="sos")
    return _apply(recording, sections, 1 / min(cutoffs_hz), zero_phase)


def _check_cutoffs(recording, cutoffs_hz):
    for cutoff_hz in cutoffs_hz:
        if not 0 < cutoff_hz < recording.fs / 2:
            raise RecordInvalid(
                f"{recording.name}: cut-off {cutoff_hz:g} Hz is not between 0 and half the "
                f"sampling rate ({recording.fs / 2:g} Hz)"
            )


def _apply(recording, sections, period_s, zero_phase):
    require_whole(recording)
    require_duration(recording, period_s, f"a filter with a period of {period_s:g} s")
    signal = recording.signal
    if zero_phase:
        # Two periods of mirrored signal let the filter settle before the first sample.
        padding = min(round(2 * period_s * recording.fs), signal.shape[1] - 1)
        filtered = dsp.sosfiltfilt(sections, signal, padlen=padding)
    else:
        # Started as if the first sample had been there for ever: no step at the beginning.
        state = dsp.sosfilt_zi(sections)[:, None, :] * signal[None, :, :1]
        filtered, _ = dsp.sosfilt(sections, signal, zi=state)
    return replace(recording, signal=filtered.astype(np.float32))
