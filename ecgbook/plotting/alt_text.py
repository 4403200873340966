"""What an ECG shows, in a sentence or two made from its data: a start for an alt text."""

from collections import Counter

import numpy as np

__all__ = ["describe", "is_simulated"]


def is_simulated(recording):
    """Say whether a recording comes from a simulator, by the name of its database."""
    return any(word in recording.database for word in ("synthetic", "simulated"))


def describe(recording):
    """Return an alt text made from the data: origin, leads, length, beats, missing samples.

    It says what can be counted. What the reader should notice is for the author to add.

    Examples
    --------
    >>> from ecgbook import Annotations, Recording
    >>> beats = Annotations([100, 400, 580, 1000], ["N", "N", "V", "N"])
    >>> ecg = Recording([[0.0] * 1080], 360, ["II"], "mitdb", "100", annotations=beats)
    >>> describe(ecg)
    'ECG of mitdb/100: lead II, 3 s. 4 annotated beats (3 N, 1 V), 72 beats per minute.'
    """
    kind = "Simulated ECG" if is_simulated(recording) else "ECG"
    leads = ("lead " if len(recording.leads) == 1 else "leads ") + ", ".join(recording.leads)
    sentences = [f"{kind} of {recording.name}: {leads}, {recording.duration_s:.3g} s."]
    if recording.annotations is not None:
        sentences.append(_about_beats(recording))
    missing = np.isnan(recording.signal).mean()
    if missing:
        sentences.append(f"{100 * missing:.2g} % of the samples are missing.")
    return " ".join(sentences)


def _about_beats(recording):
    beats = recording.annotations.beats()
    if len(beats) == 0:
        return "No annotated beats."
    counts = ", ".join(f"{n} {symbol}" for symbol, n in Counter(beats.symbol).most_common())
    plural = "beat" if len(beats) == 1 else "beats"
    text = f"{len(beats)} annotated {plural} ({counts})"
    seconds = np.ptp(beats.sample) / recording.fs
    if seconds:
        rate = 60 * (len(beats) - 1) / seconds
        text += f", {rate:.0f} beats per minute"
    return text + "."
