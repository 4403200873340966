"""What a released network says of the rhythm of a recording, or "not sure" where that is due."""

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from ecgbook import signals
from ecgbook.errors import ModelInvalid, RecordInvalid
from ecgbook.training.predict import predict
from ecgbook.training.weights import load_released

__all__ = ["Rhythm", "rhythm_of"]

_NEEDED = ("temperature", "limit", "duration_s")
_LONGEST_GAP_S = 0.05


@dataclass(frozen=True)
class Rhythm:
    """What a network says of one recording.

    Parameters
    ----------
    name : str
        The likeliest class, such as ``"A"``.
    probability : dict
        Calibrated probability of each class.
    sure : bool
        Whether that of the likeliest class reaches the limit that was chosen on validation.
    lead : str
        The lead that was looked at.
    """

    name: str
    probability: dict
    sure: bool
    lead: str

    def __str__(self):
        said = self.name if self.sure else "not sure"
        parts = ", ".join(f"{name} {p:.2f}" for name, p in self.probability.items())
        return f"{said} ({parts}; lead {self.lead})"


def rhythm_of(recording, released="rhythm_crnn-challenge2017", *, lead=None):
    """Return what a released network says of the rhythm of a recording.

    The recording is brought to the rate of the network's card, and to mean 0 and standard deviation
    1, so its height does not matter.

    Parameters
    ----------
    recording : Recording
        As long as those that the network has learnt, see its card; gaps (NaN) of up to 0.05 s are
        bridged.
    released : str
        One of ``ecgbook.released.names()`` whose card has a temperature and a limit.
    lead : str, optional
        The lead to look at: by default I, with which the network has learnt, or else the first one.

    Returns
    -------
    Rhythm

    Raises
    ------
    RecordInvalid
        If the recording is too short or too long, has a long gap, is flat, or lacks the lead.
    ModelInvalid
        If the network does not say when it is sure.

    Examples
    --------
    >>> recording = ecgbook.read("mine/trace.hea")  # doctest: +SKIP
    >>> print(rhythm_of(recording))  # doctest: +SKIP
    A (N 0.03, A 0.91, O 0.05, ~ 0.01; lead I)
    """
    model, card = load_released(released)
    if lacking := [name for name in _NEEDED if name not in card]:
        raise ModelInvalid(f"{released} cannot say when it is sure: its card lacks {lacking[0]}")
    lead = lead or ("I" if "I" in recording.leads else recording.leads[0])
    x = _as_learnt(recording.select(lead), card)
    logits = predict(model, x[None], progress=False)[0] / card["temperature"]
    probability = dict(zip(card["classes"], softmax(logits).tolist(), strict=True))
    name = max(probability, key=probability.get)
    return Rhythm(name, probability, probability[name] >= card["limit"], lead)


def _as_learnt(recording, card):
    """Return the one lead of a recording, (1, time), as the network has seen others."""
    shortest, longest = card["duration_s"]
    if not shortest <= recording.duration_s <= longest:
        raise RecordInvalid(
            f"{recording.name} lasts {recording.duration_s:.1f} s, and the network has learnt from "
            f"{shortest:g} to {longest:g} s; cut a part out with recording.window(start_s, stop_s)"
        )
    recording = signals.fill_gaps(recording, longest_s=_LONGEST_GAP_S)
    x = recording.resample(card["fs"]).signal
    if np.ptp(recording.signal) == 0:
        raise RecordInvalid(
            f"{recording.name}: lead {recording.leads[0]} is flat, it has no rhythm"
        )
    return (x - x.mean()) / x.std()
