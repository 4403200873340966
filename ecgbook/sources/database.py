"""`Database`: named records to read, and a table of labels."""

from functools import cache, cached_property

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from tqdm import tqdm

from ecgbook.code import code_digest
from ecgbook.errors import DataMissing, EcgError, RecordInvalid
from ecgbook.recording import Annotations, Recording
from ecgbook.sources.catalog import CATALOG
from ecgbook.sources.checksums import nowhere
from ecgbook.sources.header import read_header
from ecgbook.sources.reading import read_wfdb
from ecgbook.store import Store

__all__ = ["Database", "WfdbDatabase"]

_MARKS = ("sample", "symbol", "aux")


class Database:
    """ECG recordings with their labels: the base of all sources.

    ``database["100"]`` reads a record, a loop over the database reads one after the other, and
    ``len(database)`` says how many there are.

    A source gives `records`, and the methods `_metadata` and `_read`.

    Parameters
    ----------
    info : ecgbook.sources.catalog.DatabaseInfo
        What the database is: title, version, licence, population, …

    Attributes
    ----------
    simulated : bool
        Whether the recordings are computed, not measured.
    records : tuple of str
        Names of the records that are to be had.
    """

    simulated = False
    records: tuple[str, ...]

    def __init__(self, info):
        self.info = info
        self._whole = set()

    def __repr__(self):
        return f"<{type(self).__name__} {self.name}: {len(self)} records. {self.origin}>"

    def __len__(self):
        return len(self.records)

    def __contains__(self, record):
        return record in self.records

    def __iter__(self):
        return map(self.read, self.records)

    def __getitem__(self, record):
        return self.read(record)

    @property
    def name(self):
        """Name in the catalog, such as ``mitdb``."""
        return self.info.name

    @property
    def licence(self):
        """Licence of the recordings; simulated ones have their own."""
        return self._terms.licence

    @property
    def citation(self):
        """What to cite with results from these recordings."""
        return self._terms.citation

    @property
    def _terms(self):
        return CATALOG["synthetic"] if self.simulated else self.info

    @property
    def origin(self):
        """One sentence on where the signals come from, for captions."""
        if self.name == "synthetic":
            return self.info.title
        if self.simulated:
            return f"Simulated ECGs in the shape of {self.info.title}"
        missing = (self.info.n_records or 0) - len(self.records)
        part = f", {len(self.records):,} of {self.info.n_records:,} records" if missing > 0 else ""
        return f"{self.info.title} {self.info.version}, real ECGs{part}"

    @cached_property
    def metadata(self):
        """Table with one row a record and at least the column ``patient``."""
        return self._metadata()

    def read(self, record, missing="raise"):
        """Return one of `records` as a `Recording`.

        Where samples are missing, ``missing="raise"`` refuses the record and ``"keep"`` gives NaN.

        Raises
        ------
        DataMissing
            If there is no such record, or its files are not to be had.
        DataCorrupt
            If its files are damaged.
        RecordInvalid
            If it has gaps and ``missing="raise"``, or breaks the contract of `Recording`.
        """
        if missing not in ("raise", "keep"):
            raise EcgError(f'missing must be "raise" or "keep", got {missing!r}')
        if record not in self._known:
            some = f"its {len(self):,} records are {', '.join(map(repr, self.records[:3]))}, …"
            raise DataMissing(f"{self.name} has no record {record!r} here; {some}; see .records")
        recording = self._read(record)
        if missing == "raise" and record not in self._whole:
            _refuse_gaps(recording)
            self._whole.add(record)  # a day of ECG is searched once
        return recording

    def read_all(self, records=None, progress=True):
        """Read many records, one after another or through joblib.

        Inside ``joblib.parallel_config(...)`` its backend does the reading, such as Dask or Ray.
        For databases that do not fit in memory, loop over the database instead.

        Returns
        -------
        list of Recording
            In the order of ``records``, which are all of the database if left out.
        """
        records = self.records if records is None else tuple(records)
        # One job unless the caller asks for more: decoding holds the interpreter, so that threads
        # gain nothing.
        jobs = Parallel(prefer="threads", return_as="generator")
        recordings = jobs(delayed(self.read)(record) for record in records)
        desc = f"reading {self.name}"
        return list(tqdm(recordings, desc=desc, total=len(records), delay=1, disable=not progress))

    def _table(self, rows):
        """Return one row a record, in the order of `records`."""
        return pd.DataFrame(rows, index=pd.Index(self.records, name="record"))

    @cached_property
    def _known(self):
        return frozenset(self.records)

    def _metadata(self):
        raise NotImplementedError

    def _read(self, record):
        raise NotImplementedError


class WfdbDatabase(Database):
    """A database of WFDB records that are fetched when they are first read.

    Long recordings are decoded once: ``stored`` databases come memory-mapped from the store
    from the second reading on. ``gain``, in units a mV, stands for what the headers say.

    Parameters
    ----------
    files : Files
        The files of the database.

    Raises
    ------
    DataMissing
        If offline no record of the database is whole.
    """

    stored = False
    gain = None

    def __init__(self, files):
        super().__init__(files.info)
        self.files = files
        self.records = files.to_be_had()
        if not self.records:
            raise nowhere(self.info, [f"none of {len(files.records)} records has all its files"])

    def patient(self, record):
        """Return who was recorded; by default each record is another patient."""
        return record

    def read_all(self, records=None, progress=True):
        """Fetch many records at once and read them; see `Database.read_all`."""
        records = self.records if records is None else tuple(records)
        absent = [r for r in records if not self.stored or Store().get(self._key(r)) is None]
        self.files.fetch_records([self.files.path_of(record) for record in absent], progress)
        return super().read_all(records, progress)

    @property
    def _known(self):
        return self.files.records  # what is not all here fails with the file that is missing

    def _read(self, record):
        if not self.stored:
            return self._decode(record)
        store, key = Store(), self._key(record)
        entry = store.get(key)
        if entry is None:
            entry = store.put(key, *_packed(self._decode(record)))
        return _unpacked(entry, self.name, record, self.patient(record))

    def _decode(self, record):
        stem = self.files.path_of(record)
        self.files.fetch_records([stem])
        return read_wfdb(
            self.files.folder / stem,
            annotator=next(iter(self.info.annotators_of(stem)), None),
            database=self.name,
            patient=self.patient(record),
            gain=self.gain,
        )

    def _key(self, record):
        """Key of a decoded record: it changes with any of its files, and with what reads them."""
        stem = self.files.path_of(record)
        digests = self.files.digests
        ends = ("hea", "dat", *self.info.annotators_of(stem))
        own = [digests.get(f"{stem}.{end}") for end in ends]
        return Store.key(self.name, self.info.version, record, files=own, code=_reading())

    def _comments(self):
        """Return the comment lines of each record's header."""
        paths = [f"{self.files.path_of(record)}.hea" for record in self.records]
        headers = tqdm(self.files.fetch(paths, True), desc=f"labels of {self.name}", delay=1)
        return [read_header(header).comments for header in headers]

    def _facts(self):
        """Return what each record's header says in lines such as ``Age: 74``, names in small."""
        for comments in self._comments():
            lines = (comment.partition(":") for comment in reversed(comments))
            yield {name.strip().lower(): value.strip() for name, _, value in lines}


@cache
def _reading():
    return code_digest(read_wfdb)


def _packed(recording):
    """Return the arrays and the rest of a recording, as the store takes them."""
    marks = recording.annotations
    named = {} if marks is None else {name: getattr(marks, name) for name in _MARKS}
    return {"signal": recording.signal, **named}, {"fs": recording.fs, "leads": recording.leads}


def _unpacked(entry, database, record, patient):
    marks = [entry.arrays[name] for name in _MARKS if name in entry.arrays]
    return Recording(
        entry.arrays["signal"],
        fs=entry.meta["fs"],
        leads=entry.meta["leads"],
        database=database,
        record=record,
        patient=patient,
        annotations=Annotations(*marks) if marks else None,
    )


def _refuse_gaps(recording):
    if not np.isnan(recording.signal.max()):  # one pass, nothing allocated
        return
    gaps = np.isnan(recording.signal)
    row = gaps.any(axis=1).argmax()
    edges = np.flatnonzero(np.diff(gaps[row], prepend=False, append=False))
    start_s, stop_s = edges[:2] / recording.fs
    raise RecordInvalid(
        f"{recording.name}: lead {recording.leads[row]} has no signal from {start_s:g} to "
        f"{stop_s:g} s, {gaps.sum() / recording.fs:g} s of signal are missing in all leads "
        f'together; read it with missing="keep" to get NaN there'
    )
