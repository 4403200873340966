"""Annotation files looked through before they are read: whole, in order, and of known codes.

The format is that of *annot(5)* in the WFDB Applications Guide, MIT format: words of 16 bits, the
code in the upper 6, the time since the last mark, or what belongs to the code, in the lower 10.
"""

from ecgbook.errors import DataCorrupt

__all__ = ["check_marks"]

_LARGEST_BYTES = 200_000_000  # a mark takes two bytes
_SKIP, _NUM, _SUB, _CHN, _AUX = 59, 60, 61, 62, 63
_LAST_MARK = 49  # of the codes that stand for a mark; between it and SKIP none has a meaning


def check_marks(path):
    """Raise `DataCorrupt` unless an annotation file in MIT format can be read to its very end.

    Refused are a file without its end mark or with more behind it, a text or a pause that is cut
    off, marks that go back before the beginning, and codes that have no meaning.
    """
    if path.stat().st_size > _LARGEST_BYTES:
        raise _corrupt(path, f"it has more than {_LARGEST_BYTES:,} bytes")
    content = path.read_bytes()
    place, time, marks = 0, 0, 0
    while word := int.from_bytes(content[place : place + 2], "little"):
        code, low = word >> 10, word & 1023
        place += 2
        if code == _SKIP:
            high, rest = (content[place : place + 2], content[place + 2 : place + 4])
            time += int.from_bytes(rest + high, "little", signed=True)
            place += 4
        elif code == _AUX:
            place += low + low % 2
        elif code <= _LAST_MARK:
            time, marks = time + low, marks + 1
        elif code not in (_NUM, _SUB, _CHN):
            raise _corrupt(path, f"byte {place - 2:,} has the code {code}, which means nothing")
        if time < 0:
            raise _corrupt(path, f"mark {marks:,} lies before the beginning")
    if place + 2 != len(content):
        raise _corrupt(path, f"its end mark is at byte {place:,} of {len(content):,}")


def _corrupt(path, fault):
    return DataCorrupt(f"{path} is cut off or damaged ({fault}); fetch it again")
