"""Which columns of a table are leads, in which unit, and how fast they were sampled."""

import re
import warnings

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.sources.reading import canonical_leads
from ecgbook.sources.signalnames import lead_named, millivolts_of, unit_in
from ecgbook.sources.textrate import is_time

__all__ = ["leads_of"]

_COUNTS = {"", "index", "sample", "samples", "sample #", "#", "n", "no", "nr", "unnamed: 0"}
# Of the only column, which needs no name of a lead.
_NEUTRAL = {"", "value", "values", "signal", "voltage", "amplitude", "data", "sample", "samples"}
_LEAD = re.compile(
    r"(?:lead|ableitung|d[ée]rivation|derivación|derivazione)\s*[,;:\t]\s*(.+)", re.I
)
_UNIT = re.compile(r"(?:units?|einheit|unité|unidad|unità|unidade)\s*[,;:\t]\s*(\S+)\s*", re.I)


def leads_of(table, unit=None):
    """Return the leads in mV, float32 (lead, time), and their names.

    A warning names columns that are left out. RecordInvalid if no column is an ECG, or nothing says
    its unit and ``unit`` does not either.
    """
    there = [k for k in range(len(table.names)) if np.isfinite(table.values[:, k]).any()]
    columns = [k for k in there if not _is_count(table, k) and not is_time(table, k)]
    leads = {k: lead_named(table.names[k]) for k in columns}
    if len(columns) == 1 and _plain(table.names[columns[0]]) in _NEUTRAL:
        leads[columns[0]] = _lead_said(table)
    own = {k: unit_in(table.names[k]) or table.units[k].strip("()[]") for k in columns}
    chosen = [k for k in columns if leads[k] and (not own[k] or millivolts_of(own[k]) is not None)]
    if not chosen:
        raise RecordInvalid(
            f"{table.path}: no column is an ECG by its name and unit ({_names(table, columns)}); "
            f"name the leads in the line before the numbers"
        )
    if others := [k for k in columns if k not in chosen]:
        text = f"{table.path}: left out what is no ECG: {_names(table, others)}"
        warnings.warn(text, stacklevel=4)
    scale = np.array([_millivolts(table, own[k] or _unit_said(table), unit) for k in chosen])
    signal = (table.values[:, chosen] * scale).T.astype(np.float32)
    return signal, canonical_leads([leads[k] for k in chosen])


def _names(table, columns):
    return ", ".join(table.names[k] or f"column {k + 1}" for k in columns) or "there is none"


def _plain(name):
    plain = re.sub(r"[(\[].*?[)\]]", "", name).strip().lower()
    return "" if millivolts_of(plain) is not None else plain


def _is_count(table, k):
    """Whether a column without a name, or with that of a number, counts the samples."""
    if _plain(table.names[k]) not in _COUNTS or len(table.values) < 2:
        return False
    return bool((np.diff(table.values[:, k]) == 1).all())


def _lead_said(table):
    """Return the lead that a line such as ``Lead,Lead I`` names, else ECG."""
    found = [match[1] for line in table.said if (match := _LEAD.fullmatch(line.strip()))]
    return (lead_named(found[-1].strip("\"' ")) if found else "") or "ECG"


def _unit_said(table):
    found = [match[1] for line in table.said if (match := _UNIT.fullmatch(line.strip()))]
    return found[-1].strip("\"'") if found else ""


def _millivolts(table, own, unit):
    """Return how many mV one of the numbers is, by the file or by ``unit``."""
    if not own and unit is None:
        raise RecordInvalid(
            f"{table.path} does not say the unit of its numbers; pass unit=, as in "
            f"ecgbook.read(path, unit='uV')"
        )
    if unit is not None and millivolts_of(unit) is None:
        raise RecordInvalid(f"unit must be mV, uV, nV or V, got {unit!r}")
    if own and millivolts_of(own) is None:
        raise RecordInvalid(f"{table.path} is in {own!r}, expected mV, uV, nV or V")
    if own and unit is not None and millivolts_of(own) != millivolts_of(unit):
        raise RecordInvalid(f"{table.path} says {own}, unit says {unit}; leave unit out")
    return millivolts_of(own or unit)
