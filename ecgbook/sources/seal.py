"""A mark on files that were verified, which any later change of them takes away.

It is the fraction of a second in the time of the file, set to one that belongs to its digest. So
a changed file is noticed at the price of asking for its time, and nothing is kept beside it.
"""

import os
from contextlib import suppress

__all__ = ["is_sealed", "seal"]

_SECOND_NS = 10**9
_STEP_NS = 100  # file systems keep times in such steps or in finer ones


def seal(path, digest):
    """Mark the file ``path`` as one of this SHA-256; one that nobody may write stays as it is."""
    with suppress(OSError):
        second = path.stat().st_mtime_ns // _SECOND_NS * _SECOND_NS
        os.utime(path, ns=(second, second + _fraction(digest)))


def is_sealed(path, digest):
    """Tell whether the file ``path`` was verified to have this SHA-256 and not changed since."""
    return path.stat().st_mtime_ns % _SECOND_NS == _fraction(digest)


def _fraction(digest):
    return int(digest[:12], 16) % (_SECOND_NS // _STEP_NS) * _STEP_NS
