"""Rhythm: intervals between beats, heart rate and its variability.

The measures follow the Task Force of 1996 (European Heart Journal 17:354).
"""

from dataclasses import dataclass

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.recording import checked_rate, whole_samples

__all__ = ["HeartRateVariability", "heart_rate_bpm", "heart_rate_variability", "rr_intervals_s"]

# Beats that the sinus node may have started: normal and conducted with bundle branch block.
_NORMAL = ("N", "L", "R")

_LF_HZ = (0.04, 0.15)
_HF_HZ = (0.15, 0.40)
# Powers come from segments of 5 min, which makes recordings of any length comparable.
_SEGMENT_S = 300.0
# The slowest wave of LF lasts 25 s; about five of them make a measurement.
_SHORTEST_S = 120.0
# At most this share of a segment may lie outside of NN intervals, as in the PhysioNet
# Cardiovascular Signal Toolbox (Vest et al. 2018).
_LARGEST_GAP = 0.15
# Frequencies are laid twice as densely as the length of a segment resolves.
_OVERSAMPLING = 2
# Waves are taken out of the intervals until this share of their variance is left.
_REST = 0.01


@dataclass(frozen=True)
class HeartRateVariability:
    """Measures over the normal-to-normal (NN) intervals of a recording.

    Parameters
    ----------
    n_intervals, used_percent : int and float
        Number of NN intervals, and how many they are of all intervals. Below some 85 % little
        can be said of the rest.
    mean_rr_ms, sdnn_ms : float
        Mean of the NN intervals and their standard deviation (n − 1).
    rmssd_ms : float
        Root mean square of the differences of successive NN intervals.
    pnn50_percent : float
        How many of these differences exceed 50 ms.
    lf_ms2, hf_ms2 : float
        Power between 0.04 and 0.15 Hz, and between 0.15 and 0.40 Hz: parts of the variance, so
        that both together are at most ``sdnn_ms ** 2`` where all beats are normal. NaN below
        2 min, and with too many gaps.
    """

    n_intervals: int
    used_percent: float
    mean_rr_ms: float
    sdnn_ms: float
    rmssd_ms: float
    pnn50_percent: float
    lf_ms2: float
    hf_ms2: float


def rr_intervals_s(peaks, fs):
    """Return the intervals between successive beats in s, shape (peak − 1,).

    Parameters
    ----------
    peaks, fs : array of int, shape (peak,), and float
        Sample of each beat, rising, and sampling rate in Hz.

    Raises
    ------
    RecordInvalid
        If the samples do not rise or are no whole numbers (seconds are refused), or the rate is
        not positive.

    Examples
    --------
    >>> rr_intervals_s([0, 400, 700], fs=500)
    array([0.8, 0.6])
    """
    steps = np.diff(whole_samples(peaks, "beats"))
    if (steps <= 0).any():
        at = int(np.flatnonzero(steps <= 0)[0]) + 1
        raise RecordInvalid(f"samples of beats must rise; beat {at} is not after the one before")
    return steps / checked_rate(fs, "intervals between beats")


def heart_rate_bpm(peaks, fs):
    """Return the mean heart rate in beats a minute, from first to last beat.

    RecordInvalid if there are fewer than two beats, or as in `rr_intervals_s`.

    >>> heart_rate_bpm([0, 400, 800], fs=500)
    75.0
    """
    rr_s = rr_intervals_s(peaks, fs)
    if not len(rr_s):
        raise RecordInvalid(f"a heart rate needs two beats or more, got {len(peaks)}")
    return float(60 / rr_s.mean())


def heart_rate_variability(peaks, fs, symbols=None):
    """Return the `HeartRateVariability`: how the intervals between normal beats vary.

    An interval counts if both of its beats are normal (N, L, R), a difference if both of its
    intervals count. The powers are means over stretches of 5 min of which NN intervals cover
    85 % or more; there are none where ectopic beats leave no such stretch. Nothing is interpolated
    over the gaps: the strongest wave is fitted to the intervals that are there and taken out,
    then the next, and the variance that each explained is its power (Roberts, Lehár and Dreher
    1987; Mallat and Zhang 1993).

    In atrial fibrillation the beats are marked N as well, but the sinus node starts none of
    them: the numbers then say nothing about it. Choose a stretch in sinus rhythm.

    Parameters
    ----------
    peaks, fs
        As in `rr_intervals_s`.
    symbols : array of str, shape (peak,), optional
        WFDB code of each beat. Without it all beats are taken to be normal, and a single
        ectopic or missed beat can double ``rmssd_ms``.

    Raises
    ------
    RecordInvalid
        If there is no pair of successive NN intervals, there is not one symbol a beat, or as in
        `rr_intervals_s`.

    Examples
    --------
    >>> hrv = heart_rate_variability([0, 800, 1700, 2500], fs=1000)
    >>> hrv.rmssd_ms, hrv.pnn50_percent
    (100.0, 100.0)
    """
    rr_ms = 1000 * rr_intervals_s(peaks, fs)
    is_nn = _normal_intervals(len(peaks), symbols)
    steps_ms = np.diff(rr_ms)[is_nn[1:] & is_nn[:-1]]
    if not len(steps_ms):
        raise RecordInvalid("heart rate variability needs two successive intervals of normal beats")
    lf_ms2, hf_ms2 = _band_powers(np.asarray(peaks) / fs, rr_ms, is_nn)
    return HeartRateVariability(
        n_intervals=int(is_nn.sum()),
        used_percent=float(100 * is_nn.mean()),
        mean_rr_ms=float(rr_ms[is_nn].mean()),
        sdnn_ms=float(rr_ms[is_nn].std(ddof=1)),
        rmssd_ms=float(np.sqrt(np.mean(steps_ms**2))),
        pnn50_percent=float(100 * np.mean(np.abs(steps_ms) > 50)),
        lf_ms2=lf_ms2,
        hf_ms2=hf_ms2,
    )


def _normal_intervals(n_beats, symbols):
    if symbols is None:
        return np.ones(max(0, n_beats - 1), dtype=bool)
    if len(symbols) != n_beats:
        raise RecordInvalid(f"{len(symbols)} symbols for {n_beats} beats; one a beat is needed")
    normal = np.isin(list(symbols), _NORMAL)
    return normal[1:] & normal[:-1]


def _band_powers(beat_s, rr_ms, is_nn):
    """Return the power of both bands in ms², the mean over segments of 5 min."""
    length_s = beat_s[-1] - beat_s[0]
    if length_s < _SHORTEST_S:
        return float("nan"), float("nan")
    count = max(1, int(length_s // _SEGMENT_S))
    # An interval is known when its second beat comes.
    segment = ((beat_s[1:] - beat_s[0]) * count / length_s).astype(int).clip(max=count - 1)
    parts = [is_nn & (segment == number) for number in range(count)]
    long_enough_ms = 1000 * (1 - _LARGEST_GAP) * length_s / count
    used = [part for part in parts if part.sum() > 2 and rr_ms[part].sum() >= long_enough_ms]
    if not used:
        return float("nan"), float("nan")
    explained = [_explained(beat_s[1:][part], rr_ms[part]) for part in used]
    return (np.sum(explained, axis=0) / sum(map(np.sum, used))).tolist()


def _explained(time_s, rr_ms):
    """Return how much of the sum of squares waves in both bands explain.

    A periodogram counts the power of one wave again at other frequencies where intervals are
    missing. Here each wave explains what those before it have left over, so that the parts
    never add up to more than the whole.
    """
    step_hz = 1 / (_OVERSAMPLING * np.ptp(time_s))
    # The fastest wave that beats can show comes once in two beats.
    fastest_hz = max(500 / rr_ms.mean(), _HF_HZ[1])
    frequency_hz = np.arange(step_hz, fastest_hz, step_hz)
    waves = _waves(time_s, frequency_hz)  # (frequency, 2, interval)
    rest = rr_ms - np.polynomial.Polynomial.fit(time_s, rr_ms, 1)(time_s)
    enough, explained = _REST * (rest @ rest), np.zeros(len(frequency_hz))
    for _ in range(2 * len(frequency_hz)):
        if rest @ rest <= enough:
            break
        weights = waves @ rest  # (frequency, 2)
        best = (weights**2).sum(axis=1).argmax()
        explained[best] += (weights[best] ** 2).sum()
        rest = rest - weights[best] @ waves[best]
    bands = [(low <= frequency_hz) & (frequency_hz < high) for low, high in (_LF_HZ, _HF_HZ)]
    return [explained[band].sum() for band in bands]


def _waves(time_s, frequency_hz):
    """Return two orthogonal waves of norm 1 for each frequency, at the given times.

    Shifted by Lomb's phase, cosine and sine are orthogonal at any times.
    """
    phase = 2 * np.pi * np.outer(frequency_hz, time_s)
    shift = np.arctan2(np.sin(2 * phase).sum(axis=1), np.cos(2 * phase).sum(axis=1)) / 2
    phase -= shift[:, None]
    pair = np.stack([np.cos(phase), np.sin(phase)], axis=1)
    return pair / np.maximum(np.linalg.norm(pair, axis=2, keepdims=True), 1e-6)
