"""How fast the samples of a table follow each other, by its words or by a column of time."""

import re
import warnings

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.recording import checked_rate
from ecgbook.sources.signalnames import unit_in

__all__ = ["is_time", "rate_of"]

# A line that tells the rate, in the languages that recorders export in.
_RATE = re.compile(
    r"\W*(?:sampl\w*[ _-]*(?:rate|freq\w*)|fs|sampling|abtastrate|abtastfrequenz|messrate"
    r"|(?:taux|fréquence) d.échantillonnage|frecuencia de muestreo|frequenza di campionamento)"
    r"\b[^\d]*?([\d][\d.,]*)\s*(?:hz|hertz|sps|samples?(?: per |/)s\w*|)\W*",
    re.IGNORECASE,
)
_TIMES = {"time", "t", "timestamp", "elapsed", "zeit", "temps", "tiempo", "seconds", "sec"}
_SECONDS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_USUAL_HZ = (50, 20_000)  # rates that ECGs are recorded at
_MOST_UNEVEN = 0.5  # of the time between two samples
_LEAST_SURE = 0.005  # share by which rounded times leave a rate open


def is_time(table, k):
    """Whether a column is one of times by its name."""
    return bool({*_words(table.names[k])} & _TIMES)


def rate_of(table, fs=None):
    """Return the sampling rate in Hz that the file says, or ``fs``.

    RecordInvalid if nobody says it, two say different ones, or the times are not even; with ``fs``
    uneven times are warned of.
    """
    if fs is not None:
        fs = checked_rate(fs, str(table.path))
    found = {"what the file says": _rate_said(table), "fs": fs}
    found |= _rate_by_time(table, fs)
    found = {name: rate for name, rate in found.items() if rate is not None}
    if not found:
        raise RecordInvalid(
            f"{table.path} does not say its sampling rate, or not surely; pass fs= in Hz, as in "
            f"ecgbook.read(path, fs=250)"
        )
    rates = list(found.values())
    if max(rates) > 1.01 * min(rates):
        said = ", ".join(f"{rate:g} Hz by {name}" for name, rate in found.items())
        raise RecordInvalid(f"{table.path}: {said}; only one of them can be right")
    return float(rates[0])


def _words(name):
    return re.findall(r"[^\W_]+", re.sub(r"[(\[].*?[)\]]", "", name).lower())


def _rate_said(table):
    matches = [match for line in table.said if (match := _RATE.fullmatch(line.strip()))]
    rates = {_number(table, match[1]) for match in matches}
    if len(rates) > 1:
        raise RecordInvalid(f"{table.path} says two sampling rates: {sorted(rates)} Hz")
    return rates.pop() if rates else None


def _number(table, text):
    """Return a rate; of a mark before three digits, the reading at which ECGs are recorded."""
    text = text.rstrip(".,")
    ways = {text.replace(",", "."), text.replace(",", "").replace(".", "")}
    if not re.fullmatch(r"\d{1,3}[.,]\d{3}", text):
        ways = {text.replace(",", ".")}
    rates = {float(way) for way in ways if re.fullmatch(r"\d+(\.\d+)?", way)}
    likely = [rate for rate in rates if _USUAL_HZ[0] <= rate <= _USUAL_HZ[1]] or [*rates]
    if len(likely) != 1:
        raise RecordInvalid(f"{table.path}: a sampling rate of {text!r} is not clear; pass fs=")
    return likely[0]


def _rate_by_time(table, fs):
    """Return what a column of time says, by its name; nothing where it is not sure."""
    columns = [k for k in range(len(table.names)) if is_time(table, k)]
    columns = [k for k in columns if np.isfinite(table.values[:, k]).any()]
    for k in sorted(columns, key=lambda k: not _unit(table, k)):
        rate = _rate_of_column(table, k, fs)
        return {} if rate is None else {f"the column {table.names[k]!r}": rate}
    return {}


def _unit(table, k):
    own = unit_in(table.names[k]) or table.units[k].strip("()[]")
    last = _words(table.names[k])[-1:]
    own = own or (last[0] if last and last[0] in _SECONDS else "")
    return own.lower() if own.lower() in _SECONDS else ""


def _rate_of_column(table, k, fs):
    time, unit = table.values[:, k], _unit(table, k)
    if len(time) < 3 or not np.isfinite(time).all():
        return _uneven(table, k, fs, "has gaps")
    step = (time[-1] - time[0]) / (len(time) - 1)
    rounded = _rounding(time)
    if step <= 0 or rounded > _LEAST_SURE * abs(time[-1] - time[0]):
        return None
    off = np.abs(time - time[0] - step * np.arange(len(time)))
    if off.max() > _MOST_UNEVEN * step + rounded:
        return _uneven(table, k, fs, "is not even: there is a gap, or its clock was set")
    rate = 1 / (step * _SECONDS.get(unit, 1.0))
    if not unit and not _USUAL_HZ[0] <= rate <= _USUAL_HZ[1]:
        return None  # in which unit, nobody says
    # Times that are rounded tell a whole rate only about.
    doubt = rate * 2 * rounded / (time[-1] - time[0])
    return float(round(rate)) if abs(round(rate) - rate) <= max(doubt, 1e-6 * rate) else rate


def _uneven(table, k, fs, fault):
    text = f"{table.path}: the column {table.names[k]!r} {fault}"
    if fs is None:
        raise RecordInvalid(f"{text}; if every sample is there, pass fs=")
    warnings.warn(f"{text}; samples are taken to follow each other at {fs:g} Hz", stacklevel=6)


def _rounding(time):
    """Return the last digit that times are written with, as far as 64 bits tell."""
    for digits in range(10):
        if np.allclose(time, np.round(time, digits), rtol=0, atol=1e-9 * max(1.0, abs(time).max())):
            return 10.0**-digits
    return 0.0
