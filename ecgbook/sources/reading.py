"""One WFDB record from local files: signal in mV, canonical lead names, annotations."""

from pathlib import Path

import numpy as np

from ecgbook.conventions import MILLIVOLTS, TWELVE_LEADS
from ecgbook.errors import DataCorrupt, DataMissing, RecordInvalid
from ecgbook.recording import Annotations, Recording
from ecgbook.sources.header import check_signal_files, read_header

__all__ = ["canonical_leads", "read_annotations", "read_wfdb"]

_CANONICAL = {name.lower(): name for name in (*TWELVE_LEADS, "VX", "VY", "VZ", "MLII", "ECG")}
# Headers spell units in capitals and in small letters.
_MILLIVOLTS = {unit.lower(): millivolts for unit, millivolts in MILLIVOLTS.items()}

# What wfdb takes where a header gives no gain.
_GAIN_OF_WFDB = 200.0

# wfdb takes 24 bytes a sample on its way: a day of ECG is read in pieces.
_PIECE = 4_000_000


def read_wfdb(stem, annotator=None, *, database="", patient="", gain=None, signals=None):
    """Return a WFDB record of any storage format (16, 212, 516 FLAC, MATLAB, …).

    Samples that are missing are NaN.

    Parameters
    ----------
    stem : path
        Path of the record without ending, such as ``mitdb/100``.
    annotator : str, optional
        Ending of the annotation file, such as ``atr``.
    database, patient : str
        Handed on to the recording.
    gain : float, optional
        Units a mV in place of what the header says. Without it signals of gain 0 are refused,
        since nobody calibrated them; for such *header(5)* proposes 200.
    signals : sequence of int, optional
        Positions of the signals to read; all of them if left out.

    Raises
    ------
    DataMissing
        If a file is not there.
    DataCorrupt
        If a file is damaged: too short, not of its format.
    RecordInvalid
        If the header cannot stand for calibrated ECG: gain 0, unknown unit or format; or if
        annotations lie beyond the end of the signals.
    """
    stem = Path(stem)
    header = read_header(stem.with_name(f"{stem.name}.hea"))
    signals = range(len(header.signals)) if signals is None else signals
    scale = [_millivolts(header, header.signals[i], gain) for i in signals]
    check_signal_files(header)
    # Each frame holds one sample of most signals, and several of those that were sampled faster.
    frames = {header.signals[i].frame for i in signals}
    if len(frames) > 1:
        raise RecordInvalid(
            f"{header.path}: its signals differ in their sampling rate; choose some of one rate "
            f"with signals=[...]"
        )
    fs = header.fs * frames.pop()
    return Recording(
        _read_signal(stem, header, list(signals), np.array(scale)),
        fs=fs,
        leads=canonical_leads([header.signals[i].name for i in signals]),
        database=database,
        record=stem.name,
        patient=patient,
        annotations=None if annotator is None else read_annotations(stem, annotator, fs),
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


def _millivolts(header, signal, gain):
    """Return how many mV is one unit of a signal as wfdb reads it."""
    if signal.unit.lower() not in _MILLIVOLTS:
        raise RecordInvalid(
            f"{header.path}: unknown unit {signal.unit!r}, expected mV, uV, nV or V; correct the "
            f"header"
        )
    if signal.gain == 0 and gain is None:
        raise RecordInvalid(
            f"{header.path}: {signal.line!r} has gain 0 or none, so the signal is not calibrated; "
            f"put the number of units in a mV into the header"
        )
    if not signal.name:
        raise RecordInvalid(f"{header.path}: a signal has no name; add the leads to the header")
    if gain is None:
        return _MILLIVOLTS[signal.unit.lower()]
    return (signal.gain or _GAIN_OF_WFDB) / gain


def _read_signal(stem, header, signals, scale):
    """Return these signals as float32 mV, shape (lead, time)."""
    import wfdb

    frame = header.signals[signals[0]].frame
    millivolts = np.empty((len(scale), header.n_samples * frame), np.float32)
    # Format 8 keeps differences, so it is read from its beginning.
    whole = any(header.signals[i].format == "8" for i in signals)
    piece = header.n_samples if whole else max(1, _PIECE // (len(scale) * frame))
    for start in range(0, header.n_samples, piece):
        stop = min(start + piece, header.n_samples)
        span = {"sampfrom": start, "sampto": stop, "channels": signals}
        try:
            record = wfdb.rdrecord(str(stem), **span, smooth_frames=False)
            with np.errstate(over="ignore"):  # to infinity, which `Recording` refuses
                millivolts[:, start * frame : stop * frame] = record.e_p_signal * scale[:, None]
        except Exception as error:  # whatever a damaged file makes wfdb stumble over
            raise DataCorrupt(
                f"the signals of {header.path} cannot be read ({type(error).__name__}: {error}); "
                f"fetch the record again"
            ) from error
    return millivolts


def read_annotations(stem, annotator, fs=None):
    """Return the `Annotations` in the file of a record with the ending ``annotator``.

    Their positions are brought to the rate ``fs`` in Hz; the file says to which rate they belong,
    else the header does.

    DataMissing if there is no such file; DataCorrupt if it holds no annotations, or is cut off.
    """
    import wfdb

    stem = Path(stem)
    path = stem.with_name(f"{stem.name}.{annotator}")
    if not path.is_file():
        raise DataMissing(f"{path} is not there: the record has no annotations; fetch it again")
    if path.read_bytes()[-2:] != b"\0\0":
        raise DataCorrupt(f"{path} is cut off: its end is not marked; fetch it again")
    try:
        marks = wfdb.rdann(str(stem), annotator)
        own = marks.fs or fs
        sample = marks.sample if fs in (None, own) else np.rint(marks.sample * (fs / own))
        aux = [text.rstrip("\0") for text in marks.aux_note]
        return Annotations(sample.astype(np.int64), marks.symbol, aux)
    except Exception as error:  # whatever a damaged file makes wfdb stumble over
        raise DataCorrupt(
            f"{path} holds no annotations ({type(error).__name__}: {error}); fetch it again"
        ) from error
