"""R peaks: where the ventricles fire, by three methods, and how sure ours is."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.recording import Recording
from ecgbook.signals.checks import lead_signal, require_duration
from ecgbook.signals.detector import detect, detect_with_confidence, weigh
from ecgbook.signals.sureness import STRETCH_S, expected_f1
from ecgbook.signals.third_party import biosppy_peaks, xqrs_peaks

__all__ = ["METHODS", "beat_sureness", "r_peaks", "r_peaks_with_confidence"]

METHODS = {"ecgbook": detect, "biosppy": biosppy_peaks, "wfdb": xqrs_peaks}

# What the filters inside the others need before they run at all.
_SHORTEST_S = {"ecgbook": 0.0, "biosppy": 5.0, "wfdb": 1.0}

# A QRS complex has power up to 40 Hz; a rate below 100 Hz folds part of it back.
_LOWEST_RATE_HZ = 100


def r_peaks(recording, fs=None, *, lead=None, method="ecgbook"):
    """Find the QRS complexes of one lead and return the sample of each apex.

    Parameters
    ----------
    recording : Recording, or array of shape (time,) or (lead, time)
        An array holds mV and needs ``fs``.
    fs : float, optional
        Sampling rate of an array in Hz; a recording has its own.
    lead : str, optional
        Name of the lead to look at; the first one if left out. The leads of an array are
        ``"lead 1"``, ``"lead 2"``, …
    method : {"ecgbook", "biosppy", "wfdb"}, default "ecgbook"
        ``ecgbook``: energy of what stands out, weighed by likeness, neighbours and rhythm, from 20
        to 300 beats a minute, see `ecgbook.signals.detector`.
        ``biosppy``: Hamilton's detector with corrected peaks, as ``biosppy.signals.ecg.ecg``.
        ``wfdb``: the XQRS detector of the WFDB package.

    Returns
    -------
    array of int64, shape (peak,)
        Samples in rising order; empty if there is no QRS complex.

    Raises
    ------
    RecordInvalid
        If the method or lead is unknown, a sample is missing, the sampling rate is missing or
        below 100 Hz, or the recording is too short for the method (``biosppy`` 5 s, ``wfdb`` 1 s).

    Examples
    --------
    A pulse of 1 mV each second stands for the heart:

    >>> import numpy as np
    >>> from ecgbook import Recording
    >>> t = np.arange(5 * 250) / 250
    >>> beats = np.exp(-(((t % 1 - 0.4) / 0.015) ** 2))
    >>> r_peaks(Recording([beats], fs=250, leads=["II"]))
    array([ 100,  350,  600,  850, 1100])
    >>> r_peaks(beats, fs=250)
    array([ 100,  350,  600,  850, 1100])
    """
    if method not in METHODS:
        raise RecordInvalid(f"unknown method {method!r}, expected one of {', '.join(METHODS)}")
    recording = _checked(recording, fs)
    require_duration(recording, _SHORTEST_S[method], f"method {method!r}")
    return METHODS[method](lead_signal(recording, lead), recording.fs).astype(np.int64)


def r_peaks_with_confidence(recording, fs=None, *, lead=None):
    """Find the R peaks of one lead as `r_peaks` does, and say how sure each is.

    Parameters and errors as of `r_peaks`.

    Returns
    -------
    peaks : array of int64, shape (peak,)
        Those of `r_peaks`.
    confidence : array of float64, shape (peak,)
        Probability that a beat is there, from 0.02 to 1. It has been set against annotated beats
        on which nothing was chosen: in clean ECGs it is, if anything, too low, in muscle noise
        about right, and too high where an electrode moves.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(5 * 250) / 250
    >>> peaks, confidence = r_peaks_with_confidence(np.exp(-(((t % 1 - 0.4) / 0.015) ** 2)), 250)
    >>> peaks
    array([ 100,  350,  600,  850, 1100])
    >>> bool(confidence.min() > 0.9)
    True
    """
    recording = _checked(recording, fs)
    return detect_with_confidence(lead_signal(recording, lead), recording.fs)


def beat_sureness(recording, fs=None, *, lead=None, stretch_s=STRETCH_S):
    """Return the F1 that is to be expected of `r_peaks` in each stretch of a lead, (stretch,).

    Parameters and errors as of `r_peaks`; ``stretch_s`` is the length of a stretch, and the last
    one takes the rest. NaN where nothing looks like a beat. See `ecgbook.signals.sureness`.

    Examples
    --------
    Ten seconds of pulses, then ten in which they drown in noise:

    >>> import numpy as np
    >>> t = np.arange(20 * 250) / 250
    >>> noise = np.where(t < 10, 0, np.random.default_rng(0).normal(size=len(t)))
    >>> sure = beat_sureness(np.exp(-(((t % 1 - 0.4) / 0.015) ** 2)) + noise, 250)
    >>> bool(sure[0] > 0.95 > 0.9 > sure[1])
    True
    """
    recording = _checked(recording, fs)
    signal = lead_signal(recording, lead)
    if not stretch_s > 0:
        raise RecordInvalid(f"a stretch lasts longer than 0 s, got stretch_s={stretch_s!r}")
    return expected_f1(*weigh(signal, recording.fs), len(signal), recording.fs, stretch_s)


def _checked(recording, fs):
    """Return the recording if its rate shows QRS complexes."""
    recording = _as_recording(recording, fs)
    if recording.fs < _LOWEST_RATE_HZ:
        raise RecordInvalid(
            f"{recording.name}: {recording.fs:g} Hz is too slow to place R peaks, "
            f"{_LOWEST_RATE_HZ} Hz is the least"
        )
    return recording


def _as_recording(signal, fs):
    if isinstance(signal, Recording):
        if fs is not None and fs != signal.fs:
            raise RecordInvalid(
                f"{signal.name} has {signal.fs:g} Hz of its own, got fs={fs!r}; leave fs out, and "
                f"name a lead as in r_peaks(recording, lead='II')"
            )
        return signal
    signal = np.atleast_2d(signal)
    if fs is None:
        raise RecordInvalid("an array has no sampling rate; write r_peaks(array, fs)")
    return Recording(signal, fs, [f"lead {row + 1}" for row in range(len(signal))])
