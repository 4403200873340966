"""What every operation on a signal asks for first: no gaps, and enough of it."""

import numpy as np

from ecgbook.errors import RecordInvalid

__all__ = ["lead_signal", "require_duration", "require_whole"]


def require_whole(recording):
    """Raise RecordInvalid if a sample is NaN or infinite: it would spread through any filter."""
    # A sum is finite only if all of its terms are: one pass, no copy.
    if np.isfinite(recording.signal.sum(dtype=np.float64)):
        return
    lead, sample = np.argwhere(~np.isfinite(recording.signal))[0]
    raise RecordInvalid(
        f"{recording.name}: lead {recording.leads[lead]} has no value at "
        f"{sample / recording.fs:.3f} s; close short gaps with fill_gaps or cut them out with "
        f".window"
    )


def require_duration(recording, shortest_s, purpose):
    """Raise RecordInvalid for less than ``shortest_s`` seconds, which ``purpose`` needs."""
    if recording.duration_s < shortest_s:
        raise RecordInvalid(
            f"{recording.name}: {purpose} needs at least {shortest_s:g} s, "
            f"the recording has {recording.duration_s:g} s"
        )


def lead_signal(recording, lead=None):
    """Return one whole lead (default: the first) in mV as float32, shape (time,).

    RecordInvalid if there is no such lead or a sample of it is missing.
    """
    one = recording.select(recording.leads[0] if lead is None else lead)
    require_whole(one)
    return one.signal[0]
