"""Whole recordings with one rhythm label each."""

from functools import partial

from ecgbook import signals
from ecgbook.datasets.examples import Examples
from ecgbook.datasets.prepare import opened, prepare, rows_of
from ecgbook.datasets.ragged import Ragged
from ecgbook.errors import RecordInvalid

__all__ = ["rhythm_records"]

_CLASSES = ("N", "A", "O", "~")


def rhythm_records(database, *, records=None, band_hz=None):
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
    labels = database.metadata.get("label")
    if labels is None or not labels.isin(_CLASSES).all():
        name = database.name
        raise RecordInvalid(f"{name} has no rhythm labels N, A, O and ~; take challenge-2017")
    make = partial(_record_of, labels=labels.to_dict(), band_hz=band_hz)
    return prepare(database, {"recipe": "rhythm", "band_hz": band_hz}, make, records=records)


def _record_of(recording, *, labels, band_hz):
    whole = signals.bandpass(recording, *band_hz) if band_hz else recording
    x, y = Ragged.of([whole.signal]), [_CLASSES.index(labels[recording.record])]
    return Examples(x, y, _CLASSES, rows_of(recording, [0]), fs=whole.fs, leads=whole.leads)
