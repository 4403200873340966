"""`read`: a record of one's own."""

import warnings
from pathlib import Path

from ecgbook.errors import DataMissing, EcgError
from ecgbook.sources.header import read_header
from ecgbook.sources.reading import is_voltage, read_wfdb

__all__ = ["read"]

# What records of intensive care and of sleep have beside the ECG, by the start of the name.
_OTHERS = ("resp", "pleth", "abp", "art", "bp", "cvp", "pap", "icp", "spo2", "eeg", "eog", "emg")

_NOT_YET = {
    **dict.fromkeys((".edf", ".bdf"), "EDF"),
    **dict.fromkeys((".csv", ".tsv", ".txt", ".xlsx"), "a table of samples"),
    **dict.fromkeys((".xml", ".scp", ".dcm", ".npy", ".h5"), "this format"),
}


def read(path, annotator=None, *, patient=""):
    """Read a WFDB record of one's own.

    From a record with other signals beside the ECG, such as blood pressure, the ECG leads are
    taken; a warning names what was left out.

    Parameters
    ----------
    path : path
        The record: its header, any of its files, or their common name without ending.
    annotator : str, optional
        Ending of the annotation file; if left out, ``atr`` where there is such a file.
    patient : str, optional
        Who was recorded.

    Returns
    -------
    Recording
        With NaN where a sample is missing.

    Raises
    ------
    DataMissing
        If there is no such record.
    EcgError
        If the file is of another format, with the way to read it all the same; or as in
        `read_wfdb`.
    """
    stem = _stem(Path(path).expanduser())
    header = read_header(stem.with_name(f"{stem.name}.hea"))
    leads = [i for i, signal in enumerate(header.signals) if _is_ecg(signal)]
    if not leads:
        raise EcgError(f"{header.path}: none of its signals is an ECG in mV, uV, nV or V")
    if others := [s.name or s.unit for i, s in enumerate(header.signals) if i not in leads]:
        warnings.warn(f"{header.path}: left out what is no ECG: {', '.join(others)}", stacklevel=2)
    if annotator is None and stem.with_name(f"{stem.name}.atr").is_file():
        annotator = "atr"
    return read_wfdb(stem, annotator, patient=patient, signals=leads)


def _is_ecg(signal):
    return is_voltage(signal.unit) and not signal.name.lower().startswith(_OTHERS)


def _stem(path):
    """Return the path of the record without ending."""
    if path.suffix == ".hea":
        return path.with_suffix("")
    for stem in (path, path.with_suffix("")):
        if stem.name and stem.with_name(f"{stem.name}.hea").is_file():
            return stem
    if path.is_dir():
        some = sorted(header.stem for header in path.glob("*.hea"))
        hint = f"name one of its records, such as {path / some[0]}" if some else "it has no record"
        raise DataMissing(f"{path} is a folder; {hint}")
    if path.suffix.lower() in _NOT_YET:
        raise EcgError(
            f"{path}: {_NOT_YET[path.suffix.lower()]} is not read yet; read it with a library of "
            f"your choice and write ecgbook.Recording(signal, fs=..., leads=[...], unit='mV') with "
            f"signal of shape (lead, time)"
        )
    raise DataMissing(f"{path}.hea is not there; name a WFDB record by its header")
