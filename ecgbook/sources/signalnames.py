"""Which lead and which unit a name stands for, as files of strangers spell them."""

import re

from ecgbook.conventions import MILLIVOLTS, TWELVE_LEADS

__all__ = ["lead_named", "millivolts_of", "unit_in"]

_UNITS = {unit.lower(): millivolts for unit, millivolts in MILLIVOLTS.items()}
_UNITS |= {"microvolt": 1e-3, "microvolts": 1e-3, "millivolt": 1.0, "millivolts": 1.0, "volt": 1e3}

_LEADS = {lead.lower(): lead for lead in (*TWELVE_LEADS, "MLII")}
_ECG = re.compile(r"(ecg|ekg)\d*|electrocardiogram|elektrokardiogramm")
_JOINED = re.compile(r"(?:lead|d)(i{1,3}|av[rlf]|v[1-6])")
# What may stand beside the name of a lead, in the languages that recorders export in. Any other
# word says that the column is about the lead: its rate, its quality, its ST segment.
_BESIDE = {"lead", "ableitung", "derivation", "dérivation", "derivación", "derivazione", "channel"}
_BESIDE |= {"ch", "signal", "raw", "filtered", "filt", "clean", "cleaned", "voltage", "value"}
_BESIDE |= {"waveform", "data", "la", "ra", "ll", "rl"} | {*_UNITS}

_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]")


def millivolts_of(unit):
    """Return how many mV one of a unit is, or None where it is no voltage.

    >>> millivolts_of("UV"), millivolts_of("bpm")
    (0.001, None)
    """
    return _UNITS.get(unit.strip().lower())


def unit_in(name):
    """Return the unit in brackets in the name of a column, or ``""``.

    >>> unit_in("Lead II [uV]"), unit_in("ECG (filtered) (mV)"), unit_in("ECG (Lead II)")
    ('uV', 'mV', '')
    """
    found = [text.strip() for text in _BRACKETS.findall(name)]
    known = [text for text in found if millivolts_of(text) is not None]
    words = [text for text in found if not _said(text)]
    return (known or words or [""])[-1]


def lead_named(name):
    """Return the lead that a name stands for, in the spelling of the field; ``""`` if none.

    A lead with another word beside it, such as its rate, is none, and neither is one with a minus.

    >>> [lead_named(name) for name in ("Lead II (mV)", "ECG avr", "ekg2", "ECG_Rate", "-aVR")]
    ['II', 'aVR', 'ECG', '', '']
    """
    if name.strip().startswith(("-", "\u2212")):
        return ""
    return _said(name)


def _said(name):
    if name.strip() in ("VX", "VY", "VZ"):
        return name.strip()
    words = re.findall(r"\w+", name.replace("_", " ").lower())
    words = [match[1] if (match := _JOINED.fullmatch(word)) else word for word in words]
    leads = [_LEADS[word] for word in words if word in _LEADS]
    ecg = [word for word in words if _ECG.fullmatch(word)]
    others = [w for w in words if w not in _LEADS and w not in _BESIDE and not _ECG.fullmatch(w)]
    if others or len(leads) > 1:
        return ""
    return leads[0] if leads else "ECG" if ecg else ""
