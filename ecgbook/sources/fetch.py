"""From a mirror or PhysioNet to the cache: every file whole and verified, or one clear error.

Files land in ``files/NAME/VERSION/`` of the cache folder and carry the ending ``.part`` until
their digest holds. Copies from a folder take the same way as downloads.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from ecgbook.errors import DataCorrupt, DataMissing, EcgError
from ecgbook.sources.catalog import info_of
from ecgbook.sources.checksums import find_index, locked, sha256_of
from ecgbook.sources.download import unwritable
from ecgbook.sources.header import named_files, signal_files
from ecgbook.sources.mirrors import INDEX, Folder, roots
from ecgbook.sources.seal import is_sealed, seal
from ecgbook.sources.strict import check_path
from ecgbook.sources.tables import check_tables
from ecgbook.store import cache_dir

__all__ = ["Files", "check", "get"]

# PhysioNet caps the speed of each connection, and slows down who opens many more.
_CONNECTIONS = 8


def get(name, records=None, progress=True):
    """Fetch a database, or some of its records, into the cache and verify every file.

    Files that are in the cache already are verified too, and fetched again if damaged.

    Returns the folder that holds the files; ``records`` are all of the database if left out.

    Raises
    ------
    DataMissing, DataCorrupt
        If a file is not to be had, or only damaged.
    EcgError
        If the cache cannot be written.
    """
    files = _files(name)
    chosen = [files.path_of(record) for record in (files.records if records is None else records)]
    kept = [path for path in files.digests if (files.folder / path).is_file()]
    for path, state in files.verify(kept, progress):
        if state == "damaged":
            try:
                (files.folder / path).unlink()
            except OSError as error:
                raise unwritable(files.folder / path, error) from error
    files.fetch_records(chosen, progress)
    return files.folder


def check(name, progress=True):
    """Return path and state (``ok``, ``damaged``, ``missing``) in the cache of each file.

    DataMissing if nothing of the database is to be had.
    """
    files = _files(name)
    return files.verify(list(files.digests), progress)


def _files(name):
    info = info_of(name)
    if info.name == "synthetic":
        raise DataMissing("synthetic ECGs are computed when they are read: there are no files")
    return Files(info)


class Files:
    """The files of one database.

    Parameters
    ----------
    info : DatabaseInfo
    sources : sequence, optional
        Where to look, as `ecgbook.sources.mirrors.roots`, which it is if left out.

    Attributes
    ----------
    folder : Path
        Where the files are in the cache.
    digests : dict of str to str
        Path and SHA-256 of every file that there is.
    records : dict of str to str
        Name and path (without ending) of every record that the index has.

    Raises
    ------
    DataMissing
        If neither the cache nor a mirror nor PhysioNet has a record of the database.
    DataCorrupt
        If a mirror has the database without a sound ``SHA256SUMS.txt``.
    """

    def __init__(self, info, sources=None):
        self.info = info
        self.folder = check_path(cache_dir() / "files" / info.folder)
        self.roots = roots() if sources is None else sources
        self.digests = find_index(info, self.folder, self.roots)
        stems = (path.removesuffix(".hea") for path in self.digests if path.endswith(".hea"))
        found = sorted(stem for stem in stems if info.is_record(stem))
        self.records = {PurePosixPath(stem).name: stem for stem in found}
        if not found:
            raise DataMissing(
                f"the {INDEX} of {info.name} lists no record, looked at {self._looked()}"
            )

    def path_of(self, record):
        """Return the path of a record, without ending; DataMissing if there is none."""
        if record not in self.records:
            raise DataMissing(
                f"{self.info.name} has no record {record!r} in {self._looked()}; "
                f"its records are {', '.join(list(self.records)[:3])}, …"
            )
        return self.records[record]

    def to_be_had(self):
        """Return the names of the records that can be read.

        With a network these are all of the index. Offline they are those whose header, signals
        and annotations lie in the cache or in mirror folders, beside the tables of labels.
        """
        if not all(isinstance(root, Folder) for root in self.roots):
            return tuple(self.records)
        here = {}
        for root in (*self.roots, Folder(cache_dir() / "files")):
            here |= root.listing(self.info)
        if not here.keys() >= set(self.info.tables):
            return ()
        return tuple(name for name, stem in self.records.items() if self._is_whole(stem, here))

    def _is_whole(self, stem, here):
        header = here.get(f"{stem}.hea")
        return header is not None and here.keys() >= self._paths(stem, named_files(header))

    def _paths(self, stem, names):
        """Return the paths of a record's annotations, and of its signals with these names."""
        folder = stem[: stem.rfind("/") + 1]
        annotations = (f"{stem}.{end}" for end in self.info.annotators_of(stem))
        return dict.fromkeys([*(f"{folder}{name}" for name in names), *annotations]).keys()

    def fetch(self, paths, progress=False):
        """Bring files into the cache, by their paths in the database, and return where they are.

        One that is there and was changed since it was verified is fetched again.

        Raises
        ------
        DataMissing, DataCorrupt
            If a file is not to be had, or only damaged.
        EcgError
            If the cache cannot be written.
        """
        absent = [path for path in dict.fromkeys(paths) if not self._is_whole_file(path)]
        if absent:
            self._fetch_absent(absent, progress)
        check_tables([self.folder / path for path in self.info.tables if path in paths])
        return [self.folder / path for path in paths]

    def fetch_records(self, stems, progress=False):
        """Bring header, signals and annotations of records, and the labels, into the cache.

        ``stems`` are the paths of the records, without ending.
        """
        headers = self.fetch([f"{stem}.hea" for stem in stems], progress)
        paths = [table for table in self.info.tables if table in self.digests]
        for stem, header in zip(stems, headers, strict=True):
            paths += self._paths(stem, signal_files(header))
        self.fetch(paths, progress)

    def verify(self, paths, progress=False):
        """Return each path with its state in the cache: ``ok``, ``damaged`` or ``missing``."""
        bar = {"total": len(paths), "delay": 1, "disable": not progress}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            states = tqdm(pool.map(self._state, paths), f"verifying {self.info.name}", **bar)
            return list(zip(paths, states, strict=True))

    def _state(self, path):
        file = self.folder / path
        if not file.is_file():
            return "missing"
        if sha256_of(file) != self.digests[path]:
            return "damaged"
        seal(file, self.digests[path])
        return "ok"

    def _is_whole_file(self, path):
        """Tell whether a file is in the cache as it should be; one unknown to the index is."""
        file = self.folder / path
        if not file.is_file():
            return False
        known = path not in self.digests or is_sealed(file, self.digests[path])
        return known or self._state(path) == "ok"

    def _fetch_absent(self, absent, progress):
        stopped = threading.Event()
        desc = f"fetching {self.info.name}"
        bar = tqdm(desc=desc, unit="B", unit_scale=True, delay=1, disable=not progress)

        def advance(n_bytes):
            if stopped.is_set():
                raise EcgError("stopped because another file failed")
            bar.update(n_bytes)

        with bar, ThreadPoolExecutor(_CONNECTIONS) as pool:
            jobs = [pool.submit(self._fetch_one, path, advance) for path in absent]
            try:
                for n, job in enumerate(jobs, 1):
                    job.result()
                    bar.set_postfix_str(f"{n} of {len(jobs)} files", refresh=False)
            finally:
                stopped.set()
                pool.shutdown(cancel_futures=True)

    def _fetch_one(self, path, advance):
        if path not in self.digests:
            raise DataMissing(
                f"{self.info.name} has no file {path} in {self._looked()}; "
                f"take a mirror that is complete for its records"
            )
        final = self.folder / path
        part = final.with_name(f"{final.name}.part")
        with locked(final) as lock:
            if not self._is_whole_file(path):  # else another process was quicker
                try:
                    if part.is_symlink():  # what it points to is not ours
                        part.unlink()
                    self._complete(path, part, advance)
                    part.replace(final)
                except OSError as error:
                    raise unwritable(final, error) from error
                seal(final, self.digests[path])
            # Whoever still waits for the lock will find the file, so it can go.
            with suppress(OSError):
                Path(lock.lock_file).unlink()

    def _complete(self, path, part, advance):
        """Fill ``part`` from the first root whose file has the right digest."""
        damaged = (self.folder / path).is_file()
        reasons = ["the one in the cache is damaged"] if damaged else []
        for root in self.roots:
            try:
                for _ in range(2):  # an old part may be of another file, and a bit may be lost
                    root.bring(self.info, path, part, advance)
                    if sha256_of(part) == self.digests[path]:
                        return
                    part.unlink()
            except DataMissing as error:
                reasons.append(str(error))
            except DataCorrupt as error:
                part.unlink(missing_ok=True)
                damaged = True
                reasons.append(str(error))
            else:
                damaged = True
                reasons.append(f"{root} has a file of another digest")
        kind = DataCorrupt if damaged else DataMissing
        if not self.roots:
            reasons.append("there is no mirror, and ECGBOOK_OFFLINE is set")
        reasons = "; ".join(reasons)
        raise kind(
            f"{self.info.name}: {path} is not to be had ({reasons}); try again, or name another "
            f"mirror in ECGBOOK_MIRROR"
        )

    def _looked(self):
        return ", ".join([str(self.folder), *map(str, self.roots)])
