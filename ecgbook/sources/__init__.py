"""Sources of ECGs: real databases, fetched when they are needed, simulated ones, and own files."""

from importlib import import_module

from ecgbook.errors import DataMissing, EcgError
from ecgbook.sources.catalog import CATALOG, info_of
from ecgbook.sources.database import Database
from ecgbook.sources.fetch import Files
from ecgbook.sources.own import read
from ecgbook.sources.strict import read_wfdb

__all__ = ["CATALOG", "Database", "available", "open_database", "read", "read_wfdb"]

# Class by module, which has the name in the catalog without a hyphen.
_NAMES = ("Mitdb", "Ptbdb", "Ltstdb", "PtbXl", "Challenge2017", "Challenge2021", "Ludb", "Nstdb")
_READERS = {name.lower(): name for name in _NAMES}


def open_database(name, data="real", *, records=None):
    """Return a `Database` of the catalog; its files are fetched when they are read.

    Files come from the cache (``ECGBOOK_CACHE``), from the mirrors of ``ECGBOOK_MIRROR``
    (folders or web addresses, separated by commas, laid out ``NAME/VERSION/...``) and from
    PhysioNet, in this order; ``ECGBOOK_OFFLINE=1`` allows no network. A mirror may hold a part:
    its ``SHA256SUMS.txt`` says which records there are. Offline, the records of the database are
    those whose files are all in the cache or in a mirror.

    Parameters
    ----------
    name : str
        ``mitdb``, ``ptbdb``, ``ltstdb``, ``ptb-xl``, ``challenge-2017``, ``challenge-2021``,
        ``ludb``, ``nstdb`` or ``synthetic``; usual spellings such as ``MIT-BIH`` work as well.
    data : {"real", "auto", "synthetic"}
        Real ECGs only; real ones where all that are needed are to be had, else simulated ones of
        the same shape; simulated ones.
    records : sequence of str, optional
        The records that are needed; for ``"auto"`` all of the database if left out. The database
        has the others as well.

    Raises
    ------
    DataMissing
        If the catalog has no such database, or with ``data="real"`` no recording, or not all of
        ``records``, are to be had.
    DataCorrupt
        If a mirror has the database in a state that cannot be trusted.
    """
    info = info_of(name)
    if data not in ("real", "auto", "synthetic"):
        raise EcgError(f'data must be "real", "auto" or "synthetic", got {data!r}')
    if info.name == "synthetic" or data == "synthetic":
        return _simulated(info)
    try:
        database = _real(info)
    except DataMissing:
        if data == "auto":
            return _simulated(info)
        raise
    absent = _absent(database, records)
    if absent and data == "auto":
        return _simulated(info)
    if absent and records is not None:
        raise DataMissing(
            f"{database.name}: {len(absent)} of the records asked for are not to be had here, such "
            f"as {absent[0]!r}; run `ecgbook data get {database.name} {absent[0]}`, or take "
            f'simulated ECGs with data="auto"'
        )
    return database


def available(name, records=None):
    """Tell whether real records are to be had: offline from the disk, else from the network too.

    True if each of ``records`` is to be had, by default all that the index of the database has,
    and always for ``synthetic``. Raises DataMissing for a name that the catalog does not have, and
    DataCorrupt if a mirror has the database in a state that cannot be trusted.
    """
    info = info_of(name)
    if info.name == "synthetic":
        return True
    try:
        return not _absent(_real(info), records)
    except DataMissing:
        return False


def _real(info):
    module = info.name.replace("-", "")
    return getattr(import_module(f"ecgbook.sources.{module}"), _READERS[module])(Files(info))


def _absent(database, records):
    """Return which of the records that are needed, all of the index if None, are not to be had."""
    needed = database.files.records if records is None else records
    return sorted(set([needed] if isinstance(needed, str) else needed) - set(database.records))


def _simulated(info):
    from ecgbook.sources.synthetic import simulated_database

    return simulated_database(info.name, info)
