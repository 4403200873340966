"""Annotation files looked through before they are read: whole, in order, and of known codes.

The format is that of *annot(5)* in the WFDB Applications Guide, MIT format: words of 16 bits, the
code in the upper 6, the time since the last mark, or what belongs to the code, in the lower 10.
Notes at sample 0 that begin with ``##`` are no marks: they tell the rate, or name further codes.
"""

import re
from dataclasses import dataclass

from ecgbook.errors import DataCorrupt

__all__ = ["check_marks"]

_LARGEST_BYTES = 200_000_000  # a mark takes two bytes
_NOTE = 22
_SKIP, _NUM, _SUB, _CHN, _AUX = 59, 60, 61, 62, 63
_LAST_MARK = 49  # of the codes that stand for a mark; between it and SKIP none has a meaning
_RATE = re.compile(r"## time resolution: (\d+\.?\d*)\s*")
_NAMES, _END_OF_NAMES = "## annotation type definitions", "## end of definitions"
_NAME = re.compile(r"\d+ \S+ .+")


@dataclass
class _Mark:
    time: int
    code: int
    text: str = ""


def check_marks(path):
    """Return the notes at sample 0 that are for a reader; their texts, in order.

    `wfdb` leaves them out, takes them for a rate or a name, or comes to no end with them. Raises
    `DataCorrupt` unless the file can be read to its very end. Refused are a file without its end
    mark or with more behind it, a text or a pause that is cut off, marks that go back before the
    beginning, codes that have no meaning, and rates and names that are none or come too late.
    """
    if path.stat().st_size > _LARGEST_BYTES:
        raise _corrupt(path, f"it has more than {_LARGEST_BYTES:,} bytes")
    marks = _marks(path, path.read_bytes())
    first = next((n for n, one in enumerate(marks) if not _is_note(one)), len(marks))
    late = [one.text for one in marks[first:] if _is_note(one)]
    if any(text.startswith("## ") for text in late):
        raise _corrupt(path, "the rate or the names of codes come after the first mark")
    return _for_readers(path, [one.text for one in marks[:first]]) + late


def _marks(path, content):
    """Return the marks of a file whose words have a meaning up to its end."""
    place, time, marks = 0, 0, []
    while word := int.from_bytes(content[place : place + 2], "little"):
        code, low = word >> 10, word & 1023
        place += 2
        if code == _SKIP:
            high, rest = (content[place : place + 2], content[place + 2 : place + 4])
            time += int.from_bytes(rest + high, "little", signed=True)
            place += 4
        elif code == _AUX and marks and not marks[-1].text:
            marks[-1].text = content[place : place + low].decode("latin-1").rstrip("\0")
            place += low + low % 2
        elif code <= _LAST_MARK:
            time += low
            marks.append(_Mark(time, code))
        elif code not in (_NUM, _SUB, _CHN):
            raise _corrupt(
                path, f"byte {place - 2:,} has the code {code}, which means nothing here"
            )
        if time < 0:
            raise _corrupt(path, f"mark {len(marks):,} lies before the beginning")
    if place + 2 != len(content):
        raise _corrupt(path, f"its end mark is at byte {place:,} of {len(content):,}")
    return marks


def _is_note(mark):
    return (mark.time, mark.code) == (0, _NOTE)


def _for_readers(path, texts):
    """Return the texts that are for readers; those for programs tell one rate, and name codes."""
    naming, rates, others = False, [], []
    for text in texts:
        if rate := _RATE.fullmatch(text):
            rates.append(float(rate[1]))
        elif text == (_END_OF_NAMES if naming else _NAMES):
            naming = not naming
        elif text.startswith("## ") or (naming and not _NAME.fullmatch(text)):
            raise _corrupt(path, f"it says {text[:60]!r}, which is no rate and no name of a code")
        elif not naming:
            others.append(text)
    if naming or len(rates) > 1 or 0 in rates:
        raise _corrupt(path, "its names of codes have no end, or it tells no rate, or several")
    return others


def _corrupt(path, fault):
    return DataCorrupt(f"{path} is cut off or damaged ({fault}); fetch it again")
