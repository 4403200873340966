"""WFDB headers, read strictly: what a header promises is checked before a sample is read.

The format is that of *header(5)* in the WFDB Applications Guide.
"""

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ecgbook.errors import DataCorrupt, DataMissing, RecordInvalid

__all__ = ["Header", "check_signal_files", "named_files", "read_header", "signal_files"]

# Bytes a sample of each storage format; formats over 500 are FLAC.
_BYTES = {
    **dict.fromkeys(("8", "80"), Fraction(1)),
    **dict.fromkeys(("16", "61", "160"), Fraction(2)),
    "24": Fraction(3),
    "32": Fraction(4),
    "212": Fraction(3, 2),
    **dict.fromkeys(("310", "311"), Fraction(4, 3)),
}
_FLAC = frozenset({"508", "516", "524"})

_LARGEST_HEADER_BYTES = 1 << 20
_RECORD_LINE = re.compile(
    r"(?P<name>[^\s/]+)(?P<segments>/\d+)?\s+(?P<n_signals>\d{1,5})"
    r"\s+(?P<fs>\d{1,9}(?:\.\d{0,25})?)(?:/\S*)?(?:\s+(?P<n_samples>\d{1,15})(?:\s.*)?)?",
    re.ASCII,
)
_SIGNAL_LINE = re.compile(
    r"(?P<file>\w[-\w]{0,99}(?:\.\w{1,19})?)\s+(?P<format>\d{1,4})"
    r"(?:x(?P<frame>\d{1,6}))?(?::(?P<skew>\d{1,9}))?(?:\+(?P<offset>\d{1,15}))?"
    r"(?:\s+(?P<gain>-?\d{1,15}(?:\.\d{0,25})?(?:e[-+]?\d{1,3})?)"
    r"(?:\((?P<baseline>-?\d{1,15})\))?(?:/(?P<unit>[^\s/()]+))?(?:\s+-?\d{1,15}){0,5}(?P<name>\s.*)?)?",
    re.ASCII,
)


@dataclass(frozen=True)
class SignalLine:
    """Where one signal is stored, and in which unit; gain 0 means that nobody calibrated it."""

    line: str
    file: str
    format: str
    frame: int
    skew: int
    offset: int
    gain: float
    unit: str
    name: str


@dataclass(frozen=True)
class Header:
    """The part of a header that is needed to read the record safely.

    Parameters
    ----------
    path : Path
        The header itself.
    fs, n_samples : float and int
        Sampling rate in Hz; samples a signal.
    signals, comments : tuples of SignalLine and of str
        In the order of the header; comments are without ``#``.
    """

    path: Path
    fs: float
    n_samples: int
    signals: tuple[SignalLine, ...]
    comments: tuple[str, ...]


def read_header(path):
    """Return the `Header` in the file ``path``.

    Raises
    ------
    DataMissing
        If there is no such file.
    DataCorrupt
        If it is no WFDB header.
    RecordInvalid
        If it describes no signals that can be read: several segments, no length.
    """
    path = Path(path)
    lines, comments = _lines(path)
    match = _RECORD_LINE.fullmatch(lines[0]) if lines else None
    if match is None:
        raise DataCorrupt(f"{path} is no WFDB header; fetch the file again")
    if match["segments"]:
        raise RecordInvalid(f"{path}: records of several segments are not read; read one segment")
    if not re.fullmatch(r"[-\w]+", match["name"]):
        raise RecordInvalid(
            f"{path}: a record cannot be called {match['name'][:80]!r}; rename its files and the "
            f"first word of the header with letters, digits, - and _ only"
        )
    fs, n_samples = float(match["fs"]), int(match["n_samples"] or 0)
    if fs <= 0 or n_samples == 0:
        raise RecordInvalid(
            f"{path}: the first line must give a sampling rate and a number of samples, it is "
            f"{lines[0][:80]!r}; correct the header"
        )
    n_signals = int(match["n_signals"])
    if n_signals == 0 or n_signals != len(lines) - 1:
        raise DataCorrupt(
            f"{path} promises {n_signals} signals and describes {len(lines) - 1}; "
            f"fetch the file again"
        )
    signals = tuple(_signal_line(path, line) for line in lines[1:])
    return Header(path, fs, n_samples, signals, comments)


def signal_files(path):
    """Return the names of the signal files of the header ``path``, each once."""
    return list(dict.fromkeys(signal.file for signal in read_header(path).signals))


def named_files(path):
    """Return what stands where a header names its signal files, without looking at the rest.

    Ten times as fast as `signal_files`, for the question whether a record is there at all.
    """
    with open(path, "rb") as file:  # noqa: PTH123 - a Path costs as much as the reading
        lines = file.read(_LARGEST_HEADER_BYTES).decode("utf-8", errors="replace").splitlines()
    words = [line.split(None, 1)[0] for line in lines if line.strip()]
    return [word for word in words if not word.startswith("#")][1:]


def check_signal_files(header):
    """Raise unless every signal file of ``header`` holds what the header promises.

    Only lengths are compared, so a header that promises the moon costs nothing.

    Raises
    ------
    DataMissing
        If a file is not there.
    DataCorrupt
        If a file is too short, or FLAC with another number of leads.
    RecordInvalid
        If the storage format is unknown, or differs within a file.
    """
    for name in dict.fromkeys(signal.file for signal in header.signals):
        signals = [signal for signal in header.signals if signal.file == name]
        file = header.path.with_name(name)
        if not file.is_file():
            raise DataMissing(f"{file} is not there, {header.path.name} names it; fetch it again")
        storage = {(signal.format, signal.offset) for signal in signals}
        if len(storage) > 1:
            raise RecordInvalid(f"{header.path}: the signals of {name} differ in their format")
        if max(signal.skew for signal in signals) > header.n_samples:
            raise RecordInvalid(f"{header.path}: a signal of {name} is skewed beyond its end")
        if signals[0].format in _FLAC:
            _check_flac(file, header, signals)
        else:
            _check_length(file, header, signals)


def _check_length(file, header, signals):
    kind, offset = signals[0].format, signals[0].offset
    if kind not in _BYTES:
        raise RecordInvalid(
            f"{header.path}: storage format {kind} is unknown, known are "
            f"{', '.join([*_BYTES, *sorted(_FLAC)])}; convert {file.name} with the WFDB tools"
        )
    n_samples = header.n_samples * sum(signal.frame for signal in signals)
    expected = offset + math.ceil(n_samples * _BYTES[kind])
    n_bytes = file.stat().st_size
    if n_bytes < expected:
        raise DataCorrupt(
            f"{file} has {n_bytes:,} bytes and {header.path.name} promises {expected:,} "
            f"({len(signals)} signals of {header.n_samples:,} samples): the file is cut off or "
            f"the header is wrong; fetch both again"
        )


def _check_flac(file, header, signals):
    import soundfile

    try:
        flac = soundfile.info(str(file))
    except (OSError, RuntimeError) as error:
        raise DataCorrupt(f"{file} is no FLAC file ({error}); fetch it again") from error
    frames = header.n_samples * max(signal.frame for signal in signals)
    if flac.channels != len(signals) or flac.frames < frames:
        raise DataCorrupt(
            f"{file} has {flac.channels} signals of {flac.frames:,} samples and "
            f"{header.path.name} promises {len(signals)} of {frames:,}; fetch both again"
        )


def _lines(path):
    """Return the lines of a header that are not empty, and its comments."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_HEADER_BYTES + 1)
    except FileNotFoundError as error:
        raise DataMissing(f"{path} is not there; fetch the record first") from error
    except OSError as error:
        raise DataMissing(f"{path} cannot be read ({error.strerror})") from error
    if len(content) > _LARGEST_HEADER_BYTES:
        raise DataCorrupt(f"{path} is too long for a WFDB header; fetch the file again")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # µ and umlauts of older programs
    # At the line ends of ASCII only, as wfdb does, so that both see the same lines.
    lines = [line.strip() for line in re.split(r"[\n\r\v\f\x1c-\x1e]", text)]
    comments = tuple(line[1:].strip() for line in lines if line.startswith("#"))
    return [line for line in lines if line and not line.startswith("#")], comments


def _signal_line(path, line):
    match = _SIGNAL_LINE.fullmatch(line)
    if match is None:
        raise DataCorrupt(f"{path}: {line[:80]!r} describes no signal; fetch the file again")
    counts = int(match["frame"] or 1), int(match["skew"] or 0), int(match["offset"] or 0)
    gain, unit, name = float(match["gain"] or 0), match["unit"] or "mV", match["name"] or ""
    return SignalLine(line[:80], match["file"], match["format"], *counts, gain, unit, name.strip())
