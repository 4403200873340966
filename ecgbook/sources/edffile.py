"""EDF and BDF files, as sleep laboratories and Holter recorders write them."""

import warnings

import numpy as np

from ecgbook.errors import DataCorrupt, EcgError, RecordInvalid
from ecgbook.recording import Annotations, Recording
from ecgbook.sources.reading import canonical_leads
from ecgbook.sources.signalnames import lead_named, millivolts_of

__all__ = ["read_edf"]

_NOTE = '"'  # the WFDB code of a comment


def read_edf(path, *, patient=""):
    """Return the ECG of an EDF or BDF file as a `Recording`, through the library ``edfio``.

    Signals are taken whose label is a lead or has the word ECG or EKG in it; a warning names the
    others. Texts that somebody has written into an EDF+ file become comments among the
    annotations, at their onset. Who was recorded is not taken from the file.

    Parameters
    ----------
    path : Path
    patient : str

    Raises
    ------
    EcgError
        If ``edfio`` is not installed, or the file holds no ECG.
    DataCorrupt
        If it cannot be read.
    RecordInvalid
        If its leads differ in their rate, or there are gaps in its time.
    """
    file = _opened(path)
    labels = [signal.label.strip() for signal in file.signals]
    signals = [signal for signal in file.signals if _is_ecg(signal)]
    if not signals:
        raise EcgError(
            f"{path}: none of its signals is an ECG by its label and unit: "
            f"{', '.join(labels) or 'there is none'}"
        )
    others = [signal.label.strip() for signal in file.signals if not _is_ecg(signal)]
    if others:
        text = f"{path}: left out what is no ECG: {', '.join(others)}"
        warnings.warn(text, stacklevel=3)
    rates = sorted({signal.sampling_frequency for signal in signals})
    if len(rates) > 1:
        raise RecordInvalid(f"{path}: its leads differ in their sampling rate: {rates} Hz")
    return Recording(
        np.stack([_in_millivolts(path, signal) for signal in signals]),
        fs=rates[0],
        leads=canonical_leads([lead_named(signal.label) for signal in signals]),
        record=path.stem,
        patient=patient,
        annotations=_comments(file, rates[0], len(signals[0].data)),
    )


def _opened(path):
    try:
        import edfio
    except ImportError:
        raise EcgError(f"{path}: EDF is read by edfio: pip install 'ecgbook[edf]'") from None
    bdf = path.suffix.lower() == ".bdf"
    take = edfio.read_bdf if bdf else edfio.read_edf
    try:
        _require_whole(path, bytes_a_sample=3 if bdf else 2)
        file = take(path, header_encoding="latin-1")
        continuous = getattr(file, "is_continuous", True)
    except Exception as error:  # whatever a damaged file makes edfio stumble over
        raise DataCorrupt(
            f"{path} cannot be read ({type(error).__name__}: {error}); export it again"
        ) from error
    if not continuous:
        raise RecordInvalid(f"{path} has gaps in its time (EDF+D); export it without, in parts")
    return file


def _require_whole(path, bytes_a_sample):
    """Raise ValueError if the file is shorter than its header says."""
    with path.open("rb") as file:
        header = file.read(256)
        n_signals = int(header[252:256])
        header += file.read(256 * n_signals)
    n_records, samples = int(header[236:244]), header[256 + 216 * n_signals :]
    in_record = sum(int(samples[8 * i : 8 * i + 8]) for i in range(n_signals))
    expected = int(header[184:192]) + n_records * in_record * bytes_a_sample
    if path.stat().st_size < expected:
        raise ValueError(f"it has {path.stat().st_size:,} bytes of {expected:,}")


def _is_ecg(signal):
    return lead_named(signal.label) and millivolts_of(signal.physical_dimension) is not None


def _in_millivolts(path, signal):
    millivolts = millivolts_of(signal.physical_dimension)
    try:
        return (signal.data * millivolts).astype(np.float32)
    except Exception as error:
        raise DataCorrupt(
            f"{path}: the samples of {signal.label} cannot be read ({type(error).__name__}: "
            f"{error}); export it again"
        ) from error


def _comments(file, fs, n_time):
    notes = [(round(note.onset * fs), note.text) for note in file.annotations]
    inside = [(sample, text) for sample, text in notes if 0 <= sample < n_time]
    if not inside:
        return None
    sample, text = zip(*inside, strict=True)
    return Annotations(np.array(sample), [_NOTE] * len(sample), text)
