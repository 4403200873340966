"""One WFDB record from local files: signal in mV, canonical lead names, annotations."""

from pathlib import Path

import numpy as np

from ecgbook.conventions import MILLIVOLTS, TWELVE_LEADS
from ecgbook.errors import DataCorrupt, DataMissing, RecordInvalid
from ecgbook.recording import Annotations, Recording
from ecgbook.sources.header import check_signal_files, read_header

__all__ = ["canonical_leads", "read_wfdb"]

_CANONICAL = {name.lower(): name for name in (*TWELVE_LEADS, "VX", "VY", "VZ", "MLII", "ECG")}
# Headers spell units in capitals and in small letters.
_MILLIVOLTS = {unit.lower(): millivolts for unit, millivolts in MILLIVOLTS.items()}

# wfdb takes 24 bytes a sample on its way: a day of ECG is read in pieces.
_PIECE = 4_000_000


def read_wfdb(stem, annotator=None, database="", patient=""):
    """Read a WFDB record of any storage format (16, 212, 516 FLAC, MATLAB, …).

    Parameters
    ----------
    stem : path
        Path of the record without ending, such as ``mitdb/100``.
    annotator : str, optional
        Ending of the annotation file, such as ``atr``.
    database, patient : str
        Handed on to the recording.

    Returns
    -------
    Recording
        With NaN where a sample is missing.

    Raises
    ------
    DataMissing
        If a file is not there.
    DataCorrupt
        If a file is damaged: too short, not of its format.
    RecordInvalid
        If the header cannot stand for calibrated ECG: gain 0, unknown unit or format.
    """
    stem = Path(stem)
    header = read_header(stem.with_name(f"{stem.name}.hea"))
    scale = [_millivolts(header, signal.unit) for signal in header.signals]
    check_signal_files(header)
    signal, leads = _read_signal(stem, header, np.array(scale))
    return Recording(
        signal,
        fs=header.fs,
        leads=canonical_leads(leads),
        database=database,
        record=stem.name,
        patient=patient,
        annotations=None if annotator is None else _read_annotations(stem, annotator),
    )


def canonical_leads(names):
    """Return lead names in the spelling of the field.

    Names that occur twice, as ``ECG`` does in the Long-Term ST Database, are numbered.

    Examples
    --------
    >>> canonical_leads(["i", "AVR", "v1", "vx"])
    ('I', 'aVR', 'V1', 'VX')
    >>> canonical_leads(["ECG", "ECG"])
    ('ECG 1', 'ECG 2')
    """
    names = [_CANONICAL.get(name.lower(), name) for name in names]
    return tuple(
        f"{name} {names[: i + 1].count(name)}" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    )


def _millivolts(header, unit):
    if unit.lower() not in _MILLIVOLTS:
        raise RecordInvalid(
            f"{header.path}: unknown unit {unit!r}, expected mV, uV, nV or V; correct the header"
        )
    return _MILLIVOLTS[unit.lower()]


def _read_signal(stem, header, scale):
    """Return the signal as float32 mV, shape (lead, time), and the names of its leads."""
    import wfdb

    signal = np.empty((len(scale), header.n_samples), np.float32)
    piece = _PIECE // len(scale)
    for start in range(0, header.n_samples, piece):
        stop = min(start + piece, header.n_samples)
        try:
            record = wfdb.rdrecord(str(stem), sampfrom=start, sampto=stop)
            with np.errstate(over="ignore"):  # to infinity, which `Recording` refuses
                signal[:, start:stop] = (record.p_signal * scale).T
        except Exception as error:  # whatever a damaged file makes wfdb stumble over
            raise DataCorrupt(
                f"the signals of {header.path} cannot be read ({type(error).__name__}: {error}); "
                f"fetch the record again"
            ) from error
    if None in record.sig_name:
        raise RecordInvalid(f"{header.path}: a signal has no name; add the leads to the header")
    return signal, record.sig_name


def _read_annotations(stem, annotator):
    import wfdb

    path = stem.with_name(f"{stem.name}.{annotator}")
    if not path.is_file():
        raise DataMissing(f"{path} is not there: the record has no annotations; fetch it again")
    try:
        marks = wfdb.rdann(str(stem), annotator)
        aux = [text.rstrip("\0") for text in marks.aux_note]
        return Annotations(marks.sample, marks.symbol, aux)
    except Exception as error:  # whatever a damaged file makes wfdb stumble over
        raise DataCorrupt(
            f"{path} holds no annotations ({type(error).__name__}: {error}); fetch it again"
        ) from error
