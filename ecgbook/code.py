"""What a result passed through: the modules behind a function, and a digest of what they do.

A comment, a docstring or another layout changes no digest; a constant does.
"""

import ast
import hashlib
import re
import sys
from collections import Counter, defaultdict
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from ecgbook.errors import EcgError

__all__ = ["code_digest", "imported_rooms"]

_DOTTED = r"(?:\.\w+)+"


def code_digest(rooms):
    """Return a digest of what Python files do, whatever they say about it.

    It is made of their syntax trees without docstrings, so Python versions with other trees
    give other digests.

    Parameters
    ----------
    rooms : iterable of Path
        The files, in any order.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digests = sorted(_digest_of(path.read_bytes()) for path in set(rooms))
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def imported_rooms(module, *, without=()):
    """Return the files of a module and of all it imports, inside its own package and ecgbook.

    Imports inside functions count, and so do modules named in a string, such as
    ``import_module("ecgbook.sources")``; one that is put together, ``f"ecgbook.sources.{name}"``,
    stands for every module of that folder. A name that a package only hands on leads to the
    module that defines it, and to no other of that package. A module that registers something
    with a room beside it (a decorator or a call of its own, outside any function) belongs to it.

    Parameters
    ----------
    module : module or str
        Where to begin.
    without : sequence of str
        Modules that are not followed, by their dotted names.

    Returns
    -------
    set of Path

    Raises
    ------
    EcgError
        If the module has no file.
    """
    module = import_module(module) if isinstance(module, str) else module
    if not getattr(module, "__file__", None):
        raise EcgError(
            f"{module.__name__} has no file to tell its code by: define what you run in a module"
        )
    finder = _Finder(module, set(without))
    finder.add(Path(module.__file__).resolve())
    return finder.rooms


class _Finder:
    """Files found so far, and the folders of the packages to look in."""

    def __init__(self, module, without):
        self.without = without
        self.rooms = set()
        roots = {module.__name__.partition(".")[0], __name__.partition(".")[0]}
        paths = {root: getattr(sys.modules.get(root), "__path__", None) for root in roots}
        self.folders = {root: Path(path[0]).resolve() for root, path in paths.items() if path}

    def add(self, path):
        """Take a file with everything that it imports."""
        if path in self.rooms or self._dotted(path) in self.without:
            return
        self.rooms.add(path)
        tree = _tree(path.read_bytes())
        used = _attributes(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self.take(alias.name, used.get(alias.asname or alias.name))
            elif isinstance(node, ast.ImportFrom) and not node.level:
                for alias in node.names:
                    name = f"{node.module}.{alias.name}"
                    self.take(name, used.get(alias.asname or alias.name))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                self._take_named(node.value)
        for other in path.parent.glob("*.py"):
            if self._registers(other, self._dotted(path)):
                self.add(other)

    def take(self, name, attributes=None):
        """Take what a dotted name leads to: a module, or what defines that attribute of it.

        Of a package the ``attributes`` alone are followed; where they are not known, all it
        imports.
        """
        root, *parts = name.split(".")
        folder = self.folders.get(root)
        if folder is None or name in self.without:
            return
        while parts and (folder / parts[0]).is_dir():
            folder /= parts.pop(0)
        if parts and (folder / f"{parts[0]}.py").is_file():
            self.add(folder / f"{parts[0]}.py")
        elif not parts and attributes:
            for attribute in attributes:
                self.take(f"{name}.{attribute}")
        elif (source := _handed_on(folder, parts)) and source != name:
            self.take(source)
        elif (folder / "__init__.py").is_file():
            self.add(folder / "__init__.py")

    def _take_named(self, text):
        """Take the modules that a string names: one, or with a dot at its end all of a folder."""
        for root, folder in self.folders.items():
            if not re.fullmatch(rf"{root}{_DOTTED}\.?", text):
                continue
            path = folder.joinpath(*text.rstrip(".").split(".")[1:])
            if text.endswith("."):
                for file in path.glob("*.py"):
                    self.add(file)
            elif path.with_suffix(".py").is_file() or path.is_dir():
                self.take(text)

    def _dotted(self, path):
        for root, folder in self.folders.items():
            if path.is_relative_to(folder):
                parts = path.relative_to(folder).with_suffix("").parts
                return ".".join((root, *(part for part in parts if part != "__init__")))
        return ""

    def _registers(self, path, dotted):
        source = path.read_bytes()
        if f"from {dotted} import".encode() not in source:
            return False
        tree = _tree(source)
        froms = [n for n in tree.body if isinstance(n, ast.ImportFrom) and n.module == dotted]
        names = {alias.asname or alias.name for node in froms for alias in node.names}
        calls = [n.value for n in tree.body if isinstance(n, ast.Expr)]
        calls += [d for node in tree.body for d in getattr(node, "decorator_list", ())]
        called = (call.func if isinstance(call, ast.Call) else call for call in calls)
        return any(isinstance(name, ast.Name) and name.id in names for name in called)


def _attributes(tree):
    """Return the attributes that are used of each name, but for names that stand alone, too."""
    attributes, seen = defaultdict(set), Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            attributes[node.value.id].add(node.attr)
            seen[node.value.id] -= 1
        elif isinstance(node, ast.Name):
            seen[node.id] += 1
    return {name: used for name, used in attributes.items() if not seen[name]}


def _handed_on(folder, parts):
    """Return where a package has a name from, as a dotted name, or None."""
    init = folder / "__init__.py"
    if len(parts) != 1 or not init.is_file():
        return None
    for node in _tree(init.read_bytes()).body:
        if isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                if (alias.asname or alias.name) == parts[0]:
                    return f"{node.module}.{alias.name}"
    return None


@lru_cache(maxsize=1024)
def _tree(source):
    return ast.parse(source)


@lru_cache(maxsize=1024)
def _digest_of(source):
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", 0), str):
                del node.body[0]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()
