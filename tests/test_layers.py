"""A room imports only from rooms below it."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "ecgbook"

# From the lowest to the highest. `ecgbook` is the package itself, which hands out the names of
# the rooms below it and knows the version.
ORDER = (
    *("errors", "conventions", "labels", "paths", "code", "released", "recording", "store"),
    "simulator",
    *("sources", "signals"),
    *("evaluation", "datasets", "images", "models", "classical", "training", "tasks", "explain"),
    *("plotting", "ecgbook", "comparison", "resultfile", "results", "studies"),
    *("publish", "classroom", "cli"),
)
# A figure is the last thing that is made of data: only what makes pages may ask for one.
DRAWING, MAY_DRAW = "plotting", {"plotting", "publish", "cli"}
PLOTTING_MAY_USE = {
    *("errors", "conventions", "labels", "recording", "signals", "datasets", "evaluation"),
    "plotting",
}


def room_of(module):
    """Return the room of a dotted name; a name that the package hands out belongs to itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ORDER else "ecgbook"


def imports(source, module):
    """Yield the modules of the package that some source imports, wherever in it that happens.

    Names looked up by text count as well: ``import_module("ecgbook.sources")``.
    """
    package = module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] == "ecgbook")
        elif isinstance(node, ast.ImportFrom):
            parent = package.rsplit(".", node.level - 1)[0] if node.level else ""
            origin = ".".join(filter(None, (parent, node.module)))
            if origin.split(".")[0] == "ecgbook":
                yield from (f"{origin}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func):
            text = ast.unparse(node.args[0]).lstrip("f").strip("'\"")
            if text.startswith("ecgbook."):
                yield text


def arrows():
    """Yield (file, room, imported room) for every import between rooms of the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        if place == Path("__init__.py"):
            continue
        module = ".".join(("ecgbook", *place.with_suffix("").parts))
        for name in imports(path.read_text(encoding="utf-8"), module):
            yield place.as_posix(), room_of(module), room_of(name)


def test_every_room_has_its_place():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    rooms = folders | {path.stem for path in PACKAGE.glob("[!_]*.py")}
    assert rooms - set(ORDER) == set()


def test_no_room_imports_from_a_higher_one():
    rank = {room: number for number, room in enumerate(ORDER)}
    assert [f"{file}: {to}" for file, room, to in arrows() if rank[to] > rank[room]] == []


def test_figures_are_drawn_for_pages_alone():
    drawn = [f"{file}: {to}" for file, room, to in arrows() if to == DRAWING]
    assert [line for line in drawn if line.split("/")[0].split(".")[0] not in MAY_DRAW] == []
    used = [f"{file}: {to}" for file, room, to in arrows() if room == DRAWING]
    assert [line for line in used if line.split(": ")[1] not in PLOTTING_MAY_USE] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import ecgbook.results as r", ["ecgbook.results"]),
        ("import numpy, ecgbook", ["ecgbook"]),
        ("from ecgbook import sources, Recording", ["ecgbook.sources", "ecgbook.Recording"]),
        ("from ecgbook.sources.fetch import get", ["ecgbook.sources.fetch.get"]),
        ("def late():\n    from ecgbook.cli import main", ["ecgbook.cli.main"]),
        ("from . import fit", ["ecgbook.training.fit"]),
        ("from .losses import focal", ["ecgbook.training.losses.focal"]),
        ("from .. import cli", ["ecgbook.cli"]),
        ("from ..cli import main", ["ecgbook.cli.main"]),
        ("importlib.import_module('ecgbook.cli')", ["ecgbook.cli"]),
        ("import_module(f'ecgbook.sources.{name}')", ["ecgbook.sources.{name}"]),
        ("import ecgbookish", []),
    ],
)
def test_imports_are_found_wherever_they_stand(source, found):
    assert list(imports(source, "ecgbook.training.fit")) == found
