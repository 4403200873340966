"""Ten seconds of whatever was recorded, without a label: what a network is pretrained on."""

import hashlib
from functools import partial

import numpy as np

from ecgbook.conventions import TWELVE_LEADS
from ecgbook.datasets.examples import Examples
from ecgbook.datasets.prepare import opened, prepare, rows_of
from ecgbook.errors import PatientLeak, RecordInvalid

__all__ = ["fingerprints", "on_twelve_leads", "refuse_seen", "unlabelled_windows"]

# Leads of other names, and where of the twelve they belong: the hand-held recordings of the
# Challenge of 2017 were taken between two hands.
_ALSO = {"MLII": "II", "ECG": "I"}
_LOOKED_AT = ("I", "II")


def unlabelled_windows(database, *, seconds=10, fs=100, records=None):
    """Cut recordings into windows one after another, without their labels.

    Parameters
    ----------
    database : Database or str
        All its recordings with equally many leads, of any length.
    seconds, fs : float
        Length of a window, and the rate in Hz that recordings are brought to first. What fills no
        window is left out, and so are recordings that are shorter.
    records : sequence of str, optional
        The recordings to take; all of them if left out.

    Returns
    -------
    windows : Examples
        In mV, all of one class, ``unlabelled``; rows with ``named``, the leads of the recording
        with commas between.
    """
    make = partial(_windows_of, seconds=seconds, fs=fs)
    recipe = {"recipe": "unlabelled", "seconds": seconds, "fs": fs}
    return prepare(opened(database), recipe, make, records=records)


def _windows_of(recording, *, seconds, fs):
    whole, size = recording.resample(fs), round(seconds * fs)
    n = whole.signal.shape[1] // size
    if not n:
        return None
    x = whole.signal[:, : n * size].reshape(len(whole.leads), n, size).transpose(1, 0, 2)
    starts = np.arange(n) * round(seconds * recording.fs)
    rows = rows_of(recording, starts, named=",".join(whole.leads))
    return Examples(x, np.zeros(n, np.int64), ("unlabelled",), rows, fs=fs, leads=whole.leads)


def on_twelve_leads(windows):
    """Return windows as twelve leads in the usual order, those that were not recorded 0.

    An array of float32 (window, 12, time). A lead that is none of the twelve, or has no other name
    for one of them (``MLII``, and ``ECG`` between two hands), is a `RecordInvalid`.
    """
    x = np.zeros((len(windows), len(TWELVE_LEADS), windows.x.shape[2]), np.float32)
    named = windows.rows["named"].to_numpy()
    for names in np.unique(named):
        rows = np.flatnonzero(named == names)
        for k, name in enumerate(names.split(",")):
            lead = _ALSO.get(name, name)
            if lead not in TWELVE_LEADS:
                raise RecordInvalid(f"{name} is none of the twelve leads; leave it out")
            x[rows, TWELVE_LEADS.index(lead)] = windows.x[rows, k]
    return x


def fingerprints(x):
    """Return a digest of leads I and II of each recording, a list of set of bytes.

    ``x`` is (recording, 12, time) in mV. Two recordings share one if they have a lead that is
    equal within a thousandth of a mV; a lead of zeros has none.
    """
    places = [TWELVE_LEADS.index(lead) for lead in _LOOKED_AT]
    return [{_digest(lead) for lead in one[places] if lead.any()} for one in x]


def _digest(signal):
    return hashlib.sha256(np.rint(1000 * signal).astype(np.int32).tobytes()).digest()


def refuse_seen(seen, tested):
    """Raise `PatientLeak` if a recording to be tested is among those seen, under any name.

    Both are (recording, 12, time) in mV, cut and resampled alike.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(3, 12, 50))
    >>> refuse_seen(x[:2], x[2:])
    >>> refuse_seen(x, x[2:])
    Traceback (most recent call last):
    ...
    ecgbook.errors.PatientLeak: 1 of 1 recordings to be tested were seen without their labels
    """
    known = set().union(*fingerprints(seen))
    found = sum(bool(own & known) for own in fingerprints(tested))
    if found:
        raise PatientLeak(
            f"{found} of {len(tested)} recordings to be tested were seen without their labels"
        )
