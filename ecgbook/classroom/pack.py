"""The pack of an assignment: of each question the inputs of one seed and what is right for them.

The pack of the seed ``public`` is part of the package, for `ecgbook.check`. Graders make one of a
secret seed. A pack holds no solution: what it expects was computed by the solution before.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FunctionType

from ecgbook.classroom.judging import fault
from ecgbook.classroom.transport import NotPlain, decode, encode
from ecgbook.errors import BookInvalid

__all__ = ["PUBLIC_SEED", "Case", "Entry", "Pack", "load", "public", "public_path", "save"]

PUBLIC_SEED = "public"
_PACKS = Path(__file__).with_name("packs")


@dataclass(frozen=True)
class Case:
    """Arguments by name, and what the function returns for them, both as lines of `transport`."""

    inputs: str
    expected: str

    def arguments(self):
        """Return the arguments as a dict, new ones each time: a function may change them."""
        return decode(self.inputs)


@dataclass(frozen=True)
class Entry:
    """A question in a pack; ``accept`` and ``mistakes`` are source code, as in the assignment."""

    name: str
    function: str
    points: int
    rtol: float
    atol: float
    accept: str
    mistakes: str
    cases: tuple[Case, ...]

    def fault(self, expected, answer, inputs):
        """Return what is wrong with an answer, in words; an empty string if it is right."""
        if not self.accept:
            return fault(expected, answer, self.rtol, self.atol)
        (accept,) = _functions(self.accept)
        try:
            return accept(expected, answer, **inputs)
        except Exception:  # an answer of a strange kind
            return "the answer has not the form that is asked"

    def own_mistakes(self):
        """Return the functions that ``mistakes`` defines, in their order."""
        return _functions(self.mistakes)


def _functions(source):
    """Return the functions that some source of the book defines, without private ones."""
    space = {}
    exec(compile(source, "<assignment>", "exec"), space)
    return [
        thing
        for name, thing in space.items()
        if isinstance(thing, FunctionType) and thing.__globals__ is space and name[0] != "_"
    ]


@dataclass(frozen=True)
class Pack:
    """All questions of an assignment; ``texts`` are the points of what is marked by hand."""

    assignment: str
    entries: tuple[Entry, ...]
    texts: dict[str, int]

    @property
    def points(self):
        """The most that can be had without the texts."""
        return sum(entry.points for entry in self.entries)

    def entry(self, name):
        """Return a question by its name; raise `BookInvalid` if there is none."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        there = ", ".join(entry.name for entry in self.entries)
        raise BookInvalid(f"{self.assignment} has no question {name!r}; there are {there}")


def save(pack, path):
    """Write a pack as JSON."""
    entries = [
        {**vars(entry), "cases": [[case.inputs, case.expected] for case in entry.cases]}
        for entry in pack.entries
    ]
    content = {"assignment": pack.assignment, "texts": pack.texts, "entries": entries}
    Path(path).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load(path):
    """Read a pack that `save` has written; raise `BookInvalid` if it is none."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        entries = tuple(
            Entry(**{**entry, "cases": tuple(Case(*case) for case in entry["cases"])})
            for entry in content["entries"]
        )
        return Pack(content["assignment"], entries, content["texts"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BookInvalid(f"{path} is no pack of an assignment ({error})") from error


def public_path(name):
    """Return where the pack of the seed ``public`` lies in the package."""
    return _PACKS / f"{name}.json"


@cache
def public(short):
    """Return the public pack of an assignment by its short name, such as ``ch01``."""
    packs = {f"ch{path.stem.split('-')[0]}": path for path in sorted(_PACKS.glob("*.json"))}
    if short not in packs:
        raise BookInvalid(f"no assignment {short!r}; there are {', '.join(packs)}")
    return load(packs[short])


def case_of(inputs, expected):
    """Return a `Case` of arguments and a right answer; raise `BookInvalid` if one is not plain."""
    try:
        return Case(encode(inputs), encode(expected))
    except NotPlain as error:
        raise BookInvalid(f"inputs and answers must be plain data: {error}") from error
