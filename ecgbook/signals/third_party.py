"""The detectors of other packages, behind the same signature as ours."""

import numpy as np

__all__ = ["biosppy_peaks", "xqrs_peaks"]


def biosppy_peaks(signal, fs):
    """Return the R peaks that ``biosppy.signals.ecg.ecg`` finds in a lead in mV.

    The same three steps with the same parameters (filter 0.67–45 Hz, Hamilton's detector, peaks
    corrected within 50 ms), without the templates that would cost time and drop beats at both ends.
    """
    from biosppy.signals import ecg, tools

    band = {"ftype": "FIR", "band": "bandpass", "order": int(1.5 * fs), "frequency": [0.67, 45]}
    signal = np.asarray(signal, dtype=float)
    filtered, _, _ = tools.filter_signal(signal=signal, sampling_rate=fs, **band)
    filtered = filtered - filtered.mean()
    (peaks,) = ecg.hamilton_segmenter(signal=filtered, sampling_rate=fs)
    (peaks,) = ecg.correct_rpeaks(signal=filtered, rpeaks=peaks, sampling_rate=fs, tol=0.05)
    return np.asarray(peaks)


def xqrs_peaks(signal, fs):
    """Return the R peaks that ``wfdb.processing.xqrs_detect`` finds in a lead in mV."""
    from wfdb.processing import xqrs_detect

    return np.asarray(xqrs_detect(sig=np.asarray(signal, dtype=float), fs=fs, verbose=False))
