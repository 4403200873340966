"""The QRS detector of this book: arrays throughout, no loop over samples.

The heart of it is `candidates`, which chapter 1 writes out: how far 25 ms of signal stand out, its
energy, peaks of that, and what is usual near by. Each candidate is then weighed by itself
(`ecgbook.signals.beat_evidence`) and by the rhythm (`ecgbook.signals.beat_series`).
"""

from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage
from scipy.signal import find_peaks

from ecgbook.signals.beat_evidence import HALF_SHAPE, TERMS, log_odds, terms
from ecgbook.signals.beat_series import apart, probability, with_rhythm
from ecgbook.signals.sureness import STRETCH_S

__all__ = ["apex", "candidates", "described_candidates", "detect", "detect_with_confidence"]
__all__ += ["evened", "local_level", "moving_mean", "stand_out", "weigh"]

# Everything but the apex is computed at one rate: 25 ms are three samples of it.
RATE_HZ = 120
# The spectrum of the QRS complex stands out most at 17 Hz (Thakor et al. 1984, IEEE Trans.
# Biomed. Eng. 31:702). Means of 25 ms, subtracted as in `stand_out`, pass most at 17 Hz.
SLOPE_S = 0.025
# The same over 75 ms: a T wave stands out more than over 25 ms, a QRS complex hardly.
SLOW_S = 0.075
# A normal QRS complex lasts up to 100 ms.
QRS_S = 0.100
# At 30 beats a minute, each 2 s hold a beat; at 20, three of five such blocks still do.
SLOWEST_RR_S = 2.0
# Ten seconds say how large QRS complexes are just now; their median forgives single giants.
LEVEL_BLOCKS = 5
# What is smaller than a tenth of the usual is no candidate.
LEAST_FRACTION = 0.1
# Smaller than this is noise of the amplifier, in mV.
FLOOR_MV = 0.01
# A candidate is a beat from this probability on, times the sixth power of how sure the likely ones
# of its ten seconds are: among noise, a beat missed costs more than one invented. The last is the
# lowest limit. Chosen on MIT-BIH but 118, with and without noise.
BEAT, BEAT_POWER, LEAST_BEAT = 0.4, 6, 0.02
# Records are read in parts, with so much more at either end: bounded memory, and a faster cache.
PART_S, MORE_S = 900, 20


def detect(signal, fs):
    """Return the sample of each QRS apex, array of int64 (peak,).

    ``signal`` is one lead in mV, shape (time,), without NaN, at ``fs`` from 100 Hz up.
    """
    return detect_with_confidence(signal, fs)[0]


def detect_with_confidence(signal, fs):
    """Return the sample of each QRS apex, int64 (peak,), and the probability that it is a beat."""
    sample, likely, is_beat = weigh(signal, fs)
    peaks, first = np.unique(sample[is_beat], return_index=True)
    return peaks, likely[is_beat][first]


def weigh(signal, fs):
    """Weigh each candidate of a lead, beats and others.

    Returns
    -------
    sample : array of int64, shape (candidate,)
        The apex of a beat, the middle of another candidate.
    likely : array of float64, shape (candidate,)
        Probability that it is a QRS complex.
    is_beat : array of bool, shape (candidate,)
        True for those that are likely enough, none within 0.19 s of a more likely one.
    """
    cuts = np.linspace(0, len(signal), 1 + max(1, round(len(signal) / fs / PART_S))).astype(
        np.int64
    )
    more, parts = round(MORE_S * fs), []
    for begin, end in pairwise(cuts):
        first = max(0, begin - more)
        middle, likely, is_beat = _weigh_part(signal[first : end + more], fs)
        here = (begin <= first + middle) & (first + middle < end)
        sample = np.array(middle)
        sample[is_beat] = apex(signal[first : end + more], middle[is_beat], fs)
        parts.append((first + sample[here], likely[here], is_beat[here]))
    return tuple(map(np.concatenate, zip(*parts, strict=True)))


def _weigh_part(signal, fs):
    """Return middle, probability and verdict of each candidate of a part of a lead."""
    at, described = described_candidates(evened(signal, fs))
    if not len(at):
        return np.empty(0, np.int64), np.empty(0), np.empty(0, bool)
    time_s = at / RATE_HZ
    likely = probability(with_rhythm(time_s, log_odds(described)))
    is_beat = np.zeros(len(at), bool)
    is_beat[apart(time_s, np.where(likely >= _least(time_s, likely), likely, 0), 1e-9)] = True
    middle = np.round((at + 0.5) * fs / RATE_HZ).astype(np.int64)
    return np.minimum(middle, len(signal) - 1), likely, is_beat


def _least(time_s, likely):
    """Return the probability from which on each candidate is a beat: less where all are unsure."""
    stretch = (time_s / STRETCH_S).astype(np.int64)
    total = np.bincount(stretch, likely)[stretch]
    sure = np.bincount(stretch, likely**2)[stretch] / np.maximum(total, 1e-9)
    return np.maximum(BEAT * sure**BEAT_POWER, LEAST_BEAT)


def described_candidates(even):
    """Return the candidates of a lead at 120 Hz, (candidate,), and their `terms`."""
    if len(even) < 3:
        return np.empty(0, np.int64), np.empty((0, len(TERMS)))
    at, size, usual, bulge = candidates(even)
    if not len(at):
        return at, np.empty((0, len(TERMS)))
    width = _odd(QRS_S * RATE_HZ)
    bend = np.convolve(even, [-1, 2, -1], mode="same")
    bend[[0, -1]] = 0
    steep, slow = (
        np.sqrt(np.maximum(moving_mean(np.square(wave), width)[at], 0)) + 1e-9
        for wave in (bend, stand_out(even, RATE_HZ, SLOW_S))
    )
    shape = sliding_window_view(np.pad(bulge, HALF_SHAPE), 2 * HALF_SHAPE + 1)[at]
    return at, terms(at / RATE_HZ, size, usual, steep, slow, shape)


def candidates(even):
    """Return where QRS complexes may be, how large they and the usual are, and what stands out.

    1. `stand_out`: how far 25 ms of signal stand out from their neighbourhood;
    2. energy: the mean square of that over the length of a QRS complex;
    3. candidates: peaks of the energy, no two within the length of a QRS complex;
    4. size: all from a tenth of what is usual near by on.
    """
    bulge = stand_out(even, RATE_HZ)
    energy = moving_mean(np.square(bulge), _odd(QRS_S * RATE_HZ))
    at, _ = find_peaks(energy, distance=round(QRS_S * RATE_HZ))
    size = np.sqrt(np.maximum(energy[at], 0))  # rounding may leave less than nothing
    usual = np.maximum(local_level(energy, at, RATE_HZ), FLOOR_MV) if len(at) else size
    enough = size > np.maximum(LEAST_FRACTION * usual, FLOOR_MV)
    return at[enough], size[enough], usual[enough], bulge


def evened(signal, fs):
    """Return the means of a lead over each 1/120 s, float64: the same rate for every recording."""
    step, n = fs / RATE_HZ, int(len(signal) * RATE_HZ / fs + 1e-9)
    if step == int(step):  # five times as fast, and MIT-BIH has 360 Hz
        whole = signal[: n * int(step)].astype(np.float64).reshape(n, int(step))
        return whole @ np.full(int(step), 1 / step)
    edge = np.arange(n + 1) * step
    before = np.minimum(edge.astype(np.int64), len(signal) - 1)
    total = np.concatenate([[0], np.cumsum(signal, dtype=np.float64)])[before]
    return np.diff(total + (edge - before) * signal[before]) / step


def moving_mean(signal, width):
    """Return the mean over ``width`` samples (odd) around each sample, in float64.

    Beyond the ends the signal is taken to stay as it is.
    """
    return ndimage.uniform_filter1d(signal, width, output=np.float64, mode="nearest")


def stand_out(signal, fs, length_s=SLOPE_S):
    """Return by how many mV 25 ms of signal exceed the mean of the 25 ms on either side.

    A band-pass filter without phase, with its largest gain at 17 Hz and none at 0 Hz: steep,
    narrow waves pass; P and T waves and the baseline hardly do. ``length_s`` is another length
    than 25 ms.
    """
    width = _odd(length_s * fs)
    mean = moving_mean(np.pad(signal, width, mode="edge"), width)
    sides = mean[: -2 * width] + mean[2 * width :]
    sides /= 2
    return mean[width:-width] - sides


def local_level(energy, at, fs):
    """Return the usual amplitude of QRS complexes around the samples ``at``, in mV.

    The largest energy of each block of 2 s holds a beat; the median over five blocks follows
    slow changes and does not follow a single artefact or ectopic beat.
    """
    block = min(round(SLOWEST_RR_S * fs), len(energy))
    whole = len(energy) // block
    largest = np.sqrt(np.maximum(energy[: whole * block].reshape(whole, block).max(axis=1), 0))
    around = np.pad(largest, LEVEL_BLOCKS // 2, mode="edge")
    usual = np.median(sliding_window_view(around, LEVEL_BLOCKS), axis=1)
    return np.interp(at, (np.arange(whole) + 0.5) * block, usual)


def apex(signal, beats, fs):
    """Return the sample of the largest deflection, up or down, within 50 ms of each beat.

    It is measured from the mean of the 200 ms around the beat, so it is the R peak of an
    upright complex and the S or QS trough of an inverted one.
    """
    half = round(QRS_S / 2 * fs)
    around = np.clip(beats[:, None] + np.arange(-2 * half, 2 * half + 1), 0, len(signal) - 1)
    windows = signal[around]
    deflection = np.abs(windows - windows.mean(axis=1, keepdims=True))[:, half:-half]
    return np.unique(around[np.arange(len(beats)), half + deflection.argmax(axis=1)])


def _odd(samples):
    return round(samples) | 1
