"""A folder of one's own with recordings in the format of the Challenge of 2021."""

from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from pathlib import PurePosixPath

from ecgbook.errors import DataMissing, RecordInvalid
from ecgbook.paths import expanded
from ecgbook.sources.catalog import CATALOG
from ecgbook.sources.challenge2021 import Challenge2021
from ecgbook.sources.header import named_files
from ecgbook.sources.strict import check_path

__all__ = ["ChallengeFolder"]

_GROUP = "g"  # folders such as g1, which hold a thousand recordings each


class ChallengeFolder(Challenge2021):
    """All recordings in a folder and the folders below it, labelled by their ``#Dx`` lines.

    Labels are those of `Challenge2021`; ``source`` is the name of the folder that the recording
    lies in, where g1, g2, … are passed over. Nothing is copied, and there is no list of digests: a
    recording counts as changed when its header, or size or time of its signals, has changed.

    Parameters
    ----------
    folder : path
        Where the recordings are, headers ``.hea`` with their signals.

    Raises
    ------
    DataMissing
        If there is no such folder, or no recording in it.
    RecordInvalid
        If two recordings have one name.
    """

    def __init__(self, folder):
        super().__init__(_FolderFiles(folder))

    def _source(self, record):
        folders = PurePosixPath(self.files.folder.name, self.files.path_of(record)).parts[:-1]
        return next((f for f in reversed(folders) if not _is_group(f)), folders[-1])


class _FolderFiles:
    """The interface of `ecgbook.sources.fetch.Files` for what lies in a folder already."""

    def __init__(self, folder):
        self.folder = check_path(expanded(folder).resolve())
        if not self.folder.is_dir():
            raise DataMissing(f"{self.folder} is no folder; name the one that holds the recordings")
        self.info = replace(
            CATALOG["challenge-2021"],
            name=self.folder.name,
            title=f"recordings of the folder {self.folder.name}",
            n_records=None,
        )
        headers = sorted(self.folder.rglob("*.hea"))
        stems = [path.relative_to(self.folder).with_suffix("").as_posix() for path in headers]
        self.records = {PurePosixPath(stem).name: stem for stem in stems}
        if not stems:
            raise DataMissing(f"{self.folder} holds no header (.hea), so no recording")
        if len(self.records) < len(stems):
            twice = next(s for s in stems if self.records[PurePosixPath(s).name] != s)
            raise RecordInvalid(
                f"{self.folder}: two recordings are called {PurePosixPath(twice).name!r}; take one "
                f"of the folders below it"
            )

    def to_be_had(self):
        """Return the names of all recordings."""
        return tuple(self.records)

    def path_of(self, record):
        """Return the path of a recording, without ending; DataMissing if there is none."""
        if record not in self.records:
            raise DataMissing(f"there is no recording {record!r} in {self.folder}")
        return self.records[record]

    def fetch(self, paths, progress=False):
        """Return where files are."""
        return [self.folder / path for path in paths]

    def fetch_records(self, stems, progress=False):
        """Do nothing: the files are there."""

    @cached_property
    def digests(self):
        """What tells the files apart by path, as if it were digests of them."""
        found = {}
        for stem in self.records.values():
            header = self.folder / f"{stem}.hea"
            found[f"{stem}.hea"] = sha256(header.read_bytes()).hexdigest()
            for name in dict.fromkeys(named_files(header)):
                file = header.with_name(name)
                if file.is_file():
                    state = file.stat()
                    path = file.relative_to(self.folder).as_posix()
                    found[path] = f"{state.st_size} {state.st_mtime_ns}"
        return found


def _is_group(folder):
    return folder.startswith(_GROUP) and folder[1:].isdigit()
