"""Codes of the Challenge of 2021: the 26 classes of those scored, and who uses which."""

import re
import tomllib
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from ecgbook.errors import RecordInvalid
from ecgbook.evaluation.challenge2021 import CHALLENGE_CLASSES

__all__ = ["challenge_totals", "classes_of_codes", "known_statements", "merged_codes"]

_CODE = re.compile(r"\d+")


def classes_of_codes(codes, further=None):
    """Return the classes that the codes of one recording stand for, a set of str.

    Parameters
    ----------
    codes : sequence of str
        SNOMED CT codes, or the words that early headers of CPSC have in their place (``RBBB``). A
        code that the Challenge does not score is passed over; other words are refused with
        `RecordInvalid`.
    further : dict of str to str, optional
        Codes that are to count as well, and their class.

    Examples
    --------
    Both codes of a right bundle branch block are one class; high voltage is not scored:

    >>> sorted(classes_of_codes(["713427006", "59118001", "55827005"]))
    ['CRBBB|RBBB']
    >>> classes_of_codes(["164884008"], {"164884008": "PVC|VPB"})
    {'PVC|VPB'}
    """
    table = _read()
    numbers = [table["early"].get(code, code) for code in codes]
    if words := [code for code in numbers if not _CODE.fullmatch(code)]:
        raise RecordInvalid(
            f"{words[0]!r} is neither a SNOMED CT code nor one of the early labels "
            f"{', '.join(table['early'])}"
        )
    class_of = {code: entry["class"] for code, entry in table["codes"].items()} | (further or {})
    if wrong := set(class_of.values()) - set(CHALLENGE_CLASSES):
        raise RecordInvalid(f"{sorted(wrong)[0]!r} is none of the 26 classes of the Challenge")
    return {class_of[code] for code in numbers if code in class_of}


def challenge_totals():
    """Return how many recordings of the training set have each class, by source.

    Returns
    -------
    pandas.DataFrame
        By class, in the order of `ecgbook.evaluation.CHALLENGE_CLASSES`: ``words``, and a column a
        source. Two codes of one class are added up, so a recording with both counts twice.

    References
    ----------
    dx_mapping_scored.csv of https://github.com/physionetchallenges/evaluation-2021
    """
    table = _read()
    sources = table["sources"]
    rows = pd.DataFrame([entry["recordings"] for entry in table["codes"].values()], columns=sources)
    for name in ("class", "words"):
        rows[name] = [entry[name] for entry in table["codes"].values()]
    how = {"words": " or ".join} | dict.fromkeys(sources, "sum")
    return rows.groupby("class").agg(how).loc[list(CHALLENGE_CLASSES)]


def known_statements(source):
    """Return which classes each recording's source uses at all, bool (recording, class).

    A class that a source never uses says nothing where it is absent: this is a mask for
    `ecgbook.training.masked_target`.

    Parameters
    ----------
    source : sequence of str
        Folder of the training set, such as ``georgia``; others are refused with `RecordInvalid`.

    Examples
    --------
    CPSC has nine labels, of which the Challenge scores six:

    >>> int(known_statements(["cpsc_2018"]).sum())
    6
    """
    used = challenge_totals().drop(columns="words") > 0
    if unknown := set(source) - set(used):
        raise RecordInvalid(
            f"nothing is known of the source {sorted(unknown)[0]!r}, only of {', '.join(used)}; "
            f"see training.used_by_source"
        )
    return used[list(source)].to_numpy().T


def merged_codes(values, codes):
    """Return values of the 30 scored codes as values of the 26 classes, (recording, class).

    Of bool a class is there if any of its codes is; of probabilities it is their mean.

    Parameters
    ----------
    values : array of bool or float, shape (recording, code)
    codes : sequence of str
        The code of each column: all that are scored, in any order (else `RecordInvalid`).
    """
    table, values = _read()["codes"], np.asarray(values)
    codes = [str(code) for code in codes]
    if sorted(codes) != sorted(table) or values.shape[1:] != (len(codes),):
        raise RecordInvalid(
            f"values need a column for each of the {len(table)} codes that are scored, got "
            f"{len(codes)} codes and shape {values.shape}"
        )
    own = np.array([[table[code]["class"] == name for name in CHALLENGE_CLASSES] for code in codes])
    merged = values.astype(np.float64) @ (own / own.sum(axis=0))
    return merged > 0 if values.dtype == bool else merged


@cache
def _read():
    return tomllib.loads(files(__package__).joinpath("challenge2021.toml").read_text("utf-8"))
