"""Which columns of a table are leads, in which unit, and how fast they were sampled."""

import re
import warnings

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.sources.reading import canonical_leads
from ecgbook.sources.signalnames import lead_named, millivolts_of, unit_in

__all__ = ["leads_of", "rate_of"]

_RATE = re.compile(r"([\d.,]+)\s*(?:hz|hertz|samples? ?/ ?s|sps)\b", re.IGNORECASE)
_RATE_WORDS = ("sample rate", "sampling rate", "sampling frequency", "sampling_rate", "sample_rate")
_TIMES = {"time", "t", "timestamp", "elapsed", "zeit", "temps", "tiempo", "seconds", "sec"}
_SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}
_SECONDS |= {"ns": 1e-9}
_COUNTS = {"", "index", "sample", "samples", "sample #", "#", "n", "no", "nr", "unnamed: 0"}
_MOST_UNEVEN = 0.5  # of the time between two samples


def leads_of(table, unit=None):
    """Return the leads in mV, float32 (lead, time), and their names.

    A table of one column is an ECG whatever its name. Other columns are warned of and left out.
    RecordInvalid if no column is an ECG, or nothing says its unit and ``unit`` does not either.
    """
    columns = [
        k for k in range(len(table.names)) if not _is_count(table, k) and not _is_time(table, k)
    ]
    columns = [k for k in columns if np.isfinite(table.values[:, k]).any()]
    leads = {k: lead_named(table.names[k]) for k in columns}
    if len(columns) == 1 and not leads[columns[0]]:
        leads[columns[0]] = _lead_said(table)
    chosen = [k for k in columns if leads[k]]
    if not chosen:
        raise RecordInvalid(
            f"{table.path}: no column is an ECG by its name ({_names(table, columns)}); name the "
            f"leads in the line before the numbers"
        )
    if others := [k for k in columns if not leads[k]]:
        text = f"{table.path}: left out what is no ECG: {_names(table, others)}"
        warnings.warn(text, stacklevel=4)
    scale = np.array([_millivolts(table, k, unit) for k in chosen])
    signal = (table.values[:, chosen] * scale).T.astype(np.float32)
    return signal, canonical_leads([leads[k] for k in chosen])


def rate_of(table, fs=None):
    """Return the sampling rate in Hz that the file says, or ``fs``.

    RecordInvalid if nobody says it, two say different ones, or the times are not even.
    """
    found = {"what the file says": _rate_said(table), "fs": fs}
    for k in range(len(table.names)):
        if _is_time(table, k):
            found[f"the column {table.names[k]!r}"] = _rate_by_time(table, k)
            break
    found = {name: rate for name, rate in found.items() if rate is not None}
    if not found:
        raise RecordInvalid(
            f"{table.path} does not say its sampling rate; pass fs= in Hz, as in "
            f"ecgbook.read(path, fs=250)"
        )
    rates = list(found.values())
    if max(rates) > 1.01 * min(rates):
        said = ", ".join(f"{rate:g} Hz by {name}" for name, rate in found.items())
        raise RecordInvalid(f"{table.path}: {said}; mend the file or leave fs out")
    return float(rates[0])


def _names(table, columns):
    return ", ".join(table.names[k] or f"column {k + 1}" for k in columns) or "there is none"


def _plain(name):
    return re.sub(r"[(\[].*?[)\]]", "", name).strip().lower()


def _is_time(table, k):
    words = set(re.findall(r"\w+", _plain(table.names[k])))
    return bool(words & _TIMES) and np.isfinite(table.values[:, k]).any()


def _is_count(table, k):
    """Whether a column without a name, or with that of a number, counts the samples."""
    if _plain(table.names[k]) not in _COUNTS or len(table.values) < 2:
        return False
    return bool((np.diff(table.values[:, k]) == 1).all())


def _lead_said(table):
    """Return the lead that a line such as ``Lead,Lead I`` names, else ECG."""
    for row in table.said:
        for cell in row[1:]:
            if (lead := lead_named(cell)) and len(cell.split()) < 3:
                return lead
    return "ECG"


def _millivolts(table, k, unit):
    own = unit_in(table.names[k]) or table.units[k] or _unit_said(table)
    said = own if millivolts_of(own) is not None else unit
    if own and millivolts_of(own) is None:
        raise RecordInvalid(
            f"{table.path}: {table.names[k]!r} is in {own!r}, expected mV, uV, nV or V"
        )
    if said is None:
        raise RecordInvalid(
            f"{table.path} does not say the unit of its numbers; pass unit=, as in "
            f"ecgbook.read(path, unit='uV')"
        )
    if millivolts_of(said) is None:
        raise RecordInvalid(f"unit must be mV, uV, nV or V, got {unit!r}")
    if own and unit is not None and millivolts_of(own) != millivolts_of(unit):
        raise RecordInvalid(f"{table.path} says {own}, unit says {unit}; leave unit out")
    return millivolts_of(said)


def _unit_said(table):
    cells = [cell for row in table.said if len(row) == 2 for cell in row[1:]]
    return next((cell for cell in cells if millivolts_of(cell) is not None), "")


def _rate_said(table):
    for row in table.said:
        text = " ".join(row)
        if match := _RATE.search(text):
            return float(match[1].replace(",", "."))
        if text.lower().startswith(_RATE_WORDS) and (number := re.search(r"[\d.]+\s*$", text)):
            return float(number[0])
    return None


def _rate_by_time(table, k):
    time = table.values[:, k]
    unit = (unit_in(table.names[k]) or table.units[k]).lower()
    if unit not in _SECONDS:
        return None
    if len(time) < 3 or not np.isfinite(time).all():
        raise RecordInvalid(
            f"{table.path}: the column {table.names[k]!r} has gaps; pass fs= instead"
        )
    step = (time[-1] - time[0]) / (len(time) - 1)
    off = np.abs(time - time[0] - step * np.arange(len(time)))
    if step <= 0 or off.max() > _MOST_UNEVEN * step + _rounding(time):
        line = int(off.argmax()) + len(table.said) + 1
        raise RecordInvalid(
            f"{table.path}: the times in the column {table.names[k]!r} are not even, first far off "
            f"near line {line}; there is a gap in the recording, or its clock was set"
        )
    rate = 1 / (step * _SECONDS[unit])
    # Times that are rounded tell a whole rate only about.
    doubt = rate * 2 * _rounding(time) / (time[-1] - time[0])
    return float(round(rate)) if abs(round(rate) - rate) <= max(doubt, 1e-6 * rate) else rate


def _rounding(time):
    """Return the last digit that times are written with, as far as 64 bits tell."""
    for digits in range(10):
        if np.allclose(time, np.round(time, digits), rtol=0, atol=1e-12):
            return 10.0**-digits
    return 0.0
