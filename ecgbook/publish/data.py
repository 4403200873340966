"""Which ECGs a chapter gets: all real or all simulated, decided once a chapter."""

import hashlib
import json

from ecgbook import sources
from ecgbook.errors import DataMissing

__all__ = ["choose", "kind", "state"]


def choose(chapter, data):
    """Return ``real`` or ``synthetic``: what ``data`` means for all of a chapter.

    ``auto`` is real if every record is to be had that the manifest names, so that no page mixes
    real and simulated ECGs.
    """
    if data != "auto":
        return data
    return "real" if all(_to_be_had(*item) for item in chapter.databases.items()) else "synthetic"


def kind(chapter, data):
    """Return ``real``, ``simulated``, or ``–`` for a chapter without databases, for a table."""
    if not chapter.databases:
        return "–"
    return "simulated" if data == "synthetic" or {*chapter.databases} == {"synthetic"} else "real"


def state(chapter, data):
    """Return what each database of a chapter would give, down to the digests of its files."""
    opened = {name: sources.open_database(name, data=data) for name in chapter.databases}
    return {
        name: [database.origin, None if database.simulated else _digest(database.files.digests)]
        for name, database in opened.items()
    }


def _to_be_had(name, needed):
    if isinstance(needed, int):
        try:
            needed, count = sources.open_database(name).records[:needed], needed
        except DataMissing:
            return False
        return len(needed) == count and sources.available(name, needed)
    return sources.available(name, None if needed == "all" else needed)


def _digest(digests):
    return hashlib.sha256(json.dumps(sorted(digests.items())).encode()).hexdigest()
