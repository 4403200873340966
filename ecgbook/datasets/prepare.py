"""From recordings to stored `Examples`: read in parallel, prepared once, kept on disk."""

import math
from bisect import bisect_left
from collections import defaultdict

import numpy as np
import pandas as pd
from joblib import Parallel, delayed, effective_n_jobs
from joblib.parallel import get_active_backend
from tqdm import tqdm

from ecgbook.code import code_digest
from ecgbook.datasets.examples import Examples, as_text
from ecgbook.datasets.ragged import Ragged
from ecgbook.errors import RecordInvalid
from ecgbook.store import Store

__all__ = ["opened", "prepare", "rows_of"]

_WAITING = 1 << 24  # samples in memory that were read and are not yet written


def opened(database):
    """Return a database that is given itself or by its name (then with real ECGs)."""
    if not isinstance(database, str):
        return database
    from ecgbook.sources import open_database

    return open_database(database)


def rows_of(recording, sample, **columns):
    """Return the rows of the examples cut from one recording at ``sample``."""
    who = {"patient": recording.patient, "record": recording.record}
    return pd.DataFrame({**who, "sample": np.asarray(sample, np.int64), **columns})


def prepare(database, recipe, make, *, records=None):
    """Return the `Examples` of a recipe, from the store if they were made before.

    They are written as they come, so that memory holds a few recordings only. Recordings are
    read by threads; inside ``joblib.parallel_config(...)`` by whatever that says. Where they gave
    different leads, the lead is named after them all: "MLII or V5".

    Parameters
    ----------
    database, records : Database, sequence of str or None
        Where the recordings come from, and which of them to take; all of them if None.
    recipe : dict
        Name and parameters of the recipe. A change in any of them makes a new set, and so does
        a change of a file of these records, or in the code that reads and cuts them.
    make : callable
        ``make(recording) -> Examples`` of that recording, or None where it has none; a function
        of a module, or a partial of one.

    Raises
    ------
    RecordInvalid
        If no recording yields an example, or two differ in rate, number of leads or, unless
        they are ragged, in length.
    """
    records = tuple(database.records if records is None else records)
    recipe = {**recipe, "database": database.name, "simulated": database.simulated}
    code = code_digest(make, type(database), prepare)
    files = _digests(database, records)
    names = (database.name, database.info.version, recipe["recipe"])
    made_from = {"records": records, "files": files, "info": repr(database.info), "code": code}
    store = Store()
    key = store.key(*names, **recipe, **made_from)
    entry = store.get(key)
    if entry is None:
        if not getattr(database, "stored", True):  # else what is decoded may be kept already
            database.files.fetch_records([*map(database.files.path_of, records)], progress=True)
        with store.create(key, {"code": code}) as writer:
            _write(writer, _parts(database, make, records), database)
        entry = writer.entry
    return _examples(entry, recipe)


def _digests(database, records):
    """Return the digests of the files of records and of the tables of labels."""
    files = getattr(database, "files", None)
    if files is None:
        return []
    paths, own = sorted(files.digests), [*database.info.tables]
    for stem in map(files.path_of, records):
        first = bisect_left(paths, stem)
        own += paths[first : bisect_left(paths, f"{stem}\uffff", first)]
    return [files.digests.get(path) for path in own]


def _parts(database, make, records):
    """Yield the examples of record after record: few at a time are read and not yet taken."""
    jobs = get_active_backend()[1] or -1
    workers = effective_n_jobs(jobs)
    several, done, largest = workers, 0, 0
    bar = tqdm(desc=f"reading {database.name}", total=len(records), leave=False)
    with bar, Parallel(n_jobs=jobs, prefer="threads") as parallel:
        while done < len(records):
            some = records[done : done + several]
            shares = [some[k::workers] for k in range(min(workers, len(some)))]
            read = parallel(delayed(_read)(database, make, share) for share in shares)
            sizes = (math.prod(part.x.shape) for share in read for part in share if part)
            largest = max([largest, 1, *sizes])
            for k in range(len(some)):
                yield read[k % workers][k // workers]
                bar.update()
            del read  # before more is read
            done += len(some)
            several = workers * max(1, _WAITING // largest // workers)


def _read(database, make, records):
    return [make(database.read(record)) for record in records]


def _write(writer, parts, database):
    first, leads, rows = None, [], defaultdict(list)
    for part in filter(None, parts):
        first = first or part
        if _kind(part) != _kind(first):
            raise RecordInvalid(
                f"{database.name}: record {first.record[0]} gives {_kind(first)}, record "
                f"{part.record[0]} {_kind(part)}; take records of one kind with records=[…]"
            )
        for piece in (signal.T for signal in part.x) if isinstance(part.x, Ragged) else [part.x]:
            writer.append("x", piece)
        writer.append("y", part.y)
        leads.append(part.leads)
        for name, column in part.rows.items():
            rows[name].append(column.to_numpy())
    if first is None:
        raise RecordInvalid(f"{database.name}: no example in any of the records asked for")
    for name, pieces in rows.items():
        column = np.concatenate(pieces)
        writer.put(f"rows.{name}", column if column.dtype.kind in "biuf" else as_text(column))
    writer.meta |= {name: getattr(first, name) for name in ("classes", "fs", "feature_names")}
    leads = [" or ".join(dict.fromkeys(names)) for names in zip(*leads, strict=True)]
    writer.meta |= {"leads": leads, "rows": list(rows), "ragged": isinstance(first.x, Ragged)}


def _kind(part):
    length = "" if isinstance(part.x, Ragged) else f" of {part.x.shape[2]} samples"
    return f"{part.fs:.10g} Hz, {part.x.shape[1]} leads{length}"


def _examples(entry, recipe):
    arrays, meta = entry.arrays, entry.meta
    rows = pd.DataFrame({name: arrays[f"rows.{name}"] for name in meta["rows"]})
    x = arrays["x"]
    if meta["ragged"]:
        length = rows["length"].to_numpy()
        x = Ragged(x.T, np.cumsum(length) - length, length)
    named = {name: meta[name] for name in ("classes", "fs", "leads", "feature_names")}
    return Examples(x, arrays["y"], rows=rows, recipe=recipe, **named)
