"""The detectors of other packages, behind the same signature as ours."""

import numpy as np

from ecgbook.errors import RecordInvalid

__all__ = ["biosppy_peaks", "xqrs_peaks"]

# What the filters inside need before they run at all.
_BIOSPPY_SHORTEST_S = 5.0
_XQRS_SHORTEST_S = 1.0


def biosppy_peaks(signal, fs):
    """Return the R peaks that ``biosppy.signals.ecg.ecg`` finds in a lead in mV.

    The same three steps with the same parameters (filter 0.67–45 Hz, Hamilton's detector,
    peaks corrected within 50 ms), without the templates that would cost time and drop beats
    at both ends.

    Raises
    ------
    RecordInvalid
        If the signal is shorter than 5 s.
    """
    from biosppy.signals import ecg, tools

    _require_length(signal, fs, _BIOSPPY_SHORTEST_S, "biosppy")
    filtered, _, _ = tools.filter_signal(
        signal=np.asarray(signal, dtype=float),
        ftype="FIR",
        band="bandpass",
        order=int(1.5 * fs),
        frequency=[0.67, 45],
        sampling_rate=fs,
    )
    filtered = filtered - filtered.mean()
    (peaks,) = ecg.hamilton_segmenter(signal=filtered, sampling_rate=fs)
    (peaks,) = ecg.correct_rpeaks(signal=filtered, rpeaks=peaks, sampling_rate=fs, tol=0.05)
    return np.asarray(peaks)


def xqrs_peaks(signal, fs):
    """Return the R peaks that ``wfdb.processing.xqrs_detect`` finds in a lead in mV.

    Raises
    ------
    RecordInvalid
        If the signal is shorter than 1 s.
    """
    from wfdb.processing import xqrs_detect

    _require_length(signal, fs, _XQRS_SHORTEST_S, "wfdb")
    return np.asarray(xqrs_detect(sig=np.asarray(signal, dtype=float), fs=fs, verbose=False))


def _require_length(signal, fs, shortest_s, method):
    if len(signal) < shortest_s * fs:
        raise RecordInvalid(
            f"method {method!r} needs at least {shortest_s:g} s of signal, "
            f"got {len(signal) / fs:.2f} s; method 'ecgbook' takes any length"
        )
