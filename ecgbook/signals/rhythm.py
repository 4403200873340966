"""Rhythm: intervals between beats, heart rate and its variability.

The measures follow the Task Force of 1996 (European Heart Journal 17:354).
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lombscargle

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
# Frequencies are laid four times as densely as the length of a segment resolves.
_OVERSAMPLING = 4


@dataclass(frozen=True)
class HeartRateVariability:
    """Measures over the normal-to-normal (NN) intervals of a recording.

    Parameters
    ----------
    n_intervals, mean_rr_ms, sdnn_ms : int, float and float
        Number of NN intervals, their mean and their standard deviation (n − 1).
    rmssd_ms : float
        Root mean square of the differences of successive NN intervals.
    pnn50_percent : float
        How many of these differences exceed 50 ms.
    lf_ms2, hf_ms2 : float
        Power between 0.04 and 0.15 Hz, and between 0.15 and 0.40 Hz; NaN below 2 min.
    """

    n_intervals: int
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
    intervals count. The powers are Lomb–Scargle estimates, which need no interpolation over
    the gaps that ectopic beats leave.

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
    # An interval is known when its second beat comes.
    lf_ms2, hf_ms2 = _band_powers(np.asarray(peaks)[1:][is_nn] / fs, rr_ms[is_nn])
    return HeartRateVariability(
        n_intervals=int(is_nn.sum()),
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


def _band_powers(time_s, rr_ms):
    """Return the power of both bands in ms², the mean over segments of 5 min."""
    length_s = time_s[-1] - time_s[0]
    if length_s < _SHORTEST_S:
        return float("nan"), float("nan")
    count = max(1, int(length_s // _SEGMENT_S))
    edges = np.searchsorted(time_s, time_s[0] + np.arange(1, count) * (length_s / count))
    parts = zip(np.split(time_s, edges), np.split(rr_ms, edges), strict=True)
    # A segment that ectopic beats leave nearly empty says nothing.
    powers = [_lomb_powers(t, x) for t, x in parts if len(t) > 1 and np.ptp(t) > _SHORTEST_S]
    if not powers:
        return float("nan"), float("nan")
    return np.mean(powers, axis=0).tolist()


def _lomb_powers(time_s, rr_ms):
    length_s = np.ptp(time_s)
    step_hz = 1 / (_OVERSAMPLING * length_s)
    frequency_hz = np.arange(_LF_HZ[0], _HF_HZ[1], step_hz)
    level = np.polynomial.Polynomial.fit(time_s, rr_ms, 1)
    power = lombscargle(time_s, rr_ms - level(time_s), 2 * np.pi * frequency_hz)
    # A sinusoid of amplitude a has the Lomb power n a²/4 and a band power of a²/2.
    density = power * 2 * length_s / len(time_s)
    in_lf = frequency_hz < _LF_HZ[1]
    return density[in_lf].sum() * step_hz, density[~in_lf].sum() * step_hz
