"""`read`: a recording of one's own, of whatever format it is."""

import warnings

from ecgbook.errors import DataMissing, EcgError
from ecgbook.paths import expanded
from ecgbook.sources.layouts import read_layout, signal_lines
from ecgbook.sources.signalnames import millivolts_of

__all__ = ["read"]

# What records of intensive care and of sleep have beside the ECG, by the start of the name.
_OTHERS = ("resp", "pleth", "abp", "art", "bp", "cvp", "pap", "icp", "spo2", "eeg", "eog", "emg")

_TEXTS = (".csv", ".tsv", ".txt")
_EDF = (".edf", ".bdf")


def read(path, annotator=None, *, patient="", fs=None, unit=None):
    """Return a recording of one's own as a `Recording`, with NaN where a sample is missing.

    WFDB records, EDF and BDF files (with the extra ``edf``), and tables as watches and recorders
    export them (``.csv``, ``.tsv``, ``.txt``). Of files with other signals beside the ECG, such as
    blood pressure, the ECG leads are taken; a warning names what was left out.

    Parameters
    ----------
    path : path
        A WFDB record by its header, any of its files, or their common name without ending; or a
        file of another format.
    annotator : str, optional
        Ending of the annotation file of a WFDB record; if left out, ``atr`` where there is one.
    patient : str, optional
        Who was recorded.
    fs : float, optional
        Sampling rate in Hz, of a table that does not say it.
    unit : str, optional
        mV, uV, nV or V, of a table that does not say it.

    Raises
    ------
    DataMissing
        If there is no such file.
    EcgError
        If the file is of another format, with the way to read it all the same.
    DataCorrupt, RecordInvalid
        If the file is damaged, or does not say what its numbers are; as in `read_wfdb`.
    """
    path = expanded(path)
    ending = path.suffix.lower()
    if ending in (*_TEXTS, *_EDF) and not path.exists() and _wfdb_stem(path) is None:
        raise DataMissing(f"{path} is not there")
    if ending in _TEXTS and path.is_file():
        from ecgbook.sources.textfile import read_text

        return read_text(path, fs=fs, unit=unit, patient=patient)
    if fs is not None or unit is not None:
        raise EcgError(f"{path}: fs and unit are for tables; a file of this format says its own")
    if ending in _EDF and path.is_file():
        from ecgbook.sources.edffile import read_edf

        return read_edf(path, patient=patient)
    return _read_wfdb(_required(_wfdb_stem(path), path), annotator, patient)


def _read_wfdb(stem, annotator, patient):
    """Return the ECG leads of a WFDB record."""
    signals = signal_lines(stem)
    if not any(map(_is_ecg, signals)):
        raise EcgError(f"{stem}.hea: none of its signals is an ECG in mV, uV, nV or V")
    if others := [s.name or s.unit for s in signals if not _is_ecg(s)]:
        text = f"{stem}.hea: left out what is no ECG: {', '.join(others)}"
        warnings.warn(text, stacklevel=3)
    if annotator is None and stem.with_name(f"{stem.name}.atr").is_file():
        annotator = "atr"
    return read_layout(stem, annotator, patient=patient, wanted=_is_ecg)


def _is_ecg(signal):
    return millivolts_of(signal.unit) and not signal.name.lower().startswith(_OTHERS)


def _wfdb_stem(path):
    """Return the path of a WFDB record without ending, or None if it is none."""
    if path.suffix == ".hea":
        return path.with_suffix("")
    for stem in (path, path.with_suffix("")) if path.name else ():
        if stem.with_name(f"{stem.name}.hea").is_file():
            return stem
    return None


def _required(stem, path):
    if stem is not None:
        return stem
    if path.is_dir():
        raise DataMissing(f"{path} is a folder; name one of its records, without ending")
    if path.is_file():
        raise EcgError(
            f"{path} is no WFDB record, EDF, BDF, CSV, TSV or TXT file; read it with a library "
            f"for {path.suffix or 'it'} and write ecgbook.Recording(signal, fs=..., leads=[...], "
            f"unit='mV') with signal of shape (lead, time)"
        )
    raise DataMissing(f"{path}.hea is not there; name a WFDB record by its header")
