"""WFDB records that nobody vouches for: looked through before and after they are read.

The files of a database are held to their digests, so `ecgbook.sources.reading` does without.
"""

from functools import wraps

from ecgbook.errors import RecordInvalid
from ecgbook.paths import expanded
from ecgbook.sources import reading
from ecgbook.sources.header import read_header
from ecgbook.sources.markfile import check_marks
from ecgbook.sources.sums import warn_of_sums

__all__ = ["check_path", "read_wfdb"]


@wraps(reading.read_wfdb)
def read_wfdb(stem, annotator=None, *, gain=None, signals=None, **names):
    """Return a record as `ecgbook.sources.reading.read_wfdb` does, after more checks."""
    stem = check_path(expanded(stem))
    if annotator is not None and (marks := stem.with_name(f"{stem.name}.{annotator}")).is_file():
        check_marks(marks)
    try:
        recording = reading.read_wfdb(stem, annotator, gain=gain, signals=signals, **names)
    except MemoryError as error:
        raise RecordInvalid(f"{stem}: the record is larger than the memory here") from error
    header = read_header(stem.with_name(f"{stem.name}.hea"))
    warn_of_sums(stem, recording, signals or range(len(header.signals)), gain)
    return recording


def check_path(path):
    """Return a path; refuse one that the library for WFDB files takes for an address."""
    if "::" in str(path.absolute()):
        raise RecordInvalid(f"{path}: a folder or file with '::' cannot be read; rename it")
    return path
