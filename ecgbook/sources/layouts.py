"""WFDB records of several segments, and records that do not say how long they are.

*header(5)* allows both. No database of the catalog has them; one's own recordings may.
"""

import re

import numpy as np

from ecgbook.errors import DataCorrupt, DataMissing, RecordInvalid
from ecgbook.recording import Recording
from ecgbook.sources import header as headers
from ecgbook.sources import reading
from ecgbook.sources.markfile import check_marks
from ecgbook.sources.strict import check_name, complete, read_wfdb

__all__ = ["read_layout", "signal_lines"]

_GAP = "~"  # the name of a segment in which nothing was recorded
_SEGMENT = re.compile(r"(~|[-\w]{1,99})\s+(\d{1,15})", re.ASCII)
_LARGEST = 1 << 31  # samples of all signals together


def signal_lines(stem):
    """Return the `SignalLine`s of a record; of several segments those of the layout, or the first.

    `DataCorrupt` if the segments have other signals than the record.
    """
    match, lines = _opened(stem)
    if not match["segments"]:
        return tuple(headers._signal_line(_header_path(stem), line) for line in lines)
    segments = [one for one in _segments(stem, match, lines) if one[0] != _GAP]
    found = [_lines_of(stem, segment) for segment in segments] or [()]
    names = [[line.name for line in lines] for lines in found]
    varies = segments and segments[0][1] == 0
    fit = all(set(own) <= set(names[0]) if varies else own == names[0] for own in names)
    if not fit or not len(names[0]) == len({*names[0]}) == int(match["n_signals"]):
        raise DataCorrupt(f"{_header_path(stem)}: its segments have other signals than it promises")
    return found[0]


def read_layout(stem, annotator=None, *, patient="", wanted=lambda signal: True):
    """Return a record of whatever layout; ``wanted`` chooses among its `SignalLine`s.

    Of a record of several segments, a signal is NaN in the segments that do not have it. Errors are
    those of `read_wfdb`.
    """
    match, lines = _opened(stem)
    if match["segments"]:
        recording = _joined(stem, _segments(stem, match, lines), float(match["fs"]), wanted)
    elif match["n_samples"] in (None, "0") and lines:
        recording = _of_unknown_length(stem, match, lines, wanted)
    else:
        chosen = [n for n, line in enumerate(signal_lines(stem)) if wanted(line)]
        return read_wfdb(stem, annotator, patient=patient, signals=chosen)
    marks = None
    if annotator is not None:
        path = stem.with_name(f"{stem.name}.{annotator}")
        notes = check_marks(path) if path.is_file() else []
        marks = complete(reading.read_annotations(stem, annotator, recording.fs), notes, path)
    facts = {"fs": recording.fs, "leads": recording.leads, "record": stem.name, "patient": patient}
    return Recording(recording.signal, annotations=marks, **facts)


def _header_path(stem):
    return stem.with_name(f"{stem.name}.hea")


def _opened(stem):
    """Return the first line of a header, taken apart, and the others."""
    path = _header_path(stem)
    lines, _ = headers._lines(path)
    match = headers._RECORD_LINE.fullmatch(lines[0]) if lines else None
    if match is None:
        raise DataCorrupt(f"{path} is no WFDB header; fetch the file again")
    return match, lines[1:]


def _doubted(stem, lines):
    """Return signal lines if `wfdb` reads the same names in the header of ``stem``."""
    import wfdb

    path = _header_path(stem)
    try:
        theirs = wfdb.rdheader(str(stem)).sig_name or []
    except Exception as error:  # wfdb refuses in many ways
        raise DataCorrupt(f"{path} is no WFDB header ({error}); fetch the file again") from error
    if len(theirs) != len(lines):
        raise DataCorrupt(f"{path} promises {len(theirs)} signals and describes {len(lines)}")
    for line, name in zip(lines, theirs, strict=True):
        check_name(path, line, name)
    return lines


def _segments(stem, match, lines):
    """Return name and length of each segment, as the header lists them."""
    path, found = _header_path(stem), [_SEGMENT.fullmatch(line) for line in lines]
    if None in found or len(found) != int(match["segments"][1:]):
        raise DataCorrupt(f"{path} promises {match['segments'][1:]} segments and lists others")
    found = [(one[1], int(one[2])) for one in found]
    total, n_signals = int(match["n_samples"] or 0), int(match["n_signals"])
    if sum(n for _, n in found) != total or total == 0:
        raise DataCorrupt(f"{path}: its segments are not as long together as the record")
    if total * n_signals > _LARGEST:
        raise RecordInvalid(f"{path}: more than {_LARGEST:,} samples; read one of its segments")
    if any(name == stem.name for name, _ in found):
        raise DataCorrupt(f"{path}: the record is a segment of itself")
    if any(n == 0 for _, n in found[1:]) or found[0] == (_GAP, 0):
        raise DataCorrupt(f"{path}: a segment has no samples, and is not the layout before all")
    return found


def _lines_of(stem, segment):
    """Return the signal lines of a segment; the first one of a variable layout has no samples."""
    name, n_samples = segment
    if name == _GAP:
        return ()
    part = stem.with_name(name)
    match, lines = _opened(part)
    if match["segments"] or (n_samples and int(match["n_samples"] or 0) != n_samples):
        raise DataCorrupt(f"{_header_path(part)} is not as {_header_path(stem).name} says")
    if n_samples == 0:  # the layout: signals in no file, whose name is "~"
        path = _header_path(part)
        lines = [headers._signal_line(path, re.sub("^~", "none", line)) for line in lines]
        return _doubted(part, tuple(lines))
    return headers.read_header(_header_path(part)).signals


def _joined(stem, segments, fs, wanted):
    """Return the segments one after another, NaN where nothing was recorded."""
    _doubted(stem, ())
    leads = [line.name for line in signal_lines(stem) if wanted(line)]
    signal = np.full((len(leads), sum(n for _, n in segments)), np.nan, np.float32)
    start, rates = 0, set()
    for segment in segments:
        lines = _lines_of(stem, segment) if segment[1] else ()
        chosen = [n for n, line in enumerate(lines) if line.name in leads]
        if chosen:
            part = read_wfdb(stem.with_name(segment[0]), signals=chosen)
            if part.signal.shape[1] != segment[1]:
                raise RecordInvalid(f"{stem}: a segment with several samples a frame is not read")
            rates.add(part.fs)
            for n, row in zip(chosen, part.signal, strict=True):
                signal[leads.index(lines[n].name), start : start + segment[1]] = row
        start += segment[1]
    if rates != {fs}:
        raise RecordInvalid(f"{_header_path(stem)} says {fs:g} Hz, its segments {rates or 'none'}")
    return Recording(signal, fs=fs, leads=reading.canonical_leads(leads))


def _of_unknown_length(stem, match, lines, wanted):
    """Return a record whose length is that of its files, as *header(5)* has it."""
    import wfdb

    path = _header_path(stem)
    signals = _doubted(stem, tuple(headers._signal_line(path, line) for line in lines))
    if len(signals) != int(match["n_signals"]) or float(match["fs"]) <= 0:
        raise DataCorrupt(f"{path} promises other signals than it describes, or no sampling rate")
    lengths = {_length(path, [s for s in signals if s.file == one.file]) for one in signals}
    header = headers.Header(path, float(match["fs"]), min(lengths), signals, ())
    if len(lengths) > 1 or min(lengths) == 0:
        raise DataCorrupt(f"{path} does not say how long it is, and its files differ or are empty")
    headers.check_signal_files(header)
    chosen = [n for n, signal in enumerate(signals) if wanted(signal)]
    scale = np.array([reading._millivolts(header, signals[n], None) for n in chosen])
    frames = {signals[n].frame for n in chosen}
    if len(frames) != 1:
        raise RecordInvalid(f"{path}: its signals differ in their sampling rate, or there are none")
    leads = reading.canonical_leads([signals[n].name for n in chosen])
    try:
        record = wfdb.rdrecord(str(stem), channels=chosen, smooth_frames=False)
        signal = np.array(record.e_p_signal) * scale[:, None]
    except Exception as error:  # whatever makes wfdb stumble
        raise DataCorrupt(f"the signals of {path} cannot be read ({error})") from error
    return Recording(signal, fs=header.fs * frames.pop(), leads=leads)


def _length(path, signals):
    """Return how many samples (frames) a signal file holds."""
    first, file = signals[0], path.with_name(signals[0].file)
    if not file.is_file():
        raise DataMissing(f"{file} is not there, {path.name} names it; fetch it again")
    if first.format not in headers._BYTES:
        raise RecordInvalid(f"{path}: with storage format {first.format} it must give its length")
    n_bytes = file.stat().st_size - first.offset
    return int(n_bytes / headers._BYTES[first.format]) // sum(signal.frame for signal in signals)
