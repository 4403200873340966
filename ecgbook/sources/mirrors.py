"""Where the files of databases lie: folders and web addresses laid out ``NAME/VERSION/...``."""

import os
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from tqdm import tqdm

from ecgbook.errors import DataCorrupt, DataMissing
from ecgbook.sources.download import download, require_space, unwritable, without_password

__all__ = ["INDEX", "PHYSIONET", "Folder", "Web", "offline", "roots"]

PHYSIONET = "https://physionet.org/files"
INDEX = "SHA256SUMS.txt"


def offline():
    """Tell whether ``ECGBOOK_OFFLINE`` forbids the network."""
    return os.environ.get("ECGBOOK_OFFLINE", "") not in ("", "0")


def roots():
    """Return the roots to look at, in order: each mirror of ``ECGBOOK_MIRROR``, then PhysioNet.

    ``ECGBOOK_OFFLINE=1`` leaves only the folders.
    """
    named = os.environ.get("ECGBOOK_MIRROR", "").split(",")
    mirrors = [_root(name.strip()) for name in named if name.strip()]
    if offline():
        return [root for root in mirrors if isinstance(root, Folder)]
    return [*mirrors, Web(PHYSIONET)]


def _root(name):
    is_web = name.startswith(("http://", "https://"))
    return Web(name.rstrip("/")) if is_web else Folder(Path(name).expanduser())


@dataclass(frozen=True)
class Folder:
    """A mirror on a disk."""

    path: Path

    def __str__(self):
        return str(self.path)

    def index(self, info):
        """Return the text of the database's ``SHA256SUMS.txt``.

        DataMissing if the database is not here; DataCorrupt if it is here without that file: then
        no file of it can be verified.
        """
        folder = self.path / info.folder
        if not folder.is_dir():
            raise DataMissing(f"{folder} is not there")
        try:
            return (folder / INDEX).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataCorrupt(
                f"{folder} has no readable {INDEX}, so its files cannot be verified; copy it from "
                f"{PHYSIONET}/{info.folder}/ or make it with sha256sum"
            ) from error

    def listing(self, info):
        """Return where each file of the database is, by its path in the database."""
        folder, files = self.path / info.folder, {}
        for parent, _, names in os.walk(folder):
            inside = Path(parent).relative_to(folder).as_posix()
            prefix = "" if inside == "." else f"{inside}/"
            files |= {f"{prefix}{name}": f"{parent}/{name}" for name in names}
        return files

    def bring(self, info, path, part, advance=None):
        """Copy the file ``path`` of the database to ``part``."""
        source = self.path / info.folder / path
        if not source.is_file():
            raise DataMissing(f"{source} is not there")
        n_bytes = source.stat().st_size
        require_space(part.parent, n_bytes)
        try:
            shutil.copyfile(source, part)
        except OSError as error:
            raise unwritable(part, error) from error
        if advance is not None:
            advance(n_bytes)


@dataclass(frozen=True)
class Web:
    """PhysioNet, or a mirror on the web."""

    url: str

    def __str__(self):
        return without_password(self.url)

    def index(self, info):
        """Return the text of the database's ``SHA256SUMS.txt``.

        DataMissing if it cannot be fetched, where two attempts are enough to find out that there is
        no network; DataCorrupt if PhysioNet's is not the one that the catalog pins.
        """
        looks = {"unit": "B", "unit_scale": True, "delay": 1, "leave": False}
        with TemporaryDirectory() as folder, tqdm(desc=f"listing {info.name}", **looks) as bar:
            part = Path(folder) / INDEX
            self.bring(info, INDEX, part, bar.update, attempts=2)
            content = part.read_bytes()
        pinned = info.index_sha256 if self.url == PHYSIONET else None
        if pinned is not None and sha256(content).hexdigest() != pinned:
            raise DataCorrupt(
                f"{self}/{info.folder}/{INDEX} is not the file known to ecgbook; "
                f"try again, and ask PhysioNet if the database has changed"
            )
        return content.decode("utf-8", errors="replace")

    def bring(self, info, path, part, advance=None, attempts=5):
        """Download the file ``path`` of the database to ``part``, or what is missing of it."""
        download(f"{self.url}/{info.folder}/{quote(path)}", part, attempts, advance)
