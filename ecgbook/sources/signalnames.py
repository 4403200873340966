"""Which lead and which unit a name stands for, as files of strangers spell them."""

import re

from ecgbook.conventions import MILLIVOLTS, TWELVE_LEADS

__all__ = ["lead_named", "millivolts_of", "unit_in"]

_UNITS = {unit.lower(): millivolts for unit, millivolts in MILLIVOLTS.items()}
_UNITS |= {"microvolt": 1e-3, "microvolts": 1e-3, "millivolt": 1.0, "millivolts": 1.0, "volt": 1e3}

_LEADS = {lead.lower(): lead for lead in (*TWELVE_LEADS, "VX", "VY", "VZ", "MLII")}
# What stands before the name of a lead, in the languages that recorders export in.
_WORDS = {"lead", "ecg", "ekg", "ableitung", "derivation", "dérivation", "derivación", "channel"}
_ECG = {"ecg", "ekg", "electrocardiogram", "elektrokardiogramm"}

_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]")


def millivolts_of(unit):
    """Return how many mV one of a unit is, or None where it is no voltage.

    >>> millivolts_of("UV"), millivolts_of("bpm")
    (0.001, None)
    """
    return _UNITS.get(unit.strip().lower())


def unit_in(name):
    """Return what stands in the last brackets of a column's name, or ``""``.

    >>> unit_in("Lead II [uV]")
    'uV'
    """
    found = _BRACKETS.findall(name)
    return found[-1].strip() if found else ""


def lead_named(name):
    """Return the lead that a name stands for, in the spelling of the field; ``""`` if none.

    >>> lead_named("Lead II (mV)"), lead_named("ECG avr"), lead_named("ekg"), lead_named("HR")
    ('II', 'aVR', 'ECG', '')
    """
    words = re.findall(r"\w+", _BRACKETS.sub(" ", name).replace("_", " ").lower())
    leads = [_LEADS[word] for word in words if word in _LEADS]
    others = [word for word in words if word not in _LEADS and word not in _WORDS]
    if others and set(others) & {"resp", "eeg", "emg", "eog"}:
        return ""
    if len(leads) == 1:
        return leads[0]
    return "ECG" if set(words) & _ECG else ""
