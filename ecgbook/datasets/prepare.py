"""From recordings to one stored `BeatSet`: read in parallel, prepared once, kept on disk."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from tqdm import tqdm

from ecgbook.datasets.beatset import BeatSet
from ecgbook.errors import RecordInvalid
from ecgbook.store import Store

__all__ = ["Beats", "prepare"]


@dataclass(frozen=True)
class Beats:
    """The beats of one recording, as a recipe hands them over.

    ``x`` ``(beat, lead, time)``, ``y`` ``(beat,)``, ``sample`` ``(beat,)``, the names of the
    leads taken, and where the recipe has them ``features`` ``(beat, feature)`` and ``length``
    ``(beat,)``.
    """

    x: np.ndarray
    y: np.ndarray
    sample: np.ndarray
    leads: tuple[str, ...]
    features: np.ndarray | None = None
    length: np.ndarray | None = None


def prepare(database, recipe, beats_of, *, classes, fs, feature_names=(), records=None):
    """Return the `BeatSet` of a recipe, from the store if it was made before.

    Parameters
    ----------
    database : Database
        Where the recordings come from.
    recipe : dict
        Name and parameters of the recipe. A change in any of them makes a new set, and so does
        a change in the code that reads, filters and cuts.
    beats_of : callable
        ``beats_of(recording) -> Beats``; must be a module-level function or a partial of one.
    classes, fs, feature_names
        What the columns of the set mean, see `BeatSet`.
    records : sequence of str, optional
        The recordings to take; all of the database if left out.

    Returns
    -------
    BeatSet
        Where recordings gave different leads, the lead is named after them all: "MLII or V5".

    Raises
    ------
    RecordInvalid
        If no recording yields a beat.
    """
    records = tuple(database.records if records is None else records)
    recipe = {**recipe, "database": database.name, "simulated": database.simulated}
    store = Store()
    names = (database.name, database.info.version, recipe["recipe"])
    key = store.key(*names, **recipe, records=records, code=_code_digest())
    entry = store.get(key)
    if entry is None:
        arrays, leads = _gather(database, records, beats_of)
        entry = store.put(key, arrays, {"recipe": recipe, "leads": leads})
    return BeatSet(
        **entry.arrays,
        classes=classes,
        fs=fs,
        leads=entry.meta["leads"],
        feature_names=feature_names,
        recipe=recipe,
    )


@cache
def _code_digest():
    """Return a digest of the source of every room that has a hand in a data set."""
    package = Path(__file__).parents[1]
    rooms = [package / "recording.py"]
    rooms += [
        p for room in ("sources", "signals", "datasets") for p in (package / room).rglob("*.py")
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(rooms))).hexdigest()


def _gather(database, records, beats_of):
    def one(record):
        recording = database.read(record)
        return recording.patient, beats_of(recording)

    jobs = Parallel(n_jobs=-1, prefer="threads", return_as="generator")
    parts = jobs(delayed(one)(record) for record in records)
    parts = list(tqdm(parts, total=len(records), desc=f"beats of {database.name}", leave=False))
    if not any(len(beats.y) for _, beats in parts):
        raise RecordInvalid(f"{database.name}: no beat in records {', '.join(records)}")
    count = [len(beats.y) for _, beats in parts]
    arrays = {
        "patient": np.repeat([patient for patient, _ in parts], count),
        "record": np.repeat(records, count),
    }
    for name in ("x", "y", "sample", "features", "length"):
        columns = [getattr(beats, name) for _, beats in parts]
        if columns[0] is not None:
            arrays[name] = np.concatenate(columns)
    return arrays, _lead_names(beats.leads for _, beats in parts if len(beats.y))


def _lead_names(leads):
    return [" or ".join(dict.fromkeys(names)) for names in zip(*leads, strict=True)]
