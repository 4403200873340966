"""The QRS detector of this book: five steps over whole arrays, no loop over samples."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage
from scipy.signal import find_peaks

__all__ = ["apex", "detect", "local_level", "moving_mean", "stand_out", "without_t_waves"]

# The spectrum of the QRS complex stands out most at 17 Hz (Thakor et al. 1984, IEEE Trans.
# Biomed. Eng. 31:702). Means of 25 ms, subtracted as in `stand_out`, pass most at 17 Hz.
SLOPE_S = 0.025
# A normal QRS complex lasts up to 100 ms.
QRS_S = 0.100
# So soon after a beat the ventricles can seldom be excited again: 240 beats a minute.
REFRACTORY_S = 0.250
# At 30 beats a minute, the slowest rhythm expected, each 2 s hold a beat.
SLOWEST_RR_S = 2.0
# Ten seconds say how large QRS complexes are just now; their median forgives single giants.
LEVEL_BLOCKS = 5
# Normal beats between large ectopic ones still reach about a third of the usual size.
FRACTION = 0.35
# Smaller than this is noise of the amplifier, in mV.
FLOOR_MV = 0.01
# A wave within 360 ms of one twice as steep is its T wave (Pan and Tompkins 1985, IEEE
# Trans. Biomed. Eng. 32:230).
T_WAVE_S = 0.360
T_WAVE_FRACTION = 0.5


def detect(signal, fs):
    """Return the sample of each QRS apex.

    1. `stand_out`: how far 25 ms of signal stand out from their neighbourhood;
    2. energy: the mean square of that over the length of a QRS complex;
    3. candidates: peaks of the energy, no two within the refractory period;
    4. threshold: a third of what is usual nearby, and no T waves;
    5. `apex`: the largest deflection at each.

    ``signal`` is one lead in mV, shape (time,), without NaN, at ``fs`` from 100 Hz up; the result
    is an array of int64, shape (peak,).
    """
    energy = moving_mean(np.square(stand_out(signal, fs)), _odd(QRS_S * fs))
    candidates, _ = find_peaks(energy, distance=max(1, round(REFRACTORY_S * fs)))
    size = np.sqrt(energy[candidates])
    enough = np.maximum(FRACTION * local_level(energy, candidates, fs), FLOOR_MV)
    beats = (size > enough) & without_t_waves(candidates, size, fs)
    return apex(signal, candidates[beats], fs)


def moving_mean(signal, width):
    """Return the mean over ``width`` samples (odd) around each sample, in float64.

    Beyond the ends the signal is taken to stay as it is.
    """
    return ndimage.uniform_filter1d(signal, width, output=np.float64, mode="nearest")


def stand_out(signal, fs):
    """Return by how many mV 25 ms of signal exceed the mean of the 25 ms on either side.

    A band-pass filter without phase, with its largest gain at 17 Hz and none at 0 Hz: steep,
    narrow waves pass; P and T waves and the baseline hardly do.
    """
    width = _odd(SLOPE_S * fs)
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
    largest = np.sqrt(energy[: whole * block].reshape(whole, block).max(axis=1))
    around = np.pad(largest, LEVEL_BLOCKS // 2, mode="edge")
    usual = np.median(sliding_window_view(around, LEVEL_BLOCKS), axis=1)
    return np.interp(at, (np.arange(whole) + 0.5) * block, usual)


def without_t_waves(candidates, size, fs):
    """Return False for a candidate that follows one twice its size within 360 ms."""
    follows = np.diff(candidates) < T_WAVE_S * fs
    smaller = size[1:] < T_WAVE_FRACTION * size[:-1]
    return np.concatenate([np.ones(min(1, len(size)), bool), ~(follows & smaller)])


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
