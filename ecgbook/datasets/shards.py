"""Preparation of very many recordings in shards, so that one that was stopped goes on.

Each shard is an entry of the store by itself. When all are there they are written one after another
into the set that was asked for, and go. A run that was killed is started again with the same call,
and finds the shards that it had finished.
"""

import shutil

from tqdm import tqdm

from ecgbook.code import code_digest
from ecgbook.datasets import prepare as one
from ecgbook.store import Store

__all__ = ["SHARD", "prepare_in_shards"]

SHARD = 1_000  # recordings: of twelve leads, ten seconds and 500 Hz they take 240 MB


def prepare_in_shards(database, recipe, make_for, *, records, shard=None):
    """Return the `Examples` of a recipe, from the store if they were made before.

    Reading, memory and errors are as of `ecgbook.datasets.prepare.prepare`, which also says how
    joblib brings in processes or a cluster. While shards are joined they take their room twice.

    Parameters
    ----------
    database, recipe, records
        As there; records may not be None.
    make_for : callable
        ``make_for(records) -> make``, of ``make`` as there: only the labels of the records at hand
        travel to those who read them.
    shard : int, optional
        Recordings, by default 1,000, that are read before something is kept for good.
    """
    records, shard = tuple(records), SHARD if shard is None else shard
    if len(records) <= shard:
        return one.prepare(database, recipe, make_for(records), records=records)
    recipe = {**recipe, "database": database.name, "simulated": database.simulated}
    parts = [records[i : i + shard] for i in range(0, len(records), shard)]
    keys = [_key(database, recipe, part, make_for(part)) for part in parts]
    store, key = Store(), Store.key(*_names(database, recipe), shards=keys)
    entry = store.get(key)
    if entry is None:
        for part, own in zip(tqdm(parts, "shards", leave=False), keys, strict=True):
            if store.get(own) is None:
                with store.create(own) as writer:
                    read = one._parts(_with_files(database, part), make_for(part), part)
                    one._write(writer, read, database)
        with store.create(key, {"code": code_digest(make_for(()), type(database))}) as writer:
            one._write(writer, (one._examples(store.get(own), recipe) for own in keys), database)
        entry = writer.entry
        for own in keys:
            shutil.rmtree(store.root / own, ignore_errors=True)
    return one._examples(entry, recipe)


def _with_files(database, records):
    """Return the database when the files of some records are at hand, many at a time."""
    if not getattr(database, "stored", True):  # else what is decoded may be kept already
        database.files.fetch_records([*map(database.files.path_of, records)], progress=True)
    return database


def _names(database, recipe):
    return database.name, database.info.version, recipe["recipe"]


def _key(database, recipe, records, make):
    """Return the key of a shard: it changes with its files, its labels and the code."""
    code = code_digest(make, type(database), one.prepare, prepare_in_shards)
    files = one._digests(database, records)
    made_from = {"records": records, "files": files, "info": repr(database.info), "code": code}
    return Store.key(*_names(database, recipe), "shard", **recipe, **made_from)
