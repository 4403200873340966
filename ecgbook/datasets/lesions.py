"""Simulated beats whose abnormality is known to the sample: a truth for explanations.

Where it can be, an abnormal beat is a normal one of the same person in which nothing but the lesion
is changed, so that all that tells the two apart lies on the mask.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.ndimage import uniform_filter1d

from ecgbook.datasets.cutting import cut
from ecgbook.datasets.examples import Examples
from ecgbook.errors import EcgError
from ecgbook.simulator import Noise, simulate

__all__ = ["LESIONS", "LesionBeats", "lesion_beats"]

# How ectopic beats are written, and as which condition another lesion is simulated.
_ECTOPIC = {"premature_ventricular": "V", "premature_atrial": "A"}
_INSTEAD = {"wide_qrs": "lbbb", "st_elevation": "anterior_st_elevation"}
LESIONS = (*_ECTOPIC, *_INSTEAD, "atrial_fibrillation", "spike")

_DURATION_S = 20.0
_SHARE = 0.3  # of ectopic beats
_TAPER_S = 0.016  # over which a lesion grows into the normal beat around it
_SPIKE_S, _SPIKE_MV = 0.04, 0.4


@dataclass(frozen=True, eq=False)
class LesionBeats:
    """Simulated beats with and without a lesion, and where it is.

    Parameters
    ----------
    examples : Examples
        Classes ``normal`` (0) and the lesion's name (1), as many of each person.
    mask : array of bool, shape (beat, lead, time)
        Where the lesion is; empty for normal beats.
    evidence : array of bool, shape (beat, lead, time)
        Where anything is that tells the classes apart: the mask and, of premature beats, all from
        the end of the complex before, which has come closer; of ventricular ones the T wave, too.
    qrs : array of bool, shape (beat, lead, time)
        All QRS complexes in the window, those of normal beats too.
    """

    examples: Examples
    mask: np.ndarray
    evidence: np.ndarray
    qrs: np.ndarray


class _Ecg(NamedTuple):
    """Beats of one class in one recording: signal and masks (lead, time), R peaks (beat,)."""

    signal: np.ndarray
    mask: np.ndarray
    evidence: np.ndarray
    qrs: np.ndarray
    r_peak: np.ndarray


def lesion_beats(
    lesion,
    n_patients=100,
    *,
    beats=4,
    leads=("II", "V2", "V5"),
    lesion_leads=None,
    fs=250.0,
    before_s=0.4,
    after_s=0.6,
    noise=Noise(),  # noqa: B008 - frozen
    seed=0,
):
    """Simulate beats of persons with and without a lesion, as `LesionBeats`.

    Parameters
    ----------
    lesion : str
        One of `LESIONS`. ``premature_ventricular``: the QRS complex of such a beat.
        ``premature_atrial``: the early, odd P wave before such a beat.
        ``wide_qrs``: the complex of a left bundle branch block in the place of the normal one,
        the T wave left as it is. ``st_elevation``: the ST segment of an anterior injury, alone.
        ``atrial_fibrillation``: the time between the waves, where f-waves are and no P wave is.
        ``spike``: a burst of noise of 40 ms somewhere in a normal beat, a shortcut.
    n_patients, beats : int
        Persons, and most beats of each class from each; all have as many of both.
    leads : sequence of str
        Leads of the recordings.
    lesion_leads : sequence of str, optional
        Leads that show the lesion, for ``wide_qrs``, ``st_elevation`` and ``spike``. If left out,
        all for a wide complex, those that see the injury, and the first for a spike.
    fs, before_s, after_s : float
        Sampling rate in Hz; the window around the R peak in seconds.
    noise : Noise or None
        Of the electrodes.
    seed : int
        Person ``i`` is the one of ``seed + i``.

    Returns
    -------
    LesionBeats

    Raises
    ------
    EcgError
        If there is no such lesion or lead, the lesion cannot be limited to leads, or no lead shows
        it.

    Examples
    --------
    >>> beats = lesion_beats("wide_qrs", 2, beats=3, leads=["II"])
    >>> beats.examples.counts, beats.mask.shape
    ({'normal': 6, 'wide_qrs': 6}, (12, 1, 250))
    """
    leads = tuple(leads)
    shown = _shown(lesion, leads, lesion_leads)
    options = {"duration_s": _DURATION_S, "fs": fs, "leads": leads, "noise": noise, "seed": seed}
    window = round(before_s * fs), round((before_s + after_s) * fs)
    if lesion in _ECTOPIC:
        persons = _with_ectopic(_ECTOPIC[lesion], n_patients, options)
    elif lesion in _INSTEAD:
        persons = _spliced(_INSTEAD[lesion], n_patients, options, shown)
    elif lesion == "spike":
        persons = _spiked(n_patients, options, shown, window)
    else:
        persons = _fibrillating(n_patients, options)
    parts = [_windows(pair, window, beats) for pair in persons]
    if not any(len(part.y) for part in parts):
        raise EcgError(f"none of the leads {', '.join(leads)} shows {lesion}; name others")
    number = np.repeat(np.arange(n_patients), [len(part.y) for part in parts])
    x, mask, evidence, qrs, sample, y = map(np.concatenate, zip(*parts, strict=True))
    names = np.array([f"simulated-{seed + i}" for i in range(n_patients)])[number]
    rows = pd.DataFrame({"patient": names, "record": names, "sample": sample})
    recipe = {"recipe": "lesion_beats", "lesion": lesion, "seed": seed, "simulated": True}
    examples = Examples(x, y, ("normal", lesion), rows, fs=fs, leads=leads, recipe=recipe)
    return LesionBeats(examples, mask, evidence, qrs)


def _with_ectopic(symbol, n, options):
    """Yield each person's normal and ectopic beats, of one recording."""
    for signal, truth in _simulated("normal", n, options, ectopic={symbol: _SHARE}):
        early = truth.symbol == symbol
        before = np.concatenate([[0], truth.qrs[:-1, 1]])[early]
        if symbol == "V":
            lesion, end = truth.qrs[early], truth.t[early, 1]
        else:  # of all P waves the last one before the beat
            lesion = truth.p[np.searchsorted(truth.p[:, 0], truth.qrs[early, 0]) - 1]
            end = truth.qrs[early, 0]
        mask = _painted(lesion, signal.shape)
        evidence = mask | _painted(np.stack([before, end], axis=1), signal.shape)
        known = signal, mask, evidence, _painted(truth.qrs, signal.shape)
        yield _Ecg(*known, truth.r_peak[truth.symbol == "N"]), _Ecg(*known, truth.r_peak[early])


def _spliced(condition, n, options, shown):
    """Yield each person's beats as they are, and with the lesion alone taken from a condition."""
    without = options | {"noise": None}
    pairs = zip(
        _simulated("normal", n, options),
        _simulated("normal", n, without),
        _simulated(condition, n, without),
        strict=True,
    )
    width = 2 * round(_TAPER_S * options["fs"]) + 1
    for (signal, truth), (healthy, _), (ill, ill_truth) in pairs:
        mask = ill_truth.lesion & shown[:, None]
        part = uniform_filter1d(mask.astype(np.float32), width, axis=1)
        part = np.maximum(2 * part - 1, 0)  # 0 at the edges of the mask, 1 within
        change = part * (ill - healthy)
        qrs = _painted(truth.qrs, signal.shape)
        ill_qrs = _painted(ill_truth.qrs, signal.shape) if condition == "lbbb" else qrs
        mask = part > 0
        yield (
            _Ecg(signal, np.zeros_like(mask), np.zeros_like(mask), qrs, truth.r_peak),
            _Ecg(signal + change, mask, mask, ill_qrs, truth.r_peak),
        )


def _fibrillating(n, options):
    """Yield each person's beats in sinus rhythm and in fibrillation."""
    both = (_simulated(name, n, options) for name in ("normal", "atrial_fibrillation"))
    for pair in zip(*both, strict=True):
        yield tuple(
            _Ecg(signal, t.lesion, t.lesion, _painted(t.qrs, signal.shape), t.r_peak)
            for signal, t in pair
        )


def _spiked(n, options, shown, window):
    """Yield each person's normal beats without and with a spike somewhere in the window."""
    length = max(3, round(_SPIKE_S * options["fs"]))
    for i, (signal, truth) in enumerate(_simulated("normal", n, options)):
        rng = np.random.default_rng([options["seed"] + i, 1])
        start = _whole(truth.r_peak, window, signal.shape[1])
        spiked, mask = signal.copy(), np.zeros(signal.shape, bool)
        for first in start + rng.integers(window[1] - length, size=len(start)):
            inside = slice(first, first + length)
            burst = _SPIKE_MV * np.hanning(length + 2)[1:-1] * rng.standard_normal(length)
            spiked[shown, inside] = signal[shown, inside] + burst.astype(np.float32)
            mask[shown, inside] = True
        qrs, none = _painted(truth.qrs, signal.shape), np.zeros_like(mask)
        yield (
            _Ecg(signal, none, none, qrs, truth.r_peak),
            _Ecg(spiked, mask, mask, qrs, truth.r_peak),
        )


class _Part(NamedTuple):
    x: np.ndarray
    mask: np.ndarray
    evidence: np.ndarray
    qrs: np.ndarray
    sample: np.ndarray
    y: np.ndarray


def _windows(pair, window, most):
    """Cut as many beats of one person without as with the lesion, whole and showing it or not."""
    kept = []
    for label, ecg in enumerate(pair):
        start = _whole(ecg.r_peak, window, ecg.signal.shape[1])
        seen = cut(ecg.mask if label else ecg.evidence, start, window[1]).any(axis=(1, 2))
        kept.append(start[seen == bool(label)])
    n = min(most, *map(len, kept))
    parts = []
    for label, (ecg, start) in enumerate(zip(pair, kept, strict=True)):
        tables = [cut(table, start[:n], window[1]) for table in ecg[:4]]
        parts.append(_Part(*tables, start[:n] + window[0], np.full(n, label)))
    return _Part(*map(np.concatenate, zip(*parts, strict=True)))


def _whole(r_peak, window, n_time):
    """Return where the windows begin that lie wholly within the recording."""
    start = r_peak - window[0]
    return start[(start >= 0) & (start + window[1] <= n_time)]


def _simulated(condition, n, options, **more):
    simulation = simulate(condition, n, **options, **more)
    return zip(simulation.signal, simulation.truth, strict=True)


def _painted(spans, shape):
    """Return which samples lie in any of the spans, the same in all leads."""
    painted = np.zeros(shape, bool)
    for first, last in spans:
        painted[:, max(first, 0) : max(last, 0)] = True
    return painted


def _shown(lesion, leads, lesion_leads):
    """Return which leads may show the lesion, bool (lead,)."""
    if lesion not in LESIONS:
        raise EcgError(f"no lesion {lesion!r}; there are {', '.join(LESIONS)}")
    if lesion_leads is None:
        return np.arange(len(leads)) < (1 if lesion == "spike" else len(leads))
    if lesion not in (*_INSTEAD, "spike") or not set(lesion_leads) <= set(leads):
        raise EcgError(
            f"lesion_leads must be some of {', '.join(leads)}, and only a wide complex, an ST "
            f"elevation and a spike can be limited to them; got {lesion_leads} for {lesion}"
        )
    return np.isin(leads, list(lesion_leads))
