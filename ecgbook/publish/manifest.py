"""The manifest ``chapters.yml``: what each chapter promises and what it may cost."""

from math import inf
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
import yaml

import ecgbook
from ecgbook.errors import BookInvalid
from ecgbook.results import book_root

__all__ = ["Book", "Chapter", "Contract", "Prerequisites", "Profile", "load"]

_LARGEST_BYTES = 500_000
_DEEPEST = 30  # levels of a mapping in a mapping, and so on
_ProfileName = Literal["smoke", "cpu", "gpu"]
_Positive = Annotated[float, msgspec.Meta(gt=0, lt=1e6)]
_Count = Annotated[int, msgspec.Meta(ge=1)]
_Range = tuple[float, float]


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping of the manifest: every key known, every value of its kind."""


class Profile(_Entry, frozen=True):
    """What a run may cost: wall-clock time, and resident memory of all processes together."""

    minutes: _Positive
    memory_mb: _Positive


class Contract(_Entry, frozen=True):
    """The lowest and highest value that the rows of a score may have, in each profile with a range.

    Rows of every class are meant if ``class_`` is left out, which is ``class`` in the manifest.
    ``simulated`` tells whether the range also holds for simulated ECGs. ``case`` has further fields
    that a row must have, such as ``method``; in the manifest they stand beside the others.
    """

    score: str
    class_: str | None = msgspec.field(default=None, name="class")
    smoke: _Range | None = None
    cpu: _Range | None = None
    gpu: _Range | None = None
    simulated: bool = False
    case: dict[str, str | int | float | bool] = {}

    def __post_init__(self):
        ranges = [limits for limits in (self.smoke, self.cpu, self.gpu) if limits is not None]
        if not ranges or not all(-inf < low <= high < inf for low, high in ranges):
            raise ValueError("a contract needs a range, and each is [lowest, highest], both finite")


class Prerequisites(_Entry, frozen=True):
    """What a reader needs to know, and what helps."""

    necessary: tuple[str, ...]
    helpful: tuple[str, ...]


class Chapter(_Entry, frozen=True):
    """One chapter of the book, as ``chapters.yml`` describes it.

    ``kind`` is ``page`` for one that is read beside the chapters: it is executed as they are,
    and need not have their closing sections and length.
    ``databases`` says which of their records a run on real ECGs needs: all, these, or the first
    few; ``figures`` is how many the executed chapter shows, at the least; ``extras`` are those of
    the package without which it does not run. A chapter that ``trains`` must take memory of a GPU
    under the profile ``gpu``. ``profiles`` become a `Profile` each: the manifest
    holds only what differs from those at its top.
    """

    notebook: Path
    title: str
    goals: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    prerequisites: Prerequisites
    reading_minutes: _Count
    databases: dict[str, Literal["all"] | tuple[str, ...] | _Count]
    figures: Annotated[int, msgspec.Meta(ge=0)]
    extras: tuple[str, ...] = ()
    profiles: dict[_ProfileName, dict[Literal["minutes", "memory_mb"], _Positive]] = {}
    contracts: tuple[Contract, ...] = ()
    kind: Literal["chapter", "page"] = "chapter"
    trains: bool = False

    def __post_init__(self):
        parts = self.notebook.parts
        if self.notebook.suffix != ".ipynb" or parts[0] != "book" or ".." in parts:
            raise ValueError("`notebook` must be the path of an .ipynb file below book/")

    @property
    def name(self):
        """The notebook's name without its ending, such as ``01-signals``."""
        return self.notebook.stem

    @property
    def noun(self):
        """What the page calls itself."""
        return "chapter" if self.kind == "chapter" else "page"

    def profile(self, name):
        """Return the profile of that name; raise `BookInvalid` if the chapter has none."""
        if name not in self.profiles:
            there = ", ".join(self.profiles)
            raise BookInvalid(
                f"{self.name} has no profile {name!r} in chapters.yml; it has {there}"
            )
        return self.profiles[name]


class _Manifest(_Entry, frozen=True):
    profiles: dict[_ProfileName, Profile]
    chapters: Annotated[tuple[Chapter, ...], msgspec.Meta(min_length=1)]

    def __post_init__(self):
        names = [chapter.name for chapter in self.chapters]
        if len(set(names)) < len(names):
            raise ValueError(f"two chapters have one name: {', '.join(names)}")
        for chapter in self.chapters:
            if unknown := set(chapter.profiles) - set(self.profiles):
                raise ValueError(f"{chapter.name}: no profile `{unknown.pop()}` at the top")
        if "smoke" not in self.profiles:
            raise ValueError("the profile `smoke` is missing")


class Book(msgspec.Struct, frozen=True):
    """The chapters, and the folder ``root`` with ``chapters.yml``, ``_config.yml``, ``_toc.yml``.

    ``repository_url`` is the public address of the source, from ``_config.yml`` alone.
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
        there = ", ".join(chapter.name for chapter in self.chapters)
        raise BookInvalid(f"no chapter {name!r} in chapters.yml; there are {there}")

    def select(self, names):
        """Return the named chapters, or all of them where no name is given."""
        return tuple(self.chapter(name) for name in names) if names else self.chapters


def load(root=None):
    """Read ``chapters.yml`` and ``_config.yml`` below ``root`` and return the `Book`.

    By default ``root`` is the nearest folder at or above this one with a ``chapters.yml``. Raises
    `BookInvalid` if there is none, or a key is missing, unknown or of the wrong kind.
    """
    root = Path(root) if root else book_root()
    if root is None:
        raise BookInvalid("no chapters.yml here or above; run this in the clone of the book")
    content = _read_yaml(root / "chapters.yml")
    _gather_cases(content)
    try:
        manifest = msgspec.convert(content, _Manifest, dec_hook=lambda kind, value: kind(value))
    except msgspec.ValidationError as error:
        raise BookInvalid(f"chapters.yml: {str(error)[:500]}") from error
    chapters = tuple(_complete(chapter, manifest.profiles) for chapter in manifest.chapters)
    repository = _read_yaml(root / "_config.yml").get("repository")
    url = repository.get("url") if isinstance(repository, dict) else None
    if not str(url).startswith("https://"):
        raise BookInvalid("_config.yml: repository.url must be the https address of the source")
    return Book(root, chapters, url.rstrip("/"))


def _gather_cases(content):
    """Move the case fields of each contract into one; what has another form is refused later."""
    known = {"score", "class", "simulated", *get_args(_ProfileName)}
    for chapter in _listed(content, "chapters"):
        for contract in _listed(chapter, "contracts"):
            if isinstance(contract, dict):
                contract["case"] = {key: contract.pop(key) for key in set(contract) - known}


def _listed(entry, key):
    found = entry.get(key) if isinstance(entry, dict) else None
    return found if isinstance(found, list) else []


def _complete(chapter, defaults):
    """Return the chapter with every profile of the manifest, its own changes in them."""
    own, change = chapter.profiles, msgspec.structs.replace
    profiles = {name: change(usual, **own.get(name, {})) for name, usual in defaults.items()}
    return change(chapter, profiles=profiles)


class _PlainLoader(yaml.SafeLoader):
    """YAML without doubled keys, without aliases, which grow beyond any memory, and not deep."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "write it out, without an alias", mark)
        return super().compose_node(parent, index)

    def add_indent(self, column):
        self._check_depth(len(self.indents))
        return super().add_indent(column)

    def fetch_flow_collection_start(self, token):
        self._check_depth(self.flow_level)
        super().fetch_flow_collection_start(token)

    def _check_depth(self, depth):
        if depth > _DEEPEST:
            raise yaml.scanner.ScannerError(None, None, "too deep", self.get_mark())

    def construct_mapping(self, node, deep=False):
        mapping = super().construct_mapping(node, deep)
        if len(mapping) < len(node.value):
            fault = "a mapping has two values under one key"
            raise yaml.constructor.ConstructorError(None, None, fault, node.start_mark)
        return mapping


def _read_yaml(path):
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise BookInvalid(f"{path} has more than {_LARGEST_BYTES:,} bytes; make it smaller")
        content = yaml.load(path.read_text(encoding="utf-8"), _PlainLoader)
    except OSError as error:
        raise BookInvalid(f"{path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BookInvalid(f"{path} is not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise BookInvalid(f"{path}: expected a mapping at the top level")
    return content
