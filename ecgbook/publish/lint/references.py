"""Rules on what a chapter refers to: names of the package and files."""

import ast
import pkgutil
import re
from types import ModuleType
from urllib.parse import unquote

from ecgbook.publish.lint.syntax import parsed
from ecgbook.publish.lint.text import prose_lines

__all__ = ["RULES"]

_IN_PROSE = re.compile(r"`(ecgbook(?:\.\w+)+)[`(]")
_LINK = re.compile(r"\]\(([^)\s]+)")
# Pages that the build writes, so that they are not in the tree.
_MADE = {"results.md"}


def package_names(book, chapter, notebook):
    """Ask that each name of the package which a chapter uses is there."""
    bound = {"ecgbook": "ecgbook"}
    for cell in notebook.cells:
        names = set(_IN_PROSE.findall(cell.source)) if cell.is_markdown else set()
        if cell.is_code and parsed(cell) is not None:
            names = _names_used(parsed(cell), bound)
        for name in sorted(names):
            if not _exists(name):
                yield cell.number, f"there is no {name} in the package"


def local_links(book, chapter, notebook):
    """Ask that each linked file of the book is there."""
    for cell in notebook.cells:
        if not cell.is_markdown:
            continue
        for target in _LINK.findall("\n".join(prose_lines(cell))):
            path = unquote(target.split("#")[0])
            if not path or "://" in path or path.startswith("mailto:") or path in _labels(book):
                continue
            if path.split("/")[-1] not in _MADE and not (notebook.path.parent / path).exists():
                yield cell.number, f"{target} leads nowhere"


RULES = (package_names, local_links)


def _labels(book):
    """Names that pages of the book give to their headings, as MyST links know them."""
    pages = (book.root / "book").rglob("*.md")
    label = re.compile(r"^\(([\w-]+)\)=$", re.MULTILINE)
    return {name for page in pages for name in label.findall(page.read_text("utf-8"))}


def _names_used(tree, bound):
    """Return the dotted names of the package in a cell; imports are remembered in ``bound``."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "ecgbook":
                    names.add(alias.name)
                    bound[alias.asname or "ecgbook"] = alias.name if alias.asname else "ecgbook"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ecgbook":
            for alias in node.names:
                names.add(f"{node.module}.{alias.name}")
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        dotted = _dotted(node)
        if dotted and dotted.split(".")[0] in bound:
            root, *rest = dotted.split(".")
            names.add(".".join([bound[root], *rest]))
    return names


def _dotted(node):
    """Return ``a.b.c`` for an attribute of an attribute of a name, else an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        front = _dotted(node.value)
        return f"{front}.{node.attr}" if front else ""
    return ""


def _exists(name):
    """Tell whether the package has ``name``; below a class or function anything may follow."""
    try:
        pkgutil.resolve_name(name)
    except ImportError:
        return False
    except AttributeError as error:
        return not isinstance(error.obj, ModuleType)
    return True
