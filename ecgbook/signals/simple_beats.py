"""Beats of clean ECGs in a few lines: a threshold on the energy, as chapter 1 writes it out.

It is what `ecgbook.signals.r_peaks` begins with, without the weighing of candidates. Noise, fast
rates and tall T waves lead it astray; for the height of QRS complexes in a clean recording it does.
"""

import numpy as np
from scipy.signal import find_peaks

from ecgbook.signals.detector import (
    FLOOR_MV,
    QRS_S,
    apex,
    local_level,
    moving_mean,
    stand_out,
)

__all__ = ["FRACTION", "REFRACTORY_S", "simple_beats", "without_t_waves"]

# So soon after a beat the ventricles can seldom be excited again: 240 beats a minute.
REFRACTORY_S = 0.250
# Normal beats between large ectopic ones still reach about a third of the usual size.
FRACTION = 0.35
# A wave within 360 ms of one twice as steep is its T wave (Pan and Tompkins 1985, IEEE
# Trans. Biomed. Eng. 32:230).
T_WAVE_S = 0.360
T_WAVE_FRACTION = 0.5


def simple_beats(signal, fs):
    """Return the sample of each QRS apex, array of int64 (peak,).

    ``signal`` is one lead in mV, shape (time,), without NaN, at ``fs`` from 100 Hz up.
    """
    energy = moving_mean(np.square(stand_out(signal, fs)), round(QRS_S * fs) | 1)
    candidates, _ = find_peaks(energy, distance=max(1, round(REFRACTORY_S * fs)))
    size = np.sqrt(np.maximum(energy[candidates], 0))
    enough = np.maximum(FRACTION * local_level(energy, candidates, fs), FLOOR_MV)
    beats = (size > enough) & without_t_waves(candidates, size, fs)
    return apex(signal, candidates[beats], fs)


def without_t_waves(candidates, size, fs):
    """Return False for a candidate that follows one twice its size within 360 ms."""
    follows = np.diff(candidates) < T_WAVE_S * fs
    smaller = size[1:] < T_WAVE_FRACTION * size[:-1]
    return np.concatenate([np.ones(min(1, len(size)), bool), ~(follows & smaller)])
