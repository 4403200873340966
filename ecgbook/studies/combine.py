"""Answers made of stored answers: an ensemble trains nothing and costs a second."""

import numpy as np

from ecgbook.errors import ScoreInvalid
from ecgbook.studies.study import Members

__all__ = ["combine", "members_of"]

_PARTS = ("valid", "test")


def members_of(combination, cases):
    """Return the cases whose answers are combined; of several seeds the first, unless all are.

    Fields of ``combination.of`` are one value, or a tuple of those that may be; the members come
    in the order of a tuple of methods.
    """
    wanted = {name: _listed(value) for name, value in combination.of.items()}
    found = [case for case in cases if all(case.get(name) in of for name, of in wanted.items())]
    if not combination.every_seed:
        first = min((case.get("seed", 0) for case in found), default=0)
        found = [case for case in found if case.get("seed", first) == first]
    methods = wanted.get("method", [case["method"] for case in found])
    return sorted(found, key=lambda case: methods.index(case["method"]))


def combine(combination, task, units):
    """Return the arrays of the combined answer to the examples that all ``units`` were asked."""
    first, arrays = units[0].arrays, {}
    for name in (f"{part}.{what}" for part in _PARTS for what in ("rows", "y", "patient")):
        if not all(np.array_equal(first[name], unit.arrays[name]) for unit in units):
            raise ScoreInvalid(
                f"{dict(combination.fields)}: the members were judged on different examples, "
                f"{name} differs; combine answers under one protocol"
            )
        arrays[name] = first[name]
    said = [np.stack([unit.arrays[f"{part}.0"] for unit in units]) for part in _PARTS]
    truth = [{part: first[f"{part}.{what}"] for part in _PARTS} for what in ("y", "patient")]
    answers = combination.combine(Members(task, *said, *truth))
    return arrays | {f"{part}.0": one for part, one in zip(_PARTS, answers, strict=True)}


def _listed(value):
    return value if isinstance(value, tuple) else (value,)
