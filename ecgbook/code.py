"""What a result passed through: the modules behind a function, and a digest of what they do.

A comment, a docstring or another layout changes no digest; a constant does.
"""

import ast
import hashlib
import re
from collections import Counter, defaultdict
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from ecgbook.errors import EcgError

__all__ = ["code_digest", "imported_rooms"]


def code_digest(rooms):
    """Return a digest of what Python files do, whatever they say about it.

    It is made of their syntax trees without docstrings, so Python versions with other trees
    give other digests. Of other files every byte counts.

    Parameters
    ----------
    rooms : iterable of Path
        The files, in any order.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digests = sorted(_digest_of(path.read_bytes(), path.suffix == ".py") for path in set(rooms))
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def imported_rooms(module, *, without=()):
    """Return the files of a module and of all it imports, inside its own package and ecgbook.

    Imports inside functions count. A name that a package only hands on leads to the module that
    defines it, and to no other of that package. A string may name a module, as in
    ``import_module("ecgbook.sources")``, or a table beside the module, such as ``"hearts.toml"``;
    ``f"ecgbook.sources.{name}"`` stands for every module of that folder. A module that registers
    with one beside it, by a decorator or a call outside any function, belongs to it.

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
    finder = _Finder(module, without)
    finder.add(Path(module.__file__).resolve(), module.__name__)
    return finder.rooms


class _Finder:
    """The files found so far, and the folders of the packages to look in."""

    def __init__(self, module, without):
        self.rooms, self.without = set(), set(without)
        roots = {name.partition(".")[0] for name in (module.__name__, __name__)}
        paths = {root: getattr(import_module(root), "__path__", ()) for root in roots}
        self.folders = {root: Path(path[0]).resolve() for root, path in paths.items() if path}

    def file_of(self, name):
        """Return the file of a module or package, None where there is none of that name."""
        root, *parts = name.split(".")
        if root not in self.folders:
            return None
        path = self.folders[root].joinpath(*parts)
        files = path.with_suffix(".py"), path / "__init__.py"
        return next((file for file in files if file.is_file()), None)

    def take(self, name, attributes=None):
        """Take a module, some attributes of a package, or what defines an attribute."""
        file, (parent, _, attribute) = self.file_of(name), name.rpartition(".")
        if file is None:
            if package := self.file_of(parent):
                self.take(_source(package, attribute) or parent)
        elif file.stem == "__init__" and attributes:
            for attribute in attributes:
                self.take(f"{name}.{attribute}")
        elif name not in self.without and file not in self.rooms:
            self.add(file, name)

    def add(self, file, name):
        """Take a module, all that it imports, and the modules beside it that register with it."""
        self.rooms.add(file)
        used = _attributes(_tree(file))
        for node in ast.walk(_tree(file)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                start = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
                for alias in node.names:
                    self.take(f"{start}{alias.name}", used.get(alias.asname or alias.name))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.take_named(node.value, file.parent)
        package = name.rpartition(".")[0]
        for other in file.parent.glob("[!_]*.py"):
            if package and _registers(other, name):
                self.take(f"{package}.{other.stem}")

    def take_named(self, text, folder):
        """Take the module or table that a string names, or with a dot at its end all modules."""
        if re.fullmatch(r"\w{1,50}\.(toml|json|csv|ya?ml|txt)", text) and (folder / text).is_file():
            self.rooms.add(folder / text)
        if not re.fullmatch(r"\w+(\.\w+)+\.?", text) or not (file := self.file_of(text.strip("."))):
            return
        others = file.parent.glob("[!_]*.py") if text.endswith(".") else ()
        for name in [text.strip("."), *(f"{text}{other.stem}" for other in others)]:
            self.take(name)


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


def _imported(file):
    """Yield the dotted name and the own name of all that a file takes ``from`` another."""
    for node in _tree(file).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield f"{node.module}.{alias.name}", alias.asname or alias.name


def _source(file, name):
    """Return where a package has a name from, as a dotted name, or None."""
    found = {own: source for source, own in _imported(file)} if file.stem == "__init__" else {}
    return found.get(name)


def _registers(file, room):
    """Whether a file decorates or calls, outside any function, with what it has from a room."""
    names = {own for source, own in _imported(file) if source.rpartition(".")[0] == room}
    for node in _tree(file).body if names else ():
        if isinstance(node, ast.Assign) and names & _names(node.value):  # partial(register, …)
            names |= set().union(*map(_names, node.targets))
        calls = [node.value] if isinstance(node, ast.Expr) else getattr(node, "decorator_list", ())
        if any(names & _names(getattr(call, "func", call)) for call in calls):
            return True
    return False


def _names(node):
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _tree(file):
    return _parsed(file.read_bytes())


@lru_cache(maxsize=1024)
def _parsed(source):
    return ast.parse(source)


@lru_cache(maxsize=1024)
def _digest_of(source, is_code):
    if not is_code:
        return hashlib.sha256(source).hexdigest()
    tree = ast.parse(source)
    for node in ast.walk(tree):
        documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()
