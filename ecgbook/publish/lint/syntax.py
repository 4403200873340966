"""The Python of code cells, as rules look at it."""

import ast
from functools import cache

__all__ = ["calls", "ends_in", "last_expression", "parsed", "strings"]


def parsed(cell):
    """Return the syntax tree of a code cell, its IPython magic left out, or None."""
    return _tree(cell.source)


@cache
def _tree(source):
    lines = source.splitlines()
    plain = ["" if line.lstrip().startswith(("%", "!")) else line for line in lines]
    try:
        return ast.parse("\n".join(plain))
    except SyntaxError:
        return None


def calls(tree):
    """Return every call in a syntax tree."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def ends_in(function, *names):
    """Tell whether what is called is one of ``names``, alone or behind a dot."""
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
    return name in names


def last_expression(tree):
    """Return the expression that a cell ends in and so shows, or None."""
    last = tree.body[-1] if tree and tree.body else None
    return last.value if isinstance(last, ast.Expr) else None


def strings(node):
    """Return the text constants at or below a node."""
    found = (each for each in ast.walk(node) if isinstance(each, ast.Constant))
    return [each.value for each in found if isinstance(each.value, str)]
