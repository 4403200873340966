"""Whether an answer is right: by exact types, then by value. Only plain data come here."""

import math

import numpy as np

__all__ = ["fault"]


def fault(expected, answer, rtol=1e-6, atol=1e-9):
    """Return what is wrong with an answer, in words; an empty string if it is right.

    Types must be the same, with one exception: where a float is expected, an int is a number too.
    Numbers may differ by ``atol + rtol * |expected|``; NaN is right only where NaN is expected.
    The expected value itself is never told.

    Examples
    --------
    >>> fault([1, 2.0], [1, 2])
    ''
    >>> fault(1.0, True)
    'a number is expected, you gave a truth value'
    """
    wanted, given = _kind(expected), _kind(answer)
    if wanted != given and (wanted, given) != ("a number", "a whole number"):
        return f"{wanted} is expected, you gave {given}"
    if isinstance(expected, np.ndarray):
        return _array_fault(expected, answer, rtol, atol)
    if type(expected) is list:
        return _list_fault(expected, answer, rtol, atol)
    if type(expected) is dict:
        if set(expected) != set(answer):
            return f"the keys must be {', '.join(sorted(expected))}"
        pairs = ((expected[key], answer[key]) for key in expected)
        faults = (fault(one, other, rtol, atol) for one, other in pairs)
        return next(
            (f"{key}: {text}" for key, text in zip(expected, faults, strict=False) if text), ""
        )
    if type(expected) is float:
        return "" if _near(expected, answer, rtol, atol) else "the value is not right"
    return "" if expected == answer else "the value is not right"


_KINDS = {bool: "a truth value", int: "a whole number", float: "a number", str: "a text"}
_KINDS |= {list: "a list", dict: "a dict", type(None): "None"}
_ARRAYS = {"b": "truth values", "i": "whole numbers", "f": "numbers"}


def _kind(value):
    if type(value) is np.ndarray:
        return "an array"
    return _KINDS.get(type(value), f"a {type(value).__name__}")


def _near(expected, answer, rtol, atol):
    try:
        answer = float(answer)
    except OverflowError:  # a whole number that no float holds
        return False
    if math.isnan(expected) or math.isnan(answer):
        return math.isnan(expected) and math.isnan(answer)
    if math.isinf(expected) or math.isinf(answer):
        return expected == answer
    return abs(expected - answer) <= atol + rtol * abs(expected)


def _array_fault(expected, answer, rtol, atol):
    if expected.shape != answer.shape:
        return f"an array of shape {expected.shape} is expected, you gave {answer.shape}"
    wanted, given = expected.dtype.kind, answer.dtype.kind
    if wanted != given and (wanted, given) != ("f", "i"):
        return f"an array of {_ARRAYS[wanted]} is expected, you gave {_ARRAYS[given]}"
    if wanted != "f":
        wrong = expected != answer
    else:
        wrong = ~np.isclose(answer.astype(float), expected, rtol, atol, equal_nan=True)
    return f"{wrong.sum()} of {wrong.size} values are not right" if wrong.any() else ""


def _list_fault(expected, answer, rtol, atol):
    if len(expected) != len(answer):
        return f"{len(expected)} entries are expected, you gave {len(answer)}"
    faults = (fault(one, other, rtol, atol) for one, other in zip(expected, answer, strict=True))
    return next((f"entry {n}: {text}" for n, text in enumerate(faults) if text), "")
