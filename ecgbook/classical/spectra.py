"""The power of a signal by frequency, in one transform of all of its segments."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__all__ = ["power_spectrum"]


def power_spectrum(signal, fs, segment_s):
    """Return frequencies in Hz and the power at each, both of shape (frequency,).

    Welch's method, as `scipy.signal.welch` has it but not scaled to a density: segments that
    overlap by half, without their mean, under a Hann window; the mean of their squared spectra. A
    signal shorter than ``segment_s`` seconds is one segment.

    Parameters
    ----------
    signal, fs, segment_s : array (time,), float, float
    """
    size = min(len(signal), round(segment_s * fs))
    segments = sliding_window_view(signal, size)[:: max(1, size // 2)]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    spectra = np.fft.rfft((segments - segments.mean(axis=1, keepdims=True)) * window)
    return np.fft.rfftfreq(size, 1 / fs), np.square(np.abs(spectra)).mean(axis=0)
