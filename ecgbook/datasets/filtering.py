"""Examples through a filter of whole recordings."""

from dataclasses import replace

import numpy as np

from ecgbook.recording import Recording

__all__ = ["filtered"]


def filtered(examples, clean):
    """Return examples of one length with each signal filtered, at the rate that they have.

    Parameters
    ----------
    examples : Examples
        In mV.
    clean : callable ``(Recording) -> Recording``
        Such as `ecgbook.signals.published_bandpass` or `ecgbook.signals.remove_baseline`. Its
        errors name the record.

    Returns
    -------
    examples : Examples
        In memory; its recipe names the filter.
    """
    x = np.empty_like(examples.x)
    for signal, record, out in zip(examples.x, examples.record, x, strict=True):
        one = Recording(signal, examples.fs, examples.leads, record=record)
        out[:] = clean(one).signal
    name = getattr(clean, "__name__", repr(clean))
    return replace(examples, x=x, recipe=examples.recipe | {"filtered": name})
