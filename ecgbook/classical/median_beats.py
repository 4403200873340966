"""One recording of several leads as a row of numbers: its median beat, and its RR intervals."""

import numpy as np
import pandas as pd

from ecgbook.classical.rr_irregularity import RR_MEASURES, rr_measures
from ecgbook.errors import RecordInvalid
from ecgbook.signals import r_peaks

__all__ = ["beat_table", "median_beat"]

# What is kept of a beat, in s from its R peak, at which rate; and where its zero is, just before
# the QRS complex begins.
_BEAT_S, _RATE_HZ = (-0.26, 0.46), 50
_LEVEL_S = (-0.12, -0.06)


def median_beat(signal, peaks, fs):
    """Return the median over the beats of a recording, float32 (lead, time), NaN without a beat.

    Each lead is told against its level just before the QRS complex.

    Parameters
    ----------
    signal, peaks, fs : array (lead, time) in mV, array of int (peak,), float
        Beats that are not whole are left out.

    Examples
    --------
    Three beats, the second of which is twice as high:

    >>> signal = np.zeros((1, 300))
    >>> signal[0, [50, 150, 250]] = 1, 2, 1
    >>> float(median_beat(signal, [50, 150, 250], fs=100).max())
    1.0
    """
    begin, end = (round(second * fs) for second in _BEAT_S)
    peaks = np.asarray(peaks, np.int64)
    peaks = peaks[(peaks + begin >= 0) & (peaks + end <= signal.shape[1])]
    if not len(peaks):
        return np.full((len(signal), end - begin), np.nan, np.float32)
    beats = signal[:, peaks[:, None] + np.arange(begin, end)]  # (lead, beat, time)
    usual = np.median(beats, axis=1)
    first, last = (round(second * fs) - begin for second in _LEVEL_S)
    return np.float32(usual - usual[:, first:last].mean(axis=1, keepdims=True))


def beat_table(records, lead="II"):
    """Return the median beat of each recording at 50 Hz, and what its RR intervals tell.

    Parameters
    ----------
    records : Examples
        Whole recordings of one length in mV, at a multiple of 50 Hz from 100 Hz up (else
        `RecordInvalid`).
    lead : str
        Where beats are looked for.

    Returns
    -------
    pandas.DataFrame
        A row a recording: ``V1_at_40_ms`` and so on in mV, each the mean over 20 ms from there on;
        and the `ecgbook.classical.rr_irregularity.RR_MEASURES`. NaN where there are too few beats.
    """
    step = records.fs / _RATE_HZ
    if step != int(step) or step < 2:
        raise RecordInvalid(f"beats at 50 Hz need recordings at 100, 150, … Hz, got {records.fs:g}")
    names = [*_names(records.leads), *RR_MEASURES]
    at = records.leads.index(lead)
    return pd.DataFrame([_row(x, at, records.fs, int(step)) for x in records.x], columns=names)


def _names(leads):
    ms = np.arange(round(_BEAT_S[0] * _RATE_HZ), round(_BEAT_S[1] * _RATE_HZ)) * 1000 // _RATE_HZ
    return [f"{lead}_at_{time}_ms" for lead in leads for time in ms]


def _row(x, at, fs, step):
    peaks = r_peaks(x[at], fs)
    beat = median_beat(x, peaks, fs)
    coarse = beat.reshape(len(beat), -1, step).mean(axis=2)
    measured = rr_measures(peaks, fs)
    return [*coarse.ravel(), *(measured[name] for name in RR_MEASURES)]
