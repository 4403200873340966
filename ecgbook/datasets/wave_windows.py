"""Windows of single leads with the wave that each sample belongs to, as cardiologists marked it."""

from typing import NamedTuple

import numpy as np

from ecgbook.datasets.prepare import opened
from ecgbook.errors import RecordInvalid

__all__ = ["WAVE_CLASSES", "WaveWindows", "scaled_lead", "wave_classes", "wave_windows"]

WAVE_CLASSES = ("none", "P", "QRS", "T")
_CODES = {"p": 1, "N": 2, "t": 3}


class WaveWindows(NamedTuple):
    """Windows of leads.

    ``x`` float32 (window, 1, time), see `scaled_lead`; ``y`` int64 (window, time), numbers of
    `WAVE_CLASSES`; ``patient`` and ``lead``, arrays of str (window,).
    """

    x: np.ndarray
    y: np.ndarray
    patient: np.ndarray
    lead: np.ndarray


def wave_classes(annotations, time):
    """Return the class of each sample of a lead, int64 (time,): 0 none, 1 P, 2 QRS, 3 T.

    ``annotations`` are as of `ecgbook.sources.ludb.Ludb.waves`. A wave of which a bracket is
    missing begins or ends at its peak.

    >>> from ecgbook import Annotations
    >>> wave_classes(Annotations([1, 2, 3, 5], ["(", "N", ")", "t"]), 7)
    array([0, 2, 2, 2, 0, 3, 0])
    """
    classes = np.zeros(time, np.int64)
    symbol, sample = np.append(annotations.symbol, ""), annotations.sample
    for at in np.flatnonzero(np.isin(symbol, list(_CODES))):
        begin = sample[at - 1] if at and symbol[at - 1] == "(" else sample[at]
        end = sample[at + 1] if symbol[at + 1] == ")" else sample[at]
        classes[begin : end + 1] = _CODES[symbol[at]]
    return classes


def scaled_lead(signal):
    """Return leads (…, time) with median 0 and standard deviation 1; a flat one is all 0."""
    centred = signal - np.median(signal, axis=-1, keepdims=True)
    return (centred / np.maximum(centred.std(axis=-1, keepdims=True), 1e-3)).astype(np.float32)


def wave_windows(database="ludb", *, records=None, leads=None, window_s=4.0, fs=250.0):
    """Cut two windows of each lead, one from its first mark on and one up to its last.

    What lies outside these marks nobody looked at, so that it is no example of ``none``.

    Parameters
    ----------
    database : str or Database
        One with ``waves(record)``: LUDB, or its simulated stand-in.
    records, leads : sequences of str, optional
        Which to take; all if left out.
    window_s, fs : float
        Length of a window in seconds, and the rate that they are resampled to, in Hz.

    Returns
    -------
    WaveWindows
        Leads with less than a window between their marks are left out.
    """
    database = opened(database)
    patients = database.metadata["patient"]
    rows = []
    for record in database.records if records is None else records:
        ecg, marks = database.read(record), database.waves(record)
        slow = scaled_lead(ecg.resample(fs).signal)
        for lead in ecg.leads if leads is None else leads:
            x, own = slow[ecg.leads.index(lead)], marks[lead]
            at = np.minimum(np.rint(np.arange(len(x)) * ecg.fs / fs), len(ecg.signal[0]) - 1)
            y = wave_classes(own, ecg.signal.shape[1])[at.astype(np.int64)]
            for part in _windows(own.sample * fs / ecg.fs, round(window_s * fs)):
                rows.append((x[None, part], y[part], str(patients[record]), lead))
    if not rows:
        raise RecordInvalid(f"{database.name}: no lead has marks over {window_s:g} s")
    return WaveWindows(*map(np.stack, zip(*rows, strict=True)))


def _windows(sample, size):
    if not len(sample) or sample[-1] - sample[0] < size:
        return []
    first, last = int(sample[0]), int(sample[-1])
    return [slice(first, first + size), slice(last - size, last)]
