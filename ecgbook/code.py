"""A digest of code: of all that something is computed by, and of nothing else.

Results are kept under such a digest. It is taken of syntax trees without docstrings, so that a
comment or a new layout makes nothing stale, while a changed constant does.
"""

import ast
import hashlib
import inspect
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from types import FunctionType, MethodType, ModuleType

__all__ = ["code_digest"]

_PACKAGE = __name__.split(".")[0]

# How files are found and results are kept changes nothing in them.
_SOURCES = [f"sources.{name}" for name in ("checksums", "download", "fetch", "mirrors")]
_LEFT_OUT = {f"{_PACKAGE}.{name}" for name in ("code", "errors", "store", *_SOURCES)}

# A module names with this its tables from which one entry is taken by name: entries that are not
# named are left out.
_BY_NAME = "__by_name__"


def code_digest(*things):
    """Return the SHA-256 of the code that ``things`` are made of or call.

    Things are functions, classes, partials, instances, containers and plain values. The digest
    covers the top-level statements that define them, and those of this package that they name in
    turn, wherever they stand. A method counts as its whole class; what other packages contain is
    not followed. The class of a registered model and the definition of a score are found by their
    names, wherever these stand as strings. Code that is only reached through another name computed
    at run time is not seen: hand it over as one of the things.

    Examples
    --------
    >>> code_digest(max, 1) == code_digest(max, 1), code_digest(1) == code_digest(2)
    (True, False)
    """
    found, values = {}, []
    for thing in things:
        _visit(thing, found, values)
    _add_named_entries(found, values)
    parts = [f"{module}.{name} {dump}" for (module, name), dump in sorted(found.items())]
    return hashlib.sha256("\n".join(parts + values).encode()).hexdigest()


def _visit(thing, found, values):
    """Add the statements that define a thing to ``found``, and its plain values to ``values``."""
    if isinstance(thing, partial):
        _visit([thing.func, thing.args, thing.keywords], found, values)
    elif isinstance(thing, MethodType):
        _visit([thing.__func__, thing.__self__], found, values)
    elif isinstance(thing, FunctionType | type):
        _follow(thing.__module__, _top_name(thing), found)
    elif isinstance(thing, Mapping):
        _visit(list(thing.items()), found, values)
    elif isinstance(thing, list | tuple):
        for item in thing:
            _visit(item, found, values)
    elif is_dataclass(thing):
        own = {field.name: getattr(thing, field.name) for field in fields(thing)}
        _visit([type(thing), own], found, values)
    else:
        values.append(repr(thing))
        for place in _registered().get(thing, ()) if isinstance(thing, str) else ():
            _follow(*place, found)


def _top_name(thing):
    """Return the name of the top-level statement that a function or class stands in."""
    name = thing.__qualname__.split(".")[0]
    if name != "<lambda>":
        return name
    line = thing.__code__.co_firstlineno
    statements = _statements(thing.__module__).items()
    return next(name for name, node in statements if node.lineno <= line <= node.end_lineno)


def _follow(module, name, found):
    """Add the statement that defines ``name`` in a module, and what it names, to ``found``."""
    waiting = [(module, name)]
    while waiting:
        place = waiting.pop()
        if place[1].endswith(".toml"):  # a table beside the module
            table = Path(import_module(place[0]).__file__).with_name(place[1])
            found[place] = hashlib.sha256(table.read_bytes()).hexdigest()
        elif place not in found and place[0] not in _LEFT_OUT and place[1] in _statements(place[0]):
            found[place], names = ("", ()) if _is_taken_by_name(*place) else _read(*place)
            waiting += names


@cache
def _read(module, name):
    """Return the syntax tree of a top-level statement as text, and the statements it names."""
    statement = _statements(module)[name]
    return _dump(_without_docstrings(statement)), _names_in(statement, module)


def _dump(tree):
    """Return a syntax tree as one text that is the same on every Python."""
    shown = {"show_empty": True} if sys.version_info >= (3, 13) else {}
    return ast.dump(tree, **shown).replace(", type_params=[]", "")  # of Python 3.12 and later


def _names_in(tree, module):
    imported, places = {}, set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imported |= _imported(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            places |= _registered().get(node.value, set())
            places |= {(module, node.value)} if node.value.endswith(".toml") else set()
    for head, *tail in _dotted_names(tree):
        if head in imported:
            places |= _resolve(*imported[head], tail)
        elif head in _statements(module):
            places |= _resolve(module, head, tail)
    return places


def _is_taken_by_name(module, name):
    return name in getattr(sys.modules.get(module), _BY_NAME, ())


def _add_named_entries(found, values):
    """Add the entries of tables whose names stand as strings in what was found."""
    size = -1
    while len(found) > size:  # an entry may name further ones
        size = len(found)
        for module, table in [place for place in found if _is_taken_by_name(*place)]:
            text = "\n".join([*values, *(found[place] for place in found if place[0] != module)])
            entries = _statements(module)[table].value
            for key, entry in zip(entries.keys, entries.values, strict=True):
                if f"{key.value}'" in text:
                    found[module, f"{table}.{key.value}"] = _dump(entry)
                    for place in _names_in(entry, module):
                        _follow(*place, found)


def _resolve(module, name, tail):
    """Return where ``name`` of a module is bound or, where that is a module, what is taken of it.

    A set of one (module, name), or of none for what other packages define.
    """
    if not _is_ours(module):
        return set()
    owner = import_module(module)
    value = getattr(owner, name, None) if name else owner
    if isinstance(value, ModuleType):
        return _resolve(value.__name__, tail[0], tail[1:]) if tail else set()
    if isinstance(value, FunctionType | type):
        return {(value.__module__, _top_name(value))} if _is_ours(value.__module__) else set()
    statement = _statements(module).get(name)  # of a constant
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return _resolve(*_imported(statement)[name], tail)
    return {(module, name)}


def _is_ours(module):
    """Whether a module is of the package, or holds a study of a reader's own."""
    return module.split(".")[0] == _PACKAGE or hasattr(sys.modules.get(module), "STUDY")


@cache
def _registered():
    """Return where the class of each registered model stands, without importing any."""
    models = {}
    for path in (Path(__file__).parent / "models").glob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            for call in getattr(node, "decorator_list", ()):
                if getattr(getattr(call, "func", None), "id", "").endswith("register"):
                    models[call.args[0].value] = {(f"{_PACKAGE}.models.{path.stem}", node.name)}
    return models


def _dotted_names(tree):
    """Yield every name in a syntax tree with the attributes taken from it, as a list."""
    for node in ast.walk(tree):
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            yield [node.id, *reversed(parts)]


@cache
def _statements(module):
    """Return the top-level statements of a module by the names that they bind."""
    tree = ast.parse(inspect.getsource(import_module(module)))
    return {name: node for node in tree.body for name in _bound(node)}


def _bound(node):
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return list(_imported(node))
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    return [n.id for t in targets if t for n in ast.walk(t) if isinstance(n, ast.Name)]


def _imported(node):
    """Return what an import binds, by name: the module, and the name in it or None."""
    if isinstance(node, ast.ImportFrom):
        return {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    whole = {alias.asname: (alias.name, None) for alias in node.names if alias.asname}
    heads = (alias.name.split(".")[0] for alias in node.names if not alias.asname)
    return whole | {head: (head, None) for head in heads}


def _without_docstrings(tree):
    tree = ast.parse(ast.unparse(tree)).body[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree
