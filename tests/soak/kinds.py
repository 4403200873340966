"""What is mutated: files of each kind, how they are read, and what must be true of the result."""

from dataclasses import dataclass
from typing import Any

__all__ = ["KINDS", "Kind", "kind"]

KINDS = {}


@dataclass(frozen=True)
class Kind:
    """One kind of file.

    ``make(folder)`` writes files and returns the paths of those to mutate, in the folder;
    ``read(path)`` reads the one that was mutated; ``fault(path, value)`` says what is not true of
    what was read, by another way of reading, or returns an empty string.
    """

    name: str
    make: Any
    read: Any
    fault: Any


def kind(name, make, read, fault):
    """List a kind of file."""
    KINDS[name] = Kind(name, make, read, fault)
