"""Plain data as one line of JSON, so that nothing but data crosses the wall of the sandbox.

Plain are None, bool, int, float, str, NumPy arrays of truth values and numbers, and lists, tuples
and dicts with text keys of these. A line that arrives is never unpickled, evaluated or trusted in
its claims: an array whose shape and bytes disagree is refused.
"""

import base64
import binascii
import json
import math

import numpy as np

__all__ = ["NotPlain", "decode", "encode"]

_DEEPEST, _LONGEST = 20, 100_000_000
_KINDS = {"b": "|b1", "i": "<i8", "u": "<i8", "f": "<f8"}
_STORED = {*_KINDS.values(), "<f4"}  # signals are kept as they are, in half the space
_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class NotPlain(ValueError):
    """A value, or a line that claims to hold one, is no plain data."""


def encode(value):
    """Return a value as one line of JSON, without line ends; raise `NotPlain` if it is not plain.

    Scalars of NumPy become numbers and tuples lists; arrays become such of truth values, of whole
    numbers of 64 bits, or of floats of 32 or 64 bits.

    Examples
    --------
    >>> encode({"rate_bpm": 72.0, "beats": (1, 2)})
    '{"dict": {"rate_bpm": 72.0, "beats": {"list": [1, 2]}}}'
    """
    return json.dumps(_outgoing(value, _DEEPEST), allow_nan=False)


def decode(line):
    """Return the value in a line that `encode` has written; raise `NotPlain` for any other line.

    Parameters
    ----------
    line : str or bytes
    """
    try:
        return _incoming(json.loads(line), _DEEPEST)
    except NotPlain:
        raise
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotPlain(f"this is no data of an answer: {type(error).__name__}") from error


def _outgoing(value, depth):
    kind = type(value)
    if depth == 0:
        raise NotPlain(f"it is nested deeper than {_DEEPEST} levels")
    if isinstance(value, np.ndarray | np.generic):
        return _array_out(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if kind in (list, tuple):
        return {"list": [_outgoing(item, depth - 1) for item in value]}
    if kind is dict and all(type(key) is str for key in value):
        return {"dict": {key: _outgoing(item, depth - 1) for key, item in value.items()}}
    raise NotPlain(f"{kind.__name__} is no plain data: return numbers, text, lists, dicts, arrays")


def _array_out(value):
    if value.dtype.kind in "US":
        return _outgoing(value.astype(str).tolist(), _DEEPEST)
    if value.dtype.kind not in _KINDS:
        raise NotPlain(f"an array of {value.dtype} is no plain data: return numbers")
    if value.shape == ():
        return _outgoing(value.item(), _DEEPEST)
    stored = "<f4" if value.dtype == np.float32 else _KINDS[value.dtype.kind]
    kept = np.ascontiguousarray(value, stored)
    content = base64.b64encode(kept.tobytes()).decode()
    return {"array": [kept.dtype.str, list(kept.shape), content]}


def _incoming(value, depth):
    if depth == 0:
        raise NotPlain(f"it is nested deeper than {_DEEPEST} levels")
    if type(value) is not dict:
        if type(value) is list:
            raise NotPlain("a bare list is no answer")
        return value
    if len(value) != 1:
        raise NotPlain("a value needs one tag")
    ((tag, content),) = value.items()
    if tag == "list" and type(content) is list:
        return [_incoming(item, depth - 1) for item in content]
    if tag == "dict" and type(content) is dict:
        return {key: _incoming(item, depth - 1) for key, item in content.items()}
    if tag == "float" and type(content) is str and content in _SPECIAL:
        return _SPECIAL[content]
    if tag == "array":
        return _array_in(content)
    raise NotPlain("a value has an unknown tag")


def _array_in(content):
    """Return an array; its shape is believed only if its bytes are there."""
    match content:
        case [str(kind), list(shape), str(text)] if kind in _STORED and len(shape) <= 8:
            pass
        case _:
            raise NotPlain("an array needs its kind, its shape and its bytes")
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise NotPlain("the bytes of an array are damaged") from error
    whole = all(type(size) is int and 0 <= size <= _LONGEST for size in shape)
    if not whole or math.prod(shape) * np.dtype(kind).itemsize != len(data):
        raise NotPlain("the shape of an array does not fit its bytes")
    if kind == "|b1" and set(data) - {0, 1}:
        raise NotPlain("a truth value is neither 0 nor 1")
    return np.frombuffer(data, kind).reshape(shape).copy()
