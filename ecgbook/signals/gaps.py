"""Missing samples: short gaps are bridged, long ones are refused."""

from dataclasses import replace

import numpy as np

from ecgbook.errors import RecordInvalid

__all__ = ["fill_gaps", "runs"]


def fill_gaps(recording, longest_s):
    """Return a recording with straight lines over gaps (NaN) of up to ``longest_s`` seconds.

    A gap at either end takes the value beside it. Nothing that the heart did in a gap comes
    back, so ``longest_s`` should be short against a QRS complex (0.1 s).

    Raises
    ------
    RecordInvalid
        If a gap is longer; the message names lead, place and length.

    Examples
    --------
    >>> from ecgbook import Recording
    >>> ecg = Recording([[0.0, float("nan"), 1.0]], fs=100, leads=["II"])
    >>> fill_gaps(ecg, longest_s=0.01).signal
    array([[0. , 0.5, 1. ]], dtype=float32)
    """
    missing = np.isnan(recording.signal)
    for lead, gaps in zip(recording.leads, missing, strict=True):
        start, stop = runs(gaps)
        length_s = (stop - start) / recording.fs
        # Half a sample of slack, so that a gap of exactly longest_s is bridged.
        too_long = np.flatnonzero(length_s > longest_s + 0.5 / recording.fs)
        if len(too_long) or gaps.all():
            first = too_long[0] if len(too_long) else 0
            raise RecordInvalid(
                f"{recording.name}: lead {lead} has no value from {start[first] / recording.fs:.3f}"
                f" s for {length_s[first]:.3f} s, longer than {longest_s:g} s; cut it out with "
                f".window"
            )
    signal = recording.signal.copy()
    for row, gaps in zip(signal, missing, strict=True):
        row[gaps] = np.interp(np.flatnonzero(gaps), np.flatnonzero(~gaps), row[~gaps])
    return replace(recording, signal=signal)


def runs(mask):
    """Return where runs of True start and stop, ``[start, stop)``: two int64 arrays, (run,).

    >>> runs([True, True, False, True])
    (array([0, 3]), array([2, 4]))
    """
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
