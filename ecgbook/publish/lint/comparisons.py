"""Rule on comparisons: methods judged on the same patients are compared by paired differences."""

import ast

from ecgbook.publish.lint.syntax import calls, ends_in, parsed, strings

__all__ = ["RULES"]

# What tells the sides of a comparison apart, in results and in `minus`.
_FIELDS = ("method", "protocol")
_READS = ("compare", "one", "where")


def paired_differences(book, chapter, notebook):
    """Ask that a chapter which reads several methods or protocols reads their difference too.

    A difference is a row with the field ``minus``, such as ``minus="method=trees"``, or made by
    ``paired_difference``. A text that is made elsewhere counts for every field.
    """
    trees = [(cell.number, parsed(cell)) for cell in notebook.cells if cell.is_code]
    found = [(number, call) for number, tree in trees if tree for call in calls(tree)]
    read = [name for _, tree in trees if tree for name in _subtracted(tree)]
    for field in _FIELDS:
        several = [number for number, call in found if _compares(call, field)]
        if several and not {field, "any"} & set(read):
            yield (
                several[0],
                f"several values of {field} are compared here, and nowhere their paired "
                f'difference is read: reference.one(…, minus="{field}=…")',
            )


RULES = (paired_differences,)


def _compares(call, field):
    """Tell whether a call reads rows of several values of a field."""
    if ends_in(call.func, "grid", "plot_intervals"):
        return any(isinstance(arg, ast.Constant) and arg.value == field for arg in call.args)
    if not ends_in(call.func, "compare", "where"):
        return False
    value = _keyword(call, field)
    if isinstance(value, ast.List | ast.Tuple | ast.Set):
        return len(value.elts) > 1
    # A list under a name or made by a call; a text under a name is one value.
    return isinstance(value, ast.Call) and ends_in(value.func, "list", "sorted", "tuple")


def _subtracted(tree):
    """Return the fields whose difference is read, ``any`` where the text is not typed there.

    ``minus=None`` reads none.
    """
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ends_in(node.func, *_READS):
            found.append(_keyword(node, "minus"))
        elif isinstance(node, ast.Dict):  # which such a call may take as **fields
            pairs = zip(node.keys, node.values, strict=True)
            found += [value for key, value in pairs if getattr(key, "value", None) == "minus"]
        elif isinstance(node, ast.Call) and ends_in(node.func, "paired_difference"):
            found.append(node.func)
    return [field for value in found for field in _fields(value)]


def _fields(value):
    """Return the fields in the text of a ``minus``."""
    if value is None or (isinstance(value, ast.Constant) and value.value is None):
        return []
    texts = strings(value)
    return [part.split("=")[0].strip() for text in texts for part in text.split(",")] or ["any"]


def _keyword(call, name):
    return next((each.value for each in call.keywords if each.arg == name), None)
