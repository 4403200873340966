"""Rhythms: whole recordings with one label each, and the rhythm that each beat is part of."""

from functools import partial

import numpy as np

from ecgbook import signals
from ecgbook.datasets.examples import Examples
from ecgbook.datasets.prepare import opened, prepare, rows_of
from ecgbook.datasets.ragged import Ragged
from ecgbook.errors import RecordInvalid

__all__ = ["RHYTHM_CLASSES", "rhythm_at", "rhythm_labels", "rhythm_records"]

RHYTHM_CLASSES = ("N", "A", "O", "~")


def rhythm_records(database, *, records=None, band_hz=None, fs=None):
    """Take whole recordings with the rhythm that somebody has named.

    Parameters
    ----------
    database : Database or str
        The Challenge of 2017 or its name, ``"challenge-2017"``; or another one whose
        ``metadata`` has the column ``label`` with N, A, O or ~ (else `RecordInvalid`).
    records : sequence of str, optional
        The recordings to take; all of them if left out.
    band_hz : (float, float), optional
        Zero-phase Butterworth band-pass over the whole recording, in Hz.
    fs : float, optional
        Rate in Hz that the recordings are brought to after that; their own if left out.

    Returns
    -------
    records : Examples
        `Ragged`, in mV: of 2017 one lead at 300 Hz, 9 to 61 s. Classes: N normal, A atrial
        fibrillation, O other rhythm, ~ too noisy. All have one rate (else `RecordInvalid`).

    References
    ----------
    Clifford et al. (2017), AF classification from a short single lead ECG recording, CinC 44.
    """
    database = opened(database)
    options = {"band_hz": band_hz, "fs": fs}
    make = partial(_record_of, labels=rhythm_labels(database), **options)
    return prepare(database, {"recipe": "rhythm", **options}, make, records=records)


def rhythm_labels(database):
    """Return the number of the rhythm of each recording in `RHYTHM_CLASSES`, by name.

    `RecordInvalid` is raised if a label is none of them, or there are none.
    """
    labels = database.metadata.get("label")
    if labels is None or not labels.isin(RHYTHM_CLASSES).all():
        name = database.name
        raise RecordInvalid(f"{name} has no rhythm labels N, A, O and ~; take challenge-2017")
    return {record: RHYTHM_CLASSES.index(label) for record, label in labels.items()}


def rhythm_at(database, beats):
    """Return the rhythm that an expert marked at each beat, array of str (beat,).

    A rhythm lasts from its mark, such as ``(AFIB``, to the next one; the text stands without the
    bracket, as in `ecgbook.conventions.RHYTHMS`, and is empty before the first mark.

    Parameters
    ----------
    database : Database or str
        Where the beats come from, with rhythm marks among its annotations (else `RecordInvalid`).
    beats : Examples
        Of `ecgbook.datasets.aami_beats` or another recipe whose ``sample`` is one of the recording.
    """
    database, rhythm = opened(database), np.full(len(beats), "", dtype=object)
    for record in np.unique(beats.record):
        marks = database.read(record).annotations
        if marks is None:
            raise RecordInvalid(f"{database.name}/{record} has no annotations to tell rhythms by")
        marks = marks[np.char.startswith(marks.aux, "(")]
        own = beats.record == record
        begun = np.searchsorted(marks.sample, beats.sample[own], side="right")
        rhythm[own] = np.r_[[""], np.char.lstrip(marks.aux, "(")][begun]
    return rhythm.astype(str)


def _record_of(recording, *, labels, band_hz, fs):
    whole = signals.bandpass(recording, *band_hz) if band_hz else recording
    whole = whole.resample(fs) if fs else whole
    x, y = Ragged.of([whole.signal]), [labels[recording.record]]
    return Examples(x, y, RHYTHM_CLASSES, rows_of(recording, [0]), fs=whole.fs, leads=whole.leads)
