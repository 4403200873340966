"""What LUDB says of a recording, in the classes of PTB-XL and of the Challenge of 2021."""

import tomllib
from functools import cache
from importlib.resources import files

import pandas as pd

from ecgbook.errors import RecordInvalid
from ecgbook.evaluation.challenge2021 import CHALLENGE_CLASSES
from ecgbook.sources.ptbxl import SUPERCLASSES

__all__ = ["ludb_labels"]

_COLUMNS = ("rhythm", "axis", "diagnoses")
_SINUS = {"NSR", "SB", "SA"}  # rhythms of a normal ECG


def ludb_labels(database, task):
    """Return which classes each recording has, bool (record, class) as a DataFrame.

    Parameters
    ----------
    database : Database
        With the columns ``rhythm``, ``axis`` and ``diagnoses`` of LUDB in its ``metadata``.
    task : {"superdiagnostic", "challenge"}
    """
    if task not in ("superdiagnostic", "challenge"):
        raise RecordInvalid(f'task must be "superdiagnostic" or "challenge", got {task!r}')
    labels = database.metadata
    if absent := [name for name in _COLUMNS if name not in labels]:
        raise RecordInvalid(f"{database.name} has no column {absent[0]}; take ludb")
    classes = SUPERCLASSES if task == "superdiagnostic" else CHALLENGE_CLASSES
    of_record = _superclasses if task == "superdiagnostic" else _challenge_classes
    said = labels[list(_COLUMNS)].itertuples(index=False)
    found = [of_record(*row) for row in said]
    return pd.DataFrame([[c in own for c in classes] for own in found], labels.index, classes)


def _superclasses(rhythm, axis, findings):
    found = {_meaning(finding).get("superclass") for finding in findings} - {None}
    rhythms = {_looked_up(one, "rhythm") for one in rhythm.split(";")}
    return found if findings or not rhythms <= _SINUS else {"NORM"}


def _challenge_classes(rhythm, axis, findings):
    found = {_meaning(finding).get("challenge") for finding in findings}
    found |= {_looked_up(one, "rhythm") for one in rhythm.split(";")}
    return found | {_looked_up(axis, "axis")}


def _meaning(finding):
    return _looked_up(finding, "findings") or {}


def _looked_up(text, table):
    """Return the entry whose name is the longest beginning of the text, or None."""
    text, entries = text.strip().lower(), _read()[table]
    fitting = [name for name in entries if text.startswith(name)]
    return entries[max(fitting, key=len)] if fitting else None


@cache
def _read():
    return tomllib.loads(files(__package__).joinpath("ludb.toml").read_text("utf-8"))
