"""WFDB records that nobody vouches for: looked through before and after they are read.

The files of a database are held to their digests, so `ecgbook.sources.reading` does without.
"""

import re
from dataclasses import replace
from functools import wraps

import numpy as np

from ecgbook.errors import DataCorrupt, RecordInvalid
from ecgbook.paths import expanded
from ecgbook.recording import Annotations
from ecgbook.sources import reading
from ecgbook.sources.header import read_header
from ecgbook.sources.markfile import check_marks
from ecgbook.sources.sums import warn_of_sums

__all__ = ["check_name", "check_path", "complete", "read_wfdb"]


@wraps(reading.read_wfdb)
def read_wfdb(stem, annotator=None, *, gain=None, signals=None, **names):
    """Return a record as `ecgbook.sources.reading.read_wfdb` does, after more checks."""
    import wfdb

    stem = check_path(expanded(stem))
    notes, marks = [], stem.with_name(f"{stem.name}.{annotator}")
    if annotator is not None and marks.is_file():
        notes = check_marks(marks)
    header = read_header(stem.with_name(f"{stem.name}.hea"))
    if long := next((s for s in header.signals if len(s.unit) > 99 or len(s.name) > 999), None):
        raise DataCorrupt(f"{header.path}: {long.line!r}… has an endless unit or name; correct it")
    try:
        recording = reading.read_wfdb(stem, annotator, gain=gain, signals=signals, **names)
    except MemoryError as error:
        raise RecordInvalid(f"{stem}: the record is larger than the memory here") from error
    if annotator is not None:
        recording = replace(recording, annotations=complete(recording.annotations, notes, marks))
    signals = range(len(header.signals)) if signals is None else signals
    theirs = wfdb.rdheader(str(stem))
    for place in signals:
        check_name(header.path, header.signals[place], theirs.sig_name[place])
    warn_of_sums(stem, theirs, recording, signals, gain)
    return recording


def complete(annotations, notes, path):
    """Return annotations with the notes that wfdb left out; refuse marks of unknown codes."""
    if "nan" in annotations.symbol:
        where = annotations.sample[annotations.symbol == "nan"][0]
        raise DataCorrupt(f"{path}: the mark at sample {where:,} has a code without a meaning")
    if not notes:
        return annotations
    columns = [[0] * len(notes), ['"'] * len(notes), notes]
    old = annotations.sample, annotations.symbol, annotations.aux
    return Annotations(*(np.append(new, own) for new, own in zip(columns, old, strict=True)))


def check_name(path, signal, theirs):
    """Raise `DataCorrupt` where `wfdb` reads another name at the end of a line."""
    ours, theirs = (re.sub(r"[^!-~]", "", name or "") for name in (signal.name, theirs))
    if ours != theirs:
        raise DataCorrupt(
            f"{path}: the lead of {signal.line!r} is {signal.name[:40]!r} or "
            f"{theirs[:40]!r}; write the numbers before it in full, with blanks between them"
        )


def check_path(path):
    """Return a path; refuse one that the library for WFDB files takes for an address."""
    if "::" in str(path.absolute()):
        raise RecordInvalid(f"{path}: a folder or file with '::' cannot be read; rename it")
    return path
