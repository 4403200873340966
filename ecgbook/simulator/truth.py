"""`Truth`: what is exactly known of a simulated recording."""

from dataclasses import dataclass

import numpy as np

__all__ = ["VISIBLE_ST_MV", "Truth", "truth_of"]

# A lead shows a shift of the ST segment from this size on, half of a small square of the paper.
VISIBLE_ST_MV = 0.05

_NEVER = -1


@dataclass(frozen=True, eq=False)
class Truth:
    """What is exactly known of one simulated recording.

    Parameters
    ----------
    r_peak : array of int64, shape (beat,)
        Sample of the R peak of each beat: where, within its QRS complex, the dipole without
        noise is longest. Only beats whose R peak is inside the recording are listed.
    symbol : array of str, shape (beat,)
        WFDB code of each beat.
    qrs, t : arrays of int64, shape (beat, 2)
        First sample of each beat's QRS complex and T wave, and the one after its last. Waves
        are cut at the edges of the recording; one wholly outside is ``-1, -1``.
    p : array of int64, shape (p_wave, 2)
        The same of the P waves, which need not belong to a beat.
    p_blocked : array of bool, shape (p_wave,)
        Whether no beat follows the P wave.
    rhythm : str
        Rhythm as it stands in WFDB annotations, such as ``(AFIB``.
    lesion : array of bool, shape (lead, time)
        Where the abnormality is: in which leads, at which samples.
    """

    r_peak: np.ndarray
    symbol: np.ndarray
    qrs: np.ndarray
    t: np.ndarray
    p: np.ndarray
    p_blocked: np.ndarray
    rhythm: str
    lesion: np.ndarray


def truth_of(activity, timing, condition, dipole, margin, fs, st_leads):
    """Return the `Truth` of one recording.

    The dipole, (axis, time), is without noise and has ``margin`` samples before and after the
    recording; a shift of the ST segment is to be seen in ``st_leads``, bool of shape (lead,).
    """
    n_time = dipole.shape[1] - 2 * margin
    p, qrs, t = (_samples(edges, fs) for edges in (activity.p_s, activity.qrs_s, activity.t_s))
    # A T wave lies between its own complex and the next one.
    t[:, 0] = np.maximum(t[:, 0], qrs[:, 1])
    t[:-1, 1] = np.minimum(t[:-1, 1], qrs[1:, 0])
    t[:, 1] = np.maximum(t[:, 1], t[:, 0])
    r_peak = _longest(dipole, qrs + margin) - margin
    seen = st_leads if condition.lesion == "st" else np.ones_like(st_leads)
    spans = _spans(condition.lesion, p, qrs, t, timing.p_blocked)
    lesion = seen[:, None] & _painted(spans, n_time)
    lesion |= _painted(qrs[np.isin(timing.symbol, list("AVFQ"))], n_time)
    lesion |= _painted(p[timing.p_ectopic], n_time)
    inside = (r_peak >= 0) & (r_peak < n_time)
    p_inside = (p[:, 1] > 0) & (p[:, 0] < n_time)
    return Truth(
        r_peak=r_peak[inside],
        symbol=activity.symbol[inside],
        qrs=_cut(qrs[inside], n_time),
        t=_cut(t[inside], n_time),
        p=_cut(p[p_inside], n_time),
        p_blocked=timing.p_blocked[p_inside],
        rhythm=condition.label,
        lesion=lesion,
    )


def _samples(edges_s, fs):
    """Return first sample and the one after the last of spans in seconds, (span, 2)."""
    return np.ceil(edges_s * fs).astype(np.int64)


def _longest(dipole, spans):
    """Return the sample in each span at which the dipole is longest."""
    length = int(np.max(spans[:, 1] - spans[:, 0]))
    sample = spans[:, :1] + np.arange(length)
    inside = (sample < spans[:, 1:]) & (sample >= 0) & (sample < dipole.shape[1])
    squared = np.square(dipole).sum(axis=0)[np.clip(sample, 0, dipole.shape[1] - 1)]
    return spans[:, 0] + np.where(inside, squared, -1).argmax(axis=1)


def _spans(lesion, p, qrs, t, blocked):
    """Return the spans of samples in which a lesion is to be seen, (span, 2)."""
    nothing = np.empty((0, 2), np.int64)
    if lesion in ("pr", "dropped"):
        following = np.searchsorted(qrs[:, 0], p[:, 0])
        conducted = ~blocked & (following < len(qrs))
        pr = np.stack([p[conducted, 0], qrs[following[conducted], 0]], axis=1)
        return np.concatenate([pr, p[blocked]]) if lesion == "dropped" else pr
    return {
        "": nothing,
        "qrs": qrs,
        "st": np.stack([qrs[:, 1], t[:, 0]], axis=1),
        "tq": np.stack([t[:-1, 1], qrs[1:, 0]], axis=1),
        "blocked": p[blocked],
    }[lesion]


def _painted(spans, n_time):
    """Return which samples lie in any of the spans, shape (time,)."""
    edges = np.zeros(n_time + 1, np.int64)
    np.add.at(edges, np.clip(spans[:, 0], 0, n_time), 1)
    np.add.at(edges, np.clip(spans[:, 1], 0, n_time), -1)
    return np.cumsum(edges[:-1]) > 0


def _cut(spans, n_time):
    """Return the spans cut at the edges of the recording, ``-1, -1`` where nothing is left."""
    cut = np.clip(spans, 0, n_time)
    cut[cut[:, 0] == cut[:, 1]] = _NEVER
    return cut
