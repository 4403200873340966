"""What each database is: version, licence, citation, size and layout, read from catalog.toml."""

import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files

from ecgbook.errors import DataMissing

__all__ = ["CATALOG", "DatabaseInfo", "info_of", "tables"]

_LICENCES = {
    "ODC-BY 1.0": "https://opendatacommons.org/licenses/by/1-0/",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "BSD-3-Clause": "https://opensource.org/license/bsd-3-clause",
}


@dataclass(frozen=True, kw_only=True)
class DatabaseInfo:
    """One entry of the catalog.

    Parameters
    ----------
    name, version, title : str
        ``name/version`` is also the folder of the database on PhysioNet and on mirrors.
    licence, citation, size, population : str
        Licence of the recordings; the publication to cite; records and their length in words; who
        was recorded, and how they were chosen.
    fs : float
        Sampling rate in Hz of most records.
    leads : tuple of str
        Leads of a typical record; others may have other leads.
    record_path : str
        Regular expression of a record's path in the folder, without its ending.
    doi : str or None
        DOI of this version of the data.
    n_records, n_patients : int or None
        Counts of the whole database; None where it does not say.
    aliases : tuple of str
        Other names by which people call it; capitals, spaces and hyphens do not matter.
    annotators : tuple of str
        Endings of the annotation files of a record; the first is read with the record.
    unannotated : str
        Regular expression of the paths of records without annotations.
    tables : tuple of str
        Files with the labels of many records.
    index_sha256 : str or None
        Digest of PhysioNet's own ``SHA256SUMS.txt``, where known.
    """

    name: str
    version: str
    title: str
    licence: str
    citation: str
    size: str
    population: str
    fs: float
    leads: tuple[str, ...]
    record_path: str
    doi: str | None = None
    n_records: int | None = None
    n_patients: int | None = None
    aliases: tuple[str, ...] = ()
    annotators: tuple[str, ...] = ()
    unannotated: str = ""
    tables: tuple[str, ...] = ()
    index_sha256: str | None = None

    @property
    def licence_url(self):
        """Where the text of the licence is."""
        return _LICENCES[self.licence]

    @property
    def folder(self):
        """Folder of the database below a root, such as ``mitdb/1.0.0``."""
        return f"{self.name}/{self.version}"

    def is_record(self, path):
        """Tell whether ``path`` (without its ending) is a record of this database."""
        return re.fullmatch(self.record_path, path) is not None

    def annotators_of(self, path):
        """Return the endings of the annotation files of the record at ``path``."""
        return () if re.fullmatch(self.unannotated, path) else self.annotators


def tables(name):
    """Return the tables of a TOML file of this folder, with tuples for lists."""
    return _plain(tomllib.loads(files(__package__).joinpath(name).read_text("utf-8")))


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return tuple(map(_plain, value))
    return value.strip() if isinstance(value, str) else value  # the indent of the file


CATALOG = {name: DatabaseInfo(name=name, **facts) for name, facts in tables("catalog.toml").items()}


def _key(name):
    return re.sub(r"[^a-z0-9]", "", str(name).lower())


_NAMES = {
    _key(called): info.name
    for info in CATALOG.values()
    for called in (info.name, info.title, *info.aliases)
}


def info_of(name):
    """Return the catalog entry of a database, by its name or one of its aliases.

    Raises
    ------
    DataMissing
        If the catalog has no such database; names that look alike are suggested.

    Examples
    --------
    >>> info_of("PTBXL").name, info_of("MIT-BIH").name, info_of("cinc2017").name
    ('ptb-xl', 'mitdb', 'challenge-2017')
    """
    if _key(name) in _NAMES:
        return CATALOG[_NAMES[_key(name)]]
    close = dict.fromkeys(_NAMES[key] for key in get_close_matches(_key(name), _NAMES, 5))
    hint = f"did you mean {' or '.join(close)}? The" if close else "the"
    raise DataMissing(f"there is no database {name!r}; {hint} catalog has {', '.join(CATALOG)}")
