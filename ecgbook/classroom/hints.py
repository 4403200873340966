"""What an answer would be after a usual mistake, to say what a wrong one looks like.

Each mistake is a function ``(expected, **inputs)`` that returns the wrong answer; its docstring is
the hint. Those here are tried on every question; an assignment adds its own.
"""

import numpy as np

from ecgbook.classroom.judging import fault

__all__ = ["EVERYWHERE", "hint"]


def hint(mistakes, cases, rtol, atol):
    """Return the words for the first mistake that explains all wrong answers, or an empty string.

    Parameters
    ----------
    mistakes : sequence of functions
        Tried in order, before those that are tried everywhere.
    cases : list of (dict, object, object)
        Inputs, expected and given value of each case that is wrong.
    rtol, atol : float
        As in `ecgbook.classroom.judging.fault`.
    """
    for mistake in [*mistakes, *EVERYWHERE]:
        if cases and all(_explains(mistake, *case, rtol, atol) for case in cases):
            return " ".join((mistake.__doc__ or "").split())
    return ""


def _explains(mistake, inputs, expected, given, rtol, atol):
    try:
        wrong = mistake(expected, **inputs)
    except Exception:  # this mistake cannot be made here
        return False
    if wrong is None and mistake in EVERYWHERE:  # it does not apply to answers of this kind
        return False
    wrong = wrong.item() if isinstance(wrong, np.generic) else wrong
    return bool(fault(expected, wrong, rtol, atol)) and not fault(wrong, given, rtol, atol)


def _scaled(expected, factor):
    if isinstance(expected, np.ndarray) and expected.dtype.kind == "f":
        return expected * factor
    if isinstance(expected, list) and expected and all(type(x) is float for x in expected):
        return [x * factor for x in expected]
    return expected * factor if type(expected) is float else None


def samples_for_seconds(expected, fs, **inputs):
    """Your values look like samples where seconds are asked: divide by the sampling rate."""
    return _scaled(expected, fs)


def seconds_for_samples(expected, fs, **inputs):
    """Your values look like seconds where samples are asked: multiply by the sampling rate."""
    return _scaled(expected, 1 / fs)


def a_thousand_times_too_large(expected, **inputs):
    """Your values are 1000 times too large: look for µV taken for mV, or ms for seconds."""
    return _scaled(expected, 1000.0)


def a_thousand_times_too_small(expected, **inputs):
    """Your values are 1000 times too small: look for mV taken for µV, or seconds for ms."""
    return _scaled(expected, 0.001)


def per_second_for_per_minute(expected, **inputs):
    """Your values are 60 times too small: a rate a second where a rate a minute is asked."""
    return _scaled(expected, 1 / 60)


def percent(expected, **inputs):
    """Your values look like percent where a fraction of 1 is asked."""
    return _scaled(expected, 100.0)


def fraction(expected, **inputs):
    """Your values look like a fraction of 1 where percent are asked."""
    return _scaled(expected, 0.01)


def lead_and_time_swapped(expected, **inputs):
    """Lead and time are swapped: an ECG of this book has the shape (lead, time)."""
    return expected.T if isinstance(expected, np.ndarray) and expected.ndim == 2 else None


def sign_turned(expected, **inputs):
    """All values have the opposite sign: look which electrode, or which method, comes first."""
    return _scaled(expected, -1.0)


def one_too_late(expected, **inputs):
    """Every position is one too high: samples are counted from 0."""
    whole = isinstance(expected, np.ndarray) and expected.dtype.kind == "i"
    return expected + 1 if whole else None


def one_too_early(expected, **inputs):
    """Every position is one too low: samples are counted from 0, the first one is 0."""
    whole = isinstance(expected, np.ndarray) and expected.dtype.kind == "i"
    return expected - 1 if whole else None


def order_turned(expected, **inputs):
    """Order turned round: the values are right."""
    return expected[::-1] if isinstance(expected, np.ndarray | list) else None


def negated(expected, **inputs):
    """Yes and no are swapped."""
    if isinstance(expected, np.ndarray) and expected.dtype.kind == "b":
        return ~expected
    return not expected if type(expected) is bool else None


def a_list(expected, **inputs):
    """Kind not right: return your values as a NumPy array, `np.asarray(...)`."""
    return expected.tolist() if isinstance(expected, np.ndarray) else None


EVERYWHERE = (samples_for_seconds, seconds_for_samples, a_thousand_times_too_large)
EVERYWHERE += (a_thousand_times_too_small, per_second_for_per_minute, percent, fraction)
EVERYWHERE += (lead_and_time_swapped, sign_turned, one_too_late, one_too_early, order_turned)
EVERYWHERE += (negated, a_list)
