"""Where the files of databases lie: folders and web addresses laid out ``NAME/VERSION/...``."""

import os
import re
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlsplit

from tqdm import tqdm

from ecgbook.errors import DataCorrupt, DataMissing
from ecgbook.paths import expanded, read_bounded
from ecgbook.sources.download import download, require_space, unwritable, without_password

__all__ = ["INDEX", "LARGEST_INDEX", "PHYSIONET", "Folder", "Web", "offline", "roots"]

PHYSIONET = "https://physionet.org/files"
INDEX = "SHA256SUMS.txt"
LARGEST_INDEX = 50_000_000  # bytes


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
    if not re.match(r"[A-Za-z][\w+.-]+://", name):
        return Folder(expanded(name))
    try:
        parts = urlsplit(name)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number
        valid = False
    if not valid:
        raise DataMissing(
            f"{without_password(name)} is no address of a mirror: it begins with http:// or "
            f"https://, and a password in it has its special letters as %2F; correct ECGBOOK_MIRROR"
        )
    return Web(name.rstrip("/"))


@dataclass(frozen=True, repr=False)
class Folder:
    """A mirror on a disk; what looks like the password of an address in its name is not shown."""

    path: Path

    def __repr__(self):
        return f"Folder({str(self)!r})"

    def __str__(self):
        return without_password(self.path)

    def index(self, info):
        """Return the text of the database's ``SHA256SUMS.txt``.

        DataMissing if the database is not here; DataCorrupt if it is here without that file: then
        no file of it can be verified.
        """
        folder = self.path / info.folder
        if not _is_folder(folder):
            raise DataMissing(f"{self}/{info.folder} is not there")
        try:
            return read_bounded(folder / INDEX, LARGEST_INDEX).decode("utf-8")
        except (OSError, ValueError) as error:
            raise DataCorrupt(
                f"{self}/{info.folder} has no readable {INDEX} ({type(error).__name__}), so its "
                f"files cannot be verified; copy it from {PHYSIONET}/{info.folder}/ or make it "
                f"with sha256sum"
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
            raise DataMissing(f"{self}/{info.folder}/{path} is not there")
        n_bytes = source.stat().st_size
        require_space(part.parent, n_bytes)
        try:
            shutil.copyfile(source, part)
        except OSError as error:
            raise unwritable(part, error) from error
        if advance is not None:
            advance(n_bytes)


def _is_folder(path):
    try:
        return path.is_dir()
    except OSError:  # no name of a folder: too long, or not to be looked into
        return False


@dataclass(frozen=True, repr=False)
class Web:
    """PhysioNet, or a mirror on the web; neither text of it shows the password."""

    url: str

    def __repr__(self):
        return f"Web({str(self)!r})"

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
            url = f"{self.url}/{info.folder}/{INDEX}"
            download(url, part, 2, bar.update, most=LARGEST_INDEX, announced=True)
            content = part.read_bytes()
        pinned = info.index_sha256 if self.url == PHYSIONET else None
        if pinned is not None and sha256(content).hexdigest() != pinned:
            raise DataCorrupt(
                f"{self}/{info.folder}/{INDEX} is not the file known to ecgbook; "
                f"try again, and ask PhysioNet if the database has changed"
            )
        return content.decode("utf-8", errors="replace")

    def bring(self, info, path, part, advance=None):
        """Download the file ``path`` of the database to ``part``, or what is missing of it."""
        download(f"{self.url}/{info.folder}/{quote(path)}", part, advance=advance)
