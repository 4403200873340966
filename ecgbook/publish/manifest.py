"""The manifest ``chapters.yml``: what each chapter promises and what it may cost."""

from dataclasses import dataclass
from itertools import product
from pathlib import Path

import yaml

import ecgbook
from ecgbook.errors import BookInvalid
from ecgbook.results import book_root

__all__ = ["PROFILES", "Book", "Chapter", "Contract", "Profile", "Study", "find_root", "load"]

PROFILES = ("smoke", "cpu", "gpu")

_CHAPTER = {
    "notebook": str,
    "title": str,
    "goals": list,
    "prerequisites": dict,
    "reading_minutes": int,
    "databases": list,
    "profiles": dict,
    "metrics": dict,
    "figures": int,
}
_PROFILE = {"minutes": (int, float), "memory_mb": int}


@dataclass(frozen=True)
class Profile:
    """How large a run is, and what it may cost.

    Parameters
    ----------
    minutes : float
        Longest wall-clock time of the chapter.
    memory_mb : int
        Largest resident memory of its kernel and the kernel's children, in MB.
    sizes : dict
        Values that the notebook reads as ``sizes["name"]``.
    """

    minutes: float
    memory_mb: int
    sizes: dict


@dataclass(frozen=True)
class Contract:
    """The range in which a metric must fall.

    Parameters
    ----------
    ranges : dict of str to (float, float)
        Lowest and highest value, by profile; a profile without a range is not checked.
    simulated : bool
        Whether the range also holds for simulated ECGs.
    """

    ranges: dict
    simulated: bool


@dataclass(frozen=True)
class Study:
    """A grid of runs that `ecgbook study` fills.

    Parameters
    ----------
    module : str
        Module under ``ecgbook.studies`` whose ``run`` computes one unit.
    grids : list of dict of str to list
        Values of each argument of ``run``; the units are the product of each grid.
    """

    module: str
    grids: list

    def units(self):
        """Return every combination of every grid as a list of dicts, in the order written."""
        return [
            dict(zip(grid, values, strict=True))
            for grid in self.grids
            for values in product(*grid.values())
        ]


@dataclass(frozen=True)
class Chapter:
    """One chapter of the book, as ``chapters.yml`` describes it."""

    notebook: Path
    title: str
    goals: tuple[str, ...]
    necessary: tuple[str, ...]
    helpful: tuple[str, ...]
    reading_minutes: int
    databases: tuple[str, ...]
    profiles: dict[str, Profile]
    metrics: dict[str, Contract]
    figures: int
    studies: tuple[Study, ...] = ()

    @property
    def name(self):
        """The notebook's name without its ending, such as ``01-signals``."""
        return self.notebook.stem

    def profile(self, name):
        """Return the profile of that name; raise `BookInvalid` if the chapter has none."""
        if name not in self.profiles:
            raise BookInvalid(
                f"{self.name} has no profile {name!r} in chapters.yml; "
                f"it has {', '.join(self.profiles)}"
            )
        return self.profiles[name]


@dataclass(frozen=True)
class Book:
    """The chapters, the folder that holds them and the public address.

    Parameters
    ----------
    root : Path
        Folder with ``chapters.yml``, ``_config.yml`` and ``_toc.yml``.
    chapters : tuple of Chapter
    repository_url : str
        Public address of the source, read from ``_config.yml`` and from nowhere else.
    """

    root: Path
    chapters: tuple[Chapter, ...]
    repository_url: str

    @property
    def build(self):
        """The folder for everything that is made and never committed."""
        return self.root / "_build"

    @property
    def tag(self):
        """The release tag that belongs to this version of the package."""
        return f"v{ecgbook.__version__}"

    def chapter(self, name):
        """Return a chapter by its name, its number (``1``, ``01``) or its notebook's path."""
        wanted = Path(name).stem
        for chapter in self.chapters:
            number = chapter.name.split("-")[0]
            if wanted in (chapter.name, number, number.lstrip("0")):
                return chapter
        raise BookInvalid(
            f"no chapter {name!r} in chapters.yml; "
            f"there are {', '.join(chapter.name for chapter in self.chapters)}"
        )

    def select(self, names):
        """Return the named chapters, or all of them where no name is given."""
        return tuple(self.chapter(name) for name in names) if names else self.chapters


def find_root(start=None):
    """Return the nearest folder at or above ``start`` (default: here) that holds the book.

    Raises
    ------
    BookInvalid
        If no folder on the way up has a ``chapters.yml``.
    """
    root = book_root(start)
    if root is None:
        raise BookInvalid(
            "no chapters.yml in this folder or above it; run this in the book's clone"
        )
    return root


def load(root=None):
    """Read ``chapters.yml`` and ``_config.yml`` below ``root`` (default: `find_root`).

    Returns
    -------
    Book

    Raises
    ------
    BookInvalid
        If a key is missing, unknown or of the wrong kind; the message names chapter and key.
    """
    root = Path(root) if root else find_root()
    entries = _read_yaml(root / "chapters.yml").get("chapters")
    if not isinstance(entries, list) or not entries:
        raise BookInvalid("chapters.yml: needs a list `chapters` with at least one entry")
    chapters = tuple(_chapter(entry, number) for number, entry in enumerate(entries, 1))
    names = [chapter.name for chapter in chapters]
    if len(set(names)) < len(names):
        raise BookInvalid(f"chapters.yml: two chapters have one name: {', '.join(names)}")
    url = _read_yaml(root / "_config.yml").get("repository", {}).get("url", "")
    if not url.startswith("https://"):
        raise BookInvalid("_config.yml: repository.url must be the https address of the source")
    return Book(root, chapters, url.rstrip("/"))


def _read_yaml(path):
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BookInvalid(f"{path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise BookInvalid(f"{path} is not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise BookInvalid(f"{path}: expected a mapping at the top level")
    return content


def _check_keys(entry, where, required, optional=()):
    """Raise unless ``entry`` has every required key, of its kind, and no unknown one."""
    if not isinstance(entry, dict):
        raise BookInvalid(f"chapters.yml, {where}: expected a mapping, got {entry!r}")
    for key, kind in required.items():
        if key not in entry:
            raise BookInvalid(f"chapters.yml, {where}: `{key}` is missing")
        if not isinstance(entry[key], kind) or isinstance(entry[key], bool):
            raise BookInvalid(f"chapters.yml, {where}: `{key}` has a wrong value: {entry[key]!r}")
    unknown = sorted(set(entry) - set(required) - set(optional))
    if unknown:
        raise BookInvalid(f"chapters.yml, {where}: unknown key `{unknown[0]}`")


def _chapter(entry, number):
    where = entry.get("notebook", f"chapter {number}") if isinstance(entry, dict) else number
    _check_keys(entry, where, _CHAPTER, ("study",))
    needs = entry["prerequisites"]
    _check_keys(needs, f"{where}, prerequisites", {"necessary": list, "helpful": list})
    return Chapter(
        notebook=Path(entry["notebook"]),
        title=entry["title"],
        goals=tuple(entry["goals"]),
        necessary=tuple(needs["necessary"]),
        helpful=tuple(needs["helpful"]),
        reading_minutes=entry["reading_minutes"],
        databases=tuple(entry["databases"]),
        profiles=_profiles(entry["profiles"], where),
        metrics={
            key: _contract(value, f"{where}, {key}") for key, value in entry["metrics"].items()
        },
        figures=entry["figures"],
        studies=tuple(_study(one, f"{where}, study") for one in _listed(entry.get("study", []))),
    )


def _profiles(entries, where):
    profiles = {}
    for name, entry in entries.items():
        if name not in PROFILES:
            raise BookInvalid(
                f"chapters.yml, {where}: unknown profile {name!r}, "
                f"expected one of {', '.join(PROFILES)}"
            )
        _check_keys(entry, f"{where}, {name}", _PROFILE, ("sizes",))
        profiles[name] = Profile(entry["minutes"], entry["memory_mb"], entry.get("sizes", {}))
    if "smoke" not in profiles:
        raise BookInvalid(f"chapters.yml, {where}: the profile smoke is missing")
    keys = {tuple(profile.sizes) for profile in profiles.values()}
    if len(keys) > 1:
        raise BookInvalid(f"chapters.yml, {where}: every profile needs the same sizes")
    return profiles


def _contract(entry, where):
    if not str(where.rsplit(", ", 1)[1]).isidentifier():
        raise BookInvalid(f"chapters.yml, {where}: a metric's name is letters, digits and _")
    _check_keys(entry, where, {}, (*PROFILES, "simulated"))
    ranges = {}
    for profile in PROFILES:
        if profile in entry:
            limits = entry[profile]
            if not isinstance(limits, list) or len(limits) != 2 or not limits[0] <= limits[1]:
                raise BookInvalid(f"chapters.yml, {where}: {profile} must be [lowest, highest]")
            ranges[profile] = tuple(limits)
    return Contract(ranges, bool(entry.get("simulated", False)))


def _study(entry, where):
    """Read a study, whose ``grid`` is one grid or a list of several."""
    _check_keys(entry, where, {"module": str, "grid": dict | list})
    grids = _listed(entry["grid"])
    if not grids or not all(isinstance(grid, dict) for grid in grids):
        raise BookInvalid(f"chapters.yml, {where}: the grid is a mapping or a list of them")
    if not all(isinstance(value, list) and value for grid in grids for value in grid.values()):
        raise BookInvalid(f"chapters.yml, {where}: every value of the grid is a list")
    return Study(entry["module"], grids)


def _listed(entry):
    return entry if isinstance(entry, list) else [entry]
