"""What filters do to the ST segment: the published band-pass, and the level of ST in mV."""

from dataclasses import replace

import numpy as np
from scipy import signal as dsp

from ecgbook.errors import RecordInvalid
from ecgbook.recording import whole_samples
from ecgbook.signals.checks import lead_signal, require_whole

__all__ = ["published_bandpass", "st_level_mv"]

_BAND_HZ = (1.0, 45.0)


def published_bandpass(recording):
    """Return a recording after the filter of Narotamo et al.: Butterworth, order 2, 1 to 45 Hz.

    It runs forward only and from rest, as their code has it, so it begins with a step wherever the
    recording does not begin at 0. A high-pass of 1 Hz that runs forward bends what is slow: it
    undershoots after an upright QRS complex and overshoots after a deep one. On simulated ECGs it
    takes 0.15 mV of the 0.38 mV by which an inferior infarction raises the ST segment of lead III,
    and gives the ST segment of a normal V2 0.16 mV that are not there, where 0.1 mV decide.
    `ecgbook.signals.remove_baseline`, which runs both ways with a cut-off between 0.5 and 0.67 Hz,
    moves either by less than 0.01 mV.

    Raises
    ------
    RecordInvalid
        If a sample is missing, or the rate is not above 90 Hz.

    References
    ----------
    Narotamo et al. (2024), Biomed Signal Process Control 93:106141, after its public code; for
    the limits of cut-offs Kligfield et al. (2007), Circulation 115:1306.
    """
    require_whole(recording)
    if recording.fs <= 2 * _BAND_HZ[1]:
        raise RecordInvalid(
            f"{recording.name}: a band up to {_BAND_HZ[1]:g} Hz needs a rate above "
            f"{2 * _BAND_HZ[1]:g} Hz, got {recording.fs:g} Hz"
        )
    sections = dsp.butter(2, _BAND_HZ, "bandpass", fs=recording.fs, output="sos")
    return replace(recording, signal=dsp.sosfilt(sections, recording.signal).astype(np.float32))


def st_level_mv(recording, qrs, lead=None, *, after_ms=60.0):
    """Return how far the ST segment of a lead stands above the line before the beat, in mV.

    Parameters
    ----------
    recording : Recording
    qrs : array of int, shape (beat, 2)
        First sample of each QRS complex and the one after its last, such as the ``qrs`` of a
        simulated recording's truth. Beats too close to an end are left out.
    lead : str, optional
        The first lead if left out.
    after_ms : float, default 60
        Where the level is read, after the end of the QRS complex; the mean of the 20 ms around it,
        minus the mean of the 20 ms before the QRS complex.

    Returns
    -------
    float
        The median over the beats, so that a noisy one does not count.

    Raises
    ------
    RecordInvalid
        If there is no such lead, a sample is missing, ``qrs`` has another shape or holds no beat
        wholly inside.
    """
    signal, fs = lead_signal(recording, lead).astype(np.float64), recording.fs
    qrs = np.asarray(qrs)
    if qrs.ndim != 2 or qrs.shape[1] != 2:
        raise RecordInvalid(f"qrs needs a begin and an end for each beat, got shape {qrs.shape}")
    begin, end = (whole_samples(edge, "edges of the QRS complex") for edge in qrs.T)
    width = max(1, round(0.02 * fs))
    at = end + round(after_ms / 1000 * fs) - width // 2
    inside = (begin >= width) & (at >= 0) & (at + width <= len(signal))
    if not inside.any():
        raise RecordInvalid(f"{recording.name}: no beat lies wholly inside, with its ST segment")
    means = dsp.lfilter(np.full(width, 1 / width), 1, signal)  # of the samples up to each
    return float(np.median(means[at[inside] + width - 1] - means[begin[inside] - 1]))
