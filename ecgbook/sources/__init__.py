"""Sources of ECGs: real databases, fetched when they are needed, and simulated ones."""

from importlib import import_module

from ecgbook.errors import DataMissing, EcgError
from ecgbook.sources.catalog import CATALOG
from ecgbook.sources.database import Database
from ecgbook.sources.fetch import Files, info_of
from ecgbook.sources.reading import read_wfdb

__all__ = ["CATALOG", "Database", "open_database", "read_wfdb"]

_READERS = {
    "mitdb": ("mitdb", "Mitdb"),
    "ptbdb": ("ptbdb", "Ptbdb"),
    "ltstdb": ("ltstdb", "Ltstdb"),
    "ptb-xl": ("ptbxl", "PtbXl"),
    "challenge-2017": ("challenge2017", "Challenge2017"),
    "challenge-2021": ("challenge2021", "Challenge2021"),
}


def open_database(name, data="real"):
    """Open a database of the catalog; its files are fetched when they are read.

    Files come from the cache (``ECGBOOK_CACHE``), from the mirrors of ``ECGBOOK_MIRROR``
    (folders or web addresses, separated by commas, laid out ``NAME/VERSION/...``) and from
    PhysioNet, in this order; ``ECGBOOK_OFFLINE=1`` allows no network. A mirror may hold a part:
    its ``SHA256SUMS.txt`` says which records there are.

    Parameters
    ----------
    name : str
        ``mitdb``, ``ptbdb``, ``ltstdb``, ``ptb-xl``, ``challenge-2017``, ``challenge-2021`` or
        ``synthetic``.
    data : {"real", "auto", "synthetic"}
        Real ECGs only; real ones where they are to be had, else simulated ones of the same
        shape; simulated ones.

    Returns
    -------
    Database

    Raises
    ------
    DataMissing
        If the catalog has no such database, or with ``data="real"`` no recording is to be had.
    DataCorrupt
        If a mirror has the database in a state that cannot be trusted.
    """
    info = info_of(name)
    if data not in ("real", "auto", "synthetic"):
        raise EcgError(f'data must be "real", "auto" or "synthetic", got {data!r}')
    if name == "synthetic" or data == "synthetic":
        return _simulated(name, info)
    try:
        files = Files(info)
    except DataMissing:
        if data == "auto":
            return _simulated(name, info)
        raise
    module, reader = _READERS[name]
    return getattr(import_module(f"ecgbook.sources.{module}"), reader)(files)


def _simulated(name, info):
    from ecgbook.sources.synthetic import simulated_database

    return simulated_database(name, info)
