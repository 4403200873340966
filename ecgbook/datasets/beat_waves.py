"""The waves of single beats: delineated in the recording, placed in the window of the beat."""

import numpy as np

from ecgbook.datasets.prepare import opened
from ecgbook.errors import RecordInvalid
from ecgbook.signals import delineate_leads

__all__ = ["WAVE_NAMES", "beat_waves"]

WAVE_NAMES = ("P", "QRS", "T")
_AROUND_S = 5.0  # of the recording on each side: neighbours say what a usual P wave is
_ABSENT = -1


def beat_waves(database, beats, rows=None, *, before_s=0.25):
    """Find P wave, QRS complex and T wave of beats, as samples of their windows.

    Parameters
    ----------
    database : Database or str
        The one that the beats are cut from, with beat annotations.
    beats : Examples
        Of `ecgbook.datasets.aami_beats`, at the rate of the database.
    rows : array of int, optional
        Which beats; all if left out.
    before_s : float
        Seconds of the window before the annotated beat.

    Returns
    -------
    array of int64, shape (beat, 3, 2)
        First sample of each of `WAVE_NAMES` and the one after its last; −1, −1 for a wave that was
        not found or lies outside. What reaches beyond the window is cut off.

    Raises
    ------
    RecordInvalid
        If the beats have another rate than their recording.

    Examples
    --------
    >>> spans = beat_waves("mitdb", beats)  # doctest: +SKIP
    >>> explain.wave_segments(spans[0], beats.x.shape[2])  # doctest: +SKIP
    """
    database = opened(database)
    rows = np.arange(len(beats)) if rows is None else np.asarray(rows)
    sample, record = beats.rows["sample"].to_numpy()[rows], beats.record[rows]
    before, time = round(before_s * beats.fs), beats.x.shape[2]
    spans = np.empty((len(rows), len(WAVE_NAMES), 2), np.int64)
    for name in np.unique(record):
        recording = database.read(name)
        if recording.fs != beats.fs:
            raise RecordInvalid(f"{name} has {recording.fs:g} Hz, its beats have {beats.fs:g}")
        lead = beats.leads[0] if beats.leads[0] in recording.leads else recording.leads[0]
        for k in np.flatnonzero(record == name):
            found = _spans_around(recording, lead, int(sample[k]))
            spans[k] = _within(found, int(sample[k]) - before, time)
    return spans


def _spans_around(recording, lead, sample):
    """Return first sample of each wave of a beat and the one after its last, (3, 2)."""
    around = round(_AROUND_S * recording.fs)
    first, last = max(0, sample - around), min(recording.signal.shape[1], sample + around)
    peak = recording.annotations.window(first, last).beats().sample
    waves = delineate_leads(recording.signal[:, first:last], recording.fs, r_peak=peak)
    own = waves[recording.leads.index(lead)]
    beat = np.argmin(np.abs(peak - (sample - first)))
    spans = np.stack([wave.spans[beat] for wave in (own.p, own.qrs, own.t)])
    return np.where(spans == _ABSENT, _ABSENT, spans + first)


def _within(spans, begin, time):
    """Return spans as samples of a window that begins at ``begin``, cut off at its ends."""
    inside = np.clip(spans - begin, 0, time)
    is_gone = (spans[:, 0] == _ABSENT) | (inside[:, 0] == inside[:, 1])
    return np.where(is_gone[:, None], _ABSENT, inside)
