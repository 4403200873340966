"""Links from the code of a chapter to the API pages of what it calls.

The names are found in the syntax tree, followed through imports and assignments to the objects of
the package, and these to their place in the inventory that Sphinx has written.
"""

import ast
import html
import inspect
import pkgutil
import re
from importlib import import_module
from itertools import accumulate
from typing import NamedTuple

from sphinx.util.inventory import InventoryFile

__all__ = ["documented", "link_code", "linked"]

_CODE = re.compile(
    r'(<div class="highlight-ipython3[^>]*><div class="highlight"><pre>)(.*?)(</pre>)', re.DOTALL
)
_KINDS = ("module", "function", "class", "exception", "method", "property")


def link_code(pages, chapters):
    """Link the code on the built ``pages``, a folder, and return what has no API page.

    ``chapters`` are those whose pages are meant. A function or class of the package that a chapter
    uses and no API page describes makes a sentence.
    """
    known, problems = documented(pages), []
    for chapter in chapters:
        page = pages / chapter.notebook.relative_to("book").with_suffix(".html")
        up = "../" * (len(page.relative_to(pages).parts) - 1)
        text, unknown = linked(page.read_text(encoding="utf-8"), known, up)
        page.write_text(text, encoding="utf-8")
        problems += [
            f"{page.name}: {name} has no API page; name it in book/api" for name in unknown
        ]
    return problems


def documented(pages):
    """Return where each object of the package is described: a dict of `id` to address."""
    with (pages / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", lambda base, address: address)
    places = {}
    for kind in _KINDS:
        for name, (_, _, address, _) in inventory.get(f"py:{kind}", {}).items():
            if name.split(".")[0] == "ecgbook":
                value = import_module(name) if kind == "module" else _named(name)
                places[_key(value)] = address
    return places


def linked(page, known, up=""):
    """Return the HTML of a page with its code linked, and the names that are not in ``known``.

    ``up`` leads from the page to the folder of all pages.
    """
    bound, unknown = {}, set()

    def link(match):
        code = html.unescape(re.sub("<[^>]*>", "", match[2]))
        links = {}
        for start, name, value in _uses(code, bound):
            if address := known.get(_key(value)):
                links.setdefault(address, (start, name))
            elif _is_ours(value):
                unknown.add(f"{value.__module__}.{value.__qualname__}")
        places = {start: (name, up + address) for address, (start, name) in links.items()}
        return match[1] + _with_links(match[2], places) + match[3]

    return _CODE.sub(link, page), sorted(unknown)


def _with_links(code, places):
    """Put links around the names that begin at some ``places`` of highlighted code."""
    parts, offset = [], 0
    for part in re.split("(<[^>]*>)", code):
        name, address = places.get(offset, (None, None))
        if part == name:
            parts.append(f'<a class="api" href="{html.escape(address)}">{part}</a>')
        else:
            parts.append(part)
        offset += 0 if part.startswith("<") else len(html.unescape(part))
    return "".join(parts)


def _uses(code, bound):
    """Yield (offset, name, object) for each name of the package in some code.

    ``bound`` holds the objects that names stand for, over all cells so far, and is brought up to
    date.
    """
    try:
        tree = ast.parse(_without_magic(code))
    except SyntaxError:
        return
    offset = _Offsets(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias, value in _imported(node):
                bound[alias.asname or alias.name.split(".")[0]] = value
                yield offset(alias.lineno, alias.col_offset), alias.name, value
    _bind(tree, bound)
    for node in ast.walk(tree):
        value = _value(node, bound)
        if value is None or isinstance(value, _Made):
            continue
        if isinstance(node, ast.Name):
            yield offset(node.lineno, node.col_offset), node.id, value
        elif isinstance(node, ast.Attribute):
            yield offset(node.end_lineno, node.end_col_offset) - len(node.attr), node.attr, value


def _without_magic(code):
    """Return code with the lines of IPython's magic empty, so that it is Python."""
    magic = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)
    return magic.sub("", code)


class _Offsets:
    """Offsets in characters from the lines and columns of a syntax tree, which count bytes."""

    def __init__(self, code):
        self.lines = code.splitlines(keepends=True)
        self.starts = [0, *accumulate(map(len, self.lines))]

    def __call__(self, line, column):
        before = self.lines[line - 1].encode()[:column].decode()
        return self.starts[line - 1] + len(before)


def _imported(node):
    """Yield each alias of an import from the package, and what it stands for."""
    origin = node.module if isinstance(node, ast.ImportFrom) else ""
    for alias in node.names:
        name = f"{origin}.{alias.name}" if origin else alias.name
        if name.split(".")[0] == "ecgbook":
            whole = origin or alias.asname
            yield alias, _named(name if whole else name.split(".")[0])


def _bind(tree, bound):
    """Note what the assignments of a cell make of names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.pop(node.id, None)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            made = _value(node.value, bound)
            if isinstance(made, _Made):
                bound[node.targets[0].id] = made


class _Made(NamedTuple):
    """An instance of a class of the package, of which only the class is known."""

    kind: type


def _value(node, bound):
    """Return the object of the package that an expression stands for, None if unknown."""
    if isinstance(node, ast.Name):
        return bound.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, bound)
        owner = owner.kind if isinstance(owner, _Made) else owner
        return None if owner is None else getattr(owner, node.attr, None)
    if isinstance(node, ast.Call):
        called = _value(node.func, bound)
        return _Made(called) if isinstance(called, type) else None
    return None


def _named(name):
    """Return the object with a dotted name; what a room hands out goes before its modules."""
    first, *rest = name.split(".")
    value = import_module(first)
    try:
        for part in rest:
            value = getattr(value, part)
    except AttributeError:
        return pkgutil.resolve_name(name)
    return value


def _key(value):
    """Return what tells an object from others; a method bound to its class is the function."""
    return id(getattr(value, "__func__", value))


def _is_ours(value):
    """Tell whether something is a function or class of the package."""
    has_code = inspect.isroutine(value) or inspect.isclass(value)
    return has_code and str(getattr(value, "__module__", "")).startswith("ecgbook.")
